"""Is every entry as it was written, and is none missing, new or moved? One walk along the whole chain."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

from data.audit.canonical import CANONICAL, EPOCH_US
from data.audit.chain import GENESIS, ChainKey, Head, Seal
from data.audit.findings import Fault, Finding, Verification
from data.audit.walk import Sealed, Walk
from data.errors import DataError

UNSEALED_AFTER_S = 60
"""An entry is sealed within a second or two; one that waits longer is told."""

Row = TypeVar("Row")
REPORT_EVERY = 2_000
Progress = Callable[[int, int], None]
"""Told how many seals of how many were checked."""

_CHAIN = f"""
    SELECT seal.seq, {EPOCH_US.format(column="seal.sealed_at")} AS sealed_us, seal.entry_id,
        {EPOCH_US.format(column="seal.entry_at")} AS entry_us, seal.content, seal.link, seal.key_id,
        CASE WHEN entry.id IS NOT NULL THEN {CANONICAL} END AS canonical
    FROM audit_seal AS seal
    LEFT JOIN audit_entry AS entry ON entry.id = seal.entry_id
    ORDER BY seal.seq, seal.entry_id, entry.at
"""
_LOOSE = """
    SELECT COALESCE(entry.id, waiting.entry_id) AS entry_id, COALESCE(entry.at, waiting.entry_at) AS at,
        entry.id IS NOT NULL AS is_there, waiting.entry_id IS NOT NULL AS waits,
        COALESCE(entry.at, waiting.entry_at) < clock_timestamp() - make_interval(secs => %(after_s)s) AS is_late
    FROM audit_entry AS entry
    FULL JOIN audit_unsealed AS waiting ON waiting.entry_id = entry.id
    WHERE NOT EXISTS (
        SELECT FROM audit_seal AS seal WHERE seal.entry_id = COALESCE(entry.id, waiting.entry_id)
    )
    ORDER BY 1
"""
_ANCHOR = f"""
    SELECT seq, link, {EPOCH_US.format(column="cut")} AS cut_us,
        EXISTS (
            SELECT FROM audit_entry AS entry
            WHERE entry.action = 'months_dropped' AND entry.after ->> 'seq' = anchor.seq::text
                AND entry.after ->> 'link' = encode(anchor.link, 'hex')
        ) AS is_told
    FROM audit_anchor AS anchor
    ORDER BY id DESC
    LIMIT 1
"""


class HeadUnreadable(DataError):
    """A noted head is no head."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no head of the audit chain. Give it as `audit verify` printed it: NUMBER:HASH.")


@dataclass(frozen=True, slots=True)
class _Row:
    seq: int
    sealed_us: int
    entry_id: int
    entry_us: int
    content: bytes
    link: bytes
    key_id: str
    canonical: str | None


@dataclass(frozen=True, slots=True)
class _Loose:
    entry_id: int
    at: datetime
    is_there: bool
    waits: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class _Anchor:
    seq: int
    link: bytes
    cut_us: int
    is_told: bool


def parse_head(text: str) -> Head:
    """A head as it was printed.

    >>> parse_head("3:" + "0" * 64).seq
    3

    Raises:
        HeadUnreadable: It is none.
    """
    number, _, link = text.strip().partition(":")
    try:
        head = Head(int(number), bytes.fromhex(link))
    except ValueError as error:
        raise HeadUnreadable(text) from error
    if len(head.link) != 32 or head.seq < 0:
        raise HeadUnreadable(text)
    return head


def verify(
    connection: psycopg.Connection,
    key: ChainKey | None,
    *,
    noted: Head | None = None,
    unsealed_after_s: float = UNSEALED_AFTER_S,
    progress: Progress = lambda _done, _all: None,
) -> Verification:
    """Check every seal and entry in one snapshot; changes nothing.

    Args:
        connection: As owner of the tables, not in a transaction.
        key: Key of the links; None where there is no secret.
        noted: A head that was noted down before and has to be in the chain still.
        unsealed_after_s: Entries that wait longer for their seal are told.
        progress: Told how far it is.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        anchor = _read(connection, _Anchor, _ANCHOR)
        walk = _walk(connection, key, anchor[0] if anchor else None, noted, progress)
        loose = _read(connection, _Loose, _LOOSE, {"after_s": unsealed_after_s})
    faults = [finding for row in loose if (finding := _loose(row)) is not None]
    untold = [_untold(row) for row in anchor if not row.is_told]
    return Verification(
        walk.walk.sealed,
        walk.walk.dropped,
        walk.walk.keyed,
        len(loose) - len(faults),
        walk.first_seq,
        walk.walk.head,
        (*untold, *walk.findings, *faults)[:1_000],
    )


@dataclass(frozen=True, slots=True)
class _Walked:
    walk: Walk
    first_seq: int
    findings: tuple[Finding, ...]


def _walk(
    connection: psycopg.Connection, key: ChainKey | None, anchor: _Anchor | None, noted: Head | None, progress: Progress
) -> _Walked:
    start = Head(anchor.seq, anchor.link) if anchor else Head(0, GENESIS)
    walk = Walk(start, key, anchor.cut_us if anchor else 0)
    counted = connection.execute("SELECT count(*) FROM audit_seal").fetchone()
    total = int(counted[0]) if counted else 0
    is_found = noted is not None and noted == start
    for done in walk.follow(_chain(connection)):
        is_found = is_found or walk.head == noted
        if done % REPORT_EVERY == 0:
            progress(done, total)
    progress(total, total)
    missing = () if noted is None or is_found else (_missing(noted, start),)
    return _Walked(walk, start.seq + 1 if total else 0, (*walk.finish(), *missing))


def _chain(connection: psycopg.Connection) -> Iterator[Sealed]:
    with connection.cursor(f"audit_{uuid.uuid4().hex[:8]}", row_factory=class_row(_Row)) as cursor:
        cursor.itersize = REPORT_EVERY
        for row in cursor.execute(_CHAIN.encode()):
            seal = Seal(row.seq, row.sealed_us, row.entry_id, row.entry_us, row.content, row.key_id)
            yield Sealed(seal, row.link, row.canonical)


def _read(
    connection: psycopg.Connection, kind: type[Row], query: str, values: dict[str, object] | None = None
) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def _loose(row: _Loose) -> Finding | None:
    if not row.is_there:
        text = f"Entry {row.entry_id} was removed before it was sealed."
        return Finding(Fault.REMOVED, text, None, row.entry_id, row.at)
    if not row.waits:
        text = f"Entry {row.entry_id} was inserted past the log: it has no seal and waits for none."
        return Finding(Fault.INSERTED, text, None, row.entry_id, row.at)
    if row.is_late:
        text = f"Entry {row.entry_id} waits for its seal since {row.at.isoformat()}. Start the program: it seals."
        return Finding(Fault.UNSEALED, text, None, row.entry_id, row.at)
    return None


def _untold(anchor: _Anchor) -> Finding:
    text = f"Entries up to seal {anchor.seq} are said to be dropped, but no entry of the log tells of it."
    return Finding(Fault.ANCHOR_UNKNOWN, text, anchor.seq)


def _missing(noted: Head, start: Head) -> Finding:
    if noted.seq < start.seq:
        text = f"The noted head {noted.seq} is older than what is kept, which begins after {start.seq}."
    else:
        text = f"The noted head {noted.seq} is not in the chain: what followed was cut off, or the chain was made anew."
    return Finding(Fault.HEAD_MISSING, text, noted.seq)
