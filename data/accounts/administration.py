"""How are accounts made, listed, disabled and given new passwords? In the caller's transaction, which commits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL

from data.accounts.errors import (
    AccountUnknown,
    AreaUnknown,
    DepartmentNeeded,
    DepartmentUnknown,
    LastAdmin,
    LoginNameTaken,
)
from data.accounts.login_name import normal_name, require_name
from data.accounts.password_hash import hash_password
from data.accounts.password_strength import check_password
from data.accounts.permissions import Role
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import RowId, fetch_all, fetch_one


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
class AccountChange:
    """What an account is to become.

    Attributes:
        role: What it is for.
        unit_code: Code of the unit that it may see; None is the whole city.
        level_key: Level of that unit, where a code stands on several; None takes the highest.
        department: Key of its department; None is none.
    """

    role: Role
    unit_code: str | None = None
    level_key: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class ListedDepartment:
    """A department that an account can belong to."""

    key: str
    name_zh: str
    name_en: str


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
class Area:
    """A unit as an account keeps it: by level and code."""

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
    area = await area_of(conn, new.unit_code, new.level_key) if new.unit_code else None
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
    made = await fetch_one(conn, RowId, _INSERT, values)
    if made is None:
        raise LoginNameTaken(name)
    return made.id


_INSERT = """
    INSERT INTO account (name, role, password_hash, level_key, unit_code, department_id, must_change, created_at)
    VALUES (%(name)s, %(role)s, %(hash)s, %(level)s, %(code)s, %(department)s, %(must_change)s, %(now)s)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
"""


async def area_of(conn: AsyncRows, code: str, level_key: str | None) -> Area:
    """The area that a code stands for; of several levels the highest, unless one is named.

    Raises:
        AreaUnknown: No current unit has the code.
    """
    query = """
        SELECT level_key, code
        FROM account_area
        WHERE code = %(code)s
            AND (%(level)s::text IS NULL OR level_key = %(level)s)
        ORDER BY rank, id
        LIMIT 1
    """
    area = await fetch_one(conn, Area, query, {"code": code, "level": level_key})
    if area is None:
        raise AreaUnknown(code)
    return area


async def _department_id(conn: AsyncRows, key: str) -> int:
    found = await fetch_one(conn, RowId, "SELECT id FROM department WHERE key = %(key)s", {"key": key})
    if found is None:
        keys = await fetch_all(conn, _Key, "SELECT key FROM department ORDER BY key")
        raise DepartmentUnknown(key, ", ".join(row.key for row in keys))
    return found.id


async def list_accounts(conn: AsyncRows, now: datetime) -> tuple[ListedAccount, ...]:
    """All accounts by name."""
    return await fetch_all(conn, ListedAccount, named("account_list"), {"now": now})


async def find_listed(conn: AsyncRows, account_id: int, now: datetime) -> ListedAccount:
    """One account as administrators see it.

    Raises:
        AccountUnknown: There is none with the id.
    """
    found = next((account for account in await list_accounts(conn, now) if account.id == account_id), None)
    if found is None:
        raise AccountUnknown(str(account_id))
    return found


async def list_departments(conn: AsyncRows) -> tuple[ListedDepartment, ...]:
    """All departments by key."""
    return await fetch_all(conn, ListedDepartment, "SELECT key, name_zh, name_en FROM department ORDER BY key")


async def store_choices(conn: AsyncRows, account_id: int, lang: str, theme: str) -> None:
    """Keep the language and the theme that the account's owner chose."""
    query = "UPDATE account SET lang = %(lang)s, theme = %(theme)s WHERE id = %(id)s"
    await conn.execute(query, {"id": account_id, "lang": lang, "theme": theme})


async def find_account_id(conn: AsyncRows, name: str) -> int:
    """Id of the account with the login name.

    Raises:
        AccountUnknown: There is none.
    """
    found = await fetch_one(conn, RowId, "SELECT id FROM account WHERE name = %(name)s", {"name": normal_name(name)})
    if found is None:
        raise AccountUnknown(name)
    return found.id


async def disable_account(conn: AsyncRows, account_id: int, now: datetime) -> None:
    """Let nobody in under this account: sessions end, tokens are revoked."""
    query = "UPDATE account SET disabled_at = COALESCE(disabled_at, %(now)s) WHERE id = %(id)s"
    await conn.execute(query, {"id": account_id, "now": now})
    await shut_out(conn, account_id, now)


async def change_account(conn: AsyncRows, account_id: int, change: AccountChange) -> None:
    """Give the account another role, area and department; its sessions end, so that none acts by the old ones.

    Raises:
        AccountRefused: Area or department cannot be used; the subclass says which.
    """
    if change.role is Role.HANDLER and not change.department:
        raise DepartmentNeeded
    area = await area_of(conn, change.unit_code, change.level_key) if change.unit_code else None
    query = """
        UPDATE account
        SET role = %(role)s, level_key = %(level)s, unit_code = %(code)s, department_id = %(department)s
        WHERE id = %(id)s
    """
    values = {
        "id": account_id,
        "role": change.role.value,
        "level": area.level_key if area else None,
        "code": area.code if area else None,
        "department": await _department_id(conn, change.department) if change.department else None,
    }
    await conn.execute(query, values)
    await end_sessions(conn, account_id)


async def keep_an_admin(conn: AsyncRows, account_id: int) -> None:
    """Ask before the account ceases to be an administrator. Rows are locked: two at once cannot remove each other.

    Raises:
        LastAdmin: It is the last administrator who can sign in.
    """
    query = """
        SELECT account.id, account.name
        FROM account
        JOIN account_standing AS standing ON standing.id = account.id
        WHERE account.role = 'admin' AND account.disabled_at IS NULL AND NOT standing.area_gone
        ORDER BY account.id
        FOR UPDATE OF account
    """
    rows = await conn.execute(query)
    admins = await rows.fetchall()
    if [row["id"] for row in admins] == [account_id]:
        raise LastAdmin(str(admins[0]["name"]))


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
    """End all sessions of the account and revoke its tokens, also those of a display."""
    await end_sessions(conn, account_id)
    await revoke_tokens(conn, account_id, now)


async def end_sessions(conn: AsyncRows, account_id: int) -> None:
    """Sign the account out everywhere."""
    await conn.execute("DELETE FROM login_session WHERE account_id = %(id)s", {"id": account_id})


async def revoke_tokens(conn: AsyncRows, account_id: int, now: datetime) -> None:
    """Make all tokens of the account worthless; sessions that a display got for one end."""
    values = {"id": account_id, "now": now}
    for table in (SQL("api_token"), SQL("wall_token")):
        query = SQL("UPDATE {} SET revoked_at = %(now)s WHERE account_id = %(id)s AND revoked_at IS NULL")
        await conn.execute(query.format(table), values)
    await conn.execute("DELETE FROM login_session WHERE account_id = %(id)s AND wall_token_id IS NOT NULL", values)


async def enabled_demo_names(conn: AsyncRows) -> Sequence[str]:
    """Login names of the demo accounts that can sign in."""
    rows = await conn.execute("SELECT name FROM account WHERE demo AND disabled_at IS NULL ORDER BY id")
    return [str(row["name"]) for row in await rows.fetchall()]
