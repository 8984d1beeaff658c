"""How does what the feed brings reach all viewers of this process? Read once for each scope, shared by its viewers."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from dashboard.live.mailbox import Mailbox
from dashboard.live.messages import Pulse, Subscription, told
from data.accounts.account import Account, acting_as
from data.engine import AsyncRows
from data.errors import DataError
from data.feed.listener import Heard, ListeningDatabase, listen
from data.feed.read import read_passage, read_state
from data.scope import scope_of
from data.statement_limit import limited_statements

log = logging.getLogger(__name__)
READ_S = 10.0
AT_ONCE = 3
"""Scopes that are read at the same time: requests need connections of the same pool."""

CATCH_UP = 2_000
"""A viewer that missed more entries than these reads everything anew."""

UNREADABLE = (psycopg.Error, PoolTimeout, PoolClosed, DataError)


class FeedDatabase(ListeningDatabase, Protocol):
    """The database as the hub uses it; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot, under the scope of the task."""


@dataclass(slots=True)
class _Group:
    """Viewers that see the same rows.

    Attributes:
        account: In whose name the rows of all of them are read.
        position: Up to which number they have been read.
        behind_s: Since when there has been more to read, by the hub's clock; None where there is not.
    """

    account: Account
    position: int
    epoch: str
    behind_s: float | None = None
    mailboxes: set[Mailbox] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Seat:
    """A viewer's place: its mailbox, and the epoch of its numbers."""

    key: str
    mailbox: Mailbox


class Hub:
    """Hears of new entries over one connection, reads them once per scope, puts them into the viewers' mailboxes."""

    def __init__(
        self,
        database: FeedDatabase,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        edition: str | None = None,
    ) -> None:
        self._database = database
        self._edition = edition
        self._now = now
        self._clock = clock
        self._groups: dict[str, _Group] = {}
        self._head = 0
        self._news = asyncio.Event()
        self._passed_ms: int | None = None
        self._heard_s = clock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hear and hand on for as long as the body runs."""
        self._heard_s = self._clock()
        tasks = [
            asyncio.create_task(listen(self._database, self._hear), name="feed-listener"),
            asyncio.create_task(self._spread(), name="feed-hub"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def pulse(self, seat: Seat) -> Pulse:
        """How current the feed is for a viewer: as the folding process was heard, and as its scope could be read."""
        now_s, behind_s = self._clock(), self._groups[seat.key].behind_s
        since_s = self._heard_s if behind_s is None else min(self._heard_s, behind_s)
        return Pulse(self._now(), round((now_s - since_s) * 1000), self._passed_ms, self._edition)

    def epoch_of(self, seat: Seat) -> str:
        """The epoch of the numbers that the seat is told."""
        return self._groups[seat.key].epoch

    async def join(self, account: Account, wanted: Subscription) -> Seat:
        """Give a viewer a place; what it missed since the number that it names waits in its mailbox.

        Raises:
            psycopg.Error, PoolTimeout, PoolClosed, DataError: The database cannot be asked.
        """
        key = scope_of(account).key
        if key not in self._groups:
            await self._open(key, account)
        group = self._groups[key]
        mailbox = Mailbox(wanted.kinds, group.position, is_new=wanted.last is None)
        seat = Seat(key, mailbox)
        group.mailboxes.add(mailbox)
        if wanted.last is not None:
            try:
                await self._catch_up(seat, account, wanted.last, wanted.epoch)
            except BaseException:
                self.leave(seat)
                raise
        return seat

    def leave(self, seat: Seat) -> None:
        """Take a viewer's place away."""
        group = self._groups.get(seat.key)
        if group is None:
            return
        group.mailboxes.discard(seat.mailbox)
        if not group.mailboxes:
            del self._groups[seat.key]

    async def _open(self, key: str, account: Account) -> None:
        with acting_as(account), limited_statements(READ_S):
            async with self._database.reading() as conn:
                state = await read_state(conn)
        self._groups.setdefault(key, _Group(account, state.head, state.epoch))

    async def _catch_up(self, seat: Seat, account: Account, last: int, epoch: str | None) -> None:
        """Put what was missed before what the group brings from now on."""
        position = self._groups[seat.key].position
        with acting_as(account), limited_statements(READ_S):
            async with self._database.reading() as conn:
                missed = await read_passage(conn, last, epoch, upto=position, most=CATCH_UP)
        if missed.is_whole and missed.upto >= position:
            seat.mailbox.begin(last, told(missed.entries))
        else:
            seat.mailbox.lose(max(position, seat.mailbox.upto))

    def _hear(self, heard: Heard) -> None:
        if heard.passed_ms is not None:
            self._passed_ms, self._heard_s = heard.passed_ms, self._clock()
        self._head = heard.head
        self._news.set()

    async def _spread(self) -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        while True:
            await self._news.wait()
            self._news.clear()
            behind = [group for group in self._groups.values() if group.position != self._head]
            await asyncio.gather(*(self._bring(group, turns) for group in behind))

    async def _bring(self, group: _Group, turns: asyncio.Semaphore) -> None:
        group.behind_s = self._clock() if group.behind_s is None else group.behind_s
        async with turns:
            try:
                while not await self._brought(group):
                    continue
                group.behind_s = None
            except UNREADABLE as error:
                # The next notification comes within a second; until then the numbers wait.
                log.warning("the live feed cannot be read (%s); trying again", type(error).__name__)
            except Exception:  # the edge of a task that has to go on: pages would wait in silence for ever
                log.exception("the live feed cannot be read; trying again")

    async def _brought(self, group: _Group) -> bool:
        """Hand the next entries to the viewers of a group; whether these were all."""
        with acting_as(group.account), limited_statements(READ_S):
            async with self._database.reading() as conn:
                passage = await read_passage(conn, group.position, group.epoch)
        group.position, group.epoch = passage.upto, passage.state.epoch
        news = told(passage.entries)
        for mailbox in group.mailboxes:
            if passage.is_whole:
                mailbox.put(news, passage.upto)
            else:
                mailbox.lose(passage.upto)
        return passage.upto >= passage.state.head
