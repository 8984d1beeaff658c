"""Which accounts does the demo city have, and where must they not exist?"""

import asyncio
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from data.accounts.administration import enabled_demo_names
from data.accounts.errors import DemoAccountsExposed
from data.accounts.password_hash import hash_password
from data.accounts.permissions import Role
from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows, libpq_url
from data.named_sql import named

HANDLER_DEPARTMENT = "urban_management"


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """The demo accounts that can sign in.

    Attributes:
        names: Login names; each is the name of its role.
        password: The one password of all.
        random: Whether it was made for this start, so that somebody has to be told.
    """

    names: tuple[str, ...]
    password: str
    random: bool

    def __repr__(self) -> str:
        return f"DemoAccounts({', '.join(self.names)})"


async def store_demo_accounts(conn: AsyncRows, password: str | None, now: datetime) -> DemoAccounts:
    """One account per role, named after it; in the caller's transaction.

    A random password lives until the next start, which makes another one: only its hash is kept. A real account that
    has the name of a role is left as it is and not listed.

    Args:
        conn: Inside a transaction.
        password: Password of all of them; None makes a random one.
        now: When they were made.
    """
    chosen = password or secrets.token_urlsafe(12)
    # One hash for all: they share one password, and eight hashes would cost a second of each start.
    password_hash = await asyncio.to_thread(hash_password, chosen)
    rows = await conn.execute(
        "SELECT id FROM department ORDER BY key <> %(key)s, id LIMIT 1", {"key": HANDLER_DEPARTMENT}
    )
    department = await rows.fetchone()
    names = []
    for role in Role:
        handler_department = department["id"] if department and role is Role.HANDLER else None
        if role is Role.HANDLER and handler_department is None:
            continue
        values = {"name": role.value, "role": role.value, "password_hash": password_hash, "now": now}
        stored = await conn.execute(named("account_store_demo"), values | {"department_id": handler_department})
        names += [str(row["name"]) for row in await stored.fetchall()]
    await record(conn, Entry(Action.DEMO_ACCOUNTS_SET, "account", after={"names": names}))
    return DemoAccounts(tuple(names), chosen, random=password is None)


def ensure_demo_accounts(url: str, password: str | None, now: datetime) -> DemoAccounts:
    """The same on the database at `url`, committed; not from inside a running event loop."""
    return asyncio.run(_ensure(url, password, now))


async def _ensure(url: str, password: str | None, now: datetime) -> DemoAccounts:
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        return await store_demo_accounts(conn, password, now)


def refuse_unsafe(host: str, url: str) -> None:
    """Let a program listen on a loopback address, or where no demo account can sign in.

    Args:
        host: Address to listen on.
        url: Address of the migrated database.

    Raises:
        DemoAccountsExposed: Others can reach the address and demo accounts are enabled.
    """
    if is_loopback(host):
        return
    names = asyncio.run(_enabled(url))
    if names:
        raise DemoAccountsExposed(host, names)


async def _enabled(url: str) -> tuple[str, ...]:
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        return tuple(await enabled_demo_names(conn))


def is_loopback(host: str | None) -> bool:
    """Whether an address or host name, without its port, means this machine only."""
    name = (host or "").strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        parsed = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
