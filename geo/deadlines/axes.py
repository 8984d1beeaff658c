"""How far has each clock run at a moment, and at which moment has it run so far?

An axis turns moments (microseconds since 1970, UTC) into readings of a clock (microseconds that count) and back. A
reading never falls; where it stands still or jumps, a reading belongs to the first moment at which it is reached.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.deadlines.work_calendar import WorkCalendar

Moments = NDArray[np.int64]
"""Microseconds since 1970-01-01T00:00Z."""

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_us(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_at(us: int, zone: ZoneInfo) -> datetime:
    """The aware local time of a moment."""
    return (_EPOCH + timedelta(microseconds=us)).astimezone(zone)


class Axis(Protocol):
    """What a clock shows at each moment."""

    def readings(self, moments: Moments) -> Moments:
        """Reading at each moment, shape like the argument."""

    def moments(self, readings: Moments) -> Moments:
        """First moment of each reading, shape like the argument."""


@dataclass(frozen=True, slots=True)
class ContinuousAxis:
    """A clock that never stands still."""

    def readings(self, moments: Moments) -> Moments:
        """The moments themselves."""
        return moments

    def moments(self, readings: Moments) -> Moments:
        """The readings themselves."""
        return readings


@dataclass(frozen=True, slots=True)
class WorkAxis:
    """A clock that runs in windows of work time only.

    Attributes:
        begin, end: (w,) first and last moment of each window, rising.
        done: (w + 1,) work time before each window, and after the last.
    """

    begin: Moments
    end: Moments
    done: Moments

    def readings(self, moments: Moments) -> Moments:
        """Work time since the first window; it stands still outside the span."""
        window = np.clip(np.searchsorted(self.begin, moments, side="right") - 1, 0, len(self.begin) - 1)
        inside = np.clip(moments - self.begin[window], 0, self.end[window] - self.begin[window])
        return np.asarray(self.done[window] + inside)

    def moments(self, readings: Moments) -> Moments:
        """First moment at which so much work time has passed."""
        window = np.clip(np.searchsorted(self.done, readings, side="left") - 1, 0, len(self.begin) - 1)
        return np.asarray(self.begin[window] + readings - self.done[window])


@dataclass(frozen=True, slots=True)
class WallAxis:
    """What a clock on the wall shows; hours that it skips are never shown, hours that it repeats count once.

    Attributes:
        change: (c,) moments at which the offset changes.
        offset: (c + 1,) local time minus UTC before, between and after them.
    """

    change: Moments
    offset: Moments

    def readings(self, moments: Moments) -> Moments:
        """Local time, held where the clock is put back until it has caught up."""
        part = np.searchsorted(self.change, moments, side="right")
        shown = moments + self.offset[part]
        if not len(self.change):
            return np.asarray(shown)
        reached = self.change + self.offset[:-1]
        return np.asarray(np.where(part > 0, np.maximum(shown, reached[np.maximum(part - 1, 0)]), shown))

    def moments(self, readings: Moments) -> Moments:
        """First moment at which the clock has come so far."""
        part = np.searchsorted(self.change + self.offset[:-1], readings, side="left")
        shown = readings - self.offset[part]
        if not len(self.change):
            return np.asarray(shown)
        return np.asarray(np.where(part > 0, np.maximum(shown, self.change[np.maximum(part - 1, 0)]), shown))


@lru_cache(maxsize=64)
def work_axis(calendar: WorkCalendar, first_year: int, last_year: int) -> WorkAxis:
    """Work time of whole years, both included."""
    edges = [
        (_local_us(calendar.zone, day, begin), _local_us(calendar.zone, day, end))
        for day in calendar.work_days(date(first_year, 1, 1), date(last_year, 12, 31))
        for begin, end in calendar.windows
    ]
    begin, end = np.array(edges, np.int64).reshape(-1, 2).T
    return WorkAxis(begin, end, np.concatenate(([0], np.cumsum(end - begin))))


@lru_cache(maxsize=64)
def wall_axis(zone: ZoneInfo, first_year: int, last_year: int) -> WallAxis:
    """The wall clock of whole years, both included."""
    days = range((date(last_year + 1, 1, 1) - date(first_year, 1, 1)).days + 1)
    start = moment_us(datetime(first_year, 1, 1, tzinfo=UTC))
    offsets = [_offset_us(zone, start + day * DAY_US) for day in days]
    changed = [day for day in days[1:] if offsets[day] != offsets[day - 1]]
    change = [_change_between(zone, start + (day - 1) * DAY_US, start + day * DAY_US) for day in changed]
    return WallAxis(np.array(change, np.int64), np.array([offsets[0], *(offsets[day] for day in changed)], np.int64))


def _local_us(zone: ZoneInfo, day: date, minute: int) -> int:
    """Moment of a local time; one that the clock skips is the moment at which it skips."""
    midnight = datetime.combine(day, time())
    wanted = midnight + timedelta(minutes=minute)
    first = wanted.replace(tzinfo=zone)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted:
        return moment_us(first)
    before, after = moment_us(wanted.replace(tzinfo=zone, fold=1)), moment_us(first)
    return _change_between(zone, min(before, after), max(before, after))


def _offset_us(zone: ZoneInfo, us: int) -> int:
    offset = moment_at(us, zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def _change_between(zone: ZoneInfo, low: int, high: int) -> int:
    """First moment with the offset of `high`, to the second."""
    wanted = _offset_us(zone, high)
    while high - low > SECOND_US:
        middle = low + (high - low) // 2 // SECOND_US * SECOND_US
        if _offset_us(zone, middle) == wanted:
            high = middle
        else:
            low = middle
    return high
