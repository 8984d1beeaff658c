"""How is something done about a risk: one transaction that writes the step, the row of the list and the audit entry?"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from data.accounts.account import Account
from data.accounts.permissions import Role
from data.attempts import WritableDatabase, carried_out
from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.cases.errors import CaseKeyReused
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.reads.city import read_moment
from data.reads.departments import read_department_id
from data.reads.errors import RequestRefused
from data.reads.rows import fetch_all, fetch_one
from data.risk.errors import RiskMoved, RiskRefused, RiskUnknown

MOST_CHARACTERS = 2_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


class RiskAct(StrEnum):
    """What people do about a risk."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    REVIEW = "review"
    CLOSE = "close"


class CloseReason(StrEnum):
    """Why a risk leaves the list."""

    SETTLED = "settled"
    UNFOUNDED = "unfounded"
    HANDED_OVER = "handed_over"


ALLOWED: Mapping[RiskAct, tuple[str, ...]] = {
    RiskAct.ACKNOWLEDGE: ("open",),
    RiskAct.ASSIGN: ("open", "acknowledged"),
    RiskAct.REVIEW: ("open", "acknowledged"),
    RiskAct.CLOSE: ("open", "acknowledged"),
}
"""In which states an act is possible."""


@dataclass(frozen=True, slots=True)
class RiskCommand:
    """Something that is to be done about a risk.

    Attributes:
        seq: Number of the last step that the client has seen.
        key: What the client calls the request by; the same one is carried out once. None without one.
        note: Free text; masked before it is stored.
        department, role: Of `assign`, the owner: one of them.
        review_on: Of `assign` and `review`, the day of the next review.
        reason: Of `close`.
    """

    case_id: int
    act: RiskAct
    seq: int
    key: str | None = None
    note: str = ""
    department: str | None = None
    role: Role | None = None
    review_on: date | None = None
    reason: CloseReason | None = None

    @property
    def digest(self) -> bytes | None:
        """A hash of what is asked for, where the request has a key."""
        if self.key is None:
            return None
        asked = [self.case_id, self.act, self.seq, self.note, self.department, self.role, self.review_on, self.reason]
        return sha256(orjson.dumps(asked)).digest()


