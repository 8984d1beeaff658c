"""How does one zone become several: along a line that is drawn, or by the engine?"""

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError
from geo.redraw.moves import MoveProblem, MoveRefused, cut_off, reassigned
from geo.redraw.plan import DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Floats, Ints, UnitGraph
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits
from geo.zoning.propose import Proposal, propose


def split_by_line(
    plan: DrawnPlan,
    zone: int,
    line_xy: Floats,
    place_xy: Floats,
    locks: Locks | None = None,
    rules: DrawnRules | None = None,
) -> DrawnPlan | MoveRefused:
    """Split a zone along a line; the part with more units, or with the locked ones, keeps the number.

    The line is drawn on straight at both ends, and a unit lies on the side of its place. What a side would have cut off
    from its largest piece goes to the other, so that both parts are whole.

    Args:
        plan: the plan.
        zone: the zone.
        line_xy: (m, 2) corners of the line, two or more, in the plane of the places.
        place_xy: (n, 2) a place inside each unit.
        locks: what must not change.
        rules: bounds, groups together and pairs apart; None asks none of these.

    Returns:
        The plan with one zone more, or why not: `too_few` where all units lie on one side.

    Raises:
        ShapeError: if an array has another shape.
        ParameterError: if the zone does not exist or the line has no length.
    """
    members = _members(plan, zone)
    if place_xy.shape != (plan.terrain.graph.count, 2):
        raise ShapeError("place_xy", f"({plan.terrain.graph.count}, 2)", place_xy.shape)
    if line_xy.ndim != 2 or line_xy.shape[1] != 2:
        raise ShapeError("line_xy", "(two or more, 2)", line_xy.shape)
    left = _left_of(line_xy, place_xy[members])
    left = _mended(plan, members, left)
    if left.all() or not left.any():
        return MoveRefused(MoveProblem.TOO_FEW, members, zone)
    return _parted(plan, zone, members, left.astype(np.int64), locks or Locks(), rules)


def split_in_parts(
    plan: DrawnPlan,
    zone: int,
    k: int,
    seed: int = 7,
    locks: Locks | None = None,
    rules: DrawnRules | None = None,
    *,
    wishes: Wishes | None = None,
    seconds: float = 0.1,
) -> DrawnPlan | MoveRefused:
    """Split a zone by the engine; the largest part, or that with the locked units, keeps the number.

    Args:
        plan: the plan.
        zone: the zone.
        k: number of parts, 2 or more.
        seed: of the search; the same seed gives the same parts.
        locks: what must not change; locked units stay together, in the zone.
        rules: bounds, groups together and pairs apart; None asks none of these.
        wishes: weights of compactness and even workload; None for the engine's own.
        seconds: CPU time of the search.

    Returns:
        The plan with k − 1 zones more, or why not: `cuts_off` where the zone is in more pieces than k, with the units
        of the smaller pieces, `too_few` where it has fewer units, `bounds` where no parts keep the rules.

    Raises:
        ParameterError: if the zone does not exist or k is below 2.
    """
    members, locks, rules = _members(plan, zone), locks or Locks(), rules or DrawnRules()
    if k < 2:
        raise ParameterError("k", k, "2 or more")
    if len(members) < k:
        return MoveRefused(MoveProblem.TOO_FEW, members, zone)
    if plan.figures[zone].pieces > k:
        return MoveRefused(MoveProblem.CUTS_OFF, cut_off(plan, zone), zone)
    asked = _zone_rules(members, k, locks, rules)
    found = propose(_as_units(plan, members), asked, wishes, seed=seed, seconds=seconds)
    if not isinstance(found, Proposal):
        return MoveRefused(MoveProblem.BOUNDS, members, zone)
    return _parted(plan, zone, members, found.zone, locks, rules)


def _members(plan: DrawnPlan, zone: int) -> Ints:
    if not 0 <= zone < len(plan.figures):
        raise ParameterError("zone", zone, f"0 to {len(plan.figures) - 1}")
    return plan.members(zone)


