"""Which programs are told of which events? Webhooks are added, listed and removed; in the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import UniqueViolation

from data.accounts.administration import find_account_id
from data.accounts.errors import AccountUnknown
from data.cases.action import Act
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.reads.rows import RowId, fetch_all, fetch_one
from data.webhooks.address import require_form
from data.webhooks.errors import WebhookRefused, WebhookUnknown
from data.webhooks.secret import SecretSeal, new_secret

MOST_HOOKS = 50
_MOST_TERMS = 100
TEST_BODY = '{"act":"test","type":"test"}'


@dataclass(frozen=True, slots=True)
class NewHook:
    """A webhook to be added.

    Attributes:
        account: Login name; the webhook is told what this account may see.
        acts, classes: Only these; empty for all.
        unit_code: Only cases in this unit; empty for all.
        allow_private: Whether it may lie on this machine or in a private network.
    """

    name: str
    url: str
    account: str
    acts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    unit_code: str = ""
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is there."""

    id: int
    name: str
    url: str
    account_id: int
    acts: list[str] | None
    classes: list[str] | None
    unit_code: str | None
    allow_private: bool
    sealed_secret: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ListedHook:
    """A webhook and how its messages stand."""

    id: int
    name: str
    url: str
    account: str
    acts: list[str] | None
    classes: list[str] | None
    unit_code: str | None
    allow_private: bool
    made_at: datetime
    waiting: int
    dead: int
    trouble: str | None


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """A message that was given up."""

    id: int
    incident_id: int | None
    seq: int | None
    made_at: datetime
    ended_at: datetime
    tries: int
    status: int | None
    trouble: str | None


HOOKS = (
    "SELECT id, name, url, account_id, acts, classes, unit_code, allow_private, sealed_secret, made_at FROM webhook "
    "WHERE %(id)s::integer IS NULL OR id = %(id)s ORDER BY id"
)
_ADD = """
INSERT INTO webhook (name, url, account_id, acts, classes, unit_code, allow_private, sealed_secret, made_at)
SELECT %(name)s, %(url)s, %(account)s, %(acts)s, %(classes)s, %(unit)s, %(private)s, %(sealed)s, %(now)s
WHERE (SELECT count(*) FROM webhook) < %(most)s
RETURNING id
"""
_LIST = """
SELECT
    hook.id, hook.name, hook.url, account.name AS account, hook.acts, hook.classes, hook.unit_code,
    hook.allow_private, hook.made_at,
    (SELECT count(*) FROM webhook_delivery WHERE webhook_id = hook.id AND state = 'waiting')::integer AS waiting,
    (SELECT count(*) FROM webhook_delivery WHERE webhook_id = hook.id AND state = 'dead')::integer AS dead,
    (
        SELECT trouble FROM webhook_delivery
        WHERE webhook_id = hook.id AND state = 'waiting' ORDER BY id LIMIT 1
    ) AS trouble
FROM webhook AS hook
JOIN account_standing AS account ON account.id = hook.account_id
ORDER BY hook.id
"""
_DEAD = """
SELECT id, incident_id, seq, made_at, ended_at, tries, status, trouble
FROM webhook_delivery
WHERE webhook_id = %(id)s AND state = 'dead'
ORDER BY id
LIMIT 1000
"""
_RETRY = """
UPDATE webhook_delivery
SET state = 'waiting', ended_at = NULL, tries = 0, next_at = %(now)s
WHERE webhook_id = %(id)s AND state = 'dead' AND (%(delivery)s::bigint IS NULL OR id = %(delivery)s)
RETURNING id
"""
_TEST = """
INSERT INTO webhook_delivery (webhook_id, body, made_at, state, next_at)
VALUES (%(id)s, %(body)s, %(now)s, 'waiting', %(now)s)
RETURNING id
"""


