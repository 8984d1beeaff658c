"""How do new entries become part of the chain? One writer numbers and links what waits.

Writers of entries never wait for each other. A transaction that commits late is sealed late, with a later number: the
number is given here, so no rule about ids or times can skip an entry.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.rows import class_row

from data.audit.canonical import CANONICAL, EPOCH_US
from data.audit.chain import GENESIS, ChainKey, Head, Seal, content_hash, link_of

log = logging.getLogger(__name__)
MOST_AT_ONCE = 5_000
LOCK = "SELECT pg_advisory_xact_lock(hashtext('minqing_audit_seal'))"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_WAITING = f"""
    SELECT entry.id AS entry_id, {EPOCH_US.format(column="entry.at")} AS entry_us, {CANONICAL} AS canonical
    FROM audit_unsealed AS waiting
    JOIN audit_entry AS entry ON entry.id = waiting.entry_id AND entry.at = waiting.entry_at
    ORDER BY entry.id
    LIMIT %(most)s
"""
_LAST = f"""
    SELECT seq, link, sealed_us
    FROM (
        (SELECT seq, link, {EPOCH_US.format(column="sealed_at")} AS sealed_us
        FROM audit_seal ORDER BY seq DESC LIMIT 1)
        UNION ALL
        (SELECT seq, link, 0 AS sealed_us FROM audit_anchor ORDER BY id DESC LIMIT 1)
    ) AS ends
    ORDER BY seq DESC, sealed_us DESC
    LIMIT 1
"""
_INSERT = """
    INSERT INTO audit_seal (seq, sealed_at, entry_id, entry_at, content, link, key_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry_id: int
    entry_us: int
    canonical: str


@dataclass(frozen=True, slots=True)
class _Last:
    seq: int
    link: bytes
    sealed_us: int


def seal_new(connection: psycopg.Connection, key: ChainKey | None, most: int = MOST_AT_ONCE) -> int:
    """Seal entries that wait, oldest id first, in the caller's transaction.

    Args:
        connection: As owner of the tables, read committed.
        key: Makes the links; None makes plain hashes.
        most: So many at once.

    Returns:
        How many were sealed.
    """
    with connection.cursor(row_factory=class_row(_Waiting)) as cursor:
        if cursor.execute("SELECT FROM audit_unsealed LIMIT 1").rowcount == 0:
            return 0
        connection.execute(LOCK)
        waiting = cursor.execute(_WAITING.encode(), {"most": most}).fetchall()
    if waiting:
        _seal(connection, waiting, key)
    return len(waiting)


def _seal(connection: psycopg.Connection, waiting: list[_Waiting], key: ChainKey | None) -> None:
    last = _read_last(connection)
    # Never before an entry or the seal before, whatever the clock does: months of seals are dropped by this time.
    sealed_us = max(_now_us(connection), last.sealed_us, *(row.entry_us for row in waiting))
    connection.execute("SELECT ensure_audit_partition(%s)", [moment_of(sealed_us)])
    link, rows = last.link, []
    for number, row in enumerate(waiting, last.seq + 1):
        seal = Seal(number, sealed_us, row.entry_id, row.entry_us, content_hash(row.canonical), key.id if key else "")
        link = link_of(link, seal, key)
        times = (moment_of(sealed_us), row.entry_id, moment_of(row.entry_us))
        rows.append((number, *times, seal.content, link, seal.key_id))
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
    connection.execute("DELETE FROM audit_unsealed WHERE entry_id = ANY (%s)", [[row.entry_id for row in waiting]])


def read_head(connection: psycopg.Connection) -> Head:
    """The end of the chain as stored, unchecked."""
    last = _read_last(connection)
    return Head(last.seq, last.link)


def seal_waiting(url: str, key: ChainKey | None) -> None:
    """Seal everything that waits in the database at `url`; a failure is logged, the next start seals it."""
    try:
        with psycopg.connect(url) as connection:
            while seal_new(connection, key):
                connection.commit()
    except psycopg.Error as error:
        log.warning("audit entries wait for their seal (%s)", type(error).__name__)


def moment_of(microseconds: int) -> datetime:
    """Microseconds since 1970 UTC as a moment, exactly."""
    return EPOCH + timedelta(microseconds=microseconds)


def _read_last(connection: psycopg.Connection) -> _Last:
    with connection.cursor(row_factory=class_row(_Last)) as cursor:
        return cursor.execute(_LAST.encode()).fetchone() or _Last(0, GENESIS, 0)


def _now_us(connection: psycopg.Connection) -> int:
    statement = "SELECT " + EPOCH_US.format(column="clock_timestamp()")
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])
