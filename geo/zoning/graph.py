"""Which units lie beside each other, and which of these borders may a zone cross?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.adjacency import Borders
from geo.errors import ParameterError, ShapeError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnitGraph:
    """Units and their common borders as compressed rows, both directions, neighbours in rising order.

    Attributes:
        start: (n + 1,) where the neighbours of each unit begin.
        other: (2 e,) neighbours.
        length: (2 e,) length of the common border, the same in both directions; 0 or more, in any one unit of length.
    """

    start: Ints
    other: Ints
    length: Floats

    @classmethod
    def of(cls, count: int, first: Ints, second: Ints, length: Floats) -> "UnitGraph":
        """The graph of pairs; a pair named twice, in either direction, is one border with the lengths added.

        Args:
            count: number of units.
            first: (e,) index of one unit.
            second: (e,) index of the other.
            length: (e,) length of the common border.

        Raises:
            ShapeError: if the arrays differ in length.
            ParameterError: if an index or a length is out of range, or a unit is paired with itself.
        """
        if not len(first) == len(second) == len(length):
            raise ShapeError("second and length", f"({len(first)},) like first", second.shape)
        if len(first) and (min(first.min(), second.min()) < 0 or max(first.max(), second.max()) >= count):
            raise ParameterError("pairs", "an index outside the units", f"0 to {count - 1}")
        if (first == second).any():
            raise ParameterError("pairs", "a unit beside itself", "two different units in each pair")
        if not (length >= 0).all():
            raise ParameterError("length", "negative or missing", "0 or more for each border")
        low, high = np.minimum(first, second).astype(np.int64), np.maximum(first, second).astype(np.int64)
        pair, where = np.unique(low * count + high, return_inverse=True)
        total = np.bincount(where, weights=length, minlength=len(pair)).astype(np.float64)
        low, high = pair // max(count, 1), pair % max(count, 1)
        unit, other = np.concatenate((low, high)), np.concatenate((high, low))
        order = np.lexsort((other, unit))
        start = np.concatenate(([0], np.cumsum(np.bincount(unit, minlength=count)))).astype(np.int64)
        return cls(start, other[order], np.concatenate((total, total))[order])

    @classmethod
    def of_borders(cls, count: int, borders: Borders) -> "UnitGraph":
        """The graph of borders of positive length, lengths in metres."""
        return cls.of(count, borders.first, borders.second, borders.length_m)

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.start) - 1

    def owner(self) -> Ints:
        """(2 e,) the unit whose neighbour each entry of `other` is."""
        return np.repeat(np.arange(self.count), np.diff(self.start))

    def pairs(self) -> tuple[Ints, Ints, Floats]:
        """Each border once, sorted: first < second, and its length."""
        owner = self.owner()
        once = owner < self.other
        return owner[once], self.other[once], self.length[once]

    def with_links(self, first: Ints, second: Ints) -> "UnitGraph":
        """The graph with links added, such as a bridge or a ferry: neighbours without a common border."""
        low, high, length = self.pairs()
        none = np.zeros(len(first))
        return UnitGraph.of(
            self.count, np.concatenate((low, first)), np.concatenate((high, second)), np.concatenate((length, none))
        )

    def without(self, cut: NDArray[np.bool_]) -> "UnitGraph":
        """The graph without some borders, such as those along a river or an expressway.

        Args:
            cut: (e,) which of :meth:`pairs` fall away.
        """
        low, high, length = self.pairs()
        return UnitGraph.of(self.count, low[~cut], high[~cut], length[~cut])

    def without_pairs(self, first: Ints, second: Ints) -> "UnitGraph":
        """The graph without the borders between the pairs named, in either direction."""
        low, high, _ = self.pairs()
        named = np.minimum(first, second) * self.count + np.maximum(first, second)
        return self.without(np.isin(low * self.count + high, named))

    def within(self, fence: Ints) -> "UnitGraph":
        """The graph without the borders that cross the fence.

        Args:
            fence: (n,) number of the part, such as the county, in which each unit lies.
        """
        low, high, _ = self.pairs()
        return self.without(fence[low] != fence[high])

    def reordered(self, order: Ints) -> "UnitGraph":
        """The graph whose unit k is this graph's unit ``order[k]``."""
        place = np.empty(self.count, np.int64)
        place[order] = np.arange(self.count)
        low, high, length = self.pairs()
        return UnitGraph.of(self.count, place[low], place[high], length)

    def pieces(self) -> Ints:
        """(n,) number of the connected piece of each unit, numbered by their first units."""
        links = coo_array((np.ones(len(self.other), np.int8), (self.owner(), self.other)), shape=(self.count,) * 2)
        return by_first_use(connected_components(links, directed=False)[1].astype(np.int64))


def by_first_use(label: Ints) -> Ints:
    """The same division with parts numbered 0, 1, … in the order in which they first come up.

    Example:
        >>> by_first_use(np.array([7, 3, 7, 5])).tolist()
        [0, 1, 0, 2]
    """
    _, first, where = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]


def totals(label: Ints, figures: Floats, count: int) -> Floats:
    """Sum of the figures of each part.

    Args:
        label: (n,) part of each row, 0 … count − 1.
        figures: (n,) or (n, p).
        count: number of parts.

    Returns:
        (count,) or (count, p).
    """
    if figures.ndim == 1:
        return np.bincount(label, figures, count).astype(np.float64, copy=False)
    columns = [np.bincount(label, column, count) for column in figures.T]
    return np.column_stack(columns).astype(np.float64, copy=False)


def touching(polygons: NDArray[np.object_]) -> tuple[Ints, Ints]:
    """Pairs of polygons that meet at least in a point, first < second, sorted.

    Peers call this Queen contiguity; zones themselves need a border of positive length.

    Args:
        polygons: (n,) polygons whose common corners agree to the last digit.
    """
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = one < other
    one, other = one[once].astype(np.int64), other[once].astype(np.int64)
    order = np.lexsort((other, one))
    return one[order], other[order]
