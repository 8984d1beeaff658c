"""With which event does the log of a case begin that was taken in without one?

A report, or a row of an import, is event 1 by itself. It is written down together with the first act: imports
stay fast, and every case has a log.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from data.cases.action import Act
from data.cases.case_row import CaseRow
from data.cases.event import CaseEvent
from data.cases.local_rules import CityRules
from data.cases.state import Stage
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.due import due
from geo.status import CaseStatus

_TIMES = ("filed_at", "dispatched_at", "handled_at", "closed_at")
_HOUR = timedelta(hours=1)


def first_event(row: CaseRow, rules: CityRules) -> CaseEvent:
    """The event that a case without a log begins with, of the facts that its row has."""
    status = CaseStatus(row.status)
    facts: dict[str, Any] = {}
    if status is CaseStatus.reported and row.due_at is None:
        facts["limit"] = stored_limit(rules.flow.stages[Stage.ACCEPTANCE])
    if status is CaseStatus.filed:
        facts["limit"] = stored_limit(rules.flow.stages[Stage.DISPATCH])
    if status is not CaseStatus.reported:
        facts["status"] = status.name
    facts |= {name: moment.isoformat() for name in _TIMES if (moment := getattr(row, name)) is not None}
    if row.close_reason is not None:
        facts["close_reason"] = row.close_reason
    if row.due_at is not None:
        facts["handling"] = _handling(row, row.due_at, rules)
        if row.breached and status in (CaseStatus.returned, CaseStatus.suspended):
            # Whatever paused the limit came too late: it had run out.
            facts["paused_at"] = max(row.due_at, row.reported_at).isoformat()
    return CaseEvent(1, row.reported_at.astimezone(UTC), Act.REPORT, None, row.department_id, facts)


def stored_limit(limit: TimeLimit) -> dict[str, Any]:
    """A limit as events hold it."""
    return {"amount": limit.amount, "clock": limit.clock.value}


def _handling(row: CaseRow, due_at: datetime, rules: CityRules) -> dict[str, Any]:
    """The limit of handling that ends when the row says: that of the class where it does, else the hours between."""
    start = min(row.dispatched_at or row.filed_at or row.reported_at, due_at)
    limit = row.limit(start, rules.calendar.zone)
    if limit is None or due(start, limit.amount, limit.clock, rules.calendar) != due_at:
        limit = TimeLimit((due_at - start) / _HOUR, Clock.URGENT_HOUR)
    return {"start": start.isoformat(), **stored_limit(limit)}
