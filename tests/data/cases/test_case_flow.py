"""Do cases go the ways of the table and no others, and does their log alone tell how they stand?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.accounts.account import Account
from data.accounts.permissions import Role
from data.cases.action import FIELDS, Act
from data.cases.decide import decide
from data.cases.errors import LogBroken
from data.cases.event import CaseEvent
from data.cases.flow import TABLE, Attempt, Refusal, Refused, possible
from data.cases.fold import FINAL, applied, fold
from data.cases.rules import CaseRules
from data.cases.state import AppealState, CaseState, Stage
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.due import Pause, due
from geo.deadlines.work_calendar import WorkCalendar
from geo.status import CaseStatus

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(ZONE)
RULES = CaseRules()
LITTER = TimeLimit(4, Clock.WORK_HOUR)
MONDAY_8 = datetime(2026, 11, 23, 8, tzinfo=ZONE)
CASE, OTHER_CASE = 41, 42
CITY, ROADS, WATER = 1, 2, 3

OPERATOR = Account(1, "operator", Role.OPERATOR)
LEADER = Account(2, "leader", Role.LEADER)
HANDLER = Account(3, "handler", Role.HANDLER, department_id=CITY)
ROADMAN = Account(4, "roadman", Role.HANDLER, department_id=ROADS)
PLANNER = Account(5, "planner", Role.PLANNER)

REPORTED = CaseEvent(1, MONDAY_8, Act.REPORT, 9, None, {"limit": {"amount": 0.25, "clock": "work_hour"}})


class Story:
    """A case to which things are done at minutes after Monday, 8:00."""

    def __init__(self, rules: CaseRules = RULES) -> None:
        self.events = [REPORTED]
        self.rules = rules

    @property
    def state(self) -> CaseState:
        return fold(self.events)

    def attempt(self, account: Account, minute: float, facts: Mapping[str, Any] | None = None) -> Attempt:
        return Attempt(CASE, self.state, account, MONDAY_8 + timedelta(minutes=minute), self.rules, facts)

    def tries(self, act: Act, account: Account, minute: float, **facts: Any) -> Refused | None:
        done = decide(act, self.attempt(account, minute, facts), LITTER)
        if isinstance(done, Refusal):
            return done.why
        self.events.append(done)
        return None

    def does(self, act: Act, account: Account, minute: float, **facts: Any) -> "Story":
        assert self.tries(act, account, minute, **facts) is None
        return self

    def handling_due(self) -> datetime | None:
        timer = self.state.timer(Stage.HANDLING)
        assert timer is not None
        return due(timer.start, timer.limit.amount, timer.limit.clock, CALENDAR, timer.pauses)


def dispatched() -> Story:
    story = Story().does(Act.FILE, OPERATOR, 10)
    return story.does(Act.DISPATCH, OPERATOR, 20, department=CITY)


def handled() -> Story:
    return dispatched().does(Act.ACCEPT, HANDLER, 30).does(Act.HANDLE, HANDLER, 60, result="已清运")


def closed() -> Story:
    return handled().does(Act.CLOSE, OPERATOR, 90, close_reason="fixed")


def test_the_straight_way_from_report_to_closing() -> None:
    state = closed().state
    assert state.status is CaseStatus.closed
    assert state.close_reason == "fixed"
    minutes = [
        (moment - MONDAY_8).total_seconds() / 60
        for moment in (state.filed_at, state.dispatched_at, state.handled_at, state.closed_at)
        if moment
    ]
    assert minutes == [10, 20, 60, 90]
    assert [(timer.stage, timer.done_at is not None) for timer in state.timers] == [
        (Stage.ACCEPTANCE, True),
        (Stage.DISPATCH, True),
        (Stage.HANDLING, True),
        (Stage.CLOSING, True),
    ]


def test_a_return_pauses_the_limit_until_the_next_dispatch() -> None:
    story = dispatched()
    # From 8:20 four work hours last until 14:20: 3 h 40 until noon, 20 minutes after the break.
    assert story.handling_due() == MONDAY_8 + timedelta(hours=6, minutes=20)
    story.does(Act.RETURN, HANDLER, 80, reason="不属于本部门")
    assert story.handling_due() is None
    assert story.state.status is CaseStatus.returned
    story.does(Act.DISPATCH, OPERATOR, 140, department=ROADS)
    # 9:20 to 10:20 did not count.
    assert story.handling_due() == MONDAY_8 + timedelta(hours=7, minutes=20)
    assert story.state.department_id == ROADS
    assert story.state.returned == 1


def test_another_department_does_not_get_the_limit_anew() -> None:
    story = dispatched()
    before = story.handling_due()
    assert story.tries(Act.REDISPATCH, OPERATOR, 30, department=CITY, reason="错派") is Refused.SAME_DEPARTMENT
    story.does(Act.REDISPATCH, OPERATOR, 30, department=ROADS, reason="错派")
    assert story.handling_due() == before


def test_two_extensions_and_no_third() -> None:
    story = dispatched()
    for minute in (30, 50):
        story.does(Act.ASK_EXTENSION, HANDLER, minute, hours=2, reason="等待备件")
        assert story.tries(Act.ASK_EXTENSION, HANDLER, minute, hours=2, reason="等待备件") is Refused.EXTENSION_OPEN
        assert story.tries(Act.GRANT_EXTENSION, OPERATOR, minute) is Refused.ROLE
        story.does(Act.GRANT_EXTENSION, LEADER, minute + 5)
    assert story.tries(Act.ASK_EXTENSION, HANDLER, 70, hours=2, reason="等待备件") is Refused.EXTENSIONS_USED
    # 8 work hours from 8:20: 18:00 less the 20 minutes before, so 8:20 on Tuesday.
    assert story.handling_due() == MONDAY_8 + timedelta(days=1, minutes=20)
    assert story.state.extended == 2


def test_a_refused_extension_changes_no_limit_and_does_not_count() -> None:
    story = dispatched()
    before = story.handling_due()
    story.does(Act.ASK_EXTENSION, HANDLER, 30, hours=2, reason="等待备件").does(
        Act.REFUSE_EXTENSION, LEADER, 31, reason="可当日完成"
    )
    assert (story.handling_due(), story.state.extended) == (before, 0)


def test_suspended_once_for_a_year_at_most() -> None:
    story = dispatched()
    year = MONDAY_8 + timedelta(minutes=30)
    too_long = (year + timedelta(days=366)).isoformat()
    assert story.tries(Act.SUSPEND, LEADER, 30, until=too_long, reason="待立项") is Refused.SUSPENSION_TOO_LONG
    past = (year - timedelta(days=1)).isoformat()
    assert story.tries(Act.SUSPEND, LEADER, 30, until=past, reason="待立项") is Refused.SUSPENSION_TOO_LONG
    story.does(Act.SUSPEND, LEADER, 30, until=(year + timedelta(days=365)).isoformat(), reason="待立项")
    assert story.handling_due() is None
    story.does(Act.RESUME, OPERATOR, 90)
    assert story.state.status is CaseStatus.dispatched
    assert story.handling_due() == MONDAY_8 + timedelta(hours=7, minutes=20)
    again = (year + timedelta(days=9)).isoformat()
    assert story.tries(Act.SUSPEND, LEADER, 100, until=again, reason="待立项") is Refused.SUSPENSION_USED


def test_rework_lets_the_same_limit_go_on_without_the_time_of_the_check() -> None:
    story = handled().does(Act.REWORK, OPERATOR, 120, reason="仍有垃圾")
    # Handled at 9:00, sent back at 10:00: an hour more than without.
    assert story.handling_due() == MONDAY_8 + timedelta(hours=7, minutes=20)
    assert story.state.handled_at is None
    assert story.state.reworked == 1
    story.does(Act.HANDLE, HANDLER, 150, result="已清运")
    assert story.state.status is CaseStatus.handled


def test_a_check_comes_before_the_next_decision() -> None:
    story = Story().does(Act.ASK_PRE_FILING_CHECK, OPERATOR, 2)
    assert story.tries(Act.FILE, OPERATOR, 3) is Refused.CHECK_OPEN
    assert story.tries(Act.ANSWER_PRE_CLOSING_CHECK, OPERATOR, 3, found=True) is Refused.STATE
    story.does(Act.ANSWER_PRE_FILING_CHECK, HANDLER, 20, found=False, result="现场无此问题")
    assert story.state.check_found is False
    story.does(Act.REJECT, OPERATOR, 25, reason="查无此事")
    assert story.state.status is CaseStatus.rejected
    assert story.state.close_reason == "unfounded"


def test_a_grid_worker_solves_on_the_spot() -> None:
    story = Story().does(Act.SOLVE_ON_SPOT, HANDLER, 0, result="已劝离")
    state = story.state
    assert state.status is CaseStatus.closed
    assert state.filed_at == state.handled_at == state.closed_at == MONDAY_8


def test_a_whistle_is_over_when_all_have_come() -> None:
    story = dispatched().does(Act.WHISTLE, OPERATOR, 30, departments=[ROADS, CITY], hours=1, reason="多部门")
    assert story.tries(Act.WHISTLE, OPERATOR, 31, departments=[ROADS], hours=1, reason="多部门") is Refused.WHISTLE_OPEN
    story.does(Act.REPORT_IN, HANDLER, 40)
    assert story.tries(Act.REPORT_IN, HANDLER, 41) is Refused.NOT_CALLED
    timer = story.state.timer(Stage.REPORT_IN)
    assert timer is not None
    assert timer.done_at is None
    story.does(Act.REPORT_IN, ROADMAN, 50)
    timer = story.state.timer(Stage.REPORT_IN)
    assert timer is not None
    assert timer.done_at == MONDAY_8 + timedelta(minutes=50)
    assert story.tries(Act.REPORT_IN, ROADMAN, 51) is Refused.NO_WHISTLE


def test_a_merger_can_be_undone_and_took_no_time() -> None:
    story = dispatched()
    assert story.tries(Act.MERGE, OPERATOR, 30, into=CASE) is Refused.ITSELF
    story.does(Act.MERGE, OPERATOR, 30, into=OTHER_CASE)
    assert (story.state.status, story.state.close_reason) == (CaseStatus.merged, "duplicate")
    story.does(Act.UNMERGE, OPERATOR, 90, reason="并非重复")
    assert (story.state.status, story.state.merged_into, story.state.closed_at) == (CaseStatus.dispatched, None, None)
    assert story.handling_due() == MONDAY_8 + timedelta(hours=7, minutes=20)


def test_an_undone_merger_of_a_returned_case_leaves_it_returned() -> None:
    story = (
        dispatched().does(Act.RETURN, HANDLER, 30, reason="不属于本部门").does(Act.MERGE, OPERATOR, 40, into=OTHER_CASE)
    )
    story.does(Act.UNMERGE, OPERATOR, 50, reason="并非重复")
    assert story.state.status is CaseStatus.returned
    assert story.handling_due() is None
    dispatch = story.state.timer(Stage.DISPATCH)
    assert dispatch is not None
    assert dispatch.pauses == (Pause(MONDAY_8 + timedelta(minutes=40), MONDAY_8 + timedelta(minutes=50)),)


def test_an_appeal_exempts_and_rewrites_nothing() -> None:
    story = closed()
    before = story.state
    story.does(Act.APPEAL, HANDLER, 100, reason="道路封闭").does(Act.GRANT_APPEAL, LEADER, 110)
    state = story.state
    assert (state.appeal, state.exempt) == (AppealState.GRANTED, True)
    assert (state.status, state.timers, state.closed_at) == (before.status, before.timers, before.closed_at)
    assert story.tries(Act.APPEAL, HANDLER, 120, reason="再次申诉") is Refused.APPEAL_USED


def test_reopened_within_five_days() -> None:
    five_days = 5 * 24 * 60
    assert closed().tries(Act.REOPEN, OPERATOR, 90 + five_days + 1, reason="复发") is Refused.TOO_LATE_TO_REOPEN
    story = closed().does(Act.REOPEN, OPERATOR, 90 + five_days, reason="复发")
    assert (story.state.status, story.state.handled_at, story.state.reopened) == (CaseStatus.filed, None, 1)
    story.does(Act.DISPATCH, OPERATOR, 100 + five_days, department=ROADS)
    # A limit of its own, from the new dispatch on.
    assert [timer.stage for timer in story.state.timers].count(Stage.HANDLING) == 2


def test_a_dispute_rises_to_the_city_and_no_further() -> None:
    story = dispatched()
    for minute in (30, 31, 32):
        story.does(Act.RAISE_LEVEL, OPERATOR, minute, reason="调解不成")
    assert story.state.level == 4
    assert story.tries(Act.RAISE_LEVEL, OPERATOR, 33, reason="调解不成") is Refused.TOP_LEVEL
    story.does(Act.MEDIATE, HANDLER, 40, outcome="agreed", result="签订协议")
    assert story.state.mediation == "agreed"


def test_only_the_department_in_charge_handles() -> None:
    story = dispatched()
    assert story.tries(Act.ACCEPT, ROADMAN, 30) is Refused.DEPARTMENT
    assert story.tries(Act.HANDLE, PLANNER, 30, result="已清运") is Refused.ROLE
    # Somebody of the centre may enter what a department reports by telephone.
    story.does(Act.ACCEPT, OPERATOR, 30)


@pytest.mark.parametrize(
    ("act", "facts", "field"),
    [
        (Act.REJECT, {}, "reason"),
        (Act.REJECT, {"reason": "  "}, "reason"),
        (Act.REJECT, {"reason": 7}, "reason"),
        (Act.REJECT, {"reason": "查无此事", "colour": "red"}, "colour"),
        (Act.MERGE, {"into": True}, "into"),
        (Act.MERGE, {"into": "42"}, "into"),
        (Act.WHISTLE, {"departments": [], "hours": 1, "reason": "多部门"}, "departments"),
        (Act.WHISTLE, {"departments": [1, -1], "hours": 1, "reason": "多部门"}, "departments"),
        (Act.WHISTLE, {"departments": [1], "hours": 0, "reason": "多部门"}, "hours"),
        (Act.WHISTLE, {"departments": [1], "hours": float("nan"), "reason": "多部门"}, "hours"),
        (Act.GRADE, {"grade": "huge"}, "grade"),
    ],
)
def test_facts_that_are_missing_or_senseless_are_refused_by_name(act: Act, facts: dict[str, Any], field: str) -> None:
    found = decide(act, Story().attempt(OPERATOR, 5, facts), LITTER)
    assert isinstance(found, Refusal)
    assert found.field == field


def test_every_act_has_a_row_and_its_facts() -> None:
    assert {row.act for row in TABLE} == set(Act) - {Act.REPORT}
    assert set(FIELDS) == set(Act)


def test_whoever_looks_learns_why_an_act_is_not_possible() -> None:
    found = possible(Story().attempt(PLANNER, 5))
    assert found[Act.FILE] == Refusal(Refused.ROLE)
    assert found[Act.CLOSE] == Refusal(Refused.STATE)
    assert possible(Story().attempt(OPERATOR, 5))[Act.FILE] is None


def test_a_log_with_a_gap_is_broken() -> None:
    events = dispatched().events
    with pytest.raises(LogBroken, match="event 3 after 1"):
        fold([events[0], events[2]])
    with pytest.raises(LogBroken, match="begins with file"):
        fold(events[1:])
    with pytest.raises(LogBroken):
        fold([])


def test_an_imported_case_goes_on_from_what_the_import_knew() -> None:
    facts = {
        "status": "handling",
        "filed_at": MONDAY_8.isoformat(),
        "dispatched_at": (MONDAY_8 + timedelta(minutes=20)).isoformat(),
        "handling": {"start": (MONDAY_8 + timedelta(minutes=20)).isoformat(), "amount": 4, "clock": "work_hour"},
    }
    story = Story()
    story.events = [CaseEvent(1, MONDAY_8, Act.REPORT, None, CITY, facts)]
    assert story.handling_due() == MONDAY_8 + timedelta(hours=6, minutes=20)
    story.does(Act.HANDLE, HANDLER, 60, result="已清运")
    assert story.state.status is CaseStatus.handled


def test_no_limit_runs_in_a_final_state_and_folding_at_once_or_bit_by_bit_is_the_same() -> None:
    for story in (closed(), handled(), dispatched()):
        state = None
        for event in story.events:
            state = applied(state, event)
        assert state == story.state
        assert state is not None
        if state.status in FINAL:
            assert all(timer.done_at for timer in state.timers)
