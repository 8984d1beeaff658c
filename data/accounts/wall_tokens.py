"""How does a display come in without a person? Keys that are made, listed, revoked and exchanged for a session.

In the caller's transaction, which commits. The account behind a key has the role wall and one area; a display can do
nothing that this role cannot.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.accounts.administration import NewAccount, add_account, area_of
from data.accounts.errors import AreaNeeded, WallNameTaken, WallTokenRefused, WallTokenUnknown
from data.accounts.keys import Key, new_key, parse_key
from data.accounts.login_name import normal_name
from data.accounts.permissions import Role
from data.accounts.sessions import Origin, open_session
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import RowId, fetch_all, fetch_one

WALL_PREFIX = "mqw_"
DEFAULT_DAYS = 365
MAX_DAYS = 1_100


@dataclass(frozen=True, slots=True)
class NewWallToken:
    """A key to be made for a display.

    Attributes:
        name: Name of the display, which is the login name of its account.
        unit_code: Code of the unit that it shows.
        level_key: Level of that unit, where a code stands on several; None takes the highest.
        days: Days until it expires, 1 to 1,100.
    """

    name: str
    unit_code: str
    level_key: str | None = None
    days: int = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class MadeWallToken:
    """A key at the only moment at which its text is known."""

    id: int
    account_id: int
    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"MadeWallToken({self.id})"


@dataclass(frozen=True, slots=True)
class ListedWallToken:
    """A key as administrators see it; `prefix` is how its text begins, `address` the network that it was used from."""

    id: int
    account_id: int
    name: str
    level_key: str | None
    unit_code: str | None
    area_gone: bool
    prefix: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    address: str
    sessions: int


@dataclass(frozen=True, slots=True)
class WallEntered:
    """A session that a display got."""

    key: Key
    account_id: int
    name: str
    token_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    digest: bytes
    expires_at: datetime
    account_id: int
    name: str


@dataclass(frozen=True, slots=True)
class _Wall:
    id: int
    role: str
    level_key: str | None
    unit_code: str | None
    demo: bool
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Owner:
    account_id: int


async def make_wall_token(conn: AsyncRows, new: NewWallToken, now: datetime) -> MadeWallToken:
    """Make a key, and the account of the display where it has none yet; its password is known to nobody.

    Raises:
        AccountRefused: Name, area or lifetime cannot be used; the subclass says which.
    """
    if not new.unit_code.strip():
        raise AreaNeeded
    if not 1 <= new.days <= MAX_DAYS:
        raise WallTokenRefused("days", f"{new.days} days are no lifetime of a key.", f"Use 1 to {MAX_DAYS}.")
    account_id = await _account_for(conn, new, now)
    key, expires_at = new_key(), now + timedelta(days=new.days)
    query = """
        INSERT INTO wall_token (selector, digest, account_id, created_at, expires_at)
        VALUES (%(selector)s, %(digest)s, %(account)s, %(now)s, %(expires)s)
        RETURNING id
    """
    values = {"selector": key.selector, "digest": key.digest, "account": account_id, "now": now, "expires": expires_at}
    made = await fetch_one(conn, RowId, query, values)
    assert made is not None
    return MadeWallToken(made.id, account_id, WALL_PREFIX + key.text, expires_at)


async def _account_for(conn: AsyncRows, new: NewWallToken, now: datetime) -> int:
    area = await area_of(conn, new.unit_code.strip(), new.level_key)
    query = "SELECT id, role, level_key, unit_code, demo, disabled_at FROM account WHERE name = %(name)s FOR UPDATE"
    found = await fetch_one(conn, _Wall, query, {"name": normal_name(new.name)})
    if found is None:
        account = NewAccount(new.name, Role.WALL, area.code, area.level_key)
        return await add_account(conn, account, await asyncio.to_thread(secrets.token_urlsafe, 32), now)
    is_same = found.role == Role.WALL and (found.level_key, found.unit_code) == (area.level_key, area.code)
    if not is_same or found.demo or found.disabled_at is not None:
        raise WallNameTaken(new.name)
    return found.id


async def list_wall_tokens(conn: AsyncRows, now: datetime) -> tuple[ListedWallToken, ...]:
    """All keys of displays, newest first; revoked and expired ones too."""
    return await fetch_all(conn, ListedWallToken, named("wall_token_list"), {"now": now})


async def revoke_wall_token(conn: AsyncRows, token_id: int, now: datetime) -> int:
    """Make a key worthless and end the sessions that it opened.

    Returns:
        Id of its account.

    Raises:
        WallTokenUnknown: There is no such key.
    """
    query = """
        UPDATE wall_token
        SET revoked_at = COALESCE(revoked_at, %(now)s)
        WHERE id = %(id)s
        RETURNING account_id
    """
    owner = await fetch_one(conn, _Owner, query, {"id": token_id, "now": now})
    if owner is None:
        raise WallTokenUnknown(token_id)
    await conn.execute("DELETE FROM login_session WHERE wall_token_id = %(id)s", {"id": token_id})
    return owner.account_id


async def enter_wall(conn: AsyncRows, text: str, origin: Origin, now: datetime) -> WallEntered | None:
    """A session for the key of a display, which lasts as long as the key; None where the key is wrong or over."""
    key = parse_key(text.removeprefix(WALL_PREFIX)) if text.startswith(WALL_PREFIX) else None
    if key is None:
        return None
    found = await fetch_one(conn, _Found, named("wall_token_find"), {"selector": key.selector})
    if found is None or not key.matches(found.digest) or now >= found.expires_at:
        return None
    query = "UPDATE wall_token SET last_seen_at = %(now)s, address = %(address)s WHERE id = %(id)s"
    await conn.execute(query, {"id": found.id, "now": now, "address": origin.address})
    opened = await open_session(conn, found.account_id, Role.WALL, origin, now, ends_at=found.expires_at)
    await conn.execute(
        "UPDATE login_session SET wall_token_id = %(id)s WHERE selector = %(selector)s",
        {"id": found.id, "selector": opened.selector},
    )
    return WallEntered(opened, found.account_id, found.name, found.id, found.expires_at)