_LOCK = """
SELECT incident_id, reported_at, state, seq, owner_department_id, owner_role, review_on, close_reason
FROM risk_alert
WHERE incident_id = %(id)s
FOR UPDATE
"""
_KNOWN = """
SELECT incident_id, request_digest AS digest FROM risk_step
WHERE account_id = %(account)s AND request_key = %(key)s
"""
_SINCE = """
SELECT seq, at, act, account_name AS who FROM risk_step WHERE incident_id = %(id)s AND seq > %(seq)s ORDER BY seq
"""
_STEP = """
INSERT INTO risk_step (
    incident_id, seq, reported_at, at, act, account_id, account_name, facts, request_key, request_digest
)
VALUES (
    %(id)s, %(seq)s, %(reported_at)s, %(at)s, %(act)s, %(account)s, %(name)s, %(facts)s, %(key)s, %(digest)s
)
"""
_CHANGE = """
UPDATE risk_alert SET
    seq = %(seq)s, state = %(state)s, owner_department_id = %(department)s, owner_role = %(role)s,
    review_on = %(review_on)s, close_reason = %(reason)s,
    acknowledged_at = CASE WHEN %(state)s = 'open' THEN NULL ELSE COALESCE(acknowledged_at, %(at)s) END,
    closed_at = CASE WHEN %(state)s = 'closed' THEN %(at)s::timestamptz END
WHERE incident_id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class _Locked:
    incident_id: int
    reported_at: datetime
    state: str
    seq: int
    owner_department_id: int | None
    owner_role: str | None
    review_on: date | None
    close_reason: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    incident_id: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Since:
    seq: int
    at: datetime
    act: str
    who: str | None


class RiskDesk:
    """Carries out what accounts do about risks, each act in a transaction of its own."""

    def __init__(self, database: WritableDatabase, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def act(self, command: RiskCommand, account: Account) -> bool:
        """Do something about a risk; done once it is committed.

        Returns:
            Whether the same request had been carried out before.

        Raises:
            RiskUnknown: The case is not on the list, or not in the scope.
            RiskMoved: Somebody else was faster.
            RiskRefused: The alert's state does not allow it.
            CaseKeyReused: The key stands for another request.
            RequestRefused: A field is missing or cannot be used.
        """
        return await carried_out(self._database, lambda conn: _done(conn, command, account, self._now()))


async def _done(conn: AsyncRows, command: RiskCommand, account: Account, now: datetime) -> bool:
    locked = await fetch_one(conn, _Locked, _LOCK, {"id": command.case_id})
    if locked is None:
        raise RiskUnknown(command.case_id)
    if await _is_known(conn, command, account):
        return True
    if command.seq != locked.seq:
        since = await fetch_all(conn, _Since, _SINCE, {"id": command.case_id, "seq": command.seq})
        raise RiskMoved(locked.seq, [_told(one) for one in since])
    if locked.state not in ALLOWED[command.act]:
        raise RiskRefused(command.act.value, locked.state)
    changes = await _changes(conn, command, locked, now)
    values = {
        "id": locked.incident_id,
        "seq": locked.seq + 1,
        "reported_at": locked.reported_at,
        "at": now,
        "act": command.act.value,
        "account": account.id,
        "name": account.name,
        "facts": Jsonb(_facts(command)),
        "key": command.key,
        "digest": command.digest,
    }
    await conn.execute(_STEP, values)
    await conn.execute(_CHANGE, values | changes)
    await record(conn, _entry(command, locked, changes))
    return False


async def _is_known(conn: AsyncRows, command: RiskCommand, account: Account) -> bool:
    if command.key is None:
        return False
    known = await fetch_one(conn, _Known, _KNOWN, {"account": account.id, "key": command.key})
    if known is None:
        return False
    if (known.incident_id, bytes(known.digest)) != (command.case_id, command.digest):
        raise CaseKeyReused
    return True


async def _changes(conn: AsyncRows, command: RiskCommand, locked: _Locked, now: datetime) -> dict[str, object]:
    """How the row of the list stands after the act."""
    row: dict[str, object] = {
        "state": "open" if locked.state == "open" else "acknowledged",
        "department": locked.owner_department_id,
        "role": locked.owner_role,
        "review_on": command.review_on or locked.review_on,
        "reason": None,
    }
    zone = (await read_moment(conn)).zone
    if command.review_on is not None and command.review_on < now.astimezone(zone).date():
        raise RequestRefused("review_on", "The day is over.", "Name today or a later day.")
    if command.act is RiskAct.ACKNOWLEDGE:
        return row | {"state": "acknowledged"}
    if command.act is RiskAct.ASSIGN:
        return row | await _owner(conn, command)
    if command.act is RiskAct.REVIEW:
        if command.review_on is None and not command.note.strip():
            raise RequestRefused("note", "There is nothing to keep.", "Say what the review found, or when the next is.")
        return row
    if command.reason is None:
        raise RequestRefused("reason", "The reason is missing.", f"Use one of: {', '.join(CloseReason)}.")
    return row | {"state": "closed", "reason": command.reason.value}


async def _owner(conn: AsyncRows, command: RiskCommand) -> dict[str, object]:
    if (command.department is None) == (command.role is None):
        raise RequestRefused("department", "One owner is needed.", "Name a department or a role, not both.")
    if command.department is None:
        return {"department": None, "role": command.role.value if command.role else None}
    return {"department": await read_department_id(conn, command.department), "role": None}


def _facts(command: RiskCommand) -> dict[str, Any]:
    """What the step keeps: texts masked, empty fields left out."""
    note = masked_text(_CONTROL.sub("", command.note)).strip()
    if len(note) > MOST_CHARACTERS:
        raise RequestRefused("note", "The text is too long.", f"Write up to {MOST_CHARACTERS:,} signs.")
    facts: dict[str, Any] = {
        "note": note,
        "department": command.department,
        "role": command.role.value if command.role else None,
        "review_on": command.review_on.isoformat() if command.review_on else None,
        "reason": command.reason.value if command.reason else None,
    }
    return {name: value for name, value in facts.items() if value}


def _told(one: _Since) -> dict[str, object]:
    return {"seq": one.seq, "at": one.at.isoformat(), "act": one.act, "who": one.who}


def _entry(command: RiskCommand, locked: _Locked, changes: Mapping[str, object]) -> Entry:
    was = {
        "state": locked.state,
        "department": locked.owner_department_id,
        "role": locked.owner_role,
        "review_on": locked.review_on,
        "reason": locked.close_reason,
    }
    detail = {"act": command.act.value, "seq": locked.seq + 1}
    return Entry(
        Action.RISK_CHANGED,
        "risk",
        str(command.case_id),
        detail=detail,
        before=differing(was, changes),
        after=differing(changes, was),
    )
