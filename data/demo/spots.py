"""Where exactly in its small grid does something happen?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.geography import DemoGeography

HOT_SPOTS = 7
HOT_WEIGHT = (0.30, 0.19, 0.13, 0.10, 0.07, 0.05, 0.04)
NEAR_M = 28.0
METRES_PER_DEGREE = 110_900.0
DECIMALS = 6
ATTEMPTS = 3

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Ground:
    """Small grids cut into triangles, for drawing points that certainly lie inside.

    Attributes:
        shapes: Polygons of the small grids in code order, prepared.
        corners: Corners of all triangles as (lon, lat), shape (t, 3, 2), grouped by grid.
        ladder: Grid number plus the grid's cumulative area share up to and including each triangle, shape (t,).
    """

    shapes: Shapes
    corners: Floats
    ladder: Floats


def build_ground(geography: DemoGeography) -> Ground:
    """Cut every small grid into triangles."""
    shapes = np.array([unit.geometry for unit in geography.level("small")], dtype=object)
    shapely.prepare(shapes)
    triangles, owner = shapely.get_parts(shapely.constrained_delaunay_triangles(shapes), return_index=True)
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) + 1e-18
    total = np.bincount(owner, weights=area)
    running = np.cumsum(area)
    before = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    return Ground(shapes, corners, owner + np.clip((running - before[owner]) / total[owner], 0.0, 1.0))


def draw_anywhere(ground: Ground, small: Ints, rng: np.random.Generator) -> Floats:
    """A point in each wanted small grid, even over its area, strictly inside, shape (n, 2)."""
    lonlat = _in_triangles(ground, small, rng)
    for _ in range(60):
        outside = np.flatnonzero(~_inside(ground, small, lonlat))
        if not len(outside):
            break
        lonlat[outside] = _in_triangles(ground, small[outside], rng)
    return lonlat


def _in_triangles(ground: Ground, small: Ints, rng: np.random.Generator) -> Floats:
    wanted = small + np.clip(rng.random(len(small)), 1e-9, 1 - 1e-9)
    triangle = np.minimum(np.searchsorted(ground.ladder, wanted), len(ground.ladder) - 1)
    u, v = rng.random(len(small)), rng.random(len(small))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = (ground.corners[triangle, i] for i in range(3))
    return np.asarray(np.round(a + u[:, None] * (b - a) + v[:, None] * (c - a), DECIMALS))


def _inside(ground: Ground, small: Ints, lonlat: Floats) -> NDArray[np.bool_]:
    return np.asarray(shapely.contains_xy(ground.shapes[small], lonlat[:, 0], lonlat[:, 1]))


def draw_near(ground: Ground, small: Ints, lonlat: Floats, near_m: float, rng: np.random.Generator) -> Floats:
    """A point some metres from a given one, in the same small grid; the given one itself where that fails."""
    answer = lonlat.copy()
    open_rows = np.arange(len(small))
    for _ in range(ATTEMPTS):
        offset = rng.normal(0.0, near_m / METRES_PER_DEGREE, (len(open_rows), 2))
        tried = np.round(lonlat[open_rows] + offset, DECIMALS)
        good = _inside(ground, small[open_rows], tried)
        answer[open_rows[good]] = tried[good]
        open_rows = open_rows[~good]
    return answer


@dataclass(frozen=True)
class Spots:
    """Drawn positions; `anchor` numbers the hot spot within the grid, -1 for elsewhere."""

    lonlat: Floats
    anchor: Ints


def draw_spots(ground: Ground, small: Ints, rng: np.random.Generator) -> Spots:
    """Points that gather at a few hot spots of each grid (a market, a crossing); the rest lie anywhere in it."""
    grids = len(ground.shapes)
    anchors = draw_anywhere(ground, np.repeat(np.arange(grids), HOT_SPOTS), rng).reshape(grids, HOT_SPOTS, 2)
    level = np.searchsorted(np.cumsum(HOT_WEIGHT), rng.random(len(small)), side="right")
    anchor = np.where(level < HOT_SPOTS, level, -1)
    lonlat = np.empty((len(small), 2))
    hot, cold = np.flatnonzero(anchor >= 0), np.flatnonzero(anchor < 0)
    lonlat[hot] = draw_near(ground, small[hot], anchors[small[hot], anchor[hot]], NEAR_M, rng)
    lonlat[cold] = draw_anywhere(ground, small[cold], rng)
    return Spots(lonlat, anchor)
