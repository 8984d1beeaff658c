"""How does somebody come in, go out, and get a new password? What the routes ask for, without HTTP."""

import asyncio
import time
from dataclasses import dataclass

from dashboard.auth.asked import Asked
from dashboard.auth.gate import Gate, KeyKind
from dashboard.auth.services import AuthEvent, AuthEventKind, AuthServices
from data.accounts.account import Account
from data.accounts.administration import store_password
from data.accounts.errors import PasswordWeak
from data.accounts.keys import Key
from data.accounts.password_hash import hash_password
from data.accounts.password_strength import check_password
from data.accounts.permissions import Role
from data.accounts.sessions import (
    Origin,
    close_other_sessions,
    close_session,
    open_session,
    origin_of,
    rotate_session,
)
from data.accounts.sign_in import Proven, prove_password

AT_ONCE = 2
"""Passwords that are checked at the same time; each takes 19 MiB and 0.1 s of a core."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session."""

    key: Key
    account_id: int
    name: str
    role: Role
    must_change: bool


class SignIn:
    """Opens and ends sessions."""

    def __init__(self, services: AuthServices, gate: Gate) -> None:
        self._services = services
        self._gate = gate
        self._checking = asyncio.Semaphore(AT_ONCE)

    async def enter(self, asked: Asked, name: str, password: str) -> SignedIn | None:
        """A session for name and password; None, after a fixed time, for whatever reason there is none."""
        started_s = time.monotonic()
        proven = await self._prove(asked, name, password)
        if proven is None:
            await self._wait_out(started_s)
            return None
        return await self._open(asked, proven)

    async def enter_demo(self, asked: Asked, name: str) -> SignedIn | None:
        """A session for a demo account without a password, for somebody who sits at this machine."""
        demo = self._services.demo
        if demo is None or name not in demo.names or not asked.is_from_this_machine:
            return None
        return await self.enter(asked, name, demo.password)

    async def leave(self, asked: Asked) -> None:
        """End the session that the request carries, where it carries one."""
        credential = asked.credential
        if credential is None or credential.kind is not KeyKind.SESSION:
            return
        account = await self._gate.account_of(credential, used=False)
        async with self._services.database.writing() as conn:
            await close_session(conn, credential.key)
            if account is not None:
                await self._services.note(conn, self._event(asked, AuthEventKind.SIGNED_OUT, account.id))
        self._gate.forget(credential)

    async def change_password(self, asked: Asked, account: Account, current: str, new: str) -> Key | None:
        """Give the account the password that its owner chose; its other sessions end.

        Returns:
            The session's new key; None where the current password is wrong.

        Raises:
            PasswordWeak: The new one would be guessed, or is the current one.
        """
        check_password(new, account.name)
        if new == current:
            raise PasswordWeak("same", "The new password is the current one.")
        started_s = time.monotonic()
        if await self._prove(asked, account.name, current) is None:
            await self._wait_out(started_s)
            return None
        credential = asked.credential
        assert credential is not None
        assert credential.kind is KeyKind.SESSION
        async with self._checking:
            password_hash = await asyncio.to_thread(hash_password, new)
        async with self._services.database.writing() as conn:
            await store_password(conn, account.id, password_hash, must_change=False)
            await close_other_sessions(conn, account.id, credential.key)
            key = await rotate_session(conn, credential.key, self._services.now())
            await self._services.note(conn, self._event(asked, AuthEventKind.PASSWORD_CHANGED, account.id))
        self._gate.forget_account(account.id)
        return key

    async def _prove(self, asked: Asked, name: str, password: str) -> Proven | None:
        services = self._services
        async with self._checking:
            outcome = await prove_password(services.database.writing, name, password, services.now())
        if isinstance(outcome, Proven):
            return outcome
        async with services.database.writing() as conn:
            await services.note(conn, self._event(asked, AuthEventKind.SIGN_IN_REFUSED, outcome.account_id))
        return None

    async def _open(self, asked: Asked, proven: Proven) -> SignedIn:
        now, before = self._services.now(), asked.credential
        async with self._services.database.writing() as conn:
            if before is not None and before.kind is KeyKind.SESSION:
                await close_session(conn, before.key)
            key = await open_session(conn, proven.account_id, proven.role, _origin(asked), now)
            await self._services.note(conn, self._event(asked, AuthEventKind.SIGNED_IN, proven.account_id))
        if before is not None:
            self._gate.forget(before)
        return SignedIn(key, proven.account_id, proven.name, proven.role, proven.must_change)

    async def _wait_out(self, started_s: float) -> None:
        await asyncio.sleep(max(0.0, started_s + self._services.refusal_s - time.monotonic()))

    def _event(self, asked: Asked, kind: AuthEventKind, account_id: int | None) -> AuthEvent:
        return AuthEvent(kind, account_id, self._services.now(), _origin(asked).address)


def _origin(asked: Asked) -> Origin:
    return origin_of(asked.client, asked.headers.get("user-agent"))
