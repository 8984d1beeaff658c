"""Do limits run out when a hand with a calendar says so?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.due import Pause, due, due_many, elapsed
from geo.deadlines.work_calendar import WorkCalendar
from geo.errors import ParameterError

SHANGHAI, BERLIN, KABUL = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kabul")

# National Day 2026: off 1 to 7 October; Sunday 20 September and Saturday 10 October are made up.
HOLIDAYS = WorkCalendar(SHANGHAI).with_year(
    2026,
    frozenset(date(2026, 10, day) for day in range(1, 8)),
    frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "limit", "clock", "expected"),
    [
        # Around the clock: 23:30 + 1 h.
        ("2026-11-20T23:30", 1, Clock.URGENT_HOUR, "2026-11-21T00:30"),
        # Friday 17:00: 1 h until 18:00, 3 h of Monday morning.
        ("2026-11-20T17:00", 4, Clock.WORK_HOUR, "2026-11-23T11:00"),
        # 11:00: 1 h until noon, the break does not count, 1 h from 14:00.
        ("2026-11-23T11:00", 2, Clock.WORK_HOUR, "2026-11-23T15:00"),
        # Full at noon: the limit is over at the end of the window, not at the start of the next.
        ("2026-11-23T08:00", 4, Clock.WORK_HOUR, "2026-11-23T12:00"),
        # At night and at noon no work time passes before the next window.
        ("2026-11-23T03:00", 0.5, Clock.WORK_HOUR, "2026-11-23T08:30"),
        ("2026-11-23T12:30", 0.5, Clock.WORK_HOUR, "2026-11-23T14:30"),
        # 15 minutes from 17:50 on a Friday: 10 until 18:00, 5 on Monday.
        ("2026-11-20T17:50", 0.25, Clock.WORK_HOUR, "2026-11-23T08:05"),
        # One work day is 8 work hours: Monday 10:00 to Tuesday 10:00.
        ("2026-11-23T10:00", 1, Clock.WORK_DAY, "2026-11-24T10:00"),
        # Five from Friday 09:00: 8 h on Fri (7 left of it), Mon, Tue, Wed, Thu, 1 h on the next Friday.
        ("2026-11-20T09:00", 5, Clock.WORK_DAY, "2026-11-27T09:00"),
        # Before National Day: Wed 30 Sep 14:00, 4 h that day, then 8 Oct, 9 Oct, and 4 h of the made-up Saturday.
        ("2026-09-30T14:00", 3, Clock.WORK_DAY, "2026-10-10T12:00"),
        # A made-up Sunday is a work day.
        ("2026-09-20T08:00", 8, Clock.WORK_HOUR, "2026-09-20T18:00"),
        # Calendar days count all days.
        ("2026-09-30T14:00", 3, Clock.CALENDAR_DAY, "2026-10-03T14:00"),
        ("2026-12-31T23:59", 1, Clock.CALENDAR_DAY, "2027-01-01T23:59"),
        # No time at all is over at once, also at night.
        ("2026-11-23T03:00", 0, Clock.WORK_HOUR, "2026-11-23T03:00"),
    ],
)
def test_a_limit_runs_out_where_a_hand_finds_it(start: str, limit: float, clock: Clock, expected: str) -> None:
    assert due(at(start), limit, clock, HOLIDAYS) == at(expected)


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        # Friday 16:00 + 4 h: 2 h until 18:00, Monday until 10:00.
        ((), "2026-11-23T10:00"),
        # Returned from 17:00 to Monday 09:00: 1 h was used, 3 h from 09:00.
        ((("2026-11-20T17:00", "2026-11-23T09:00"),), "2026-11-23T12:00"),
        # Overlapping pauses count once: from 17:00 to 09:30.
        ((("2026-11-20T18:00", "2026-11-23T09:30"), ("2026-11-20T17:00", "2026-11-23T09:00")), "2026-11-23T14:30"),
        # A pause in the night takes nothing away.
        ((("2026-11-20T20:00", "2026-11-22T09:00"),), "2026-11-23T10:00"),
        # One before the start, or after the end, takes nothing away.
        ((("2026-11-20T10:00", "2026-11-20T15:00"), ("2026-11-24T10:00", "2026-11-25T10:00")), "2026-11-23T10:00"),
    ],
)
def test_a_pause_puts_the_end_off_by_the_work_time_in_it(pauses: tuple[tuple[str, str], ...], expected: str) -> None:
    spans = [Pause(at(begin), at(end)) for begin, end in pauses]
    assert due(at("2026-11-20T16:00"), 4, Clock.WORK_HOUR, HOLIDAYS, spans) == at(expected)


def test_while_a_pause_lasts_there_is_no_end() -> None:
    pause = [Pause(at("2026-11-20T17:00"), None)]
    assert due(at("2026-11-20T16:00"), 4, Clock.WORK_HOUR, HOLIDAYS, pause) is None
    # An hour was all there was: it ran out as the pause began.
    assert due(at("2026-11-20T16:00"), 1, Clock.WORK_HOUR, HOLIDAYS, pause) == at("2026-11-20T17:00")


@pytest.mark.parametrize(
    ("start", "limit", "clock", "expected"),
    [
        # Clocks go forward on 29 March 2026 at 02:00: a calendar day keeps the time on the wall, 24 hours do not.
        ("2026-03-28T12:00", 1, Clock.CALENDAR_DAY, "2026-03-29T12:00+02:00"),
        ("2026-03-28T12:00", 24, Clock.URGENT_HOUR, "2026-03-29T13:00+02:00"),
        # 02:30 does not exist on that day: the end is the moment at which the clock jumps past it.
        ("2026-03-28T02:30", 1, Clock.CALENDAR_DAY, "2026-03-29T03:00+02:00"),
        # Back on 25 October at 03:00: 02:30 comes twice, the first one ends the limit.
        ("2026-10-24T02:30", 1, Clock.CALENDAR_DAY, "2026-10-25T02:30+02:00"),
        ("2026-10-24T12:00", 1, Clock.CALENDAR_DAY, "2026-10-25T12:00+01:00"),
        # Work hours lie on either side of it untouched: Friday 17:00 + 2 h is Monday 09:00.
        ("2026-10-23T17:00", 2, Clock.WORK_HOUR, "2026-10-26T09:00+01:00"),
    ],
)
def test_a_clock_that_is_put_forward_or_back_moves_no_wall_time(
    start: str, limit: float, clock: Clock, expected: str
) -> None:
    found = due(at(start, BERLIN), limit, clock, WorkCalendar(BERLIN))
    assert found is not None
    assert found.isoformat(timespec="minutes") == expected


def test_work_windows_in_a_skipped_hour_are_as_long_as_they_are() -> None:
    night = WorkCalendar(BERLIN, ((60, 240),), frozenset(range(7)))
    # 01:00 to 04:00 has two hours on 29 March and four on 25 October.
    spring = elapsed(at("2026-03-29T00:00", BERLIN), at("2026-03-29T12:00", BERLIN), Clock.WORK_HOUR, night)
    autumn = elapsed(at("2026-10-25T00:00", BERLIN), at("2026-10-25T12:00", BERLIN), Clock.WORK_HOUR, night)
    assert (spring, autumn) == (2.0, 4.0)


def test_a_window_that_begins_in_the_skipped_hour_begins_when_the_clock_jumps() -> None:
    calendar = WorkCalendar(BERLIN, ((150, 240),), frozenset(range(7)))
    assert due(at("2026-03-29T00:00", BERLIN), 0.5, Clock.WORK_HOUR, calendar) == at("2026-03-29T03:30", BERLIN)


def test_half_hour_zones_and_starts_in_other_zones_are_the_same_moment() -> None:
    # 08:00 in Kabul is 03:30 in UTC.
    calendar = WorkCalendar(KABUL)
    assert due(datetime(2026, 11, 23, tzinfo=UTC), 1, Clock.WORK_HOUR, calendar) == at("2026-11-23T09:00", KABUL)


def test_elapsed_is_what_a_hand_counts() -> None:
    start, end = at("2026-11-20T16:00"), at("2026-11-24T09:00")
    # 2 h on Friday, 8 on Monday, 1 on Tuesday; less 3 h of Monday morning.
    assert elapsed(start, end, Clock.WORK_HOUR, HOLIDAYS) == 11.0
    assert elapsed(start, end, Clock.WORK_DAY, HOLIDAYS) == 11 / 8
    pauses = [Pause(at("2026-11-23T09:00"), at("2026-11-23T12:00"))]
    assert elapsed(start, end, Clock.WORK_HOUR, HOLIDAYS, pauses) == 8.0
    assert elapsed(start, end, Clock.URGENT_HOUR, HOLIDAYS, [Pause(start, None)]) == 0.0
    assert elapsed(end, start, Clock.URGENT_HOUR, HOLIDAYS) == 0.0


def test_many_at_once_equal_one_by_one() -> None:
    limits = (TimeLimit(4, Clock.WORK_HOUR), TimeLimit(15, Clock.WORK_DAY), TimeLimit(2, Clock.URGENT_HOUR))
    starts = np.datetime64("2026-09-15T00:00", "us") + np.arange(0, 60 * 24, 7) * np.timedelta64(60, "m")
    which = np.arange(len(starts)) % 4 - 1
    starts[5] = np.datetime64("NaT")
    found = due_many(starts, limits, which, HOLIDAYS)
    for start, number, end in zip(starts, which, found, strict=True):
        if number < 0 or np.isnat(start):
            assert np.isnat(end)
            continue
        limit = limits[number]
        one = due(start.item().replace(tzinfo=UTC), limit.amount, limit.clock, HOLIDAYS)
        assert one is not None
        assert end.item().replace(tzinfo=UTC) == one


def test_a_limit_beyond_all_calendars_is_refused() -> None:
    rare = WorkCalendar(SHANGHAI, ((0, 1),), frozenset({0}))
    with pytest.raises(ParameterError, match="limit"):
        due(at("2026-11-20T16:00"), 1000, Clock.WORK_HOUR, rare)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        due(datetime(2026, 11, 20), 1, Clock.WORK_HOUR, HOLIDAYS)  # noqa: DTZ001  # what is tested


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ParameterError, match="pause"):
        Pause(at("2026-11-20T17:00"), at("2026-11-20T17:00") - timedelta(minutes=1))
