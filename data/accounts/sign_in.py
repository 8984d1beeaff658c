"""Does a name and password open an account?

The attempt is counted before the password is checked, under a lock on the row: a thousand guesses sent at once get as
few tries as a thousand sent in turn. A locked, disabled or missing account does the same work and gets the same answer.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from data.accounts.administration import store_password
from data.accounts.lockout import is_locked, locked_until
from data.accounts.login_name import normal_name
from data.accounts.password_hash import MAX_CHARACTERS, hash_password, is_outdated, verify_password
from data.accounts.permissions import Role
from data.engine import AsyncRows
from data.reads.rows import fetch_one

Writing = Callable[[], AbstractAsyncContextManager[AsyncRows]]
"""Opens a transaction that commits on leaving without an error, such as `AsyncDatabase.writing`."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An account whose password was given."""

    account_id: int
    name: str
    role: Role
    must_change: bool
    lang: str | None = None
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A name and password that open nothing; what it tells is for the audit log only.

    Attributes:
        account_id: The account, where there is one.
        locks: Whether this attempt closed it for a while.
    """

    account_id: int | None = None
    locks: bool = False


@dataclass(frozen=True, slots=True)
class _Credentials:
    id: int
    name: str
    role: str
    must_change: bool
    lang: str | None
    theme: str | None
    password_hash: str
    failed_attempts: int
    locked_until: datetime | None


async def prove_password(writing: Writing, name: str, password: str, now: datetime) -> Proven | Refused:
    """The account that name and password open, or a refusal for whatever reason they do not.

    Args:
        writing: The attempt is stored in a transaction of its own, so that no connection waits for the hash.
        name: Login name as typed.
        password: As typed.
        now: Moment of the attempt.
    """
    async with writing() as conn:
        found = await _find(conn, normal_name(name)[:64])
        counted = found is not None and await _count_attempt(conn, found, now)
    usable = password if len(password) <= MAX_CHARACTERS else ""
    stored = found.password_hash if found and counted else None
    right = await asyncio.to_thread(verify_password, stored, usable)
    if found is None or not right:
        locks = found is not None and counted and locked_until(found.failed_attempts + 1, now) is not None
        return Refused(found.id if found else None, locks)
    fresh = await asyncio.to_thread(hash_password, password) if is_outdated(found.password_hash) else None
    async with writing() as conn:
        await _forgive(conn, found, fresh)
    return Proven(found.id, found.name, Role(found.role), found.must_change, found.lang, found.theme)


async def _find(conn: AsyncRows, name: str) -> _Credentials | None:
    query = """
        SELECT account.id, account.name, account.role, account.must_change, account.lang, account.theme,
            account.password_hash, account.failed_attempts, account.locked_until
        FROM account
        WHERE account.name = %(name)s
            AND account.disabled_at IS NULL
            AND EXISTS (
                SELECT FROM account_standing AS standing
                WHERE standing.id = account.id AND NOT standing.area_gone
            )
        FOR UPDATE OF account
    """
    return await fetch_one(conn, _Credentials, query, {"name": name.replace("\0", "")})


async def _count_attempt(conn: AsyncRows, found: _Credentials, now: datetime) -> bool:
    """Take one attempt from the account; False while it is locked."""
    if is_locked(found.locked_until, now):
        return False
    attempts = found.failed_attempts + 1
    update = "UPDATE account SET failed_attempts = %(n)s, locked_until = %(until)s WHERE id = %(id)s"
    await conn.execute(update, {"id": found.id, "n": attempts, "until": locked_until(attempts, now)})
    return True


async def _forgive(conn: AsyncRows, found: _Credentials, fresh_hash: str | None) -> None:
    """The password was right: attempts are forgotten, and a hash of older parameters is replaced."""
    if fresh_hash:
        await store_password(conn, found.id, fresh_hash, must_change=found.must_change)
    else:
        query = "UPDATE account SET failed_attempts = 0, locked_until = NULL WHERE id = %(id)s"
        await conn.execute(query, {"id": found.id})
