"""Which share of each unit's area, people and cases do posts reach within their service radii?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.zoning.base_units import Shapes
from data.zoning.planning_ground import PlanningGround
from data.zoning.posts import Posts
from geo.zoning.graph import Floats

CIRCLE_SEGMENTS = 16
"""Of a quarter circle: its area is 0.2 % too small."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What posts reach, by unit.

    Attributes:
        posts: the posts that were asked about.
        area_m2: (n,) area of each unit within the radius of a post.
        share: (n,) the same as a share of the unit.
        cases: (n,) cases with a place in each unit.
        reached: (n,) those of them within the radius of a post.
    """

    posts: Posts
    area_m2: Floats
    share: Floats
    cases: Floats
    reached: Floats


def cover_of(ground: PlanningGround, posts: Posts, shapes: Shapes) -> Cover:
    """Work out what posts reach.

    Args:
        ground: the units with their cases.
        posts: in the ground's plane.
        shapes: (n,) polygons of the units in the ground's plane.
    """
    area_m2 = np.zeros(ground.count)
    if posts.rows:
        circles = shapely.buffer(shapely.points(posts.place_m), posts.radius_m, quad_segs=CIRCLE_SEGMENTS)
        area_m2 = _area_within(shapes, circles)
    whole = shapely.area(shapes)
    placed = ground.cases.position >= 0
    near = _within_reach(posts, ground.plane.forward(ground.cases.lonlat[placed]))
    unit = ground.cases.unit[placed]
    return Cover(
        posts,
        area_m2,
        np.minimum(area_m2 / np.where(whole > 0, whole, 1.0), 1.0),
        np.bincount(unit, minlength=ground.count).astype(np.float64),
        np.bincount(unit[near], minlength=ground.count).astype(np.float64),
    )


def _area_within(shapes: Shapes, circles: Shapes) -> Floats:
    """(n,) area of each polygon within any circle."""
    unit, circle = shapely.STRtree(circles).query(shapes, predicate="intersects")
    area = np.zeros(len(shapes))
    start = np.searchsorted(unit, np.arange(len(shapes) + 1))
    for k in range(len(shapes)):
        near = circles[circle[start[k] : start[k + 1]]]
        if len(near):
            area[k] = shapely.area(shapely.intersection(shapes[k], shapely.union_all(near)))
    return area


def _within_reach(posts: Posts, place_m: Floats) -> NDArray[np.bool_]:
    """(m,) whether any post serves each place."""
    reached = np.zeros(len(place_m), np.bool_)
    for radius_m in np.unique(posts.radius_m[posts.radius_m > 0]):
        tree = cKDTree(posts.place_m[posts.radius_m == radius_m])
        reached |= np.isfinite(tree.query(place_m, distance_upper_bound=np.nextafter(radius_m, np.inf))[0])
    return reached
