"""How fast does something grow that was sampled again and again?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Growth:
    """A robust line through samples.

    Attributes:
        level: Median of the samples, in their unit.
        slope: Their growth in percent of the level per minute (Theil–Sen: the median over all pairs).
        low, high: Between which it lies with a confidence of 95 %.
    """

    level: float
    slope: float
    low: float
    high: float


def growth(at_s: Sequence[float], values: Sequence[float]) -> Growth:
    """The growth of samples.

    Args:
        at_s: (n,) seconds, ascending.
        values: (n,) one for each, above zero.

    Raises:
        ValueError: There are fewer than eight samples.

    >>> round(growth(range(0, 600, 60), [100 + k for k in range(10)]).slope, 3)
    0.957
    """
    if len(values) < FEWEST:
        raise ValueError(f"{len(values)} samples tell no growth; at least {FEWEST} are needed")
    level = float(np.median(values))
    found = stats.theilslopes(np.asarray(values, float), np.asarray(at_s, float) / 60, CONFIDENCE)
    share = 100 / level
    return Growth(level, found.slope * share, found.low_slope * share, found.high_slope * share)
