"""How would zones have coped with cases of the past: load by shift, peaks, balance, distance to the post?"""

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats, Ints

DAY_MINUTES = 1_440
WEEK_DAYS = 7
FAR = 90.0
"""Percentile of the distances that counts as far."""


@dataclass(frozen=True, slots=True)
class PastCases:
    """Cases of a period, in any order.

    Attributes:
        unit: (m,) unit in which each lies, 0 … n − 1.
        minute: (m,) minutes of local time since the midnight before the first day.
        work: (m,) work that each brings; 1 where cases are counted.
        days: number of days; every case lies within them.
    """

    unit: Ints
    minute: Ints
    work: Floats
    days: int

    def __post_init__(self) -> None:
        """Check shapes and range.

        Raises:
            ShapeError: if the arrays differ in length.
            ParameterError: if a case lies outside the days.
        """
        if not self.unit.shape == self.minute.shape == self.work.shape:
            raise ShapeError("minute and work", f"{self.unit.shape} like unit", self.minute.shape)
        if self.days < 1 or (len(self.minute) and not 0 <= self.minute.min() <= self.minute.max() < self.last):
            raise ParameterError("minute", "outside the period", f"0 to {self.last - 1}")

    @property
    def last(self) -> int:
        """Minutes in the period."""
        return self.days * DAY_MINUTES

    @property
    def weeks(self) -> int:
        """Number of whole weeks from the first day."""
        return self.days // WEEK_DAYS


@dataclass(frozen=True, slots=True)
class Shifts:
    """Shifts by the minutes of the day at which they start; each lasts until the next, the last over midnight.

    So they cover the day without gap or overlap. What happens before the first start belongs to the last shift of the
    day before.
    """

    starts: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the starts.

        Raises:
            ParameterError: if there is none, they do not rise, or one is no minute of a day.
        """
        rising = all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False))
        if not self.starts or not rising or not 0 <= self.starts[0] <= self.starts[-1] < DAY_MINUTES:
            raise ParameterError("shifts", self.starts, "rising minutes of the day, 0 to 1439")

    def of(self, minute: Ints) -> tuple[Ints, Ints]:
        """Number of the shift of each case, and of the day on which that shift started, which may be −1."""
        place = np.searchsorted(np.array(self.starts), minute % DAY_MINUTES, side="right") - 1
        day = minute // DAY_MINUTES - (place < 0)
        return np.where(place < 0, len(self.starts) - 1, place).astype(np.int64), day.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Replay:
    """Cases of the past as the zones of a plan would have met them.

    Attributes:
        work: (k,) work of each zone.
        load: (k, s) mean work of each zone in a shift: work / number of days.
        peak: (k, s) most work in one shift.
        peak_day: (k, s) day on which the first such shift started; −1 for one that began before the period.
        weekly: (w, k) work by whole week, from the first day.
        balance: (w,) highest work of a zone / mean, by week; 1 for a week without any.
        weekly_peak: (w,) most work of any zone in one shift that began in the week.
        distance_m: (k,) mean distance of the cases to their post; NaN where none is known.
        far_m: (k,) the distance that nine of ten cases do not exceed.
        weekly_distance_m: (w,) mean distance of the cases of each week; NaN where none is known.
        all_distance_m, all_far_m: the same over all zones.
        outside: cases in units of no zone; they count nowhere else.
        without_distance: cases in zones whose distance is not known.
    """

    work: Floats
    load: Floats
    peak: Floats
    peak_day: Ints
    weekly: Floats
    balance: Floats
    weekly_peak: Floats
    distance_m: Floats
    far_m: Floats
    weekly_distance_m: Floats
    all_distance_m: float
    all_far_m: float
    outside: int
    without_distance: int


def replay(cases: PastCases, zone: Ints, zones: int, shifts: Shifts, distance_m: Floats) -> Replay:
    """Let the cases of a period happen in the zones of a plan.

    Args:
        cases: the cases.
        zone: (n,) zone of each unit, below 0 for none.
        zones: number of zones.
        shifts: of each day.
        distance_m: (m,) distance of each case to the post that would serve it; NaN or infinite where not known.

    Raises:
        ShapeError: if there is not one distance per case.
        ParameterError: if there are no zones.
    """
    if distance_m.shape != cases.unit.shape:
        raise ShapeError("distance_m", f"{cases.unit.shape} like the cases", distance_m.shape)
    if zones < 1:
        raise ParameterError("zones", zones, "at least one zone")
    home = zone[cases.unit]
    inside = home >= 0
    home, minute, work, distance = home[inside], cases.minute[inside], cases.work[inside], distance_m[inside]
    shift, day = shifts.of(minute)
    # One place more for the shift that began on the day before the first.
    by_shift = _sums((home, shift, day + 1), (zones, len(shifts.starts), cases.days + 1), work)
    week, weeks = minute // (DAY_MINUTES * WEEK_DAYS), cases.weeks
    whole = week < weeks
    weekly = _sums((week[whole], home[whole]), (weeks, zones), work[whole])
    known = np.isfinite(distance)
    reached = home[known], distance[known]
    return Replay(
        work=_sums((home,), (zones,), work),
        load=by_shift.sum(axis=2) / cases.days,
        peak=by_shift.max(axis=2),
        peak_day=by_shift.argmax(axis=2).astype(np.int64) - 1,
        weekly=weekly,
        balance=balance_of(weekly),
        weekly_peak=_weekly_peak(by_shift[:, :, 1:], weeks),
        distance_m=np.array([_mean(reached[1][reached[0] == k]) for k in range(zones)]),
        far_m=np.array([_far(reached[1][reached[0] == k]) for k in range(zones)]),
        weekly_distance_m=np.array([_mean(distance[known & (week == w)]) for w in range(weeks)]),
        all_distance_m=_mean(reached[1]),
        all_far_m=_far(reached[1]),
        outside=int((~inside).sum()),
        without_distance=int((~known).sum()),
    )


def balance_of(weekly: Floats) -> Floats:
    """(w,) highest work of a zone / mean of the zones, for each row; 1 where there is none.

    Example:
        >>> balance_of(np.array([[3.0, 1.0], [0.0, 0.0]])).tolist()
        [1.5, 1.0]
    """
    mean = weekly.mean(axis=1)
    return np.where(mean > 0, weekly.max(axis=1) / np.where(mean > 0, mean, 1.0), 1.0)


def _sums(place: tuple[Ints, ...], shape: tuple[int, ...], work: Floats) -> Floats:
    """Sums of work by several numbers at once."""
    size = int(np.prod(shape))
    flat = np.ravel_multi_index(place, shape) if size else np.zeros(0, np.int64)
    return np.bincount(flat, work[: len(flat)], size).astype(np.float64).reshape(shape)


def _weekly_peak(by_shift: Floats, weeks: int) -> Floats:
    zones, shifts, _ = by_shift.shape
    whole = by_shift[:, :, : weeks * WEEK_DAYS].reshape(zones, shifts, weeks, WEEK_DAYS)
    return np.array([whole[:, :, w].max() for w in range(weeks)], np.float64)


def _mean(figures: Floats) -> float:
    return float(figures.mean()) if len(figures) else float("nan")


def _far(figures: Floats) -> float:
    return float(np.percentile(figures, FAR)) if len(figures) else float("nan")
