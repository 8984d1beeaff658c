"""Who sends what waits, while the program runs? One process; of each webhook one message after the other."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from data.engine import AsyncDatabase, libpq_url
from data.reads.rows import fetch_all
from data.webhooks.errors import SecretUnreadable, WebhookUnknown
from data.webhooks.hook import Hook, find_hook
from data.webhooks.outbox import BATCH, ReadingDatabase, fill_outbox
from data.webhooks.secret import SecretSeal
from data.webhooks.sending import Letter, Limits, Result, send

log = logging.getLogger(__name__)

HOLD = "SELECT pg_try_advisory_lock(hashtext('minqing_webhooks'))"
ANY_HOOK = "SELECT EXISTS (SELECT FROM webhook)"
FORGET = "DELETE FROM webhook_delivery WHERE state = 'delivered' AND ended_at < %(before)s"
KEEP = timedelta(days=7)
UNANSWERED = (psycopg.Error, PoolTimeout, PoolClosed, OSError)

_HEADS = """
SELECT DISTINCT ON (webhook_id) id, webhook_id, body, tries, next_at
FROM webhook_delivery
WHERE state = 'waiting' AND (%(hook)s::integer IS NULL OR webhook_id = %(hook)s)
ORDER BY webhook_id, id
"""
_SETTLE = """
UPDATE webhook_delivery
SET state = %(state)s, tries = %(tries)s, next_at = %(next)s, status = %(status)s, trouble = %(trouble)s,
    ended_at = CASE WHEN %(state)s <> 'waiting' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND state = 'waiting'
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a message is tried.

    Attributes:
        first_s: Wait after the first failure; it doubles with each further one.
        longest_s: It grows no longer.
        tries: After so many the message is dead, and the next one is sent.
        look_s: How often is looked for something to do.
    """

    first_s: float = 5.0
    longest_s: float = 3_600.0
    tries: int = 14
    look_s: float = 1.0

    def wait(self, tries: int, rng: random.Random) -> timedelta:
        """How long to wait after so many failures; at random between a half and the whole, so that messages of many
        webhooks do not come back all at once."""
        whole_s = min(self.first_s * 2 ** (tries - 1), self.longest_s)
        return timedelta(seconds=whole_s * rng.uniform(0.5, 1.0))


@dataclass(frozen=True, slots=True)
class _Head:
    """The oldest waiting message of a webhook."""

    id: int
    webhook_id: int
    body: str
    tries: int
    next_at: datetime


@dataclass(slots=True)
class Dispatcher:
    """Makes messages of events and sends them.

    Attributes:
        url: Of the database, as owner.
        web: The database under the role of the web, open.
        seal: Opens the secrets.
        now: The present moment, aware.
        pace, limits: How often, and how long.
    """

    url: str
    web: ReadingDatabase
    seal: SecretSeal
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)
    limits: Limits = field(default_factory=Limits)
    rng: random.Random = field(default_factory=random.SystemRandom)
    _sending: dict[int, asyncio.Task[None]] = field(default_factory=dict, init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until left; what is being sent then is sent again by the next start, unless its answer came."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            for one in (task, *self._sending.values()):
                one.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except UNANSWERED as error:
                log.warning("webhooks wait for the database (%s)", type(error).__name__)
            except Exception:  # the edge of the task: one that dies in silence would keep events from everybody
                log.exception("webhooks stopped; trying again")
            await asyncio.sleep(2 * self.pace.look_s)

    async def _serve(self) -> None:
        """Hold the lock, and work as long as its connection lives."""
        async with await psycopg.AsyncConnection.connect(libpq_url(self.url), autocommit=True) as lock:
            if not await _says_yes(lock, HOLD):
                # Another process does the work; when it goes, one of the others takes over.
                return
            owner = AsyncDatabase(self.url, min_size=1, max_size=4)
            await owner.open()
            try:
                while True:
                    # Also tells whether the lock is still held: its connection answers.
                    if await _says_yes(lock, ANY_HOOK):
                        await self._turn(owner)
                    await asyncio.sleep(self.pace.look_s)
            finally:
                for task in self._sending.values():
                    task.cancel()
                await owner.close()

    async def _turn(self, owner: AsyncDatabase) -> None:
        while await fill_outbox(owner, self.web, self.now()) == BATCH:
            continue
        # What is read now of a webhook that is being served is out of date when its task ends.
        busy = frozenset(self._sending)
        async with owner.writing() as conn:
            heads = await fetch_all(conn, _Head, _HEADS, {"hook": None})
            await conn.execute(FORGET, {"before": self.now() - KEEP})
        for head in heads:
            if head.next_at <= self.now() and head.webhook_id not in busy:
                task = asyncio.create_task(self._send_in_order(owner, head))
                self._sending[head.webhook_id] = task
                task.add_done_callback(partial(self._ended, head.webhook_id))

    def _ended(self, webhook_id: int, _: asyncio.Task[None]) -> None:
        self._sending.pop(webhook_id, None)

    async def _send_in_order(self, owner: AsyncDatabase, first: _Head) -> None:
        """Send what waits for one webhook, until nothing does or something has to wait."""
        head: _Head | None = first
        try:
            while head is not None and head.next_at <= self.now():
                async with owner.writing() as conn:
                    hook = await find_hook(conn, head.webhook_id)
                result = await self._send(hook, head)
                async with owner.writing() as conn:
                    await conn.execute(_SETTLE, self._settled(head, result))
                    following = await fetch_all(conn, _Head, _HEADS, {"hook": head.webhook_id})
                head = following[0] if following else None
        except WebhookUnknown:
            log.info("webhook %s was removed meanwhile", first.webhook_id)
        except UNANSWERED as error:
            log.warning("a webhook waits for the database (%s)", type(error).__name__)

    async def _send(self, hook: Hook, head: _Head) -> Result:
        try:
            secret = self.seal.open(hook.sealed_secret, hook.name)
        except SecretUnreadable as error:
            return Result(trouble=str(error).partition(".")[0])
        letter = Letter(head.id, hook.url, secret, head.body.encode(), hook.allow_private)
        return await send(letter, self.now(), self.limits)

    def _settled(self, head: _Head, result: Result) -> dict[str, object]:
        tries = head.tries + 1
        state = "delivered" if result.trouble is None else "dead" if tries >= self.pace.tries else "waiting"
        if state == "dead":
            log.warning("message %s to webhook %s is given up: %s", head.id, head.webhook_id, result.trouble)
        return {
            "id": head.id,
            "state": state,
            "tries": tries,
            "next": self.now() + self.pace.wait(tries, self.rng),
            "status": result.status,
            "trouble": result.trouble,
            "now": self.now(),
        }


async def _says_yes(conn: psycopg.AsyncConnection, query: str) -> bool:
    row = await (await conn.execute(query.encode())).fetchone()
    return bool(row and row[0])
