"""Along which lines do neighbours meet?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import ParameterError

GRID_DEG = 1e-6
TOLERANCE_DEG = 2e-6
"""How far two drawings of one border may lie apart: twice the rounding of coordinates with 6 decimals, about 0.2 m."""


@dataclass(frozen=True, slots=True)
class BorderLines:
    """Common borders of neighbours, sorted by pair; each pair once, with first < second.

    Attributes:
        first: (b,) index of one unit.
        second: (b,) index of the other.
        lines: (b,) line or several, in degrees.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    lines: NDArray[np.object_]


def border_lines(geometries: NDArray[np.object_], *, tolerance_deg: float = TOLERANCE_DEG) -> BorderLines:
    """The lines that two units have in common; a common corner is none.

    Where both outlines run over the same points their pieces are matched as numbers, which is nearly all of a clean
    division. What is left is matched by distance, so a border that was drawn twice counts as common too.

    Args:
        geometries: (n,) polygons in degrees; None and empty ones have no borders.
        tolerance_deg: How far two drawings of one border may lie apart.

    Raises:
        ParameterError: If the tolerance is not above 0.

    Example:
        >>> two = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
        >>> border_lines(two).lines[0].wkt
        'LINESTRING (1 0, 1 1)'
    """
    if not tolerance_deg > 0:
        raise ParameterError("tolerance_deg", tolerance_deg, "more than 0")
    ends, unit = _pieces(np.asarray(geometries, dtype=object))
    pairs, shared, left = _matched(ends, unit)
    near_pairs, near_lines = _near(ends[left], unit[left], tolerance_deg)
    lines = shapely.linestrings(shared * GRID_DEG) if len(shared) else np.empty(0, object)
    return _gathered(np.concatenate((pairs, near_pairs)), np.concatenate((lines, near_lines)))


def _pieces(geometries: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Straight pieces of all outlines: (s, 2, 2) ends on the grid, smaller end first, and (s,) whose they are."""
    parts, part_unit = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grid = np.rint(points / GRID_DEG).astype(np.int64)
    joined = (ring[1:] == ring[:-1]) & (grid[1:] != grid[:-1]).any(axis=1)
    start, end = grid[:-1][joined], grid[1:][joined]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.stack((np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)), axis=1)
    return ends, part_unit[ring_part[ring[1:][joined]]].astype(np.int64)


def _matched(
    ends: NDArray[np.int64], unit: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pieces that two units have: (m, 2) units, (m, 2, 2) ends; and the places of the others."""
    flat = ends.reshape(-1, 4)
    order = np.lexsort((unit, flat[:, 3], flat[:, 2], flat[:, 1], flat[:, 0]))
    same = (flat[order][1:] == flat[order][:-1]).all(axis=1) & (unit[order][1:] != unit[order][:-1])
    one, other = order[:-1][same], order[1:][same]
    alone = np.ones(len(unit), bool)
    alone[one] = alone[other] = False
    pairs = np.sort(np.column_stack((unit[one], unit[other])), axis=1)
    return pairs.reshape(-1, 2), ends[one], np.flatnonzero(alone)


def _near(
    ends: NDArray[np.int64], unit: NDArray[np.int64], tolerance_deg: float
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Pairs of units whose remaining outlines run side by side, and the lines of the first along the second."""
    none = np.empty((0, 2), np.int64), np.empty(0, object)
    if not len(unit):
        return none
    order = np.argsort(unit, kind="stable")
    owners, place = np.unique(unit[order], return_inverse=True)
    outlines = shapely.multilinestrings(shapely.linestrings(ends[order] * GRID_DEG), indices=place)
    one, other = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=tolerance_deg)
    once = one < other
    one, other = one[once], other[once]
    wide = shapely.buffer(outlines, tolerance_deg, quad_segs=1, cap_style="flat")
    lines = shapely.intersection(outlines[one], wide[other])
    # A corner that touches gives a line of a few tolerances.
    long = shapely.length(lines) > 10 * tolerance_deg
    return np.column_stack((owners[one], owners[other]))[long], shapely.line_merge(lines[long])


def _gathered(pairs: NDArray[np.int64], lines: NDArray[np.object_]) -> BorderLines:
    """Pieces of one pair put together."""
    parts, piece_of = shapely.get_parts(lines, return_index=True)
    pairs = pairs.reshape(-1, 2)[piece_of]
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, pairs = parts[is_line], pairs[is_line]
    if not len(parts):
        empty = np.empty(0, np.int64)
        return BorderLines(empty, empty, np.empty(0, object))
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    found, place = np.unique(pairs[order], axis=0, return_inverse=True)
    merged = shapely.line_merge(shapely.multilinestrings(parts[order], indices=place.reshape(-1)))
    return BorderLines(found[:, 0], found[:, 1], merged)
