"""Which parent does each unit lie in, and with what share of its area?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.metric import LocalMetres


@dataclass(frozen=True, slots=True)
class AreaShares:
    """Overlaps of children with parents, sorted by child and then by falling area.

    Attributes:
        child: (p,) index of the child.
        parent: (p,) index of the parent.
        area_m2: (p,) area of the overlap, greater than zero.
        share: (p,) that area as a share of the child's own.
    """

    child: NDArray[np.int64]
    parent: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParentsByLocation:
    """The parent that holds most of each child.

    Attributes:
        index: (n,) index of the parent with the largest share; -1 where the child touches no parent's area.
        share: (n,) its share of the child's area, 0 … 1.
        runner_up_share: (n,) share of the next parent, 0 without one.
        tied: (n,) whether the next parent holds as much (within one millionth); the lower index was taken.
        low: (n,) whether the share is below the limit asked for.
    """

    index: NDArray[np.int64]
    share: NDArray[np.float64]
    runner_up_share: NDArray[np.float64]
    tied: NDArray[np.bool_]
    low: NDArray[np.bool_]


def area_shares(children: NDArray[np.object_], parents: NDArray[np.object_]) -> AreaShares:
    """How much of each child lies in each parent.

    Args:
        children: (n,) valid polygons in degrees; None and empty ones overlap nothing.
        parents: (m,) valid polygons in degrees.

    Returns:
        One entry per overlapping pair; areas in the local equal-area plane.
    """
    plane = LocalMetres.of(np.concatenate((children, parents)))
    small, large = _valid(plane.project(children)), _valid(plane.project(parents))
    child, parent = shapely.STRtree(large).query(small, predicate="intersects")
    shapely.prepare(large)
    whole = shapely.covers(large[parent], small[child])
    area = np.zeros(len(child))
    area[whole] = shapely.area(small[child[whole]])
    area[~whole] = shapely.area(shapely.intersection(small[child[~whole]], large[parent[~whole]]))
    own = shapely.area(small)[child]
    keep = (area > 0) & (own > 0)
    child, parent, area, own = child[keep], parent[keep], area[keep], own[keep]
    order = np.lexsort((parent, -area, child))
    return AreaShares(child[order], parent[order], area[order], np.minimum(area / own, 1.0)[order])


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The polygons with those mended that projecting made invalid: corners a hair apart may change sides."""
    wrong = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    mended = shapes.copy()
    mended[wrong] = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    return mended


def parents_by_location(
    children: NDArray[np.object_], parents: NDArray[np.object_], *, low_share: float = 0.9
) -> ParentsByLocation:
    """Give each child the parent that holds the largest share of its area.

    Args:
        children: (n,) valid polygons in degrees.
        parents: (m,) valid polygons in degrees.
        low_share: a share below this is marked ``low``.

    Returns:
        Parents in the order of the children; ties go to the lower index and are marked.

    Example:
        >>> inside = parents_by_location(np.array([shapely.box(0, 0, 1, 1)]), np.array([shapely.box(0, 0, 2, 2)]))
        >>> inside.index.tolist()
        [0]
    """
    shares = area_shares(children, parents)
    place = np.arange(len(shares.child)) - np.searchsorted(shares.child, shares.child)
    index = np.full(len(children), -1, dtype=np.int64)
    share, runner_up = np.zeros(len(children)), np.zeros(len(children))
    share[shares.child[place == 0]] = shares.share[place == 0]
    runner_up[shares.child[place == 1]] = shares.share[place == 1]
    tied = (share > 0) & (share - runner_up <= 1e-6)
    np.maximum.at(index, shares.child[place == 0], shares.parent[place == 0])
    for child in np.flatnonzero(tied):
        equal = (shares.child == child) & (shares.share >= share[child] - 1e-6)
        index[child] = shares.parent[equal].min()
    return ParentsByLocation(index, share, runner_up, tied, share < low_share)
