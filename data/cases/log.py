"""How are the events of cases read and written?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from data.cases.action import Act
from data.cases.event import CaseEvent
from data.engine import AsyncRows
from data.reads.rows import fetch_all, fetch_one

_COLUMNS = "incident_id, seq, at, act, account_id, account_name, account_role, department_id, facts"
_READ = f"SELECT {_COLUMNS} FROM case_event WHERE incident_id = ANY(%(ids)s) ORDER BY incident_id, seq"
_READ_KNOWN = f"""
SELECT {_COLUMNS}, request_digest
FROM case_event
WHERE account_id = %(account)s AND request_key = %(key)s
"""
_WRITE = """
INSERT INTO case_event (
    incident_id, seq, reported_at, at, act, account_id, account_name, account_role, department_id, facts, request_key,
    request_digest
)
VALUES (
    %(incident)s, %(seq)s, %(reported_at)s, %(at)s, %(act)s, %(account)s, %(name)s, %(role)s, %(department)s, %(facts)s,
    %(key)s, %(digest)s
)
"""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What a client calls its request by; equal keys of one account mean the same request.

    Attributes:
        key: At most 300 characters.
        digest: Hash of what is asked for, 32 bytes.
    """

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """The event that a request has already made."""

    incident_id: int
    event: CaseEvent
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Stored:
    incident_id: int
    seq: int
    at: datetime
    act: str
    account_id: int | None
    account_name: str | None
    account_role: str | None
    department_id: int | None
    facts: dict[str, Any]
    request_digest: bytes = b""

    def event(self) -> CaseEvent:
        return CaseEvent(
            self.seq,
            self.at.astimezone(UTC),
            Act(self.act),
            self.account_id,
            self.department_id,
            self.facts,
            self.account_name,
            self.account_role,
        )


async def read_logs(conn: AsyncRows, ids: Collection[int]) -> dict[int, list[CaseEvent]]:
    """The stored events of cases, by case, in their order; a case without any is left out."""
    logs: dict[int, list[CaseEvent]] = {}
    for row in await fetch_all(conn, _Stored, _READ, {"ids": sorted(ids)}):
        logs.setdefault(row.incident_id, []).append(row.event())
    return logs


async def read_known(conn: AsyncRows, account_id: int, key: str) -> KnownRequest | None:
    """The event that the account's request of this key made; None where it made none."""
    row = await fetch_one(conn, _Stored, _READ_KNOWN, {"account": account_id, "key": key})
    return None if row is None else KnownRequest(row.incident_id, row.event(), bytes(row.request_digest))


async def write_events(
    conn: AsyncRows,
    incident_id: int,
    reported_at: datetime,
    events: Sequence[CaseEvent],
    request: RequestKey | None = None,
) -> None:
    """Append events to a case's log, under the lock of its row; the request belongs to the last one.

    Args:
        incident_id, reported_at: The case.
        events: In their order, following what is stored.
        request: What the client calls it by.
    """
    for place, event in enumerate(events, 1):
        named = request if place == len(events) else None
        values = {
            "incident": incident_id,
            "seq": event.seq,
            "reported_at": reported_at,
            "at": event.at,
            "act": event.act.value,
            "account": event.account_id,
            "name": event.account_name,
            "role": event.account_role,
            "department": event.department_id,
            "facts": Jsonb(dict(event.facts)),
            "key": named.key if named else None,
            "digest": named.digest if named else None,
        }
        await conn.execute(_WRITE, values)
