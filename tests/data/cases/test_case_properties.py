"""Does a case stay sound whatever is tried on it, by whomever, in whatever order?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from data.accounts.account import Account
from data.accounts.permissions import Role
from data.cases.action import FIELDS, Act, FieldKind
from data.cases.decide import decide
from data.cases.event import CaseEvent
from data.cases.flow import BY_ACT, Attempt, Refusal, possible
from data.cases.fold import FINAL, applied, fold
from data.cases.rules import CaseRules
from data.cases.state import CaseState, Stage
from geo.deadlines.clock import Clock, TimeLimit
from geo.status import CaseStatus

START = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
RULES = CaseRules()
LIMIT = TimeLimit(1, Clock.WORK_DAY)
ROLES = [Role.ADMIN, Role.ADMIN, Role.OPERATOR, Role.LEADER, Role.HANDLER, Role.HANDLER, Role.HANDLER, Role.PLANNER]
ACCOUNTS = [Account(n, role.value, role, department_id=n % 4 or None) for n, role in enumerate(ROLES, 1)]
VALUES: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.TEXT: st.just("原因"),
    FieldKind.DEPARTMENT: st.integers(1, 3),
    FieldKind.DEPARTMENTS: st.lists(st.integers(1, 3), min_size=1, max_size=3),
    FieldKind.CASE: st.integers(1, 3),
    FieldKind.HOURS: st.sampled_from([0.5, 8.0]),
    FieldKind.MOMENT: st.integers(-1, 400).map(lambda days: (START + timedelta(days=days)).isoformat()),
    FieldKind.CLOSE_REASON: st.sampled_from(["fixed", "duplicate", "closed_unfixed"]),
    FieldKind.OUTCOME: st.just("agreed"),
    FieldKind.FLAG: st.booleans(),
    FieldKind.GRADE: st.sampled_from(["general", "major"]),
    FieldKind.FILE: st.just("photo.jpg"),
}


def facts_of(act: Act, data: st.DataObject) -> dict[str, Any]:
    specs = FIELDS[act].items()
    return {name: data.draw(VALUES[spec.kind]) for name, spec in specs if spec.required or data.draw(st.booleans())}


def check(state: CaseState) -> None:
    running = [timer for timer in state.timers if timer.done_at is None]
    stages = [timer.stage for timer in running]
    assert len(stages) == len(set(stages)), "a stage has two limits that run"
    assert not state.check or state.check in stages
    if state.status is CaseStatus.merged:
        assert all(timer.paused for timer in running)
    elif state.status in FINAL:
        assert not running
    handling = state.timer(Stage.HANDLING)
    if state.status in (CaseStatus.returned, CaseStatus.suspended) and handling is not None:
        assert handling.paused
    if state.status in (CaseStatus.dispatched, CaseStatus.handling, CaseStatus.rework):
        assert not running[stages.index(Stage.HANDLING)].paused
    for timer in state.timers:
        edges = [timer.start, *(edge for pause in timer.pauses for edge in (pause.begin, pause.end) if edge)]
        assert edges == sorted(edges)
        assert timer.done_at is None or timer.done_at >= edges[-1]
    assert state.extended <= RULES.extensions
    assert state.suspended <= RULES.suspensions
    assert (state.status is CaseStatus.merged) == (state.merged_into is not None)
    assert 1 <= state.level <= RULES.levels


def _likely(grey: Mapping[Act, Refusal | None]) -> list[Act]:
    """What can be done, onward steps several times and ends once, so that the story goes far; else anything."""
    can = [act for act, refused in grey.items() if refused is None]
    onward = [act for act in can if BY_ACT[act].after not in (None, *FINAL)]
    return [*can, *onward * 6] or list(grey)


@settings(max_examples=80)
@given(st.data(), st.integers(10, 40))
def test_no_order_of_acts_leads_a_case_astray(data: st.DataObject, length: int) -> None:
    limit = {"limit": {"amount": 0.25, "clock": "work_hour"}}
    events = [CaseEvent(1, START, Act.REPORT, 1, None, limit)]
    state = fold(events)
    now = START
    for _ in range(length):
        now += timedelta(minutes=data.draw(st.integers(0, 3_000)))
        account = data.draw(st.sampled_from(ACCOUNTS))
        attempt = Attempt(7, state, account, now, RULES)
        grey = possible(attempt)
        act = data.draw(st.sampled_from(_likely(grey) if data.draw(st.integers(0, 4)) else list(grey)))
        done = decide(act, replace(attempt, facts=facts_of(act, data)), LIMIT)
        if isinstance(done, Refusal):
            continue
        assert grey[act] is None, "an act that was shown as impossible was taken"
        after = applied(state, done)
        assert state.status in BY_ACT[act].before
        assert BY_ACT[act].after in (None, after.status)
        check(after)
        events.append(done)
        state = after
    assert fold(events) == state
