"""How does an entry get into the audit log? In the caller's transaction: what is undone was never done."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import psycopg
from psycopg.types.json import Jsonb

from data.audit.actor import Actor, current_actor
from data.audit.entry import Entry, plain
from data.engine import AsyncRows
from data.named_sql import named


class Writing(Protocol):
    """Opens a transaction that commits on leaving without an error, such as `AsyncDatabase.writing`."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncRows]:
        """The transaction."""


async def record(conn: AsyncRows, entry: Entry, actor: Actor | None = None) -> None:
    """Write an entry; where that fails the transaction fails, and with it what the entry tells of.

    Args:
        conn: The transaction of what is being done.
        entry: What is done.
        actor: Who does it; by default the account of the request, else the command line.
    """
    await conn.execute(named("audit_record"), _values(entry, actor or current_actor()))


def record_now(connection: psycopg.Connection, entry: Entry, actor: Actor | None = None) -> None:
    """As `record`, on a connection that blocks."""
    connection.execute(named("audit_record").encode(), _values(entry, actor or current_actor()))


async def record_first(writing: Writing, entry: Entry, actor: Actor | None = None) -> None:
    """Write an entry in a transaction of its own, before something is shown or sent that cannot be taken back."""
    async with writing() as conn:
        await record(conn, entry, actor)


def _values(entry: Entry, actor: Actor) -> dict[str, object]:
    return {
        "actor_kind": actor.kind.value,
        "account_id": actor.account_id,
        "via": actor.via.value,
        "address": actor.address[:64],
        "action": entry.action.value,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id.replace("\0", "")[:120],
        "units": list(entry.unit_ids),
        "detail": Jsonb(plain(entry.detail)),
        "before": None if entry.before is None else Jsonb(plain(entry.before)),
        "after": None if entry.after is None else Jsonb(plain(entry.after)),
    }
