"""When do old entries go, and how does the chain stay checkable without them?

Whole months go, by partition. What is left of them is an anchor: the number and the link after which the chain begins
now. The anchor is itself told in an entry, so that none can be made up.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg.rows import class_row

from data.audit.actor import PROGRAM
from data.audit.chain import GENESIS, Head
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.audit.sealing import LOCK

DEFAULT_MONTHS = 6
SETTING = "audit_retention_months"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What went.

    Attributes:
        cut: Entries before this moment.
        entries: How many.
        head: Where the chain begins now.
    """

    cut: datetime
    entries: int
    head: Head


@dataclass(frozen=True, slots=True)
class _End:
    seq: int
    link: bytes


def cut_of(now: datetime, months: int) -> datetime:
    """The first moment (UTC) of the oldest month that still holds an entry not older than `months` months.

    >>> cut_of(datetime(2026, 11, 22, tzinfo=UTC), 6).date().isoformat()
    '2026-05-01'
    """
    utc = now.astimezone(UTC)
    year, month = divmod(utc.year * 12 + utc.month - 1 - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def read_months(connection: psycopg.Connection) -> int:
    """For how many months entries are kept; at least one."""
    row = connection.execute("SELECT value FROM setting WHERE key = %s", [SETTING]).fetchone()
    kept = row[0] if row else DEFAULT_MONTHS
    return max(1, kept) if isinstance(kept, int) else DEFAULT_MONTHS


def drop_expired(connection: psycopg.Connection, now: datetime) -> Dropped | None:
    """Drop the months that are over, in the caller's transaction; None where there is none.

    Months with entries that wait for their seal are kept until these are sealed.

    Args:
        connection: As owner of the tables.
        now: The present moment, aware.
    """
    cut = cut_of(now, read_months(connection))
    entries, seals = _months(connection, "audit_entry", cut), _months(connection, "audit_seal", cut)
    if not entries:
        return None
    # Readers of old entries come first: the next attempt is within the hour.
    connection.execute("SET LOCAL lock_timeout = '2s'")
    connection.execute(LOCK)
    if connection.execute("SELECT FROM audit_unsealed WHERE entry_at < %s LIMIT 1", [cut]).rowcount:
        return None
    dropped = Dropped(cut, sum(_count(connection, name) for name in entries), _end(connection, seals))
    _anchor(connection, dropped, [*entries, *seals])
    for name in [*entries, *seals]:
        connection.execute(f"DROP TABLE {name}".encode())
    return dropped


def _months(connection: psycopg.Connection, parent: str, cut: datetime) -> list[str]:
    """Names of the partitions that hold nothing from `cut` on."""
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [parent]
    )
    first_kept = f"{parent}_{cut:%Y%m}"
    return [name for (name,) in rows.fetchall() if name < first_kept]


def _count(connection: psycopg.Connection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
    return int(row[0]) if row else 0


def _end(connection: psycopg.Connection, seals: list[str]) -> Head:
    """The last link that goes; where no seal goes, the chain begins where it began."""
    ends = [_last(connection, f"SELECT seq, link FROM {name} ORDER BY seq DESC LIMIT 1") for name in seals]
    ends.append(_last(connection, "SELECT seq, link FROM audit_anchor ORDER BY id DESC LIMIT 1"))
    found = [Head(end.seq, end.link) for end in ends if end is not None]
    return max(found, key=lambda head: head.seq, default=Head(0, GENESIS))


def _last(connection: psycopg.Connection, query: str) -> _End | None:
    with connection.cursor(row_factory=class_row(_End)) as cursor:
        return cursor.execute(query.encode()).fetchone()


def _anchor(connection: psycopg.Connection, dropped: Dropped, names: list[str]) -> None:
    head = dropped.head
    connection.execute(
        "INSERT INTO audit_anchor (made_at, cut, seq, link, entries) VALUES (clock_timestamp(), %s, %s, %s, %s)",
        [dropped.cut, head.seq, head.link, dropped.entries],
    )
    told = {"seq": head.seq, "link": head.link.hex(), "cut": dropped.cut.isoformat()}
    detail = {"entries": dropped.entries, "partitions": names}
    record_now(connection, Entry(Action.MONTHS_DROPPED, "audit", detail=detail, after=told), PROGRAM)