async def add_hook(conn: AsyncRows, new: NewHook, seal: SecretSeal, now: datetime) -> tuple[int, str]:
    """Add a webhook.

    Returns:
        Its id, and its secret, which cannot be shown again.

    Raises:
        WebhookRefused: A value cannot be used, or there are too many.
    """
    name = masked_text(new.name.strip())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise WebhookRefused("name", "It has no or too many characters.", "Use 1 to 80 printable characters.")
    require_form(new.url)
    _require_known("acts", new.acts, {act.value for act in Act})
    if len(new.classes) > _MOST_TERMS or any(len(code) > 80 or "\0" in code for code in (*new.classes, new.unit_code)):
        raise WebhookRefused("classes", "There are too many, or one is too long.", "Name at most 100 codes.")
    secret = new_secret()
    values = {
        "name": name,
        "url": new.url,
        "account": await _account_id(conn, new.account),
        "acts": list(new.acts) or None,
        "classes": list(new.classes) or None,
        "unit": new.unit_code or None,
        "private": new.allow_private,
        "sealed": seal.seal(secret, name),
        "now": now,
        "most": MOST_HOOKS,
    }
    try:
        made = await fetch_one(conn, RowId, _ADD, values)
    except UniqueViolation as error:
        raise WebhookRefused("name", "Another webhook has this name.", "Choose another one.") from error
    if made is None:
        raise WebhookRefused("name", f"There are {MOST_HOOKS} webhooks already.", "Remove one that is not needed.")
    return made.id, secret


async def list_hooks(conn: AsyncRows) -> tuple[ListedHook, ...]:
    """All webhooks."""
    return await fetch_all(conn, ListedHook, _LIST)


async def read_hooks(conn: AsyncRows) -> tuple[Hook, ...]:
    """All webhooks with their sealed secrets."""
    return await fetch_all(conn, Hook, HOOKS, {"id": None})


async def find_hook(conn: AsyncRows, webhook_id: int) -> Hook:
    """One webhook.

    Raises:
        WebhookUnknown: There is none.
    """
    found = await fetch_one(conn, Hook, HOOKS, {"id": webhook_id})
    if found is None:
        raise WebhookUnknown(webhook_id)
    return found


async def remove_hook(conn: AsyncRows, webhook_id: int) -> Hook:
    """Remove a webhook and what waits for it.

    Raises:
        WebhookUnknown: There is none.
    """
    hook = await find_hook(conn, webhook_id)
    await conn.execute("DELETE FROM webhook WHERE id = %(id)s", {"id": webhook_id})
    return hook


async def list_dead(conn: AsyncRows, webhook_id: int) -> tuple[DeadDelivery, ...]:
    """The first thousand messages that were given up, oldest first.

    Raises:
        WebhookUnknown: There is no such webhook.
    """
    await find_hook(conn, webhook_id)
    return await fetch_all(conn, DeadDelivery, _DEAD, {"id": webhook_id})


async def retry_dead(conn: AsyncRows, webhook_id: int, now: datetime, delivery_id: int | None = None) -> int:
    """Let messages that were given up wait again; one, or all.

    Returns:
        How many.

    Raises:
        WebhookUnknown: There is no such webhook.
    """
    await find_hook(conn, webhook_id)
    values = {"id": webhook_id, "now": now, "delivery": delivery_id}
    return len(await fetch_all(conn, RowId, _RETRY, values))


async def add_test(conn: AsyncRows, webhook_id: int, now: datetime) -> int:
    """Let a test message wait behind the others.

    Returns:
        Its number.

    Raises:
        WebhookUnknown: There is no such webhook.
    """
    await find_hook(conn, webhook_id)
    made = await fetch_one(conn, RowId, _TEST, {"id": webhook_id, "body": TEST_BODY, "now": now})
    assert made is not None
    return made.id


async def _account_id(conn: AsyncRows, name: str) -> int:
    try:
        return await find_account_id(conn, name.replace("\0", ""))
    except AccountUnknown as error:
        raise WebhookRefused("account", error.cause, error.remedy) from error


def _require_known(field: str, terms: tuple[str, ...], known: Collection[str]) -> None:
    for term in terms:
        if term not in known:
            raise WebhookRefused(field, f"{term[:80]!r} is not known.", f"Use any of: {', '.join(sorted(known))}.")
