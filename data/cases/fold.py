"""Which state do the events of a case lead to?

Every event carries what was decided with it (limits, the department in charge), so the same events lead to the same
state for ever, whatever is configured later.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from data.cases.action import Act
from data.cases.errors import LogBroken
from data.cases.event import CaseEvent
from data.cases.state import AppealState, CaseState, Extension, Rung, Stage, Timer, Whistle
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.due import Pause
from geo.status import CaseStatus

FINAL = (CaseStatus.closed, CaseStatus.rejected, CaseStatus.void, CaseStatus.merged)
"""States in which no time limit runs."""


WITH = "with"
"""Fact of an event that followed from one of the case that this one is merged into: that case's id."""


def fold(events: Iterable[CaseEvent], start: CaseState | None = None) -> CaseState:
    """The state after all events, in order of their numbers.

    Raises:
        LogBroken: A number is missing or stands twice, or the first event is no report.
    """
    state = start
    for event in events:
        state = applied(state, event)
    if state is None:
        raise LogBroken(0, "no event")
    return state


def applied(state: CaseState | None, event: CaseEvent) -> CaseState:
    """The state after one more event.

    Raises:
        LogBroken: The event does not follow the last one.
    """
    if state is None:
        if event.act is not Act.REPORT:
            raise LogBroken(event.seq, f"a log that begins with {event.act}")
        return _reported(event)
    if event.seq != state.seq + 1:
        raise LogBroken(event.seq, f"event {event.seq} after {state.seq}")
    change = _CHANGES.get(event.act)
    changed = state if change is None else change(state, event)
    return replace(changed, seq=event.seq)


def limit_of(facts: Mapping[str, Any]) -> TimeLimit | None:
    """The limit that was decided with an event, None without one."""
    limit = facts.get("limit")
    return None if limit is None else TimeLimit(float(limit["amount"]), Clock(limit["clock"]))


def _reported(event: CaseEvent) -> CaseState:
    """The first state; what an import knows of the past stands in the facts of the report."""
    facts = event.facts
    times: dict[str, Any] = {name: datetime.fromisoformat(facts[name]) for name in _TIMES if facts.get(name)}
    status = CaseStatus[facts.get("status", "reported")]
    state = CaseState(
        event.seq,
        status,
        event.at,
        department_id=event.department_id,
        close_reason=facts.get("close_reason"),
        before=CaseStatus.handling if status is CaseStatus.suspended else None,
        **times,
    )
    handling = facts.get("handling")
    if handling is not None:
        limit = limit_of({"limit": handling})
        assert limit is not None
        done_at = state.handled_at or (None if status.is_open else state.closed_at or event.at)
        start = datetime.fromisoformat(handling["start"])
        begun = Timer(Stage.HANDLING, start, limit, (), None if done_at is None else max(done_at, start))
        state = replace(state, timers=(begun,))
    elif status is CaseStatus.reported:
        state = _started(state, Stage.ACCEPTANCE, event)
    if status is CaseStatus.filed:
        state = _started(state, Stage.DISPATCH, replace(event, at=state.filed_at or event.at))
    if status not in (CaseStatus.returned, CaseStatus.suspended):
        return state
    paused_at = facts.get("paused_at")
    return _paused(state, event if paused_at is None else replace(event, at=datetime.fromisoformat(paused_at)))


_TIMES = ("filed_at", "dispatched_at", "handled_at", "closed_at")


def _started(state: CaseState, stage: Stage, event: CaseEvent) -> CaseState:
    limit = limit_of(event.facts)
    return state if limit is None else replace(state, timers=(*state.timers, Timer(stage, event.at, limit)))


def _ended(state: CaseState, at: datetime, *stages: Stage) -> CaseState:
    """Timers of these stages, all without a name, are done."""
    chosen = frozenset(stages or Stage)
    return replace(state, timers=tuple(_done(timer, at) if timer.stage in chosen else timer for timer in state.timers))


def _done(timer: Timer, at: datetime) -> Timer:
    if timer.done_at is not None:
        return timer
    return replace(timer, pauses=_closed(timer.pauses, at), done_at=at)


def _closed(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    if pauses and pauses[-1].end is None:
        return (*pauses[:-1], Pause(pauses[-1].begin, max(at, pauses[-1].begin)))
    return pauses


def _paused(state: CaseState, event: CaseEvent) -> CaseState:
    """The time limit of handling stands still from here on."""
    timers = tuple(
        replace(timer, pauses=(*timer.pauses, Pause(event.at, None)))
        if timer.stage is Stage.HANDLING and timer.done_at is None and not timer.paused
        else timer
        for timer in state.timers
    )
    return replace(state, timers=timers)


def _goes_on(state: CaseState, at: datetime) -> CaseState:
    timers = tuple(
        replace(timer, pauses=_closed(timer.pauses, at)) if timer.done_at is None else timer for timer in state.timers
    )
    return replace(state, timers=timers)


def _filed(state: CaseState, event: CaseEvent) -> CaseState:
    state = replace(_ended(state, event.at), status=CaseStatus.filed, filed_at=event.at, check=None)
    return _started(state, Stage.DISPATCH, event)


def _left(status: CaseStatus) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, event: CaseEvent) -> CaseState:
        reason = event.facts.get("close_reason")
        # What is closed with the case that it repeats may be taken out of it: its limits stand still until then.
        ended = state if WITH in event.facts else _ended(state, event.at)
        return replace(ended, status=status, closed_at=event.at, close_reason=reason, check=None)

    return change


