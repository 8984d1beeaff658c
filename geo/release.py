"""Which incidents of sensitive classes may be counted for everybody, and where, so that no small number is told?

A reader may subtract any figure from any other. What is shown is therefore made of *groups* that are decided once,
whatever is asked later: every figure is a sum of whole groups, and so is every difference of figures.

A group of one class is formed at a unit out of its *pool*: the incidents that lie in none of its children, and what was
left over in children that formed no group. It is formed where

- the pool has at least `minimum` incidents, and
- above the lowest level, the pool has at most (m - 1) * (minimum - 1), where m of the children could have left
  something over. Otherwise the reader, who knows that each of them left less than `minimum`, could tell that one of
  them left at least so much, or exactly so much.

What is not grouped is left over to the unit above. What the root leaves over, class by class, is pooled once more by
the same rule, with classes in the place of children, and counts in no single class.

So for every unit and class without a group, each number from 0 to minimum - 1 is possible for what it left over,
whatever else is shown: put it into one of its lowest units, let the others that could have left something over make up
the rest of the group above, and the same groups come out. "None" and "few" look the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError

NOT_SHOWN = -1
"""Place of what is in no group."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class UnitTree:
    """n units, parents before their children, one root.

    Attributes:
        parent: (n,) place of the unit above; -1 for the first, which is the root.
    """

    parent: NDArray[np.int64]

    def __post_init__(self) -> None:
        parent = self.parent
        if parent.ndim != 1 or len(parent) == 0:
            raise ShapeError("parent", "(n,), n > 0", parent.shape)
        if parent[0] != -1 or np.any(parent[1:] < 0) or np.any(parent >= np.arange(len(parent))):
            raise ParameterError("parent", "tree", "one root that comes first, and parents before their children")

    @property
    def is_lowest(self) -> NDArray[np.bool_]:
        """(n,) Whether a unit has no children."""
        lowest = np.ones(len(self.parent), np.bool_)
        lowest[self.parent[1:]] = False
        return lowest

    @property
    def depth(self) -> NDArray[np.int64]:
        """(n,) Steps from the root."""
        depth = np.zeros(len(self.parent), np.int64)
        for unit in range(1, len(depth)):
            depth[unit] = depth[self.parent[unit]] + 1
        return depth


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of one block of time.

    Attributes:
        place: (n, c) for each unit and class, the unit at which what lies in none of its children is in a group of its
            class; NOT_SHOWN where it is in none.
        is_mixed: (n, c) whether it is in the group at the root that belongs to no single class.
    """

    place: NDArray[np.int64]
    is_mixed: NDArray[np.bool_]


def group(tree: UnitTree, counts: Counts, minimum: int) -> Groups:
    """Decide which incidents are shown, and at which units.

    Args:
        tree: Units.
        counts: (n, c) incidents of c classes in one block of time that lie in the unit and in none of its children.
        minimum: Size that a group has at least, 2 or more.

    Raises:
        ShapeError: `counts` does not fit the tree.
        ParameterError: The minimum is below 2, or a count below 0.

    Example:
        >>> tree = UnitTree(np.array([-1, 0, 0, 0]))
        >>> group(tree, np.array([[0], [6], [3], [2]]), 5).place.ravel().tolist()
        [-1, 1, -1, -1]
    """
    _require(tree, counts, minimum)
    formed, left, possible = _formed(tree, counts, minimum)
    place = np.where(formed, np.arange(len(counts))[:, None], NOT_SHOWN)
    for unit in range(1, len(counts)):
        place[unit] = np.where(formed[unit], unit, place[tree.parent[unit]])
    is_mixed = np.zeros(counts.shape, np.bool_)
    if _may_form(int(left.sum()), int(possible.sum()), minimum):
        is_mixed = place == NOT_SHOWN
    return Groups(place, is_mixed)


def _formed(
    tree: UnitTree, counts: Counts, minimum: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Where groups are formed (n, c); what the root leaves over (c,), and whether it could (c,)."""
    pool = counts.copy()
    sources = np.zeros(counts.shape, np.int64)
    formed = np.zeros(counts.shape, np.bool_)
    lowest, depth = tree.is_lowest, tree.depth
    for step in range(int(depth.max()), -1, -1):
        units = np.flatnonzero(depth == step)
        ample = pool[units] <= (sources[units] - 1) * (minimum - 1)
        formed[units] = (pool[units] >= minimum) & (lowest[units][:, None] | ample)
        possible = ~formed[units] & (lowest[units][:, None] | (sources[units] > 0))
        left = np.where(formed[units], 0, pool[units])
        if step:
            np.add.at(pool, tree.parent[units], left)
            np.add.at(sources, tree.parent[units], possible)
    return formed, left[0], possible[0]


def _may_form(size: int, sources: int, minimum: int) -> bool:
    return minimum <= size <= (sources - 1) * (minimum - 1)


def _require(tree: UnitTree, counts: Counts, minimum: int) -> None:
    if counts.ndim != 2 or len(counts) != len(tree.parent):
        raise ShapeError("counts", f"({len(tree.parent)}, c)", counts.shape)
    if minimum < 2:
        raise ParameterError("minimum", minimum, "2 or more")
    if counts.size and int(counts.min()) < 0:
        raise ParameterError("counts", int(counts.min()), "0 or more")
