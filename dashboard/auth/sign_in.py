"""How does somebody come in, go out, and get a new password? What the routes ask for, without HTTP."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.auth.asked import Asked
from dashboard.auth.gate import Gate, KeyKind
from dashboard.auth.oidc_errors import PersonUnknown
from dashboard.auth.services import AuthEvent, AuthServices
from data.accounts.account import Account
from data.accounts.administration import store_password
from data.accounts.errors import AccountRefused, PasswordWeak
from data.accounts.keys import Key
from data.accounts.password_hash import hash_password
from data.accounts.password_strength import check_password
from data.accounts.permissions import Role
from data.accounts.provider import Provider
from data.accounts.sessions import (
    Origin,
    close_other_sessions,
    close_session,
    open_session,
    origin_of,
    rotate_session,
)
from data.accounts.sign_in import Proven, prove_password
from data.accounts.sign_on import Vouched, vouch
from data.accounts.wall_tokens import WallEntered, enter_wall
from data.audit.entry import Action
from data.engine import AsyncRows
from data.privacy.masking import masked_text

SINGLE_SIGN_ON = "single sign-on"
AT_ONCE = 2
"""Passwords that are checked at the same time; each takes 19 MiB and 0.1 s of a core."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; language and theme are those that the account chose, if it did."""

    key: Key
    account_id: int
    name: str
    role: Role
    must_change: bool
    lang: str | None
    theme: str | None


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

    async def enter_wall(self, asked: Asked, text: str) -> WallEntered | None:
        """A session for the key of a display; None, after a fixed time, for whatever reason there is none."""
        services, started_s, before = self._services, time.monotonic(), asked.credential
        async with services.database.writing() as conn:
            entered = await enter_wall(conn, text, _origin(asked), services.now())
            if entered is not None:
                if before is not None and before.kind is KeyKind.SESSION:
                    await close_session(conn, before.key)
                event = self._event(asked, Action.WALL_ENTERED, entered.account_id, entered.token_id)
                await services.note(conn, event)
        if entered is None:
            await self._wait_out(started_s)
        elif before is not None:
            self._gate.forget(before)
        return entered

    async def enter_vouched(self, asked: Asked, provider: Provider, claims: Mapping[str, object]) -> SignedIn:
        """A session for a person whom the provider vouches for.

        Raises:
            PersonUnknown: No account that may sign in is theirs; after a fixed time, for whatever reason.
        """
        services, started_s = self._services, time.monotonic()
        vouched, cause = Vouched(), "No account that may sign in belongs to this person."
        try:
            async with services.database.writing() as conn:
                vouched = await vouch(conn, provider, str(claims["sub"]), claims, services.now())
                await self._note_vouched(conn, asked, provider, vouched, str(claims["sub"]))
        except AccountRefused as error:
            cause = f"No account can be made as the claims want it ({type(error).__name__}, {error.field})."
        if vouched.account_id is not None:
            self._gate.forget_account(vouched.account_id)
        if vouched.proven is None:
            await self.note_not_vouched(asked, vouched.account_id)
            await self._wait_out(started_s)
            raise PersonUnknown(cause)
        return await self._open(asked, vouched.proven, by=SINGLE_SIGN_ON)

    async def note_not_vouched(self, asked: Asked, account_id: int | None = None) -> None:
        """Write down that somebody came from the provider and was refused."""
        event = self._event(asked, Action.SIGN_IN_REFUSED, account_id)
        async with self._services.database.writing() as conn:
            await self._services.note(conn, replace(event, after={"by": SINGLE_SIGN_ON}))

    async def _note_vouched(
        self, conn: AsyncRows, asked: Asked, provider: Provider, vouched: Vouched, subject: str
    ) -> None:
        if vouched.after is not None:
            kind = Action.ACCOUNT_ADDED if vouched.before is None else Action.ACCOUNT_CHANGED
            event = self._event(asked, kind, vouched.account_id)
            await self._services.note(conn, replace(event, before=vouched.before, after=vouched.after))
        if vouched.linked:
            event = self._event(asked, Action.IDENTITY_LINKED, vouched.account_id)
            # Some providers use an address of a person as their key.
            after = {"issuer": provider.issuer, "subject": masked_text(subject)}
            await self._services.note(conn, replace(event, after=after))

    async def leave(self, asked: Asked) -> None:
        """End the session that the request carries, where it carries one."""
        credential = asked.credential
        if credential is None or credential.kind is not KeyKind.SESSION:
            return
        account = await self._gate.account_of(credential, used=False)
        async with self._services.database.writing() as conn:
            await close_session(conn, credential.key)
            if account is not None:
                await self._services.note(conn, self._event(asked, Action.SIGNED_OUT, account.id))
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
            await self._services.note(conn, self._event(asked, Action.PASSWORD_CHANGED, account.id))
        self._gate.forget_account(account.id)
        return key

    async def _prove(self, asked: Asked, name: str, password: str) -> Proven | None:
        services = self._services
        async with self._checking:
            outcome = await prove_password(services.database.writing, name, password, services.now())
        if isinstance(outcome, Proven):
            return outcome
        async with services.database.writing() as conn:
            await services.note(conn, self._event(asked, Action.SIGN_IN_REFUSED, outcome.account_id))
            if outcome.locks:
                await services.note(conn, self._event(asked, Action.ACCOUNT_LOCKED, outcome.account_id))
        return None

    async def _open(self, asked: Asked, proven: Proven, by: str | None = None) -> SignedIn:
        now, before = self._services.now(), asked.credential
        async with self._services.database.writing() as conn:
            if before is not None and before.kind is KeyKind.SESSION:
                await close_session(conn, before.key)
            key = await open_session(conn, proven.account_id, proven.role, _origin(asked), now)
            event = self._event(asked, Action.SIGNED_IN, proven.account_id)
            await self._services.note(conn, replace(event, after={"by": by} if by else None))
        if before is not None:
            self._gate.forget(before)
        return SignedIn(key, proven.account_id, proven.name, proven.role, proven.must_change, proven.lang, proven.theme)

    async def _wait_out(self, started_s: float) -> None:
        await asyncio.sleep(max(0.0, started_s + self._services.refusal_s - time.monotonic()))

    def _event(self, asked: Asked, kind: Action, account_id: int | None, subject: int | None = None) -> AuthEvent:
        return AuthEvent(kind, account_id, self._services.now(), _origin(asked).address, subject)


def _origin(asked: Asked) -> Origin:
    return origin_of(asked.client, asked.headers.get("user-agent"))