def _solved(state: CaseState, event: CaseEvent) -> CaseState:
    state = _ended(state, event.at)
    return replace(
        state,
        status=CaseStatus.closed,
        filed_at=event.at,
        dispatched_at=event.at,
        handled_at=event.at,
        closed_at=event.at,
        close_reason=event.facts.get("close_reason"),
        check=None,
    )


def _asked(stage: Stage) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, event: CaseEvent) -> CaseState:
        return _started(replace(state, check=stage, check_found=None), stage, event)

    return change


def _answered(state: CaseState, event: CaseEvent) -> CaseState:
    assert state.check is not None
    return replace(_ended(state, event.at, state.check), check=None, check_found=bool(event.facts["found"]))


def _dispatched(state: CaseState, event: CaseEvent) -> CaseState:
    """A first dispatch begins the limit of handling; a later one lets it go on, it is not given anew."""
    state = _goes_on(_ended(state, event.at, Stage.DISPATCH), event.at)
    running = state.timer(Stage.HANDLING)
    if running is None or running.done_at is not None:
        state = _started(state, Stage.HANDLING, event)
    department = int(event.facts["department"])
    return replace(state, status=CaseStatus.dispatched, dispatched_at=event.at, department_id=department)


def _redispatched(state: CaseState, event: CaseEvent) -> CaseState:
    return replace(_dispatched(state, event), redispatched=state.redispatched + 1)


def _status(status: CaseStatus) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, _event: CaseEvent) -> CaseState:
        return replace(state, status=status)

    return change


def _returned(state: CaseState, event: CaseEvent) -> CaseState:
    state = replace(_paused(state, event), status=CaseStatus.returned, returned=state.returned + 1)
    return _started(state, Stage.DISPATCH, event)


def _handled(state: CaseState, event: CaseEvent) -> CaseState:
    state = replace(_ended(state, event.at), status=CaseStatus.handled, handled_at=event.at)
    return _started(state, Stage.CLOSING, event)


def _reworked(state: CaseState, event: CaseEvent) -> CaseState:
    """The limit of handling goes on where it stopped: the time of the check does not count."""
    state = _ended(state, event.at, Stage.CLOSING, Stage.PRE_CLOSING_CHECK)
    return replace(
        _taken_up(state, event.at),
        status=CaseStatus.rework,
        handled_at=None,
        check=None,
        reworked=state.reworked + 1,
    )


def _taken_up(state: CaseState, at: datetime) -> CaseState:
    """The last limit of handling runs again; from when it was done until now it stood still."""
    last = state.timer(Stage.HANDLING)
    if last is None or last.done_at is None:
        return state
    again = replace(last, pauses=(*last.pauses, Pause(last.done_at, at)), done_at=None)
    return replace(state, timers=tuple(again if timer is last else timer for timer in state.timers))


def _asked_for_more(state: CaseState, event: CaseEvent) -> CaseState:
    wanted = Extension(event.at, float(event.facts["hours"]))
    return replace(state, extensions=(*state.extensions, wanted))


def _decided(*, granted: bool) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, _event: CaseEvent) -> CaseState:
        last = replace(state.extensions[-1], granted=granted)
        timers = tuple(
            replace(timer, limit=TimeLimit(timer.limit.amount + last.amount, timer.limit.clock))
            if granted and timer.stage is Stage.HANDLING and timer.done_at is None
            else timer
            for timer in state.timers
        )
        return replace(state, extensions=(*state.extensions[:-1], last), timers=timers)

    return change


def _suspended(state: CaseState, event: CaseEvent) -> CaseState:
    until = event.facts.get("until")
    return replace(
        _paused(state, event),
        status=CaseStatus.suspended,
        before=state.status,
        suspended=state.suspended + 1,
        suspended_until=None if until is None else datetime.fromisoformat(until),
    )


def _resumed(state: CaseState, event: CaseEvent) -> CaseState:
    """The clock goes on when the suspension ended, also where somebody wrote that down later."""
    at = min(event.at, state.suspended_until or event.at)
    status = state.before or CaseStatus.handling
    return replace(_goes_on(state, at), status=status, before=None, suspended_until=None)


def _escalated(state: CaseState, event: CaseEvent) -> CaseState:
    """Of an escalation by the ladder it is known for which limit, and to whom."""
    state = replace(state, escalated=state.escalated + 1)
    due_at = event.facts.get("due_at")
    if due_at is None:
        return state
    return replace(state, rungs=(*state.rungs, Rung(datetime.fromisoformat(due_at), event.facts["to"])))


