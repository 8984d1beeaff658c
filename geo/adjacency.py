"""Which units share a border, and how long is it?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import ParameterError
from geo.metric import LocalMetres

TOLERANCE_M = 0.2
"""Twice the rounding of coordinates with 6 decimals."""

LEAST_BORDER_M = 5.0


@dataclass(frozen=True, slots=True)
class Borders:
    """Pairs of units with a common border, sorted; each pair once, with first < second.

    Attributes:
        first: (b,) index of one unit.
        second: (b,) index of the other.
        length_m: (b,) length of their common border.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    length_m: NDArray[np.float64]

    def neighbours(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Both directions as compressed rows: ``other[start[i]:start[i + 1]]`` are the neighbours of unit i.

        Args:
            count: number of units.

        Returns:
            start (count + 1,) and other (2 b,), neighbours in rising order.
        """
        unit = np.concatenate((self.first, self.second))
        other = np.concatenate((self.second, self.first))
        order = np.lexsort((other, unit))
        start = np.concatenate(([0], np.cumsum(np.bincount(unit, minlength=count))))
        return start.astype(np.int64), other[order]


def shared_borders(
    geometries: NDArray[np.object_], *, tolerance_m: float = TOLERANCE_M, least_border_m: float = LEAST_BORDER_M
) -> Borders:
    """Find neighbours by common border; a common corner is no border.

    Drawn borders seldom agree to the last digit, so one outline counts as common where it runs within the tolerance of
    the other unit. The length is the mean of both directions, up to two tolerances more than the line itself. A corner
    alone gives a few tolerances of such length, so pairs below the least length are left out; with both numbers 0 only
    coincident lines count.

    Args:
        geometries: (n,) valid polygons in degrees; None and empty ones have no neighbours.
        tolerance_m: how far two drawings of one border may lie apart.
        least_border_m: shorter borders are none.

    Returns:
        Pairs with lengths in the local plane of :mod:`geo.metric`.

    Raises:
        ParameterError: if a length is negative.

    Example:
        >>> two = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
        >>> shared_borders(two).first.tolist()
        [0]
    """
    for name, value in (("tolerance_m", tolerance_m), ("least_border_m", least_border_m)):
        if not value >= 0:
            raise ParameterError(name, value, "a length of 0 or more")
    units = LocalMetres.of(geometries).project(geometries)
    first, second = _close_pairs(units, tolerance_m)
    outlines = shapely.boundary(units)
    shapely.prepare(outlines)
    if tolerance_m > 0:
        wide = shapely.buffer(units, tolerance_m, quad_segs=2)
        length = (_length_within(outlines[first], wide[second]) + _length_within(outlines[second], wide[first])) / 2
    else:
        length = _length_within(outlines[first], outlines[second])
    keep = (length > 0) & (length >= least_border_m)
    return Borders(first[keep], second[keep], length[keep])


def _close_pairs(units: NDArray[np.object_], tolerance_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs within the tolerance, sorted, first < second."""
    one, other = shapely.STRtree(units).query(units, predicate="dwithin", distance=tolerance_m)
    once = one < other
    one, other = one[once], other[once]
    order = np.lexsort((other, one))
    return one[order].astype(np.int64), other[order].astype(np.int64)


def _length_within(lines: NDArray[np.object_], places: NDArray[np.object_]) -> NDArray[np.float64]:
    length: NDArray[np.float64] = shapely.length(shapely.intersection(lines, places))
    return length
