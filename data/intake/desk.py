"""Where do reports wait until the next transaction takes them, and what if too many wait?"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from data.accounts.account import Account, acting_as
from data.attempts import WritableDatabase
from data.intake.city import City, read_catalog, read_city
from data.intake.errors import AnswerTaken, BoundariesMoved, IntakeBusy, OutcomeUnknown
from data.intake.store import store
from data.intake.submission import Answer, Submission
from data.scope import acting_as_program, scope_of

MAX_WAITING = 20_000
"""Reports that may wait; at the slowest rate measured they are stored within a few seconds."""

GROUP_ROWS = 2_000
"""Reports in one transaction at most."""

WRITERS = 2
"""Transactions at once: one waits for the disk while the other is prepared."""

GATHER_S = 0.002
"""So long a transaction waits for reports that arrive at the same time; one commit then serves them all."""

REFRESH_S = 2.0
"""An unknown code is looked up in the database no more often than this."""

RETRY_AFTER_S = 2
ATTEMPTS = 5
CERTAIN = (BoundariesMoved, AnswerTaken, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
"""After these nothing was stored, so the transaction can be repeated."""

UNREACHED = (PoolTimeout, PoolClosed)


@dataclass(frozen=True, slots=True)
class _Waiting:
    submission: Submission
    account: Account
    answer: asyncio.Future[Answer]


class IntakeDesk:
    """Takes submissions of many senders and stores them in few transactions; one per process.

    Each sender hears the answer after the commit. Submissions of one transaction have one scope, because that is what
    row-level security checks; those with an Idempotency-Key belong to one account, because its answers are its own.
    """

    def __init__(self, database: WritableDatabase, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._waiting: deque[_Waiting] = deque()
        self._waiting_rows = 0
        self._writers: set[asyncio.Task[None]] = set()
        self._city: City | None = None
        self._city_lock = asyncio.Lock()
        self._refreshed_s = -REFRESH_S

    async def city(self) -> City:
        """The city as last known; read at first use and after its boundaries moved."""
        async with self._city_lock:
            if self._city is None:
                with acting_as_program():
                    async with self._database.writing() as conn:
                        self._city = await read_city(conn)
            return self._city

    async def refresh_catalog(self) -> City:
        """The city with the classes, sources, departments and data sets as they are now, or were a moment ago."""
        city = await self.city()
        if time.monotonic() - self._refreshed_s < REFRESH_S:
            return city
        self._refreshed_s = time.monotonic()
        with acting_as_program():
            async with self._database.writing() as conn:
                catalog = await read_catalog(conn)
        self._city = City(city.revision, city.locator, catalog)
        return self._city

    async def submit(self, submission: Submission, account: Account) -> Answer:
        """Store a submission and give the verdict on each of its reports, after the commit.

        Raises:
            IntakeBusy: Too many wait; nothing was stored.
            OutcomeUnknown: The database went away; to be sent again with the same keys.
        """
        if self._waiting_rows + len(submission) > MAX_WAITING:
            raise IntakeBusy(RETRY_AFTER_S)
        waiting = _Waiting(submission, account, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._waiting_rows += len(submission)
        if len(self._writers) < WRITERS:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await waiting.answer

    async def _write(self) -> None:
        """Store what waits, transaction by transaction, until nothing does."""
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            group = self._take_group()
            if group:
                await self._store_group(group)

    def _take_group(self) -> list[_Waiting]:
        """The submission that has waited longest, and those that can be stored with it."""
        group: list[_Waiting] = []
        rest: deque[_Waiting] = deque()
        rows = 0
        while self._waiting:
            one = self._waiting.popleft()
            fits = not group or (_together(one, group[0]) and rows + len(one.submission) <= GROUP_ROWS)
            if fits:
                group.append(one)
                rows += len(one.submission)
            else:
                rest.append(one)
        self._waiting = rest
        self._waiting_rows -= rows
        return group

    async def _store_group(self, group: list[_Waiting]) -> None:
        try:
            answers = await self._stored(group)
        except asyncio.CancelledError:
            _fail(group, OutcomeUnknown())
            raise
        except UNREACHED as error:
            _fail(group, error)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            _fail(group, OutcomeUnknown())
        except Exception as error:  # the sender hears of it; the others of the group are stored one by one
            if len(group) == 1:
                _fail(group, error)
            else:
                for one in group:
                    await self._store_group([one])
        else:
            for one, answer in zip(group, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)

    async def _stored(self, group: list[_Waiting]) -> tuple[Answer, ...]:
        account = group[0].account
        submissions, senders = [one.submission for one in group], [one.account.id for one in group]
        for attempt in range(1, ATTEMPTS + 1):
            city = await self.city()
            try:
                with acting_as(account):
                    async with self._database.writing() as conn:
                        stored = await store(conn, submissions, account, senders, city, self._now())
            except CERTAIN as reason:
                if isinstance(reason, BoundariesMoved) and self._city is city:
                    self._city = None
                if attempt == ATTEMPTS:
                    raise
                continue
            for combo, cell_id in stored.cells.items():
                city.locator.learn(combo, cell_id)
            return stored.answers
        raise AssertionError("unreachable: the last attempt returns or raises")


def _together(one: _Waiting, first: _Waiting) -> bool:
    if one.account == first.account:
        return True
    keyless = one.submission.key is None and first.submission.key is None
    return keyless and scope_of(one.account).key == scope_of(first.account).key


def _fail(group: list[_Waiting], error: Exception) -> None:
    for one in group:
        if not one.answer.done():
            one.answer.set_exception(error)
