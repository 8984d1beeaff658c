"""How are accounts managed from the pages? Each act is permitted, done, noted and made to count at once.

What pages ask for, without HTTP and without Dash. Every method asks for the permission itself, whatever the door said.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from dashboard.auth.gate import Gate
from dashboard.auth.services import AuthEvent, AuthServices
from data.accounts.account import Account, acting_account
from data.accounts.administration import (
    AccountChange,
    ListedAccount,
    ListedDepartment,
    NewAccount,
    add_account,
    change_account,
    disable_account,
    enable_account,
    end_sessions,
    find_listed,
    keep_an_admin,
    list_accounts,
    list_departments,
    reset_password,
    revoke_tokens,
)
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission, Role
from data.accounts.wall_tokens import (
    ListedWallToken,
    MadeWallToken,
    NewWallToken,
    list_wall_tokens,
    make_wall_token,
    revoke_wall_token,
)
from data.audit.entry import Action
from data.engine import AsyncRows

CHANGED = ("name", "role", "level_key", "unit_code", "department", "disabled_at", "must_change")
"""What before and after of an account tell."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page of accounts shows."""

    accounts: tuple[ListedAccount, ...]
    walls: tuple[ListedWallToken, ...]
    departments: tuple[ListedDepartment, ...]


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A password at the only moment at which it is known; it has to be changed at the first sign-in."""

    name: str
    text: str

    def __repr__(self) -> str:
        return f"FirstPassword({self.name})"


class AccountDesk:
    """Manages accounts in the name of the account that acts."""

    def __init__(self, services: AuthServices, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    async def overview(self) -> Overview:
        """All accounts, keys of displays and departments."""
        _require(Permission.ACCOUNTS)
        now = self._services.now()
        async with self._services.database.reading() as conn:
            return Overview(
                await list_accounts(conn, now), await list_wall_tokens(conn, now), await list_departments(conn)
            )

    async def add(self, new: NewAccount) -> FirstPassword:
        """Make an account with a password made here.

        Raises:
            AccountRefused: A value cannot be used.
        """
        actor, password = _require(Permission.ACCOUNTS), _first_password()
        async with self._services.database.writing() as conn:
            account_id = await add_account(conn, new, password, self._services.now())
            made = await self._facts(conn, account_id)
            await self._note(conn, Action.ACCOUNT_ADDED, actor, account_id, after=made)
        return FirstPassword(str(made["name"]), password)

    async def change(self, account_id: int, change: AccountChange) -> None:
        """Give an account another role, area and department.

        Raises:
            AccountRefused: A value cannot be used, or it is the last administrator.
        """
        async with self._changing(Action.ACCOUNT_CHANGED, account_id) as conn:
            if change.role is not Role.ADMIN:
                await keep_an_admin(conn, account_id)
            held = await find_listed(conn, account_id, self._services.now())
            if change.level_key is None and change.unit_code == held.unit_code:
                change = replace(change, level_key=held.level_key)
            await change_account(conn, account_id, change)

    async def disable(self, account_id: int) -> None:
        """Shut an account out.

        Raises:
            AccountRefused: There is no such account, or it is the last administrator.
        """
        async with self._changing(Action.ACCOUNT_DISABLED, account_id) as conn:
            await keep_an_admin(conn, account_id)
            await disable_account(conn, account_id, self._services.now())

    async def enable(self, account_id: int) -> None:
        """Let an account in again, and lift a lock."""
        async with self._changing(Action.ACCOUNT_ENABLED, account_id) as conn:
            await enable_account(conn, account_id)

    async def reset(self, account_id: int) -> FirstPassword:
        """Give an account a password made here; it is signed out everywhere."""
        password = _first_password()
        async with self._changing(Action.PASSWORD_RESET, account_id) as conn:
            name = (await find_listed(conn, account_id, self._services.now())).name
            await reset_password(conn, name, password, self._services.now())
        return FirstPassword(name, password)

    async def end_sessions(self, account_id: int) -> None:
        """Sign an account out everywhere."""
        async with self._changing(Action.SESSIONS_ENDED, account_id) as conn:
            await end_sessions(conn, account_id)

    async def revoke_tokens(self, account_id: int) -> None:
        """Make all tokens of an account worthless."""
        async with self._changing(Action.TOKENS_REVOKED, account_id) as conn:
            await revoke_tokens(conn, account_id, self._services.now())

    async def make_wall(self, new: NewWallToken) -> MadeWallToken:
        """Make a key for a display.

        Raises:
            AccountRefused: A value cannot be used.
        """
        actor = _require(Permission.ACCOUNTS)
        async with self._services.database.writing() as conn:
            made = await make_wall_token(conn, new, self._services.now())
            after = await self._facts(conn, made.account_id)
            kind = Action.WALL_TOKEN_MADE
            await self._note(conn, kind, actor, made.account_id, subject=made.id, after=after)
        return made

    async def revoke_wall(self, token_id: int) -> None:
        """Make the key of a display worthless; its live connections end."""
        actor = _require(Permission.ACCOUNTS)
        async with self._services.database.writing() as conn:
            account_id = await revoke_wall_token(conn, token_id, self._services.now())
            await self._note(conn, Action.WALL_TOKEN_REVOKED, actor, account_id, subject=token_id)
        self._gate.forget_account(account_id)

    @asynccontextmanager
    async def _changing(self, kind: Action, account_id: int) -> AsyncIterator[AsyncRows]:
        """A transaction around a change of one account; noted with before and after, and counting at once."""
        actor = _require(Permission.ACCOUNTS)
        async with self._services.database.writing() as conn:
            before = await self._facts(conn, account_id)
            yield conn
            after = await self._facts(conn, account_id)
            await self._note(conn, kind, actor, account_id, before=before, after=after)
        self._gate.forget_account(account_id)

    async def _facts(self, conn: AsyncRows, account_id: int) -> dict[str, object]:
        listed = await find_listed(conn, account_id, self._services.now())
        return {name: getattr(listed, name) for name in CHANGED} | {
            "sessions": listed.sessions,
            "tokens": listed.tokens,
        }

    async def _note(
        self,
        conn: AsyncRows,
        kind: Action,
        actor: Account,
        account_id: int,
        *,
        subject: int | None = None,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        event = AuthEvent(
            kind, account_id, self._services.now(), "", subject, actor_id=actor.id, before=before, after=after
        )
        await self._services.note(conn, event)


def _require(permission: Permission) -> Account:
    """The account that acts. A token manages nothing: a leaked one could make itself further keys."""
    account = acting_account()
    if not account.may(permission) or account.by_token:
        raise NotPermitted(permission)
    return account


def _first_password() -> str:
    return secrets.token_urlsafe(15)
