"""Which entries of the feed may a viewer read after a number?"""

from dataclasses import dataclass

from data.engine import AsyncRows
from data.errors import DataError
from data.feed.entry import RESET, Entry
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one

MOST = 5_000
"""Entries that are read at once."""

_STATE = """
SELECT
    head,
    tail,
    md5(concat_ws('/', epoch, database.oid, pg_control_system.system_identifier, pg_control_checkpoint.timeline_id))
        AS epoch
FROM feed_state
CROSS JOIN pg_control_system()
CROSS JOIN pg_control_checkpoint()
JOIN pg_database AS database ON database.datname = current_database()
WHERE feed_state.id = 1
"""
"""A database that was restored numbers on from where its backup stood: that is another epoch."""


class FeedMissing(DataError):
    """The row that says how far the feed reaches is not there."""

    def __init__(self) -> None:
        super().__init__("The live feed has no state. Stop the program and start it again: it migrates the database.")


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far the feed reaches.

    Attributes:
        head: Number of the last entry.
        tail: Number of the last entry that was removed.
        epoch: Numbers of another epoch say nothing.
    """

    head: int
    tail: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What a scope may read of a stretch of the feed.

    Attributes:
        state: How far the feed reached.
        after, upto: The stretch: above the first number, up to the second one.
        entries: In their order.
        is_whole: False where entries of the stretch were removed or replaced: everything is to be read anew.
    """

    state: FeedState
    after: int
    upto: int
    entries: tuple[Entry, ...]
    is_whole: bool = True


async def read_state(conn: AsyncRows) -> FeedState:
    """How far the feed reaches.

    Raises:
        FeedMissing: The database has no state of the feed.
    """
    state = await fetch_one(conn, FeedState, _STATE)
    if state is None:
        raise FeedMissing
    return state


async def read_passage(
    conn: AsyncRows, after: int, epoch: str | None, *, upto: int | None = None, most: int = MOST
) -> Passage:
    """What the scope of the transaction may read after a number.

    Args:
        conn: A transaction with one snapshot.
        after: Number of the last entry that is known.
        epoch: The epoch in which it was read; None to take the present one.
        upto: Not beyond this number; None to the end.
        most: At most so many entries; the passage then ends with the last one.
    """
    state = await read_state(conn)
    end = state.head if upto is None else min(upto, state.head)
    is_known = state.tail <= after <= state.head and epoch in (None, state.epoch)
    if not is_known:
        return Passage(state, after, state.head, (), is_whole=False)
    if end <= after:
        return Passage(state, after, after, ())
    entries = await fetch_all(conn, Entry, named("feed_after"), {"after": after, "upto": end, "most": most})
    if any(entry.kind == RESET for entry in entries):
        return Passage(state, after, state.head, (), is_whole=False)
    return Passage(state, after, entries[-1].id if len(entries) == most else end, entries)
