"""How do cases become bodies?"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from dashboard.api.bodies import UnitNameBody
from dashboard.api.case_bodies import (
    ActBody,
    CaseBody,
    CaseTimerBody,
    DoneBody,
    EventBody,
    PauseBody,
    QueuedCaseBody,
    StateBody,
    TimerBody,
    VerdictBody,
)
from dashboard.api.problems import kind_of
from dashboard.api.rendering import incident_body, incident_fields
from data.cases.action import FIELDS, Act
from data.cases.desk import Verdict
from data.cases.detail import CaseDetail
from data.cases.errors import CaseProblem
from data.cases.event import CaseEvent
from data.cases.flow import Refusal
from data.cases.queue import QueuedCase
from data.cases.state import CaseState
from data.cases.store import Done
from data.cases.timers import TimerRow

_PLAIN = (
    "seq", "department_id", "close_reason", "check_found", "suspended", "suspended_until", "merged_into", "exempt",
    "level", "mediation", "grade", "supervised", "escalated", "returned", "reworked", "reopened",
)  # fmt: skip


def queued_body(case: QueuedCase, now: datetime) -> QueuedCaseBody:
    """A case in a queue."""
    timer = None if case.timer is None else timer_body(case.timer, now)
    more = {"seq": case.seq, "timer": timer, "told": case.told}
    return QueuedCaseBody.model_validate(incident_fields(case.incident) | more)


def case_body(case: CaseDetail, now: datetime) -> CaseBody:
    """A case with its log."""
    located = [UnitNameBody(code=unit.code, name=unit.name, level=unit.level) for unit in case.incident.located]
    return CaseBody(
        as_of=now,
        incident=incident_body(case.incident.incident),
        located=located,
        state=state_body(case.state),
        events=[event_body(event) for event in case.events],
        timers=[_paused_body(timer, case.state, now) for timer in case.timers],
        acts=[_act_body(act, refusal) for act, refusal in case.acts.items()],
        merged=list(case.merged),
        told=list(case.told),
        days_known=case.days_known,
    )


def done_body(done: Done, now: datetime) -> DoneBody:
    """What was done."""
    return DoneBody(
        id=done.case_id,
        event=event_body(done.event),
        state=state_body(done.state),
        timers=timer_bodies(done.timers, now),
        again=done.again,
    )


def verdict_body(verdict: Verdict) -> VerdictBody:
    """What became of one of several acts."""
    if verdict.done is not None:
        state = verdict.done.state
        return VerdictBody(id=verdict.case_id, done=True, seq=state.seq, status=state.status.key, problem=None)
    problem = verdict.problem
    assert problem is not None
    facts: Mapping[str, object] = problem.facts if isinstance(problem, CaseProblem) else {}
    told = {"type": f"urn:minqing:problem:{kind_of(problem).key}", "cause": problem.cause, "remedy": problem.remedy}
    return VerdictBody(id=verdict.case_id, done=False, seq=None, status=None, problem={**facts, **told})


def timer_bodies(timers: Iterable[TimerRow], now: datetime) -> list[TimerBody]:
    """Time limits as they stand."""
    return [timer_body(timer, now) for timer in timers]


def timer_body(timer: TimerRow, now: datetime) -> TimerBody:
    """A time limit as it stands."""
    return TimerBody(
        stage=timer.stage.value,
        started_at=timer.started_at,
        amount=timer.amount,
        clock=timer.clock,
        warn_at=timer.warn_at,
        due_at=timer.due_at,
        done_at=timer.done_at,
        paused=timer.paused,
        state=timer.stands(now).value,
    )


def _paused_body(timer: TimerRow, state: CaseState, now: datetime) -> CaseTimerBody:
    pauses = [PauseBody.model_validate(pause) for pause in state.timers[timer.no].pauses]
    return CaseTimerBody(**timer_body(timer, now).model_dump(), pauses=pauses)


def event_body(event: CaseEvent) -> EventBody:
    """An event."""
    return EventBody(
        seq=event.seq,
        at=event.at,
        act=event.act.value,
        who=event.account_name,
        role=event.account_role,
        department_id=event.department_id,
        facts=dict(event.facts),
    )


def state_body(state: CaseState) -> StateBody:
    """How a case stands."""
    whistle, asked = state.whistle, state.extension_open
    return StateBody.model_validate(
        {name: getattr(state, name) for name in _PLAIN}
        | {
            "status": state.status.key,
            "check": None if state.check is None else state.check.value,
            "extensions": state.extended,
            "extension_asked": None if asked is None else asked.amount,
            "called": sorted(whistle.departments) if whistle else [],
            "missing": sorted(whistle.missing) if whistle else [],
            "appeal": None if state.appeal is None else state.appeal.value,
        }
    )


def _act_body(act: Act, refusal: Refusal | None) -> ActBody:
    fields: dict[str, dict[str, str | bool]] = {
        name: {"kind": spec.kind.value, "required": spec.required} for name, spec in FIELDS[act].items()
    }
    reason = None if refusal is None else refusal.why.value
    return ActBody(act=act.value, possible=refusal is None, reason=reason, fields=fields)
