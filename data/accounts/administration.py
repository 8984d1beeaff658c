"""How are accounts made, listed, disabled and given new passwords? In the caller's transaction, which commits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.accounts.errors import (
    AccountUnknown,
    AreaUnknown,
    DepartmentNeeded,
    DepartmentUnknown,
    LoginNameTaken,
)
from data.accounts.login_name import normal_name, require_name
from data.accounts.password_hash import hash_password
from data.accounts.password_strength import check_password
from data.accounts.permissions import Role
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made.

    Attributes:
        name: Login name as typed.
        role: What it is for.
        unit_code: Code of the unit that it may see; None is the whole city.
        level_key: Level of that unit, where a code stands on several; None takes the highest.
        department: Key of its department; handlers need one.
        must_change: Whether the password has to be changed at the first sign-in.
    """

    name: str
    role: Role
    unit_code: str | None = None
    level_key: str | None = None
    department: str | None = None
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as administrators see it."""

    id: int
    name: str
    role: str
    level_key: str | None
    unit_code: str | None
    area_gone: bool
    department: str | None
    demo: bool
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    must_change: bool
    last_seen_at: datetime | None
    sessions: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Id:
    id: int


@dataclass(frozen=True, slots=True)
class _Area:
    level_key: str
    code: str


@dataclass(frozen=True, slots=True)
class _Key:
    key: str


async def add_account(conn: AsyncRows, new: NewAccount, password: str, now: datetime) -> int:
    """Make an account.

    Returns:
        Its id.

    Raises:
        AccountRefused: Name, password, area or department cannot be used; the subclass says which.
    """
    name = require_name(new.name)
    check_password(password, name)
    if new.role is Role.HANDLER and new.department is None:
        raise DepartmentNeeded
    area = await _area(conn, new.unit_code, new.level_key) if new.unit_code else None
    values = {
        "name": name,
        "role": new.role.value,
        "hash": await asyncio.to_thread(hash_password, password),
        "level": area.level_key if area else None,
        "code": area.code if area else None,
        "department": await _department_id(conn, new.department) if new.department else None,
        "must_change": new.must_change,
        "now": now,
    }
    made = await fetch_one(conn, _Id, _INSERT, values)
    if made is None:
        raise LoginNameTaken(name)
    return made.id


_INSERT = """
    INSERT INTO account (name, role, password_hash, level_key, unit_code, department_id, must_change, created_at)
    VALUES (%(name)s, %(role)s, %(hash)s, %(level)s, %(code)s, %(department)s, %(must_change)s, %(now)s)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
"""


async def _area(conn: AsyncRows, code: str, level_key: str | None) -> _Area:
    query = """
        SELECT unit.level_key, unit.code
        FROM unit
        JOIN level ON level.key = unit.level_key
        WHERE unit.code = %(code)s
            AND unit.ended_revision_id IS NULL
            AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)
        ORDER BY level.rank, unit.id
        LIMIT 1
    """
    area = await fetch_one(conn, _Area, query, {"code": code, "level": level_key})
    if area is None:
        raise AreaUnknown(code)
    return area


async def _department_id(conn: AsyncRows, key: str) -> int:
    found = await fetch_one(conn, _Id, "SELECT id FROM department WHERE key = %(key)s", {"key": key})
    if found is None:
        keys = await fetch_all(conn, _Key, "SELECT key FROM department ORDER BY key")
        raise DepartmentUnknown(key, ", ".join(row.key for row in keys))
    return found.id


async def list_accounts(conn: AsyncRows, now: datetime) -> tuple[ListedAccount, ...]:
    """All accounts by name."""
    return await fetch_all(conn, ListedAccount, named("account_list"), {"now": now})


async def find_account_id(conn: AsyncRows, name: str) -> int:
    """Id of the account with the login name.

    Raises:
        AccountUnknown: There is none.
    """
    found = await fetch_one(conn, _Id, "SELECT id FROM account WHERE name = %(name)s", {"name": normal_name(name)})
    if found is None:
        raise AccountUnknown(name)
    return found.id


async def disable_account(conn: AsyncRows, account_id: int, now: datetime) -> None:
    """Let nobody in under this account: sessions end, tokens are revoked."""
    query = "UPDATE account SET disabled_at = COALESCE(disabled_at, %(now)s) WHERE id = %(id)s"
    await conn.execute(query, {"id": account_id, "now": now})
    await shut_out(conn, account_id, now)


async def enable_account(conn: AsyncRows, account_id: int) -> None:
    """Let the account sign in again, with its old password and without any lock; its tokens stay revoked."""
    query = "UPDATE account SET disabled_at = NULL, failed_attempts = 0, locked_until = NULL WHERE id = %(id)s"
    await conn.execute(query, {"id": account_id})


async def reset_password(conn: AsyncRows, name: str, password: str, now: datetime) -> int:
    """Give the account a new password that it has to change at the next sign-in; sessions end, tokens are revoked.

    Returns:
        Id of the account.

    Raises:
        AccountUnknown: There is no such account.
        PasswordWeak: The password would be guessed.
    """
    check_password(password, normal_name(name))
    account_id = await find_account_id(conn, name)
    await store_password(conn, account_id, await asyncio.to_thread(hash_password, password), must_change=True)
    await shut_out(conn, account_id, now)
    return account_id


async def store_password(conn: AsyncRows, account_id: int, password_hash: str, *, must_change: bool) -> None:
    """Keep the hash of a new password and forget wrong attempts."""
    query = """
        UPDATE account
        SET password_hash = %(hash)s, must_change = %(must_change)s, failed_attempts = 0, locked_until = NULL
        WHERE id = %(id)s
    """
    await conn.execute(query, {"id": account_id, "hash": password_hash, "must_change": must_change})


async def shut_out(conn: AsyncRows, account_id: int, now: datetime) -> None:
    """End all sessions of the account and revoke its tokens."""
    values = {"id": account_id, "now": now}
    await conn.execute("DELETE FROM login_session WHERE account_id = %(id)s", values)
    query = "UPDATE api_token SET revoked_at = %(now)s WHERE account_id = %(id)s AND revoked_at IS NULL"
    await conn.execute(query, values)


async def enabled_demo_names(conn: AsyncRows) -> Sequence[str]:
    """Login names of the demo accounts that can sign in."""
    rows = await conn.execute("SELECT name FROM account WHERE demo AND disabled_at IS NULL ORDER BY id")
    return [str(row["name"]) for row in await rows.fetchall()]