def _whistled(state: CaseState, event: CaseEvent) -> CaseState:
    called = frozenset(int(department) for department in event.facts["departments"])
    return _started(replace(state, whistle=Whistle(event.at, called)), Stage.REPORT_IN, event)


def _came(state: CaseState, event: CaseEvent) -> CaseState:
    assert state.whistle is not None
    assert event.department_id is not None
    whistle = replace(state.whistle, reported_in=state.whistle.reported_in | {event.department_id})
    state = replace(state, whistle=whistle)
    return state if whistle.missing else _ended(state, event.at, Stage.REPORT_IN)


def _merged(state: CaseState, event: CaseEvent) -> CaseState:
    """No limit runs while the case is part of another; an undone merger lets it go on."""
    timers = tuple(
        replace(timer, pauses=(*timer.pauses, Pause(event.at, None)))
        if timer.done_at is None and not timer.paused
        else timer
        for timer in state.timers
    )
    into = int(event.facts["into"])
    return replace(
        state,
        status=CaseStatus.merged,
        before=state.status,
        merged_into=into,
        timers=timers,
        closed_at=event.at,
        close_reason="duplicate",
    )


def _unmerged(state: CaseState, event: CaseEvent) -> CaseState:
    before = state.before or CaseStatus.reported
    timers = tuple(
        timer
        if timer.done_at is not None or (timer.stage is Stage.HANDLING and before is CaseStatus.returned)
        else replace(timer, pauses=_closed(timer.pauses, event.at))
        for timer in state.timers
    )
    return replace(
        state, status=before, before=None, merged_into=None, timers=timers, closed_at=None, close_reason=None
    )


def _appeal(appeal: AppealState) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, _event: CaseEvent) -> CaseState:
        return replace(state, appeal=appeal, exempt=state.exempt or appeal is AppealState.GRANTED)

    return change


def _reopened(state: CaseState, event: CaseEvent) -> CaseState:
    """Filed anew: it is dispatched again with a limit of its own; what was done stays in the log."""
    if WITH in event.facts:
        return replace(state, status=CaseStatus.merged, closed_at=event.at)
    state = replace(
        state,
        status=CaseStatus.filed,
        handled_at=None,
        closed_at=None,
        close_reason=None,
        reopened=state.reopened + 1,
    )
    return _started(state, Stage.DISPATCH, event)


def _counted(name: str) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, _event: CaseEvent) -> CaseState:
        return replace(state, **{name: getattr(state, name) + 1})

    return change


def _set(name: str, fact: str) -> Callable[[CaseState, CaseEvent], CaseState]:
    def change(state: CaseState, event: CaseEvent) -> CaseState:
        return replace(state, **{name: event.facts[fact]})

    return change


_CHANGES: Mapping[Act, Callable[[CaseState, CaseEvent], CaseState]] = {
    Act.FILE: _filed,
    Act.REJECT: _left(CaseStatus.rejected),
    Act.VOID: _left(CaseStatus.void),
    Act.SOLVE_ON_SPOT: _solved,
    Act.ASK_PRE_FILING_CHECK: _asked(Stage.PRE_FILING_CHECK),
    Act.ANSWER_PRE_FILING_CHECK: _answered,
    Act.DISPATCH: _dispatched,
    Act.REDISPATCH: _redispatched,
    Act.ACCEPT: _status(CaseStatus.handling),
    Act.RETURN: _returned,
    Act.HANDLE: _handled,
    Act.ASK_PRE_CLOSING_CHECK: _asked(Stage.PRE_CLOSING_CHECK),
    Act.ANSWER_PRE_CLOSING_CHECK: _answered,
    Act.CLOSE: _left(CaseStatus.closed),
    Act.REWORK: _reworked,
    Act.ASK_EXTENSION: _asked_for_more,
    Act.GRANT_EXTENSION: _decided(granted=True),
    Act.REFUSE_EXTENSION: _decided(granted=False),
    Act.SUSPEND: _suspended,
    Act.RESUME: _resumed,
    Act.SUPERVISE: _counted("supervised"),
    Act.ESCALATE: _escalated,
    Act.RAISE_LEVEL: _counted("level"),
    Act.WHISTLE: _whistled,
    Act.REPORT_IN: _came,
    Act.MERGE: _merged,
    Act.UNMERGE: _unmerged,
    Act.APPEAL: _appeal(AppealState.OPEN),
    Act.GRANT_APPEAL: _appeal(AppealState.GRANTED),
    Act.REFUSE_APPEAL: _appeal(AppealState.REFUSED),
    Act.REOPEN: _reopened,
    Act.MEDIATE: _set("mediation", "outcome"),
    Act.GRADE: _set("grade", "grade"),
}
"""What each act changes; an act that is not listed leaves a trace in the log only."""