def _left_of(line: Floats, places: Floats) -> NDArray[np.bool_]:
    """(m,) which places lie left of the line, drawn on beyond all of them; where it crosses itself sides change.

    The line is closed by a detour around its left; a place lies inside where a ray crosses that ring an odd number of
    times.
    """
    steps = np.diff(line, axis=0)
    corners = line[np.concatenate(([True], (steps != 0).any(axis=1)))]
    if len(corners) < 2:
        raise ParameterError("line_xy", "without length", "two or more different corners")
    both = np.concatenate((corners, places))
    reach = 4 * float(np.ptp(both, axis=0).sum()) + 1e-9
    begin = corners[0] - reach * _unit(corners[1] - corners[0])
    end = corners[-1] + reach * _unit(corners[-1] - corners[-2])
    middle = both.mean(axis=0)
    far = middle + 3 * reach * _detour(begin - middle, end - middle)
    return _inside(np.vstack((begin, corners, end, far)), places)


def _unit(vector: Floats) -> Floats:
    length: Floats = vector / np.hypot(*vector)
    return length


def _detour(begin: Floats, end: Floats) -> Floats:
    """(c, 2) directions of corners far out, from the end of a line counter-clockwise back to its beginning."""
    first, last = np.arctan2(end[1], end[0]), np.arctan2(begin[1], begin[0])
    turn = (last - first) % (2 * np.pi)
    angles = first + np.linspace(0.0, turn, 9)
    return np.column_stack((np.cos(angles), np.sin(angles)))


def _inside(ring: Floats, places: Floats) -> NDArray[np.bool_]:
    """(m,) which places a ring encloses, by counting crossings of a ray to the right."""
    a, b = ring, np.roll(ring, -1, axis=0)
    x, y = places[:, :1], places[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    crossing = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
    odd: NDArray[np.bool_] = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return odd


def _mended(plan: DrawnPlan, members: Ints, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The sides such that of each connected piece of the zone each side is whole, as far as it can be.

    Only the largest patch of each side stays where it was drawn; the others change sides, since they adjoin that side.
    """
    sides = left.copy()
    for piece in plan.patches(members):
        within = np.isin(members, piece)
        for side in (True, False):
            trial = plan.redrawn(members[within & (sides == side)], len(plan.figures))
            patches = trial.patches(members[within & (sides == side)])
            stray = np.concatenate(patches[1:]) if len(patches) > 1 else members[:0]
            sides[np.isin(members, stray)] = not side
    return sides


def _as_units(plan: DrawnPlan, members: Ints) -> ZoningUnits:
    """The zone as an area of its own; numbers as ids, so that their order is that of the units."""
    first, second, length = plan.terrain.graph.pairs()
    inside = (plan.zone[first] == plan.zone[members[0]]) & (plan.zone[second] == plan.zone[members[0]])
    one, two = np.searchsorted(members, first[inside]), np.searchsorted(members, second[inside])
    graph = UnitGraph.of(len(members), one, two, length[inside])
    return ZoningUnits(_ids(members), plan.terrain.scores[members], plan.terrain.workload[members], graph)


def _ids(members: Ints) -> tuple[str, ...]:
    return tuple(f"{unit:012d}" for unit in members.tolist())


def _zone_rules(members: Ints, k: int, locks: Locks, rules: DrawnRules) -> ZoneRules:
    name = dict(zip(members.tolist(), _ids(members), strict=True))
    groups = [*rules.together, np.array(sorted(locks.units), np.int64)]
    inside = [tuple(name[unit] for unit in group.tolist() if unit in name) for group in groups]
    return ZoneRules(
        zones=k,
        least_members=rules.least_members,
        most_members=None if np.isinf(rules.most_members) else int(rules.most_members),
        least_workload=rules.least_workload,
        most_workload=None if np.isinf(rules.most_workload) else rules.most_workload,
        together=tuple(group for group in inside if len(group) > 1),
        apart=tuple((name[a], name[b]) for a, b in rules.apart.tolist() if a in name and b in name),
    )


def _parted(
    plan: DrawnPlan, zone: int, members: Ints, part: Ints, locks: Locks, rules: DrawnRules | None
) -> DrawnPlan | MoveRefused:
    """The plan with each part but one in a new zone, larger parts first."""
    held = np.isin(members, sorted(locks.units))
    size = np.bincount(part) + len(members) * np.bincount(part, held)
    rank = np.empty(len(size), np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    numbers = np.where(rank == 0, zone, len(plan.figures) - 1 + rank)
    return reassigned(plan, members, numbers[part], locks, rules)
