"""How far is each case from the post that would serve it under a plan?"""

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from data.zoning.caseload import Caseload
from data.zoning.planning_ground import PlanningGround
from geo.zoning.graph import Floats, Ints


def case_distances(ground: PlanningGround, cases: Caseload, zone: Ints, attached: Mapping[int, int]) -> Floats:
    """(m,) metres in a straight line from each case to the post of its zone; NaN for a case without position or zone.

    The post of a zone is the one attached to it; else the nearest of those that lie in it; else the nearest of all.

    Args:
        ground: with its posts.
        cases: of the ground's units.
        zone: (n,) zone of each unit, below 0 for none.
        attached: place id of the post attached to a zone, where one is.
    """
    place_m = ground.plane.forward(cases.lonlat)
    home = zone[cases.unit]
    distance = np.full(cases.count, np.nan)
    located = np.isfinite(place_m).all(axis=1) & (home >= 0)
    for number in np.unique(home[located]).tolist():
        chosen = posts_of(ground, zone, number, attached)
        if len(chosen):
            own = located & (home == number)
            distance[own] = cKDTree(ground.posts.place_m[chosen]).query(place_m[own])[0]
    return distance


def posts_of(ground: PlanningGround, zone: Ints, number: int, attached: Mapping[int, int]) -> Ints:
    """Which of the ground's posts serve a zone, as places in their arrays."""
    posts = ground.posts
    named = [k for k, row in enumerate(posts.rows) if row.id == attached.get(number)]
    if named:
        return np.array(named, np.int64)
    inside = np.flatnonzero((posts.unit >= 0) & (zone[posts.unit] == number)) if len(zone) else np.zeros(0, np.int64)
    return inside if len(inside) else np.arange(len(posts.rows))
