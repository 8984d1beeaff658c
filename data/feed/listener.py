"""How does a process hear of new entries, for as long as it runs?"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import psycopg

from data.engine import AsyncRows
from data.errors import DataError
from data.feed.entry import CHANNEL
from data.feed.read import read_state

log = logging.getLogger(__name__)
SILENCE_S = 5.0
"""After so long without a notification the connection is tried out."""

ANSWER_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """That the feed reaches as far as this.

    Attributes:
        head: Number of the last entry.
        passed_ms: When the folding process said so, in milliseconds since 1970; None where the listener looked itself.
    """

    head: int
    passed_ms: int | None = None


class ListeningDatabase(Protocol):
    """The database as the listener uses it; `data.engine.AsyncDatabase` is one."""

    def listening(self, channel: str) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection of its own that hears what is notified on a channel."""


async def listen(database: ListeningDatabase, hear: Callable[[Heard], None]) -> None:
    """Tell of every notification until cancelled, over one connection, which is made anew whenever it is lost.

    What was notified while there was none is told by looking: entries are numbered, so nothing is missed.

    Args:
        database: Gives connections.
        hear: Called in the event loop; must not block.
    """
    wait_s = FIRST_WAIT_S
    while True:
        try:
            async with database.listening(CHANNEL) as conn:
                await _look(conn, hear)
                wait_s = FIRST_WAIT_S
                await _hear_all(conn, hear)
        except (psycopg.Error, OSError, ValueError, DataError) as error:
            log.warning("the live feed is not heard (%s); connecting anew in %.1f s", type(error).__name__, wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _hear_all(conn: AsyncRows, hear: Callable[[Heard], None]) -> None:
    while True:
        async for notify in conn.notifies(timeout=SILENCE_S):
            head, passed_ms = notify.payload.split()
            hear(Heard(int(head), int(passed_ms)))
        await _look(conn, hear)


async def _look(conn: AsyncRows, hear: Callable[[Heard], None]) -> None:
    async with asyncio.timeout(ANSWER_S):
        state = await read_state(conn)
    hear(Heard(state.head))
