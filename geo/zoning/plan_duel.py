"""Does plan B really beat plan A on the cases of the past, or is the difference one of chance?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats
from geo.zoning.replay import Replay

LEAST_WEEKS = 6
"""Fewer weeks say nothing: with five, one of sixteen differences of chance points the same way in each of them."""

LEVEL_PCT = 95.0
TIMES = 2_000


class Verdict(StrEnum):
    """What the weeks say of plan B."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Duel:
    """One figure of two plans over the same weeks; the lower figure is the better one.

    Attributes:
        figure: `balance`, `peak` or `distance_m`.
        a, b: mean over the weeks that both have.
        difference: a − b; above 0 where B is better.
        low, high: interval that 95 of 100 resamples of the weeks lie in; NaN where there are too few.
        b_better: share of resamples in which B is better; of those in which both are equal half.
        weeks: number of weeks that were compared.
        verdict: B is better, or worse, where the interval lies on one side of 0.
    """

    figure: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    b_better: float
    weeks: int
    verdict: Verdict


def duel(a: Replay, b: Replay, *, seed: int = 7, times: int = TIMES) -> tuple[Duel, ...]:
    """Compare two plans on the same cases, week by week, by resampling the weeks in pairs.

    Both plans meet the same cases, so weeks that are hard for both cancel out of the difference.

    Args:
        a: replay of plan A.
        b: replay of plan B over the same weeks.
        seed: of the draws.
        times: number of resamples.

    Returns:
        Balance, highest load of one shift, and distance to the post.

    Raises:
        ShapeError: if the replays have different weeks.
    """
    return (
        paired("balance", a.balance, b.balance, seed, times),
        paired("peak", a.weekly_peak, b.weekly_peak, seed, times),
        paired("distance_m", a.weekly_distance_m, b.weekly_distance_m, seed, times),
    )


def paired(figure: str, a: Floats, b: Floats, seed: int, times: int = TIMES) -> Duel:
    """Compare one weekly figure of two plans; weeks in which either is not known are left out.

    Args:
        figure: its name.
        a: (w,) of plan A.
        b: (w,) of plan B.
        seed: of the draws.
        times: number of resamples.

    Raises:
        ShapeError: if there are not the same weeks.
        ParameterError: if no resamples are wanted.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap (1993), percentile interval of paired differences.
    """
    if a.shape != b.shape or a.ndim != 1:
        raise ShapeError("weeks of plan B", str(a.shape), b.shape)
    if times < 1:
        raise ParameterError("times", times, "1 or more")
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    weeks, nothing = len(a), float("nan")
    if weeks < LEAST_WEEKS:
        means = (float(a.mean()), float(b.mean())) if weeks else (nothing, nothing)
        return Duel(figure, *means, means[0] - means[1], nothing, nothing, nothing, weeks, Verdict.TOO_SHORT)
    gap = a - b
    drawn = gap[np.random.default_rng(seed).integers(0, weeks, (times, weeks))].mean(axis=1)
    tail = (100 - LEVEL_PCT) / 2
    low, high = (float(value) for value in np.percentile(drawn, (tail, 100 - tail)))
    better = float((drawn > 0).mean() + (drawn == 0).mean() / 2)
    return Duel(figure, float(a.mean()), float(b.mean()), float(gap.mean()), low, high, better, weeks, _said(low, high))


def _said(low: float, high: float) -> Verdict:
    if low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if high < 0 else Verdict.UNDECIDED
