"""When does a time limit run out, and how much of it has passed?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.deadlines.axes import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    Axis,
    ContinuousAxis,
    Moments,
    moment_at,
    moment_us,
    wall_axis,
    work_axis,
)
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.work_calendar import WorkCalendar
from geo.errors import ParameterError

Times = NDArray[np.datetime64]

_FARTHEST_YEARS = 64
_CONTINUOUS = ContinuousAxis()


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count, such as while a case is returned.

    Attributes:
        begin: aware.
        end: aware, or None while it lasts.
    """

    begin: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        """Check the order.

        Raises:
            ParameterError: if it ends before it begins.
        """
        if self.end is not None and self.end < self.begin:
            raise ParameterError("end of the pause", self.end.isoformat(), f"{self.begin.isoformat()} or later")


def due(
    start: datetime, limit: float, clock: Clock, calendar: WorkCalendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The moment at which a limit runs out: the first at which the clock has run that far without its pauses.

    >>> from zoneinfo import ZoneInfo
    >>> shanghai = WorkCalendar(ZoneInfo("Asia/Shanghai"))
    >>> friday = datetime(2026, 11, 20, 17, tzinfo=shanghai.zone)
    >>> due(friday, 4, Clock.WORK_HOUR, shanghai).isoformat()
    '2026-11-23T11:00:00+08:00'

    Args:
        start: aware.
        limit: hours or days of the clock, 0 or more.
        clock: what is counted.
        calendar: work time and time zone of the city.
        pauses: times that do not count, in any order; they may overlap.

    Returns:
        Aware local time; None while a pause that has begun before the limit ran out has no end.

    Raises:
        ParameterError: if the limit is negative, or further away than the calendar reaches.
    """
    begin = moment_us(start)
    wanted = _limit_us(TimeLimit(limit, clock), calendar)
    for first, last in _merged(pauses, begin):
        ends = _ends_at(begin, wanted, clock, calendar)
        if ends <= first:
            break
        if last is None:
            return None
        axis = _axis(clock, calendar, begin, last)
        wanted -= int(axis.readings(np.array([first]))[0] - axis.readings(np.array([begin]))[0])
        begin = last
    return moment_at(_ends_at(begin, wanted, clock, calendar), calendar.zone)


def due_many(starts: Times, limits: Sequence[TimeLimit], which: NDArray[np.integer], calendar: WorkCalendar) -> Times:
    """When the limits of many starts run out, without pauses.

    Args:
        starts: (n,) UTC, NaT where nothing has started.
        limits: the distinct limits.
        which: (n,) limit of each start, an index into `limits`; -1 for none.
        calendar: work time and time zone of the city.

    Returns:
        (n,) UTC in microseconds; NaT where there is no start or no limit.
    """
    begin = starts.astype("datetime64[us]")
    ends = np.full(begin.shape, np.datetime64("NaT", "us"))
    for number, limit in enumerate(limits):
        chosen = np.flatnonzero((which == number) & ~np.isnat(begin))
        if len(chosen):
            moments = begin[chosen].astype(np.int64)
            ends[chosen] = _ends_many(moments, _limit_us(limit, calendar), limit.clock, calendar).astype(
                "datetime64[us]"
            )
    return ends


def elapsed(
    start: datetime, end: datetime, clock: Clock, calendar: WorkCalendar, pauses: Iterable[Pause] = ()
) -> float:
    """Hours or days of a clock that count between two moments.

    Args:
        start, end: aware; an end before the start counts as 0.
        clock: what is counted.
        calendar: work time and time zone of the city.
        pauses: times that do not count.

    Returns:
        Hours or days, 0 or more.
    """
    begin, until = moment_us(start), max(moment_us(end), moment_us(start))
    axis = _axis(clock, calendar, begin, until)
    edges = [begin]
    for first, last in _merged(pauses, begin):
        edges += [min(first, until), until if last is None else min(last, until)]
    at = axis.readings(np.array([*edges, until], np.int64))
    return float((at[1::2] - at[::2]).sum()) / _unit_us(clock, calendar)


def _unit_us(clock: Clock, calendar: WorkCalendar) -> int:
    match clock:
        case Clock.CALENDAR_DAY:
            return DAY_US
        case Clock.WORK_DAY:
            return calendar.day_minutes * MINUTE_US
        case _:
            return HOUR_US


def _limit_us(limit: TimeLimit, calendar: WorkCalendar) -> int:
    return round(limit.amount * _unit_us(limit.clock, calendar))


def _merged(pauses: Iterable[Pause], start: int) -> list[tuple[int, int | None]]:
    """Pauses as rising spans that neither touch nor begin before the start; only the last may have no end."""
    spans: list[tuple[int, int | None]] = []
    given = ((max(moment_us(p.begin), start), None if p.end is None else moment_us(p.end)) for p in pauses)
    for first, last in sorted(given, key=lambda span: span[0]):
        if last is not None and last <= first:
            continue
        if spans and (spans[-1][1] is None or first <= spans[-1][1]):
            before = spans[-1][1]
            spans[-1] = (spans[-1][0], None if before is None or last is None else max(before, last))
        else:
            spans.append((first, last))
    return spans


def _year(us: int) -> int:
    return int(np.datetime64(us, "us").astype("datetime64[Y]").astype(np.int64)) + 1970


def _axis(clock: Clock, calendar: WorkCalendar, first: int, last: int) -> Axis:
    # A year to either side: the local year may be another than that of UTC, and work may begin before the span does.
    return _axis_of_years(clock, calendar, _year(first) - 1, _year(last) + 1)


@lru_cache(maxsize=128)
def _axis_of_years(clock: Clock, calendar: WorkCalendar, first: int, last: int) -> Axis:
    match clock:
        case Clock.URGENT_HOUR:
            return _CONTINUOUS
        case Clock.CALENDAR_DAY:
            return wall_axis(calendar.zone, first, last)
        case _:
            return work_axis(calendar, first, last)


def _ends_at(begin: int, wanted: int, clock: Clock, calendar: WorkCalendar) -> int:
    return int(_ends_many(np.array([begin]), wanted, clock, calendar)[0])


def _ends_many(begin: Moments, wanted: int, clock: Clock, calendar: WorkCalendar) -> Moments:
    """First moment, not before its beginning, at which the clock has run so far from each beginning."""
    if wanted == 0:
        return begin
    first, last = int(begin.min()), int(begin.max()) + wanted
    for years in (0, 1, 3, 7, 15, 31, _FARTHEST_YEARS):
        until = last + years * 366 * DAY_US
        axis = _axis(clock, calendar, first, until)
        target = axis.readings(begin) + wanted
        ends = axis.moments(target)
        # A reading beyond the span would be put after it; within, it is what the clock shows at its moment.
        if bool((axis.readings(ends) >= target).all()):
            return ends
    raise ParameterError("limit", wanted / HOUR_US, f"one that ends within {_FARTHEST_YEARS} years of work time")
