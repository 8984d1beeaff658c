"""Which moves of single units would mend or improve a drawn plan the most?"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.errors import ParameterError
from geo.redraw.contiguity import holding_units
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.figures import SOFT_SCALE
from geo.zoning.graph import Floats, Ints, totals
from geo.zoning.problem import Wishes

_LEAST_GAIN = 1e-12


@dataclass(frozen=True, slots=True)
class MoveWeights:
    """How much a rise of each figure of the plan counts; all are shares of 1."""

    similarity: float = 1.0
    balance: float = SOFT_SCALE * 0.2
    compactness: float = SOFT_SCALE * 0.2

    @classmethod
    def of(cls, wishes: Wishes) -> Self:
        """The weights that a proposal with these wishes goes by."""
        return cls(1.0, SOFT_SCALE * wishes.spread, SOFT_SCALE * wishes.compactness)


@dataclass(frozen=True, slots=True)
class NextMove:
    """One unit that could go to a neighbouring zone.

    Attributes:
        unit: which.
        home: zone that it leaves, −1 for none.
        to: zone that it joins.
        mends: whether the unit had no zone, or a zone out of bounds comes nearer to them.
        gain: weighted rise of the three figures below.
        ratio, balance, compactness: by how much each figure of the plan would rise.
    """

    unit: int
    home: int
    to: int
    mends: bool
    gain: float
    ratio: float
    balance: float
    compactness: float


class _Moves(NamedTuple):
    """(m,) candidates: unit, zone joined, and changes of the sum of squares between and of the inner border length."""

    unit: Ints
    to: Ints
    between: Floats
    inner_m: Floats


def next_moves(
    plan: DrawnPlan,
    weights: MoveWeights | None = None,
    n: int = 10,
    *,
    locks: Locks | None = None,
    rules: DrawnRules | None = None,
) -> tuple[NextMove, ...]:
    """The best moves of single units to a zone that they adjoin, one for each unit.

    Units in no zone come first, then moves that bring a zone nearer to its bounds, then those that gain; within each by
    gain, ties by unit. Every move is one that :func:`geo.redraw.moves.moved` makes. No zone is emptied or opened.

    Args:
        plan: the plan.
        weights: of the gain.
        n: how many at most.
        locks: what must not change.
        rules: bounds, groups together and pairs apart; no move breaks one farther.

    Raises:
        ParameterError: if n is below 0.
    """
    if n < 0:
        raise ParameterError("n", n, "0 or more")
    weights, locks, rules = weights or MoveWeights(), locks or Locks(), rules or DrawnRules()
    moves = _candidates(plan, locks)
    moves, eased = _allowed(plan, moves, rules)
    ratio, balance, compactness = _rises(plan, moves)
    gain = weights.similarity * ratio + weights.balance * balance + weights.compactness * compactness
    rank = np.where(plan.zone[moves.unit] == UNASSIGNED, 0, np.where(eased, 1, 2))
    order = np.lexsort((moves.to, moves.unit, -gain, rank))
    order = order[(rank[order] < 2) | (gain[order] > _LEAST_GAIN)]
    order = order[np.sort(np.unique(moves.unit[order], return_index=True)[1])][:n]
    return tuple(
        NextMove(
            int(moves.unit[k]),
            int(plan.zone[moves.unit[k]]),
            int(moves.to[k]),
            bool(rank[k] < 2),
            float(gain[k]),
            float(ratio[k]),
            float(balance[k]),
            float(compactness[k]),
        )
        for k in order.tolist()
    )


def _candidates(plan: DrawnPlan, locks: Locks) -> _Moves:
    graph, terrain, zones = plan.terrain.graph, plan.terrain, len(plan.figures)
    assigned = plan.zone >= 0
    sums = totals(plan.zone[assigned], terrain.scores[assigned], zones)
    closed = np.zeros(zones, np.bool_)
    closed[sorted(locks.zones)] = True
    leaves = ~holding_units(graph.start, graph.other, plan.zone)
    leaves[sorted(locks.units)] = False
    mass = np.array([zone.members for zone in plan.figures], np.float64)
    found = _border_moves(graph.start, graph.other, graph.length, plan.zone, terrain.scores, sums, mass, leaves, closed)
    return _Moves(*found)


@njit(cache=True, nogil=True)
def _border_moves(
    start: Ints,
    other: Ints,
    length: Floats,
    zone: Ints,
    scores: Floats,
    sums: Floats,
    mass: Floats,
    leaves: NDArray[np.bool_],
    closed: NDArray[np.bool_],
) -> tuple[Ints, Ints, Floats, Floats]:
    """Every move of a unit to an adjoining zone, with what it changes; see :class:`_Moves`."""
    unit, to = np.empty(len(other), np.int64), np.empty(len(other), np.int64)
    between, inner = np.empty(len(other)), np.empty(len(other))
    shared = np.zeros(len(mass))
    last = np.full(len(mass), -1, np.int64)
    value = np.zeros(len(mass))
    for z in range(len(mass)):
        if mass[z] > 0:
            value[z] = (sums[z] ** 2).sum() / mass[z]
    count = 0
    for i in range(len(zone)):
        home = zone[i]
        if not leaves[i] or (home >= 0 and (closed[home] or mass[home] == 1)):
            continue
        first = count
        at_home = 0.0
        for e in range(start[i], start[i + 1]):
            there = zone[other[e]]
            if there < 0 or closed[there]:
                continue
            if there == home:
                at_home += length[e]
                continue
            if last[there] != i:
                last[there] = i
                shared[there] = 0.0
                unit[count] = i
                to[count] = there
                count += 1
            shared[there] += length[e]
        if count == first:
            continue
        lost = 0.0
        if home >= 0:
            rest = 0.0
            for k in range(scores.shape[1]):
                rest += (sums[home, k] - scores[i, k]) ** 2
            lost = value[home] - rest / (mass[home] - 1)
        for m in range(first, count):
            there = to[m]
            joined = 0.0
            for k in range(scores.shape[1]):
                joined += (sums[there, k] + scores[i, k]) ** 2
            between[m] = joined / (mass[there] + 1) - value[there] - lost
            inner[m] = shared[there] - at_home
    return unit[:count], to[:count], between[:count], inner[:count]


def _allowed(plan: DrawnPlan, moves: _Moves, rules: DrawnRules) -> tuple[_Moves, NDArray[np.bool_]]:
    """The moves that break no rule farther, and which of them bring a zone nearer to its bounds."""
    load, home = plan.terrain.workload[moves.unit], plan.zone[moves.unit]
    loads = np.array([zone.workload for zone in plan.figures])
    members = np.array([float(zone.members) for zone in plan.figures])
    joins = rules.strains(loads[moves.to] + load, members[moves.to] + 1)
    joins -= rules.strains(loads[moves.to], members[moves.to])
    leaves = rules.strains(loads[home] - load, members[home] - 1) - rules.strains(loads[home], members[home])
    leaves[home == UNASSIGNED] = 0.0
    kept = (joins <= _LEAST_GAIN) & (leaves <= _LEAST_GAIN) & ~_forbidden(plan, moves, rules)
    eased = joins + leaves < -_LEAST_GAIN
    some = _Moves(moves.unit[kept], moves.to[kept], moves.between[kept], moves.inner_m[kept])
    return some, eased[kept]


def _forbidden(plan: DrawnPlan, moves: _Moves, rules: DrawnRules) -> NDArray[np.bool_]:
    """(m,) which moves would join a pair that must be apart, or take a unit away from its group."""
    zones = len(plan.figures)
    one, two = rules.apart[:, 0], rules.apart[:, 1]
    clash = np.concatenate((one * zones + plan.zone[two], two * zones + plan.zone[one]))
    clash = clash[np.concatenate((plan.zone[two], plan.zone[one])) >= 0]
    found: NDArray[np.bool_] = np.isin(moves.unit * zones + moves.to, clash)
    for group in rules.together:
        for unit in group.tolist():
            homes = plan.zone[group[group != unit]]
            if (homes >= 0).any():
                found |= (moves.unit == unit) & ~np.isin(moves.to, homes)
    return found


def _rises(plan: DrawnPlan, moves: _Moves) -> tuple[Floats, Floats, Floats]:
    """(m,) rise of ratio, balance and compactness by each move."""
    terrain, home = plan.terrain, plan.zone[moves.unit]
    load = terrain.workload[moves.unit]
    loads = np.array([zone.workload for zone in plan.figures])
    in_use = sum(zone.members > 0 for zone in plan.figures)
    away = np.where(home == UNASSIGNED, 0.0, -2 * load * (loads[home] - load / 2))
    squares = float((loads**2).sum()) + away + 2 * load * (loads[moves.to] + load / 2)
    whole = loads.sum() + np.where(home == UNASSIGNED, load, 0.0)
    even = np.where(squares > 0, whole**2 / np.maximum(in_use * squares, 1e-300), 1.0)
    ratio = moves.between / terrain.total if terrain.total > 0 else np.zeros(len(load))
    compactness = moves.inner_m / terrain.border_m if terrain.border_m > 0 else np.zeros(len(load))
    return ratio, even - plan.balance, compactness
