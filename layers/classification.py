"""Into which classes do the figures of a choropleth fall?"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from layers.errors import ClassesUndefined

Figures = NDArray[np.float64]
_SAMPLE = 2_000
"""Natural breaks take time by the square of the number of values; so many quantiles stand for all of them."""


class Scheme(StrEnum):
    """How class bounds are found."""

    QUANTILE = "quantile"
    NATURAL = "natural"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of amounts above zero; zero and missing figures stand apart.

    Attributes:
        scheme: How the bounds were found.
        low: Least amount that is classed; NaN where there is none.
        breaks: Inclusive upper bound of each class, ascending; the last class is open upward.
        counts: Values in each class.
        zeros: Values that are exactly zero.
        missing: Values that are missing.
    """

    scheme: Scheme
    low: float
    breaks: tuple[float, ...]
    counts: tuple[int, ...]
    zeros: int
    missing: int

    def __len__(self) -> int:
        return len(self.breaks)


def classify(
    values: Figures, scheme: Scheme, k: int = 5, fixed: Sequence[float] = (), *, whole: bool = False
) -> Classes:
    """Classes of the figures of a level.

    Zero is no amount on the map, so it takes part in no class; nor do NaN and infinities. Where there are fewer
    distinct amounts than classes, each distinct amount is a class: there are never empty or doubled classes.

    Args:
        values: (n,) figures, NaN where there is no data.
        scheme: How to find the bounds.
        k: Number of classes wanted, 1 … 7; not for FIXED.
        fixed: Upper bounds for FIXED, ascending; the last class is opened upward.
        whole: The figures are whole numbers, so bounds are too.

    Raises:
        ClassesUndefined: k is out of range, a figure is negative, or fixed bounds are missing or do not ascend.
    """
    usable = np.isfinite(values)
    amounts = values[usable & (values != 0)]
    if not 1 <= k <= 7:
        raise ClassesUndefined("classes", f"{k} classes cannot be drawn.", "Ask for 1 to 7.")
    if len(amounts) and amounts.min() < 0:
        raise ClassesUndefined("values", "A figure is negative.", "Class amounts only; changes need another scale.")
    bounds = _fixed(fixed) if scheme is Scheme.FIXED else _bounds(amounts, scheme, k, whole)
    counts = _counts(amounts, bounds)
    low = float(amounts.min()) if len(amounts) else float("nan")
    return Classes(scheme, low, tuple(bounds.tolist()), counts, int((values[usable] == 0).sum()), int((~usable).sum()))


def class_of(values: Figures, classes: Classes) -> NDArray[np.int64]:
    """Class of each value (n,); -1 for zero and for missing figures. The map's own code decides in the same way."""
    found = np.minimum(np.searchsorted(np.array(classes.breaks), values, side="left"), len(classes) - 1)
    return np.where(np.isfinite(values) & (values != 0), found, -1)


def _fixed(bounds: Sequence[float]) -> Figures:
    array = np.array(bounds, np.float64)
    if not len(array) or not np.isfinite(array).all() or (np.diff(array) <= 0).any() or array[0] <= 0 or len(array) > 7:
        remedy = "Give one to seven upper bounds above zero, in ascending order."
        raise ClassesUndefined("breaks", f"{list(bounds)} cannot be class bounds.", remedy)
    return array


def _bounds(amounts: Figures, scheme: Scheme, k: int, whole: bool) -> Figures:
    distinct = np.unique(amounts)
    if len(distinct) <= k:
        return distinct
    raw = _quantiles(amounts, k) if scheme is Scheme.QUANTILE else _natural(amounts, k)
    rounded = np.floor(raw[:-1]) if whole else np.array([_short(value) for value in raw[:-1]])
    inner = np.unique(rounded[(rounded >= distinct[0]) & (rounded < distinct[-1])])
    bounds = np.append(inner, distinct[-1])
    # Rounding can leave a class without a value; the classes around it close up.
    return bounds[np.array(_counts(amounts, bounds)) > 0]


def _quantiles(amounts: Figures, k: int) -> Figures:
    # It brings seconds of other libraries: who only starts, or asks for no map, need not wait for them.
    import mapclassify

    with warnings.catch_warnings():
        # Ties make fewer classes than asked for; that is what `classify` promises.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(mapclassify.Quantiles(amounts, k=k).bins, np.float64)


def _natural(amounts: Figures, k: int) -> Figures:
    import mapclassify

    ordered = np.sort(amounts)
    if len(ordered) > _SAMPLE:
        ordered = ordered[np.linspace(0, len(ordered) - 1, _SAMPLE).round().astype(int)]
    return np.asarray(mapclassify.FisherJenks(ordered, k=min(k, len(np.unique(ordered)))).bins, np.float64)


def _short(value: float) -> float:
    """The value with three significant digits, for a legend."""
    return float(f"{value:.3g}")


def _counts(amounts: Figures, bounds: Figures) -> tuple[int, ...]:
    if not len(bounds):
        return ()
    place = np.minimum(np.searchsorted(bounds, amounts, side="left"), len(bounds) - 1)
    return tuple(np.bincount(place, minlength=len(bounds)).tolist())
