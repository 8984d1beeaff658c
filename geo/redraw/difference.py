"""In what do two plans differ, however their zones are numbered?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from geo.errors import ParameterError, ShapeError
from geo.redraw.plan import UNASSIGNED
from geo.zoning.graph import Floats, Ints


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """What becomes of each unit from a first plan to a second one.

    Attributes:
        zone: (n,) zones of the second plan under the numbers of the first: zones are matched so that as many units as
            possible keep their number; a zone without a counterpart gets a number that the first plan does not have.
        moved: (n,) whether the unit's zone is another one, after matching.
        kept: (n,) share of companions that stay: those in both plans / those in either; 1 where nothing changes.
    """

    zone: Ints
    moved: NDArray[np.bool_]
    kept: Floats


def plan_difference(first: Ints, second: Ints) -> PlanDifference:
    """Match the zones of two plans of the same units and tell what differs.

    Args:
        first: (n,) zone of each unit in the first plan, −1 for none.
        second: (n,) the same in the second plan; its numbers need not agree with the first one's.

    Raises:
        ShapeError: if the plans are not of the same units.
        ParameterError: if a number is below −1.

    Source: Kuhn, The Hungarian method for the assignment problem (1955).

    Example:
        >>> plan_difference(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 0])).zone
        array([0, 0, 0, 1])
    """
    if first.shape != second.shape or first.ndim != 1:
        raise ShapeError("second", str(first.shape), second.shape)
    for name, zone in (("first", first), ("second", second)):
        if zone.min(initial=UNASSIGNED) < UNASSIGNED:
            raise ParameterError(name, int(zone.min()), "zones of 0 or more, or -1 for none")
    overlap = _overlap(first, second)
    number = _matched(overlap)
    zone = np.where(second >= 0, number[second], UNASSIGNED)
    return PlanDifference(zone, zone != first, _kept(first, second, overlap))


def _overlap(first: Ints, second: Ints) -> Ints:
    """(zones of the first, zones of the second) units in both."""
    rows, columns = int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1
    both = (first >= 0) & (second >= 0)
    counted = np.bincount(first[both] * columns + second[both], minlength=rows * columns)
    table: Ints = counted.reshape(rows, columns).astype(np.int64)
    return table


def _matched(overlap: Ints) -> Ints:
    """(zones of the second,) their numbers in the first plan; an entry more, so that there is one without zones."""
    rows, columns = overlap.shape
    number = np.full(columns + 1, UNASSIGNED, np.int64)
    one, other = linear_sum_assignment(overlap, maximize=True)
    shared = overlap[one, other] > 0
    number[other[shared]] = one[shared]
    new = np.flatnonzero(number[:-1] == UNASSIGNED)
    number[new] = rows + np.arange(len(new))
    return number


def _kept(first: Ints, second: Ints, overlap: Ints) -> Floats:
    in_first, in_second = (np.bincount(zone[zone >= 0], minlength=1) for zone in (first, second))
    mates_first = np.where(first >= 0, in_first[first] - 1, 0)
    mates_second = np.where(second >= 0, in_second[second] - 1, 0)
    both = (first >= 0) & (second >= 0)
    shared = np.zeros(len(first), np.int64)
    shared[both] = overlap[first[both], second[both]] - 1
    either = mates_first + mates_second - shared
    kept: Floats = np.where(either > 0, shared / np.maximum(either, 1), 1.0)
    return kept
