"""Is the state of a deadline what its clock says, and does the ladder call the right ones?"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.due import Pause
from geo.deadlines.limit_rows import LimitRow, choose_limit
from geo.deadlines.states import Deadline, DeadlineState, EscalationStep, deadline, escalated_to
from geo.deadlines.work_calendar import WorkCalendar
from geo.errors import ParameterError

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(ZONE)
START = datetime(2026, 11, 20, 16, tzinfo=ZONE)
FOUR_HOURS = TimeLimit(4, Clock.WORK_HOUR)


def test_four_work_hours_from_friday_afternoon_come_near_on_monday_morning() -> None:
    # 80 % are 3.2 h: 2 on Friday, 1.2 on Monday; the weekend brings the deadline no nearer.
    found = deadline(START, FOUR_HOURS, CALENDAR)
    assert found == Deadline(datetime(2026, 11, 23, 9, 12, tzinfo=ZONE), datetime(2026, 11, 23, 10, tzinfo=ZONE))
    assert found.state(datetime(2026, 11, 22, 23, tzinfo=ZONE)) is DeadlineState.WITHIN
    assert found.state(datetime(2026, 11, 23, 9, 12, tzinfo=ZONE)) is DeadlineState.APPROACHING
    assert found.state(datetime(2026, 11, 23, 10, tzinfo=ZONE)) is DeadlineState.BREACHED


@pytest.mark.parametrize(("minutes_late", "state"), [(0, DeadlineState.WITHIN), (1, DeadlineState.BREACHED)])
def test_work_done_at_the_very_moment_is_in_time_for_ever(minutes_late: int, state: DeadlineState) -> None:
    found = deadline(START, FOUR_HOURS, CALENDAR)
    assert found.due_at is not None
    done = found.due_at + timedelta(minutes=minutes_late)
    assert found.state(done + timedelta(days=9), done) is state


def test_what_is_done_later_was_open_before() -> None:
    found = deadline(START, FOUR_HOURS, CALENDAR)
    assert (
        found.state(datetime(2026, 11, 23, 9, 30, tzinfo=ZONE), START + timedelta(days=9)) is DeadlineState.APPROACHING
    )


def test_a_paused_limit_is_within() -> None:
    found = deadline(START, FOUR_HOURS, CALENDAR, [Pause(START + timedelta(hours=1), None)])
    assert found == Deadline(None, None)
    assert found.state(START + timedelta(days=99)) is DeadlineState.WITHIN


def test_the_ladder_is_climbed_in_order_of_time() -> None:
    ladder = [EscalationStep(timedelta(hours=h), key) for h, key in ((24, "city"), (1, "department"), (4, "county"))]
    due_at = START
    assert escalated_to(due_at, due_at + timedelta(minutes=59), ladder) == ()
    assert escalated_to(due_at, due_at + timedelta(hours=4), ladder) == ("department", "county")
    assert escalated_to(due_at, due_at + timedelta(days=2), ladder) == ("department", "county", "city")
    assert escalated_to(None, due_at, ladder) == ()


def test_the_most_particular_row_holds() -> None:
    default = LimitRow(TimeLimit(4, Clock.WORK_HOUR))
    major = LimitRow(TimeLimit(2, Clock.URGENT_HOUR), {"severity": frozenset({"3"})})
    hotline = LimitRow(TimeLimit(1, Clock.URGENT_HOUR), {"severity": frozenset({"3"}), "source": frozenset({"12345"})})
    rows = (default, major, hotline)
    assert choose_limit(rows, {"severity": "1"}) == default.limit
    assert choose_limit(rows, {"severity": "3", "source": "patrol"}) == major.limit
    assert choose_limit(rows, {"severity": "3", "source": "12345"}) == hotline.limit
    assert choose_limit((major,), {"severity": "1"}) is None


def test_unknown_facts_and_negative_limits_are_refused() -> None:
    with pytest.raises(ParameterError, match="colour"):
        LimitRow(FOUR_HOURS, {"colour": frozenset({"red"})})
    with pytest.raises(ParameterError, match="amount"):
        TimeLimit(-1, Clock.WORK_HOUR)
    with pytest.raises(ParameterError, match="share"):
        deadline(START, FOUR_HOURS, CALENDAR, share=1.5)


@pytest.mark.parametrize(
    ("windows", "weekdays"),
    [((), {0}), (((600, 600),), {0}), (((480, 720), (700, 800)), {0}), (((480, 720),), set()), (((480, 720),), {7})],
)
def test_a_calendar_without_sense_is_refused(windows: tuple[tuple[int, int], ...], weekdays: set[int]) -> None:
    with pytest.raises(ParameterError):
        WorkCalendar(ZONE, windows, frozenset(weekdays))
