"""Which account does a key open right now, without asking the database at each request?"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from dashboard.auth.services import AuthServices
from data.accounts.account import Account
from data.accounts.keys import Key
from data.accounts.sessions import SEEN_EVERY, Standing, find_session, note_session_seen
from data.accounts.tokens import find_token, note_token_used

FRESH_S = 5.0
"""How long an answer counts. Changes made in this process count at once, those of another one after this time."""

MOST_KNOWN = 4_096


class KeyKind(StrEnum):
    """How a key came."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  # the name of a kind


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and how it came."""

    kind: KeyKind
    key: Key

    @property
    def fingerprint(self) -> bytes:
        """What the credential is known by; does not hold the secret. BLAKE2, because every request asks for it."""
        return blake2b((self.kind.value + self.key.text).encode(), digest_size=32).digest()


@dataclass(slots=True)
class _Known:
    """What the database said, and when."""

    standing: Standing | None
    asked_at_s: float
    noted_at: datetime | None


class Gate:
    """Knows the accounts behind recently used keys.

    However many tiles one browser asks for at once, the database is asked once in five seconds for its session and
    written to once a minute.
    """

    def __init__(self, services: AuthServices, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asking: dict[bytes, asyncio.Future[_Known]] = {}
        self._generation = 0

    async def account_of(self, credential: Credential, *, used: bool = True) -> Account | None:
        """The account that the credential opens, or None.

        Args:
            credential: A session or token.
            used: False for a mere check that must not keep an idle session alive.
        """
        known = self._known.get(credential.fingerprint)
        if known is None or self._clock() - known.asked_at_s >= FRESH_S:
            known = await self._ask_once(credential)
        now = self._services.now()
        if known.standing is None or now >= known.standing.ends_at:
            return None
        if used and _due(known.noted_at, now):
            # Before the write, so that requests beside this one do not write as well.
            known.noted_at = now
            await self._note(credential, now)
        return known.standing.account

    def forget_account(self, account_id: int) -> None:
        """What is known of the account's keys no longer counts: it was disabled, or changed."""
        self._outdate()
        mine = [fingerprint for fingerprint, known in self._known.items() if _belongs(known, account_id)]
        for fingerprint in mine:
            del self._known[fingerprint]

    def forget(self, credential: Credential) -> None:
        """What is known of the key no longer counts: it was ended."""
        self._outdate()
        self._known.pop(credential.fingerprint, None)

    def _outdate(self) -> None:
        """Questions under way may bring answers from before the change: they are not kept, and nobody joins them."""
        self._generation += 1
        self._asking.clear()

    async def _ask_once(self, credential: Credential) -> _Known:
        fingerprint = credential.fingerprint
        running = self._asking.get(fingerprint)
        if running is not None:
            return await asyncio.shield(running)
        task = asyncio.ensure_future(self._ask(credential))
        self._asking[fingerprint] = task
        task.add_done_callback(lambda done: self._answered(fingerprint, done))
        # The answer serves others too: it is not lost when this one request is cancelled.
        return await asyncio.shield(task)

    def _answered(self, fingerprint: bytes, done: asyncio.Future[_Known]) -> None:
        if self._asking.get(fingerprint) is done:
            del self._asking[fingerprint]

    async def _ask(self, credential: Credential) -> _Known:
        generation, asked_at_s = self._generation, self._clock()
        find = find_session if credential.kind is KeyKind.SESSION else find_token
        async with self._services.database.reading() as conn:
            standing = await find(conn, credential.key, self._services.now())
        known = _Known(standing, asked_at_s, standing.seen_at if standing else None)
        before = self._known.get(credential.fingerprint)
        if before is not None and before.noted_at is not None and known.noted_at is not None:
            known.noted_at = max(before.noted_at, known.noted_at)
        if generation == self._generation:
            self._remember(credential, known)
        return known

    def _remember(self, credential: Credential, known: _Known) -> None:
        self._known[credential.fingerprint] = known
        self._known.move_to_end(credential.fingerprint)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    async def _note(self, credential: Credential, now: datetime) -> None:
        note = note_session_seen if credential.kind is KeyKind.SESSION else note_token_used
        async with self._services.database.writing() as conn:
            await note(conn, credential.key, now)


def _due(noted_at: datetime | None, now: datetime, every: timedelta = SEEN_EVERY) -> bool:
    return noted_at is None or now - noted_at >= every


def _belongs(known: _Known, account_id: int) -> bool:
    return known.standing is not None and known.standing.account.id == account_id
