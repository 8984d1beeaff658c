"""Which units does a zone enclose, and what if it takes them?"""

import numpy as np

from geo.errors import ParameterError
from geo.redraw.contiguity import pieces_of
from geo.redraw.moves import MoveProblem, MoveRefused, moved
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Ints, totals

_OPEN_SHARE = 0.01
"""Share of a unit's outline that no neighbour shares, from which the unit lies at the edge; less is a sliver."""


def enclosed(plan: DrawnPlan, zone: int) -> Ints:
    """Units outside a zone from which no way leads to the edge of the area, or to the fence, except through the zone.

    Args:
        plan: the plan; outlines and borders of its terrain tell which units lie at the edge.
        zone: the zone that encloses.

    Returns:
        (m,) units, rising, in no zone or in others.

    Raises:
        ParameterError: if the zone does not exist.
    """
    if not 0 <= zone < len(plan.figures):
        raise ParameterError("zone", zone, f"0 to {len(plan.figures) - 1}")
    graph, terrain = plan.terrain.graph, plan.terrain
    inside = plan.zone == zone
    outside = np.flatnonzero(~inside)
    if not len(outside):
        return outside
    piece = pieces_of(graph.start, graph.other, inside.astype(np.int64), outside)
    shared_m = totals(graph.owner(), graph.length, graph.count)
    at_edge = terrain.perimeter_m - shared_m > _OPEN_SHARE * terrain.perimeter_m
    is_open = np.bincount(piece, at_edge[outside]) > 0
    found: Ints = outside[~is_open[piece]]
    return found


def filled(
    plan: DrawnPlan, zone: int, locks: Locks | None = None, rules: DrawnRules | None = None
) -> DrawnPlan | MoveRefused:
    """The plan in which a zone takes what it encloses: units in no zone and parts that other zones have inside it.

    A zone that lies inside as a whole stays; :func:`geo.redraw.merge.merged` takes it. So do units that adjoin the zone
    only by way of such a zone. Locked units and zones inside stay as well.

    Returns:
        The new plan, or why not: `nothing_moves` where nothing is enclosed.
    """
    locks = locks or Locks()
    inside = enclosed(plan, zone)
    homes = plan.zone[inside]
    members = np.array([figures.members for figures in plan.figures], np.int64)
    whole = np.bincount(homes[homes >= 0], minlength=len(members)) == members
    stays = (homes != UNASSIGNED) & whole[homes]
    stays |= np.isin(inside, sorted(locks.units)) | np.isin(homes, sorted(locks.zones))
    taken = _reached(plan, inside[~stays], zone)
    if not len(taken):
        return MoveRefused(MoveProblem.NOTHING_MOVES, taken, zone)
    return moved(plan, taken, zone, locks, rules)


def _reached(plan: DrawnPlan, units: Ints, zone: int) -> Ints:
    """Those of the units that hang together with the zone."""
    graph, members = plan.terrain.graph, plan.members(zone)
    trial = np.zeros(graph.count, np.int64)
    trial[members] = trial[units] = 1
    both = np.concatenate((members, units))
    piece = pieces_of(graph.start, graph.other, trial, both)
    reached: Ints = units[np.isin(piece[len(members) :], piece[: len(members)])]
    return reached
