"""How does a signed-in browser stay signed in, and when does that end? In the caller's transaction, which commits."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from data.accounts.account import Account
from data.accounts.keys import Key, new_key
from data.accounts.permissions import Role
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_one

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionTerm:
    """How long a session lasts.

    Attributes:
        idle: After so long without a request it ends.
        absolute: So long after sign-in it ends in any case.
    """

    idle: timedelta
    absolute: timedelta


STAFF_TERM = SessionTerm(timedelta(hours=2), timedelta(hours=12))
WALL_TERM = SessionTerm(timedelta(days=7), timedelta(days=30))
"""A display runs for days and shows nothing of its own about single incidents."""


def term_of(role: Role) -> SessionTerm:
    """How long a session of an account with this role lasts."""
    return WALL_TERM if role is Role.WALL else STAFF_TERM


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session comes from, cut so that it tells a place and a kind of browser, not a person's device."""

    address: str
    user_agent: str


def origin_of(address: str | None, user_agent: str | None) -> Origin:
    """The cut form: the network of the address (24 bits of IPv4, 48 of IPv6), 80 characters of the user agent."""
    return Origin(_network(address), "".join(char for char in user_agent or "" if char.isprintable())[:80])


@lru_cache(maxsize=1_024)
def _network(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as a valid key shows it.

    Attributes:
        account: Who it is.
        seen_at: When the key was last noted as used; None for never.
        ends_at: When the key stops counting if it is not used again.
    """

    account: Account
    seen_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _SessionRow:
    digest: bytes
    last_seen_at: datetime
    expires_at: datetime
    id: int
    name: str
    role: str
    unit_id: int | None
    unit_code: str | None
    department_id: int | None
    lang: str | None
    theme: str | None
    must_change: bool


async def open_session(
    conn: AsyncRows, account_id: int, role: Role, origin: Origin, now: datetime, *, ends_at: datetime | None = None
) -> Key:
    """Start a session; sessions that are long over are removed on the way.

    Args:
        ends_at: When it ends in any case; None for the role's own term.
    """
    await conn.execute("DELETE FROM login_session WHERE expires_at <= %(now)s", {"now": now})
    key = new_key()
    values = {
        "selector": key.selector,
        "digest": key.digest,
        "account": account_id,
        "now": now,
        "expires": ends_at or now + term_of(role).absolute,
        "address": origin.address,
        "user_agent": origin.user_agent,
    }
    await conn.execute(_INSERT, values)
    return key


_INSERT = """
    INSERT INTO login_session
        (selector, digest, account_id, created_at, last_seen_at, expires_at, rotated_at, address, user_agent)
    VALUES
        (%(selector)s, %(digest)s, %(account)s, %(now)s, %(now)s, %(expires)s, %(now)s, %(address)s, %(user_agent)s)
"""


async def find_session(conn: AsyncRows, key: Key, now: datetime) -> Standing | None:
    """The account that is signed in with this key; None where the key is wrong, ended, or the account is shut out."""
    row = await fetch_one(conn, _SessionRow, named("account_by_session"), {"selector": key.selector})
    if row is None or not key.matches(row.digest):
        return None
    role = Role(row.role)
    ends_at = min(row.last_seen_at + term_of(role).idle, row.expires_at)
    if now >= ends_at:
        return None
    account = Account(
        row.id, row.name, role, row.unit_id, row.department_id, row.lang, row.theme, row.must_change,
        unit_code=row.unit_code,
    )  # fmt: skip
    return Standing(account, row.last_seen_at, ends_at)


async def note_session_seen(conn: AsyncRows, key: Key, now: datetime) -> None:
    """Remember that the session was used."""
    query = """
        UPDATE login_session
        SET last_seen_at = %(now)s
        WHERE selector = %(selector)s AND last_seen_at < %(now)s
    """
    await conn.execute(query, {"selector": key.selector, "now": now})


async def rotate_session(conn: AsyncRows, key: Key, now: datetime) -> Key:
    """Replace the key of a session by a new one; the old one is worthless from now on."""
    fresh = new_key()
    query = """
        UPDATE login_session
        SET selector = %(selector)s, digest = %(digest)s, rotated_at = %(now)s
        WHERE selector = %(old)s AND digest = %(old_digest)s
    """
    values = {"selector": fresh.selector, "digest": fresh.digest, "now": now}
    await conn.execute(query, values | {"old": key.selector, "old_digest": key.digest})
    return fresh


async def close_session(conn: AsyncRows, key: Key) -> None:
    """End the session of this key, where there is one."""
    query = "DELETE FROM login_session WHERE selector = %(selector)s AND digest = %(digest)s"
    await conn.execute(query, {"selector": key.selector, "digest": key.digest})


async def close_other_sessions(conn: AsyncRows, account_id: int, kept: Key) -> None:
    """End all sessions of the account but one."""
    query = "DELETE FROM login_session WHERE account_id = %(id)s AND selector <> %(selector)s"
    await conn.execute(query, {"id": account_id, "selector": kept.selector})
