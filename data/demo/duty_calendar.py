"""When is work time in the demo city, and when does a limit in work time run out?"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

MORNING_START, MORNING_END = 8 * 60, 12 * 60
AFTERNOON_START, AFTERNOON_END = 14 * 60, 18 * 60
WORK_DAY_MINUTES = 480
HORIZON_DAYS = 150

# First day of the lunar year; the public holiday runs from the eve for eight days.
SPRING_FESTIVAL = {
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
    2031: date(2031, 1, 23),
    2032: date(2032, 2, 11),
}
FIXED_HOLIDAYS = ((1, 1, 1), (4, 4, 3), (5, 1, 5), (10, 1, 7))

Minutes = NDArray[np.int64]
Times = NDArray[np.datetime64]


def spring_festival_days(year: int) -> tuple[date, ...]:
    """Days of the Spring Festival holiday; empty for a year outside the table."""
    first = SPRING_FESTIVAL.get(year)
    return tuple(first + timedelta(days=i) for i in range(-1, 7)) if first else ()


def holidays(first: date, last: date) -> frozenset[date]:
    """Public holidays between two dates, make-up work days left aside."""
    days: set[date] = set()
    for year in range(first.year, last.year + 1):
        days.update(spring_festival_days(year))
        for month, day, length in FIXED_HOLIDAYS:
            days.update(date(year, month, day) + timedelta(days=i) for i in range(length))
    return frozenset(day for day in days if first <= day <= last)


@dataclass(frozen=True)
class DutyCalendar:
    """Work minutes since the first day, by day.

    Attributes:
        first: The first day, local date.
        done: Work minutes before each day, shape (days + 1,).
    """

    first: np.datetime64
    done: Minutes

    def work_minutes(self, local: Times) -> NDArray[np.float64]:
        """Work minutes from the start of the calendar to local times, shape like the argument."""
        minutes = (local - self.first) / np.timedelta64(1, "m")
        day = np.clip((minutes // 1440).astype(np.int64), 0, len(self.done) - 2)
        today = minutes - day * 1440.0
        worked = np.clip(today - MORNING_START, 0, MORNING_END - MORNING_START)
        worked += np.clip(today - AFTERNOON_START, 0, AFTERNOON_END - AFTERNOON_START)
        works = self.done[day + 1] > self.done[day]
        return np.asarray(self.done[day] + np.where(works, worked, 0.0))

    def moment(self, work_minutes: NDArray[np.float64]) -> Times:
        """The local time at which so many work minutes have passed; never beyond the calendar."""
        wanted = np.clip(work_minutes, 0.5, float(self.done[-1]))
        day = np.searchsorted(self.done, wanted, side="left") - 1
        rest = wanted - self.done[day]
        half = MORNING_END - MORNING_START
        today = np.where(rest <= half, MORNING_START + rest, AFTERNOON_START + rest - half)
        seconds = np.round((day * 1440.0 + today) * 60.0).astype("timedelta64[s]")
        return np.asarray(self.first + seconds)


def build_calendar(first: date, days: int) -> DutyCalendar:
    """Calendar of `days` days and a horizon after them for limits that end later."""
    total = days + HORIZON_DAYS
    off = holidays(first, first + timedelta(days=total))
    dates = [first + timedelta(days=i) for i in range(total)]
    minutes = [0 if day in off or day.weekday() >= 5 else WORK_DAY_MINUTES for day in dates]
    done = np.concatenate([[0], np.cumsum(minutes)]).astype(np.int64)
    return DutyCalendar(np.datetime64(first, "us"), done)
