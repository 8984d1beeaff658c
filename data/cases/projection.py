"""What do the tables say of a case that follow from its log, and how are they written?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from data.cases.case_row import CaseRow
from data.cases.marks import marks_of
from data.cases.state import CaseState, Stage
from data.cases.timers import TimerRow, last_of
from data.engine import AsyncRows

_UPDATE = """
UPDATE incident
SET status = %(status)s, breached = %(breached)s, department_id = %(department_id)s, filed_at = %(filed_at)s,
    dispatched_at = %(dispatched_at)s, handled_at = %(handled_at)s, closed_at = %(closed_at)s, due_at = %(due_at)s,
    close_reason = %(close_reason)s, closing_due_at = %(closing_due_at)s, marks = %(marks)s
WHERE id = %(id)s AND reported_at = %(reported_at)s
"""
_TIMER = """
INSERT INTO case_timer (
    incident_id, no, reported_at, stage, started_at, amount, clock, warn_at, due_at, done_at, paused,
    told
)
VALUES (
    %(incident)s, %(no)s, %(reported_at)s, %(stage)s, %(started_at)s, %(amount)s, %(clock)s, %(warn_at)s, %(due_at)s,
    %(done_at)s, %(paused)s, %(told)s
)
ON CONFLICT (incident_id, no) DO UPDATE SET
    amount = excluded.amount, warn_at = excluded.warn_at, due_at = excluded.due_at, done_at = excluded.done_at,
    paused = excluded.paused, told = excluded.told
"""
_UNCALL = "DELETE FROM case_call WHERE incident_id = %(incident)s"
_CALL = """
INSERT INTO case_call (incident_id, department_id, reported_at, called_at, came)
VALUES (%(incident)s, %(department)s, %(reported_at)s, %(at)s, %(came)s)
"""


class ProjectionLost(RuntimeError):
    """The row that a log belongs to was not there to be written, though it is locked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The columns of an incident that follow from its log."""

    status: int
    breached: bool
    department_id: int | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    close_reason: str | None
    closing_due_at: datetime | None = None
    marks: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A department that is called, and whether it has reported in."""

    department_id: int
    called_at: datetime
    came: bool


def standing(state: CaseState, timers: Sequence[TimerRow], at: datetime) -> Standing:
    """How the row of a case has to stand at a moment."""
    due_at = _due(state, timers)
    done_at = state.handled_at or state.closed_at
    passed = due_at is not None and (due_at <= at if done_at is None else due_at < done_at)
    return Standing(
        int(state.status),
        passed,
        state.department_id,
        state.filed_at,
        state.dispatched_at,
        state.handled_at,
        state.closed_at,
        due_at,
        state.close_reason,
        _closing_due(state, timers),
        marks_of(state, timers),
    )


def standing_of(row: CaseRow) -> Standing:
    """How the row of a case stands."""
    return Standing(**{name: getattr(row, name) for name in Standing.__dataclass_fields__})


def calls_of(state: CaseState) -> tuple[Call, ...]:
    """Departments that the last whistle called."""
    whistle = state.whistle
    if whistle is None:
        return ()
    return tuple(
        Call(department, whistle.at, department in whistle.reported_in) for department in sorted(whistle.departments)
    )


async def write_projection(
    conn: AsyncRows,
    row: CaseRow,
    now_stands: Standing,
    timers: tuple[Sequence[TimerRow], Sequence[TimerRow]],
    calls: tuple[Sequence[Call], Sequence[Call]],
) -> None:
    """Bring the tables to what the log says; what has not changed is left alone.

    Triggers on the incident bring the change to the figures, in the same transaction.

    Args:
        row: The case as it was locked.
        now_stands: How it has to stand.
        timers, calls: Before and after.

    Raises:
        ProjectionLost: The row is not among those that the scope may write.
    """
    if now_stands != standing_of(row):
        values = {**asdict(now_stands), "id": row.id, "reported_at": row.reported_at}
        if (await conn.execute(_UPDATE, values)).rowcount != 1:
            raise ProjectionLost(f"case {row.id} is locked and cannot be written")
    key = {"incident": row.id, "reported_at": row.reported_at}
    known = set(timers[0])
    for timer in timers[1]:
        if timer not in known:
            await conn.execute(_TIMER, {**asdict(timer), "stage": timer.stage.value, **key})
    if calls[0] != calls[1]:
        await conn.execute(_UNCALL, key)
        for call in calls[1]:
            await conn.execute(
                _CALL, {**key, "department": call.department_id, "at": call.called_at, "came": call.came}
            )


def _due(state: CaseState, timers: Sequence[TimerRow]) -> datetime | None:
    """When handling is due; None while no limit runs, as before a dispatch or after a case was opened again."""
    handling = last_of(timers, Stage.HANDLING)
    if handling is None:
        return None
    is_over = handling.done_at is not None and state.status.is_open and state.handled_at is None
    return None if is_over else handling.due_at


def _closing_due(state: CaseState, timers: Sequence[TimerRow]) -> datetime | None:
    """When the check of what was handled is due; None where nothing is handled, or no limit of closing began."""
    closing = last_of(timers, Stage.CLOSING)
    return None if closing is None or state.handled_at is None else closing.due_at
