"""Who is an account at the provider of single sign-on? In the caller's transaction, which commits."""

from dataclasses import dataclass
from datetime import datetime

from data.accounts.administration import end_sessions, find_account_id
from data.accounts.errors import IdentityInvalid, IdentityTaken, IdentityUnknown
from data.engine import AsyncRows
from data.reads.rows import fetch_all, fetch_one

MOST_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a provider knows them.

    Attributes:
        issuer: Address of the provider.
        subject: Its own key of the person, which it gives to nobody else, ever.
    """

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """A link as administrators see it."""

    account_id: int
    name: str
    issuer: str
    subject: str
    by_claims: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Owner:
    account_id: int
    name: str


async def link_identity(
    conn: AsyncRows, identity: Identity, account_id: int, now: datetime, *, by_claims: bool = False
) -> None:
    """Let the person sign in as the account.

    Args:
        by_claims: Whether the account follows the claims of the provider from now on.

    Raises:
        IdentityInvalid: The subject is empty or too long.
        IdentityTaken: The person belongs to an account already.
    """
    if not 1 <= len(identity.subject) <= MOST_CHARACTERS or "\0" in identity.subject:
        raise IdentityInvalid
    query = """
        INSERT INTO login_identity (issuer, subject, account_id, by_claims, created_at)
        VALUES (%(issuer)s, %(subject)s, %(account)s, %(by_claims)s, %(now)s)
        ON CONFLICT (issuer, subject) DO NOTHING
    """
    values = {"issuer": identity.issuer, "subject": identity.subject, "account": account_id}
    made = await conn.execute(query, values | {"by_claims": by_claims, "now": now})
    if made.rowcount == 0:
        owner = await _owner(conn, identity)
        raise IdentityTaken(owner.name if owner else "?")


async def _owner(conn: AsyncRows, identity: Identity) -> _Owner | None:
    query = """
        SELECT identity.account_id, account.name
        FROM login_identity AS identity
        JOIN account ON account.id = identity.account_id
        WHERE identity.issuer = %(issuer)s AND identity.subject = %(subject)s
    """
    return await fetch_one(conn, _Owner, query, {"issuer": identity.issuer, "subject": identity.subject})


async def unlink_identity(conn: AsyncRows, name: str, subject: str | None) -> int:
    """Take back the links of an account, all or one; its sessions end.

    Returns:
        Id of the account.

    Raises:
        AccountUnknown: There is no such account.
        IdentityUnknown: It has no such link.
    """
    account_id = await find_account_id(conn, name)
    query = """
        DELETE FROM login_identity
        WHERE account_id = %(id)s AND (%(subject)s::text IS NULL OR subject = %(subject)s)
    """
    gone = await conn.execute(query, {"id": account_id, "subject": subject})
    if gone.rowcount == 0:
        raise IdentityUnknown(name)
    await end_sessions(conn, account_id)
    return account_id


async def list_identities(conn: AsyncRows) -> tuple[ListedIdentity, ...]:
    """All links, by account."""
    query = """
        SELECT identity.account_id, account.name, identity.issuer, identity.subject, identity.by_claims,
            identity.created_at
        FROM login_identity AS identity
        JOIN account ON account.id = identity.account_id
        ORDER BY account.name, identity.issuer, identity.subject
    """
    return await fetch_all(conn, ListedIdentity, query)
