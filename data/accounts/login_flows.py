"""Which sign-ins through a provider have begun and are not answered yet? In the caller's transaction, which commits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data.accounts.keys import Key
from data.engine import AsyncRows
from data.reads.rows import fetch_one

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Flow:
    digest: bytes
    next_path: str
    expires_at: datetime


async def start_flow(conn: AsyncRows, key: Key, next_path: str, now: datetime) -> None:
    """Remember that a browser begins; those that are over are removed on the way.

    Args:
        key: What the browser keeps and nobody else.
        next_path: Where it wants to go; a safe path of this site.
    """
    await conn.execute("DELETE FROM login_flow WHERE expires_at <= %(now)s", {"now": now})
    query = """
        INSERT INTO login_flow (selector, digest, next_path, expires_at)
        VALUES (%(selector)s, %(digest)s, %(next)s, %(expires)s)
    """
    values = {"selector": key.selector, "digest": key.digest, "next": next_path, "expires": now + LASTS}
    await conn.execute(query, values)


async def take_flow(conn: AsyncRows, key: Key, now: datetime) -> str | None:
    """Where the browser with this key wants to go; asked a second time, too late or with a wrong key, None."""
    query = "DELETE FROM login_flow WHERE selector = %(selector)s RETURNING digest, next_path, expires_at"
    flow = await fetch_one(conn, _Flow, query, {"selector": key.selector})
    if flow is None or not key.matches(flow.digest) or now >= flow.expires_at:
        return None
    return flow.next_path
