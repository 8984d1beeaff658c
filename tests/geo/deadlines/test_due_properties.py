"""Do due times keep the laws of a clock, whatever the start, the limit, the calendar and the pauses?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from geo.deadlines.clock import Clock
from geo.deadlines.due import Pause, due, elapsed
from geo.deadlines.work_calendar import WorkCalendar

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
DAYS = st.dates(date(2025, 6, 1), date(2027, 6, 1))
MOMENTS = st.datetimes(datetime(2025, 9, 1), datetime(2027, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001  # zone added
LIMITS = st.integers(0, 400).map(lambda quarters: quarters / 4)
CLOCKS = st.sampled_from(Clock)
Spans = list[tuple[datetime, timedelta]]
SPANS = st.lists(st.tuples(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9))), max_size=4)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    off = draw(st.frozensets(DAYS, max_size=12))
    on = draw(st.frozensets(DAYS, max_size=12)) - off
    windows = draw(
        st.sampled_from([((480, 720), (840, 1080)), ((540, 1020),), ((0, 1440),), ((60, 240), (1380, 1440))])
    )
    weekdays = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return WorkCalendar(draw(st.sampled_from(ZONES)), windows, weekdays, off, on)


def pauses_of(spans: Spans) -> list[Pause]:
    return [Pause(begin, begin + length) for begin, length in spans]


def ends(start: datetime, limit: float, clock: Clock, calendar: WorkCalendar, pauses: list[Pause]) -> datetime:
    found = due(start, limit, clock, calendar, pauses)
    assert found is not None
    return found


@given(MOMENTS, LIMITS, CLOCKS, calendars(), SPANS)
def test_no_limit_runs_out_before_it_starts_and_its_time_has_passed_by_then(
    start: datetime, limit: float, clock: Clock, calendar: WorkCalendar, spans: Spans
) -> None:
    pauses = pauses_of(spans)
    end = ends(start, limit, clock, calendar, pauses)
    assert end >= start
    passed = elapsed(start, end, clock, calendar, pauses)
    assert passed >= limit - 1e-9
    if clock is not Clock.CALENDAR_DAY:  # a wall clock may jump past the very moment
        assert abs(passed - limit) < 1e-9
    just_before = end - timedelta(microseconds=1)
    if just_before > start:
        assert elapsed(start, just_before, clock, calendar, pauses) < max(limit, 1e-12)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), LIMITS, LIMITS, CLOCKS, calendars(), SPANS)
def test_later_starts_and_longer_limits_never_end_earlier(
    start: datetime, later: timedelta, limit: float, more: float, clock: Clock, calendar: WorkCalendar, spans: Spans
) -> None:
    pauses = pauses_of(spans)
    end = ends(start, limit, clock, calendar, pauses)
    assert ends(start + later, limit, clock, calendar, pauses) >= end
    assert ends(start, limit + more, clock, calendar, pauses) >= end


@given(MOMENTS, LIMITS, CLOCKS, calendars(), SPANS)
def test_pauses_add_exactly_what_their_clock_would_have_run(
    start: datetime, limit: float, clock: Clock, calendar: WorkCalendar, spans: Spans
) -> None:
    pauses = pauses_of(spans)
    end = ends(start, limit, clock, calendar, pauses)
    unpaused = elapsed(start, end, clock, calendar)
    paused = unpaused - elapsed(start, end, clock, calendar, pauses)
    if clock is not Clock.CALENDAR_DAY:
        assert ends(start, limit + paused, clock, calendar, []) == end
    else:
        assert ends(start, unpaused, clock, calendar, []) <= end


@given(MOMENTS, LIMITS, LIMITS, CLOCKS, calendars())
def test_two_limits_in_a_row_are_one(
    start: datetime, first: float, second: float, clock: Clock, calendar: WorkCalendar
) -> None:
    if clock is Clock.CALENDAR_DAY:
        return  # an end in a skipped hour is where the clock jumps: the next day counts from there
    halfway = ends(start, first, clock, calendar, [])
    assert ends(halfway, second, clock, calendar, []) == ends(start, first + second, clock, calendar, [])


@given(MOMENTS, LIMITS, st.sampled_from([Clock.WORK_HOUR, Clock.WORK_DAY]), calendars())
def test_work_limits_end_in_work_time(start: datetime, limit: float, clock: Clock, calendar: WorkCalendar) -> None:
    end = ends(start, limit, clock, calendar, [])
    if limit:
        local = (end - timedelta(microseconds=1)).astimezone(calendar.zone)
        assert calendar.works_on(local.date())


@given(MOMENTS, LIMITS, CLOCKS, calendars(), SPANS)
def test_the_order_of_pauses_does_not_matter(
    start: datetime, limit: float, clock: Clock, calendar: WorkCalendar, spans: Spans
) -> None:
    pauses = pauses_of(spans)
    assert due(start, limit, clock, calendar, pauses) == due(start, limit, clock, calendar, pauses[::-1])
