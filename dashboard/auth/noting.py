"""How do sign-ins, accounts and tokens reach the audit log?"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from dashboard.auth.asked import Asked
from dashboard.auth.services import AuthEvent
from data.accounts.account import Account, acting_as
from data.accounts.sessions import origin_of
from data.audit.actor import Actor, ActorKind, Via, acting_from, current_actor
from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.engine import AsyncRows
from data.reads.rows import fetch_one

logger = logging.getLogger(__name__)
BEFORE_SIGN_IN = frozenset({Action.SIGN_IN_REFUSED, Action.ACCOUNT_LOCKED})


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


@dataclass(frozen=True, slots=True)
class _Token:
    name: str
    scopes: list[str] | None
    expires_at: object


@contextmanager
def entering(asked: Asked, account: Account | None) -> Iterator[None]:
    """Run the body in the name of an account that came by the door which the request says."""
    via = Via.TOKEN if asked.bearer is not None else Via.SESSION
    with acting_as(account), acting_from(via, origin_of(asked.client, None).address):
        yield


async def note_event(conn: AsyncRows, event: AuthEvent) -> None:
    """Write what happened to the audit log, in the transaction of what happened.

    A refused sign-in that cannot be written is logged: it must not become a reason to let nobody know of it, or to
    answer otherwise than usual.
    """
    if event.kind not in BEFORE_SIGN_IN:
        await record(conn, await _entry(conn, event), _actor(event))
        return
    try:
        async with conn.transaction():
            await record(conn, await _entry(conn, event), _actor(event))
    except psycopg.Error as error:
        logger.error("a refused sign-in is missing in the audit log (%s)", type(error).__name__)


def _actor(event: AuthEvent) -> Actor:
    acting = current_actor()
    address = event.address or acting.address
    if event.kind in BEFORE_SIGN_IN:
        return Actor(ActorKind.NOBODY, Via.SESSION, None, address)
    return Actor(
        ActorKind.ACCOUNT,
        acting.via if acting.kind is ActorKind.ACCOUNT else Via.SESSION,
        event.actor_id or event.account_id,
        address,
    )


async def _entry(conn: AsyncRows, event: AuthEvent) -> Entry:
    about = await _name(conn, event.account_id)
    after = event.after
    if event.kind is Action.TOKEN_MADE and event.subject is not None:
        after = await _token(conn, event.subject)
    return Entry(
        event.kind,
        "account",
        "" if event.account_id is None else str(event.account_id),
        detail={"account": about, "token": event.subject},
        before=differing(event.before, event.after),
        after=differing(after, event.before),
    )


async def _name(conn: AsyncRows, account_id: int | None) -> str | None:
    if account_id is None:
        return None
    found = await fetch_one(conn, _Name, "SELECT name FROM account_standing WHERE id = %(id)s", {"id": account_id})
    return found.name if found else None


async def _token(conn: AsyncRows, token_id: int) -> Mapping[str, object]:
    query = "SELECT name, scopes, expires_at FROM api_token WHERE id = %(id)s"
    found = await fetch_one(conn, _Token, query, {"id": token_id})
    return {} if found is None else {"name": found.name, "scopes": found.scopes, "expires_at": found.expires_at}
