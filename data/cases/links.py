"""Which cases are merged into a case, and what happens to them when something happens to it?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from data.cases.action import Act, CloseReason
from data.cases.event import CaseEvent
from data.cases.fold import WITH
from data.cases.state import CaseState
from data.engine import AsyncRows
from data.reads.rows import fetch_all
from geo.status import CaseStatus

ENDING = frozenset({Act.CLOSE, Act.SOLVE_ON_SPOT, Act.REJECT, Act.VOID})
"""Acts that end a case, and with it those that repeat it."""

_MERGED = """
SELECT DISTINCT event.incident_id AS id
FROM case_event AS event
JOIN incident ON incident.id = event.incident_id AND incident.reported_at = event.reported_at
WHERE event.act = 'merge' AND (event.facts ->> 'into')::bigint = %(into)s AND incident.status IN (6, 9)
ORDER BY 1
"""

Make = Callable[[CaseState, datetime], CaseEvent | None]
"""The event of a linked case in this state at this moment; None where nothing happens to it."""


@dataclass(frozen=True, slots=True)
class _Merged:
    id: int


async def merged_into(conn: AsyncRows, case_id: int) -> tuple[int, ...]:
    """Cases that were ever merged into this one and are still merged or closed."""
    return tuple(row.id for row in await fetch_all(conn, _Merged, _MERGED, {"into": case_id}))


async def linked_events(conn: AsyncRows, case_id: int, event: CaseEvent) -> list[tuple[int, Make]]:
    """Cases to which something may happen because of an event of this one, with what happens."""
    if event.act in ENDING:
        return [(merged, _closing(case_id, event)) for merged in await merged_into(conn, case_id)]
    if event.act is Act.REOPEN:
        return [(merged, _reopening(case_id, event)) for merged in await merged_into(conn, case_id)]
    return []


def _closing(case_id: int, cause: CaseEvent) -> Make:
    """A merged case is closed together with the one that it repeats."""

    def make(state: CaseState, at: datetime) -> CaseEvent | None:
        if state.status is not CaseStatus.merged or state.merged_into != case_id:
            return None
        facts = {"close_reason": CloseReason.DUPLICATE.value, WITH: case_id}
        return _of(cause, state, Act.CLOSE, at, facts)

    return make


def _reopening(case_id: int, cause: CaseEvent) -> Make:
    """It is merged again when that one is opened again."""

    def make(state: CaseState, at: datetime) -> CaseEvent | None:
        if state.status is not CaseStatus.closed or state.merged_into != case_id:
            return None
        return _of(cause, state, Act.REOPEN, at, {WITH: case_id})

    return make


def _of(cause: CaseEvent, state: CaseState, act: Act, at: datetime, facts: dict[str, object]) -> CaseEvent:
    return CaseEvent(
        state.seq + 1, at, act, cause.account_id, cause.department_id, facts, cause.account_name, cause.account_role
    )
