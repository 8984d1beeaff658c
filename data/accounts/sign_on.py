"""Which account does a person get whom a provider vouches for? In the caller's transaction, which commits.

In this order: the account that the person is linked to; where linking by name is on, the account of the same name;
where a file of claims is configured, a new account. Otherwise none.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from data.accounts.administration import (
    AccountChange,
    NewAccount,
    add_account,
    area_of,
    change_account,
    end_sessions,
)
from data.accounts.claim_mapping import Grant
from data.accounts.identities import Identity, link_identity
from data.accounts.permissions import Role
from data.accounts.provider import Provider
from data.accounts.sign_in import Proven
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_one

# No login name has any of these, so no password made of them can contain one.
_SYMBOLS = "!#$%&()*+,/:;<=>?@[]^{|}~"

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Vouched:
    """What came of it.

    Attributes:
        account_id: The account, where there is one.
        proven: The account, where it may sign in.
        linked: Whether it was linked to the person just now.
        before, after: Role, area and department around a change that the claims made; before is None for a new account.
    """

    account_id: int | None = None
    proven: Proven | None = None
    linked: bool = False
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class _Linked:
    account_id: int
    by_claims: bool


@dataclass(frozen=True, slots=True)
class _Held:
    role: str
    level_key: str | None
    unit_code: str | None
    department: str | None


async def vouch(conn: AsyncRows, provider: Provider, subject: str, claims: Claims, now: datetime) -> Vouched:
    """The account of a person.

    Args:
        provider: Who vouches.
        subject: Its key of the person.
        claims: What it says about the person, checked.
        now: The present moment.

    Raises:
        AccountRefused: An account cannot be made or changed as the claims want it.
    """
    identity = Identity(provider.issuer, subject)
    # Two first sign-ins of one person at once make one account.
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))"
    await conn.execute(lock, {"key": f"{identity.issuer} {identity.subject}"})
    grant = provider.mapping.grant_for(claims) if provider.mapping else None
    linked = await _linked(conn, identity)
    if linked is None:
        return await _first(conn, provider, identity, claims, grant, now)
    if not linked.by_claims:
        return Vouched(linked.account_id, await _may_enter(conn, linked.account_id))
    if grant is None:
        await end_sessions(conn, linked.account_id)
        return Vouched(linked.account_id)
    held = await _held(conn, linked.account_id)
    wanted = await _wanted(conn, grant)
    if held == wanted:
        return Vouched(linked.account_id, await _may_enter(conn, linked.account_id))
    change = AccountChange(grant.role, wanted.unit_code, wanted.level_key, wanted.department)
    await change_account(conn, linked.account_id, change)
    proven = await _may_enter(conn, linked.account_id)
    return Vouched(linked.account_id, proven, before=asdict(held), after=asdict(wanted))


async def _first(
    conn: AsyncRows, provider: Provider, identity: Identity, claims: Claims, grant: Grant | None, now: datetime
) -> Vouched:
    name = claims.get("preferred_username")
    if not isinstance(name, str) or "\0" in name:
        return Vouched()
    if provider.links_by_name:
        found = await _of_name(conn, name, identity.issuer)
        if found is not None:
            await link_identity(conn, identity, found, now)
            return Vouched(found, await _may_enter(conn, found), linked=True)
    if grant is None:
        return Vouched()
    new = NewAccount(name, grant.role, grant.unit_code, grant.level_key, grant.department)
    password = "".join(secrets.choice(_SYMBOLS) for _ in range(40))
    account_id = await add_account(conn, new, password, now)
    await link_identity(conn, identity, account_id, now, by_claims=True)
    after = {"name": name, **asdict(await _wanted(conn, grant))}
    return Vouched(account_id, await _may_enter(conn, account_id), linked=True, after=after)


async def _linked(conn: AsyncRows, identity: Identity) -> _Linked | None:
    query = """
        SELECT account_id, by_claims
        FROM login_identity
        WHERE issuer = %(issuer)s AND subject = %(subject)s
    """
    return await fetch_one(conn, _Linked, query, {"issuer": identity.issuer, "subject": identity.subject})


async def _of_name(conn: AsyncRows, name: str, issuer: str) -> int | None:
    """The account whose name this is, letter by letter, and which belongs to nobody at the provider yet.

    A provider may know `Wang` and `wang` as two people, and may give a name that was somebody's to somebody else.
    """
    query = """
        SELECT account.id
        FROM account
        JOIN account_standing AS standing ON standing.id = account.id
        WHERE account.name = %(name)s
            AND account.disabled_at IS NULL
            AND NOT account.demo
            AND NOT standing.area_gone
            AND account.role <> 'wall'
            AND NOT EXISTS (
                SELECT FROM login_identity AS identity
                WHERE identity.account_id = account.id AND identity.issuer = %(issuer)s
            )
        FOR UPDATE OF account
    """
    found = await fetch_one(conn, RowId, query, {"name": name, "issuer": issuer})
    return found.id if found else None


async def _held(conn: AsyncRows, account_id: int) -> _Held:
    query = """
        SELECT standing.role, standing.level_key, standing.unit_code, department.key AS department
        FROM account_standing AS standing
        LEFT JOIN department ON department.id = standing.department_id
        WHERE standing.id = %(id)s
    """
    held = await fetch_one(conn, _Held, query, {"id": account_id})
    assert held is not None
    return held


async def _wanted(conn: AsyncRows, grant: Grant) -> _Held:
    """What the account has where it has what the claims say."""
    area = await area_of(conn, grant.unit_code, grant.level_key) if grant.unit_code else None
    return _Held(grant.role.value, area.level_key if area else None, area.code if area else None, grant.department)


@dataclass(frozen=True, slots=True)
class _Standing:
    id: int
    name: str
    role: str
    must_change: bool
    lang: str | None
    theme: str | None


async def _may_enter(conn: AsyncRows, account_id: int) -> Proven | None:
    query = """
        SELECT id, name, role, must_change, lang, theme
        FROM account_standing
        WHERE id = %(id)s AND disabled_at IS NULL AND NOT area_gone AND role <> 'wall'
    """
    found = await fetch_one(conn, _Standing, query, {"id": account_id})
    if found is None:
        return None
    return Proven(found.id, found.name, Role(found.role), found.must_change, found.lang, found.theme)
