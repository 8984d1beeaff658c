"""On which days and at which hours is work time?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from geo.errors import ParameterError

MINUTES_OF_DAY = 24 * 60
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Work windows of a day, work days of a week, and the days that are otherwise.

    Attributes:
        zone: time zone of the city.
        windows: (from, until) minutes after midnight, rising, not touching.
        weekdays: days of the week with work, Monday is 0.
        days_off: public holidays.
        days_on: make-up days 调休: work although the weekday has none.
        years: years whose holidays are in the table; others have weekends only.
    """

    zone: ZoneInfo
    windows: tuple[tuple[int, int], ...] = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Check that there is work time and that no day is both.

        Raises:
            ParameterError: if a window is empty, overlaps the next, or a day is both off and on.
        """
        edges = [0, *(minute for window in self.windows for minute in window), MINUTES_OF_DAY]
        rising = all(begin < end for begin, end in self.windows) and all(a <= b for a, b in pairwise(edges))
        if not self.windows or not rising:
            raise ParameterError("windows", self.windows, "rising (from, until) minutes of a day")
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ParameterError("weekdays", sorted(self.weekdays), "one or more of 0 (Monday) to 6")
        both = self.days_off & self.days_on
        if both:
            raise ParameterError("day", min(both).isoformat(), "either a holiday or a make-up day")

    @property
    def day_minutes(self) -> int:
        """Work minutes of a full work day."""
        return sum(end - begin for begin, end in self.windows)

    def works_on(self, day: date) -> bool:
        """Whether a local day is a work day."""
        return day in self.days_on or (day.weekday() in self.weekdays and day not in self.days_off)

    def work_days(self, first: date, last: date) -> Iterable[date]:
        """Work days between two local days, both included."""
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if self.works_on(day):
                yield day

    def with_year(self, year: int, off: frozenset[date], on: frozenset[date]) -> Self:
        """The calendar with the holidays and make-up days of one year replaced.

        Raises:
            ParameterError: if a day lies in another year.
        """
        stray = next((day for day in sorted(off | on) if day.year != year), None)
        if stray is not None:
            raise ParameterError("day", stray.isoformat(), f"a day of {year}")
        return replace(
            self,
            days_off=frozenset(day for day in self.days_off if day.year != year) | off,
            days_on=frozenset(day for day in self.days_on if day.year != year) | on,
            years=self.years | {year},
        )
