"""Which cases are on the risk list, why, and what was done about them?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg.sql import SQL, Composed

from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.classes import read_class_filter
from data.reads.errors import CursorInvalid, RequestRefused
from data.reads.incidents import Incident, read_incidents_by_id
from data.reads.parts import read_cells
from data.reads.rows import fetch_all
from data.reads.units import read_unit
from data.risk.errors import RiskUnknown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES = ("open", "acknowledged", "closed")
_STEPS = """
SELECT seq, at, act, account_name AS who, facts FROM risk_step WHERE incident_id = %(id)s ORDER BY seq
"""
_VERDICTS = """
SELECT verdict.no, verdict.judged_at, verdict.level, verdict.fired, rules.version AS rules_version
FROM risk_verdict AS verdict
JOIN risk_rule_set AS rules ON rules.id = verdict.rule_set_id
WHERE verdict.incident_id = %(id)s
ORDER BY verdict.no
"""
_COUNTS = """
SELECT alert.state, count(*) AS n,
    count(*) FILTER (WHERE alert.state <> 'closed' AND alert.review_on <= %(today)s) AS due
FROM risk_alert AS alert
GROUP BY alert.state
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """A case on the risk list, with the verdict that holds now.

    Attributes:
        id: Of the case.
        seq: Number of the last step.
        owner_department: Key of the department that answers for it; None where a role does, or nobody yet.
        level: What the rules say now; an alert stays on the list until somebody closes it.
    """

    id: int
    raised_at: datetime
    state: str
    seq: int
    acknowledged_at: datetime | None
    owner_department: str | None
    owner_role: str | None
    review_on: date | None
    closed_at: datetime | None
    close_reason: str | None
    reported_at: datetime
    verdict_no: int
    level: str
    fired: list[dict[str, Any]]
    judged_at: datetime
    rules_version: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done about a risk; `who` is empty for the program."""

    seq: int
    at: datetime
    act: str
    who: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PastVerdict:
    """A verdict as it was stored."""

    no: int
    judged_at: datetime
    level: str
    fired: list[dict[str, Any]]
    rules_version: str


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with its incident as lists show it."""

    alert: Alert
    incident: Incident


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with all that was done and all that the rules ever said."""

    listed: ListedAlert
    steps: tuple[Step, ...]
    verdicts: tuple[PastVerdict, ...]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Some alerts, and the id after which the next page begins; None at the end."""

    alerts: tuple[ListedAlert, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Conditions that all hold together; empty ones do not count.

    Attributes:
        due_by: Reviews that are due by then and not closed.
        owner: Key of a department, or a role.
    """

    states: frozenset[str] = frozenset()
    rule: str = ""
    classes: str = ""
    unit: str = ""
    owner: str = ""
    due_by: date | None = None


def parse_states(text: str) -> frozenset[str]:
    """States of a list that is separated by commas.

    Raises:
        RequestRefused: One is unknown.
    """
    states = frozenset(term.strip() for term in text.split(",") if term.strip())
    stray = sorted(states - set(STATES))
    if stray:
        raise RequestRefused("state", f"{stray[0]!r} is no state of an alert.", f"Use any of: {', '.join(STATES)}.")
    return states


async def read_alerts(conn: AsyncRows, wanted: AlertFilter, *, cursor: str, limit: int) -> AlertPage:
    """A page of the list, the newest first, as far as the scope shows it."""
    condition, values = await _condition(conn, wanted)
    if cursor:
        moment, case_id = _decode(cursor)
        condition = condition + SQL(" AND (alert.raised_at, alert.incident_id) < (%(after)s, %(after_id)s)")
        values |= {"after": moment, "after_id": case_id}
    alerts = await _read(conn, condition, values | {"limit": limit + 1})
    page = await _with_incidents(conn, alerts[:limit])
    last = alerts[limit - 1] if len(alerts) > limit else None
    return AlertPage(page, None if last is None else _encode(last))


async def read_alert(conn: AsyncRows, case_id: int) -> AlertDetail:
    """One alert.

    Raises:
        RiskUnknown: The case is not on the list, or not in the scope.
    """
    alerts = await _read(conn, SQL("alert.incident_id = %(id)s"), {"id": case_id, "limit": 1})
    listed = await _with_incidents(conn, alerts)
    if not listed:
        raise RiskUnknown(case_id)
    steps = await fetch_all(conn, Step, _STEPS, {"id": case_id})
    account = acting_account_or_none()
    if account is not None and not account.may(Permission.INCIDENT_DETAILS):
        steps = tuple(replace(step, facts={k: v for k, v in step.facts.items() if k != "note"}) for step in steps)
    verdicts = await fetch_all(conn, PastVerdict, _VERDICTS, {"id": case_id})
    return AlertDetail(listed[0], steps, verdicts)


async def count_alerts(conn: AsyncRows, today: date) -> Mapping[str, int]:
    """How many alerts are in each state, and how many reviews are due (`due`)."""
    rows = await fetch_all(conn, _Count, _COUNTS, {"today": today})
    counts = dict.fromkeys(STATES, 0) | {row.state: row.n for row in rows}
    return counts | {"due": sum(row.due for row in rows)}


async def _read(conn: AsyncRows, condition: SQL | Composed, values: Mapping[str, object]) -> tuple[Alert, ...]:
    statement = SQL(named("risk_page")).format(condition=condition)
    return await fetch_all(conn, Alert, statement, values, prepare=False)


async def _with_incidents(conn: AsyncRows, alerts: tuple[Alert, ...]) -> tuple[ListedAlert, ...]:
    incidents = await read_incidents_by_id(conn, [one.id for one in alerts], [one.reported_at for one in alerts])
    return tuple(ListedAlert(one, incidents[one.id]) for one in alerts if one.id in incidents)


async def _condition(conn: AsyncRows, wanted: AlertFilter) -> tuple[SQL | Composed, dict[str, object]]:
    parts: list[SQL | Composed] = [SQL("true")]
    values: dict[str, object] = {}
    if wanted.states:
        parts.append(SQL("alert.state = ANY(%(states)s)"))
        values["states"] = sorted(wanted.states)
    if wanted.rule:
        parts.append(SQL("verdict.fired @> jsonb_build_array(jsonb_build_object('rule', %(rule)s::text))"))
        values["rule"] = wanted.rule
    class_ids = await read_class_filter(conn, wanted.classes)
    if class_ids is not None:
        parts.append(SQL("incident.class_id = ANY(%(classes)s::smallint[])"))
        values["classes"] = sorted(class_ids)
    if wanted.unit:
        cells = await read_cells(conn, await read_unit(conn, wanted.unit))
        if cells is not None:
            parts.append(SQL("incident.cell_id = ANY(%(cells)s)"))
            values["cells"] = list(cells)
    if wanted.owner:
        parts.append(SQL("(owner.key = %(owner)s OR alert.owner_role = %(owner)s)"))
        values["owner"] = wanted.owner
    if wanted.due_by is not None:
        parts.append(SQL("alert.state <> 'closed' AND alert.review_on <= %(due_by)s"))
        values["due_by"] = wanted.due_by
    return SQL(" AND ").join(parts), values


def _encode(alert: Alert) -> str:
    return f"{(alert.raised_at - _EPOCH) // timedelta(microseconds=1)}.{alert.id}"


def _decode(cursor: str) -> tuple[datetime, int]:
    try:
        micros, case_id = (int(part) for part in cursor.split("."))
        if not 0 <= case_id < 2**63:
            raise ValueError("no id")
        return _EPOCH + timedelta(microseconds=micros), case_id
    except (ValueError, OverflowError) as error:
        raise CursorInvalid("cursor", "The cursor is damaged.", "Start without a cursor.") from error


@dataclass(frozen=True, slots=True)
class _Count:
    state: str
    n: int
    due: int
