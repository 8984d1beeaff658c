"""How do events that are committed become messages that wait for each webhook, each of them once?

Writers leave a line for each event in their own transaction. One process takes lines, asks under the rows of each
webhook's account which of the cases may be told, and writes messages and removes lines in one transaction: killed
before, it does the same again; killed after, nothing is left to do.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import orjson

from data.accounts.account import Account, acting_as
from data.accounts.permissions import Permission, Role
from data.attempts import WritableDatabase
from data.engine import AsyncRows
from data.reads.rows import fetch_all, fetch_one
from data.webhooks.hook import Hook, read_hooks
from geo.status import CaseStatus

BATCH = 1_000
_TAKE = "SELECT id, incident_id, reported_at, seq, act, at FROM webhook_change ORDER BY id LIMIT %(most)s"
_DONE = "DELETE FROM webhook_change WHERE id = ANY(%(ids)s)"
_WRITE = """
INSERT INTO webhook_delivery (webhook_id, incident_id, seq, body, made_at, state, next_at)
SELECT %(hook)s, incident_id, seq, body, %(now)s, 'waiting', %(now)s
FROM unnest(%(incidents)s::bigint[], %(seqs)s::integer[], %(bodies)s::text[]) WITH ORDINALITY
    AS message (incident_id, seq, body, place)
ORDER BY place
ON CONFLICT DO NOTHING
"""
_ACCOUNT = """
SELECT id, name, role, unit_id, department_id, unit_code
FROM account_standing
WHERE id = %(id)s AND disabled_at IS NULL AND NOT area_gone
"""
_FACTS = """
SELECT
    incident.id, incident.reported_at, incident.status, class.code AS class_code, department.key AS department,
    incident.due_at, incident.handled_at, incident.closed_at,
    unit.code AS unit_code, unit.level_key AS unit_level,
    ARRAY(
        SELECT around.code FROM unit AS around WHERE around.id = ANY(cell.unit_ids)
    ) AS unit_codes
FROM incident
JOIN incident_class AS class ON class.id = incident.class_id
LEFT JOIN department ON department.id = incident.department_id
LEFT JOIN cell ON cell.id = incident.cell_id
LEFT JOIN unit ON unit.id = (SELECT max(lies_in) FROM unnest(cell.unit_ids) AS lies_in WHERE lies_in > 0)
WHERE incident.id = ANY(%(ids)s) AND incident.reported_at = ANY(%(moments)s)
"""


class ReadingDatabase(Protocol):
    """The database under the role of the web; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""


@dataclass(frozen=True, slots=True)
class _Change:
    id: int
    incident_id: int
    reported_at: datetime
    seq: int
    act: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Facts:
    id: int
    reported_at: datetime
    status: int
    class_code: str
    department: str | None
    due_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    unit_code: str | None
    unit_level: str | None
    unit_codes: list[str]


@dataclass(frozen=True, slots=True)
class _Standing:
    id: int
    name: str
    role: str
    unit_id: int | None
    department_id: int | None
    unit_code: str | None


async def fill_outbox(owner: WritableDatabase, web: ReadingDatabase, now: datetime, most: int = BATCH) -> int:
    """Make messages of at most so many events.

    Args:
        owner: For the tables of webhooks.
        web: For the cases; the rows of each webhook's account are all that it gives.
        now: Aware.
        most: Events in one transaction.

    Returns:
        How many events were taken.
    """
    async with owner.writing() as conn:
        changes = await fetch_all(conn, _Change, _TAKE, {"most": most})
        if not changes:
            return 0
        for hook in await read_hooks(conn):
            await _write(conn, hook, await _told(conn, web, hook, changes), now)
        await conn.execute(_DONE, {"ids": [change.id for change in changes]})
    return len(changes)


async def account_of(conn: AsyncRows, account_id: int) -> Account | None:
    """The account as it stands now; None where it is shut out or has no area any more."""
    row = await fetch_one(conn, _Standing, _ACCOUNT, {"id": account_id})
    if row is None:
        return None
    return Account(row.id, row.name, Role(row.role), row.unit_id, row.department_id, unit_code=row.unit_code)


async def _told(
    conn: AsyncRows, web: ReadingDatabase, hook: Hook, changes: Sequence[_Change]
) -> list[tuple[_Change, _Facts]]:
    wanted = [change for change in changes if hook.acts is None or change.act in hook.acts]
    account = await account_of(conn, hook.account_id)
    if account is None or not account.may(Permission.INCIDENTS) or not wanted:
        return []
    facts = await _read_facts(web, account, wanted)
    return [
        (change, facts[change.incident_id])
        for change in wanted
        if change.incident_id in facts and _is_wanted(hook, facts[change.incident_id])
    ]


async def _read_facts(web: ReadingDatabase, account: Account, changes: Sequence[_Change]) -> Mapping[int, _Facts]:
    values = {
        "ids": sorted({change.incident_id for change in changes}),
        "moments": sorted({change.reported_at for change in changes}),
    }
    with acting_as(account):
        async with web.reading() as conn:
            return {row.id: row for row in await fetch_all(conn, _Facts, _FACTS, values, prepare=False)}


def _is_wanted(hook: Hook, facts: _Facts) -> bool:
    if hook.classes is not None and facts.class_code not in hook.classes:
        return False
    return hook.unit_code is None or hook.unit_code in facts.unit_codes


async def _write(conn: AsyncRows, hook: Hook, messages: Sequence[tuple[_Change, _Facts]], now: datetime) -> None:
    if not messages:
        return
    values = {
        "hook": hook.id,
        "now": now,
        "incidents": [change.incident_id for change, _ in messages],
        "seqs": [change.seq for change, _ in messages],
        "bodies": [_body(change, facts) for change, facts in messages],
    }
    await conn.execute(_WRITE, values)


def _body(change: _Change, facts: _Facts) -> str:
    """The message: numbers, keys and moments; nothing that anybody wrote, no position, no address."""
    message = {
        "type": "case",
        "id": change.incident_id,
        "seq": change.seq,
        "act": change.act,
        "at": _moment(change.at),
        "state": CaseStatus(facts.status).key,
        "class": facts.class_code,
        "department": facts.department,
        "unit": facts.unit_code,
        "unit_level": facts.unit_level,
        "reported_at": _moment(facts.reported_at),
        "due_at": _moment(facts.due_at),
        "handled_at": _moment(facts.handled_at),
        "closed_at": _moment(facts.closed_at),
    }
    return orjson.dumps(message).decode()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
