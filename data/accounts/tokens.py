"""How do programs act for an account: tokens that are made, listed, revoked and found? In the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.accounts.account import Account
from data.accounts.errors import TokenRefused, TokenUnknown
from data.accounts.keys import TOKEN_PREFIX, Key, new_key
from data.accounts.permissions import Permission, Role
from data.accounts.sessions import Standing
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one

DEFAULT_DAYS = 90
MAX_DAYS = 366
MAX_TOKENS = 50
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made.

    Attributes:
        name: What its owner calls it, 1 to 80 characters.
        days: Days until it expires, 1 to 366.
        scopes: Permissions that it is narrowed to; None for all that the account has.
    """

    name: str
    days: int = DEFAULT_DAYS
    scopes: frozenset[Permission] | None = None


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token at the only moment at which its text is known."""

    id: int
    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"MadeToken({self.id})"


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as its owner sees it; `prefix` is how its text begins."""

    id: int
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Made:
    id: int


@dataclass(frozen=True, slots=True)
class _TokenRow:
    digest: bytes
    last_used_at: datetime | None
    expires_at: datetime
    scopes: list[str] | None
    id: int
    name: str
    role: str
    unit_id: int | None
    unit_code: str | None
    department_id: int | None
    lang: str | None
    theme: str | None
    must_change: bool


async def make_token(conn: AsyncRows, account_id: int, new: NewToken, now: datetime) -> MadeToken:
    """Make a token.

    Raises:
        TokenRefused: Name, lifetime or number of tokens is out of range.
    """
    name = new.name.strip()
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise TokenRefused("name", "The name has no or too many characters.", "Use 1 to 80 printable characters.")
    if not 1 <= new.days <= MAX_DAYS:
        raise TokenRefused("days", f"{new.days} days are no lifetime of a token.", f"Use 1 to {MAX_DAYS}.")
    key, expires_at = new_key(), now + timedelta(days=new.days)
    values = {
        "selector": key.selector,
        "digest": key.digest,
        "account": account_id,
        "name": name,
        "scopes": None if new.scopes is None else sorted(new.scopes),
        "now": now,
        "expires": expires_at,
        "most": MAX_TOKENS,
    }
    made = await fetch_one(conn, _Made, _INSERT, values)
    if made is None:
        raise TokenRefused("name", f"The account has {MAX_TOKENS} tokens already.", "Revoke one that is not needed.")
    return MadeToken(made.id, TOKEN_PREFIX + key.text, expires_at)


_INSERT = """
    INSERT INTO api_token (selector, digest, account_id, name, scopes, created_at, expires_at)
    SELECT %(selector)s, %(digest)s, %(account)s, %(name)s, %(scopes)s, %(now)s, %(expires)s
    WHERE (
        SELECT count(*) FROM api_token
        WHERE account_id = %(account)s AND revoked_at IS NULL AND expires_at > %(now)s
    ) < %(most)s
    RETURNING id
"""


async def list_tokens(conn: AsyncRows, account_id: int) -> Sequence[ListedToken]:
    """The account's tokens, newest first; revoked and expired ones too."""
    query = """
        SELECT
            id, name, %(mark)s || selector AS prefix, scopes, created_at, expires_at, revoked_at, last_used_at
        FROM api_token
        WHERE account_id = %(account)s
        ORDER BY created_at DESC, id DESC
    """
    return await fetch_all(conn, ListedToken, query, {"account": account_id, "mark": TOKEN_PREFIX})


async def revoke_token(conn: AsyncRows, account_id: int, token_id: int, now: datetime) -> None:
    """Make a token of the account worthless; once revoked it stays so.

    Raises:
        TokenUnknown: The account has no such token.
    """
    query = """
        UPDATE api_token
        SET revoked_at = COALESCE(revoked_at, %(now)s)
        WHERE id = %(id)s AND account_id = %(account)s
        RETURNING id
    """
    revoked = await fetch_one(conn, _Made, query, {"id": token_id, "account": account_id, "now": now})
    if revoked is None:
        raise TokenUnknown(token_id)


async def find_token(conn: AsyncRows, key: Key, now: datetime) -> Standing | None:
    """The account for which this token acts; None where the token is wrong, over, or the account is shut out."""
    row = await fetch_one(conn, _TokenRow, named("account_by_token"), {"selector": key.selector})
    if row is None or not key.matches(row.digest) or now >= row.expires_at:
        return None
    account = Account(
        row.id,
        row.name,
        Role(row.role),
        row.unit_id,
        row.department_id,
        row.lang,
        row.theme,
        row.must_change,
        _limits(row.scopes),
        row.unit_code,
        by_token=True,
    )
    return Standing(account, row.last_used_at, row.expires_at)


async def note_token_used(conn: AsyncRows, key: Key, now: datetime) -> None:
    """Remember that the token was used."""
    await conn.execute(
        "UPDATE api_token SET last_used_at = %(now)s WHERE selector = %(selector)s",
        {"selector": key.selector, "now": now},
    )


def _limits(scopes: list[str] | None) -> frozenset[Permission] | None:
    if scopes is None:
        return None
    known = {permission.value for permission in Permission}
    return frozenset(Permission(scope) for scope in scopes if scope in known)
