"""How many cases lie near the border that units have in common?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.zoning.base_units import Shapes, read_unit_shapes
from data.zoning.planning_ground import PlanningGround
from geo.adjacency import TOLERANCE_M
from geo.zoning.graph import Ints

USUAL_M = 200.0
LEAST_M, MOST_M = 20.0, 2_000.0


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Cases of a class group near a border."""

    key: str
    zh: str
    en: str
    n: int


@dataclass(frozen=True, slots=True)
class NearBorder:
    """Cases near the borders that units have in common.

    Attributes:
        within_m: how near.
        border_m: length of these borders.
        n: cases within that distance, in any of the units.
        of: cases of the units that have a place, all distances.
        groups: the cases near the border by class group, most first.
    """

    within_m: float
    border_m: float
    n: int
    of: int
    groups: tuple[GroupCount, ...]


async def read_member_shapes(conn: AsyncRows, ground: PlanningGround, members: Ints) -> Shapes:
    """(k,) polygons in metres of the ground's plane, of units by their places, rising."""
    shapes: Shapes = ground.plane.project(await read_unit_shapes(conn, ground.unit_ids[members]))
    return shapes


def near_border(ground: PlanningGround, members: Ints, shapes: Shapes, within_m: float) -> NearBorder:
    """Count the cases of units that lie near a border between two of them.

    Cases of sensitive classes have no exact place, so they are left out for every reader.

    Args:
        ground: with its cases.
        members: (k,) places of the units, rising.
        shapes: (k,) their polygons in the ground's plane.
        within_m: distance from the border.
    """
    lines = _common_lines(ground, members, shapes)
    cases = ground.cases
    plain = np.zeros(max((row.id for row in ground.classes), default=0) + 1, np.bool_)
    plain[[row.id for row in ground.classes if not row.sensitive]] = True
    own = np.isin(cases.unit, members) & (cases.position >= 0) & plain[cases.class_id]
    place_m = ground.plane.forward(cases.lonlat[own])
    near = np.zeros(len(place_m), np.bool_)
    if not lines.is_empty:
        shapely.prepare(lines)
        near = shapely.dwithin(shapely.points(place_m), lines, within_m)
    groups = _by_group(ground, cases.class_id[own][near])
    return NearBorder(within_m, float(lines.length), int(near.sum()), int(own.sum()), groups)


def _common_lines(ground: PlanningGround, members: Ints, shapes: Shapes) -> shapely.Geometry:
    """The lines along which neighbours among the units touch."""
    first, second, length = ground.outlines.graph.pairs()
    inside = np.isin(first, members) & np.isin(second, members) & (length > 0)
    one, two = np.searchsorted(members, first[inside]), np.searchsorted(members, second[inside])
    lines = shapely.intersection(shapely.boundary(shapes[one]), shapely.buffer(shapes[two], TOLERANCE_M, quad_segs=2))
    return shapely.union_all(lines)


def _by_group(ground: PlanningGround, class_id: NDArray[np.int16]) -> tuple[GroupCount, ...]:
    count = np.bincount(ground.maker.group_of[class_id], minlength=len(ground.maker.groups))
    order = np.lexsort((np.arange(len(count)), -count))
    groups = ground.maker.groups
    return tuple(
        GroupCount(groups[k].group_key, groups[k].group_zh, groups[k].group_en, int(count[k]))
        for k in order.tolist()
        if count[k]
    )
