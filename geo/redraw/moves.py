"""May these units go to that zone, and which units would be cut off if they did?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.errors import ParameterError
from geo.redraw.contiguity import pieces_of
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Ints

_ROUNDING = 1e-12

__all__ = ["Locks", "MoveProblem", "MoveRefused", "cut_off", "moved", "reassigned"]


class MoveProblem(StrEnum):
    """Why a move is refused."""

    CUTS_OFF = "cuts_off"
    NOT_ADJACENT = "not_adjacent"
    FENCE = "fence"
    LOCKED = "locked"
    APART = "apart"
    TOGETHER = "together"
    BOUNDS = "bounds"
    TOO_FEW = "too_few"
    NOTHING_MOVES = "nothing_moves"


@dataclass(frozen=True, slots=True)
class MoveRefused:
    """A move that would break the plan.

    Attributes:
        problem: why.
        units: for `cuts_off`, the units that their zone would lose contact with; for `not_adjacent`, those of the move
            that would not adjoin the zone; for `fence`, those on its other side; for `locked`, the locked ones; for
            `apart` and `together`, the pairs or groups; for `bounds`, those of the zone; for `too_few`, all there are.
        zone: the zone that would be cut, that is not adjacent or that would be out of bounds; −1 where none is.
    """

    problem: MoveProblem
    units: Ints
    zone: int


def moved(
    plan: DrawnPlan, units: Ints, to: int, locks: Locks | None = None, rules: DrawnRules | None = None
) -> DrawnPlan | MoveRefused:
    """Move units to a zone if no zone falls apart by it and no rule is broken further.

    A zone that is in several pieces already, such as one drawn elsewhere, may stay so but not get more pieces; one that
    is out of bounds may stay so but not go farther.

    Args:
        plan: the plan.
        units: (m,) units that move; those that are in the zone already stay.
        to: the zone; the next unused number makes a new one, −1 takes the units out of the plan.
        locks: what must not change.
        rules: bounds, groups together and pairs apart; None asks none of these.

    Returns:
        The new plan, or why not.

    Raises:
        ParameterError: if a unit or the zone does not exist.
    """
    units = np.unique(units).astype(np.int64)
    if len(units) and not 0 <= units[0] <= units[-1] < len(plan.zone):
        raise ParameterError("units", units.tolist(), f"0 to {len(plan.zone) - 1}")
    units = units[plan.zone[units] != to]
    if not len(units):
        return MoveRefused(MoveProblem.NOTHING_MOVES, units, to)
    before = _locked(plan, units, to, locks or Locks()) or _over_the_fence(plan, units, to)
    if before is not None:
        return before
    return _judged(plan, plan.redrawn(units, to), units, rules)


def reassigned(
    plan: DrawnPlan, units: Ints, to: Ints, locks: Locks | None = None, rules: DrawnRules | None = None
) -> DrawnPlan | MoveRefused:
    """Move units to several zones in one step; only the plan after all has moved is judged.

    Args:
        plan: the plan.
        units: (m,) units that move, each once.
        to: (m,) the zone of each; the next unused numbers make new zones.
        locks: what must not change.
        rules: bounds, groups together and pairs apart; None asks none of these.

    Returns:
        The new plan, or why not.
    """
    changed = plan.zone[units] != to
    units, to = units[changed], to[changed]
    if not len(units):
        return MoveRefused(MoveProblem.NOTHING_MOVES, units, UNASSIGNED)
    for number in np.unique(to).tolist():
        own = units[to == number]
        refused = _locked(plan, own, number, locks or Locks()) or _over_the_fence(plan, own, number)
        if refused is not None:
            return refused
    return _judged(plan, plan.redrawn(units, to), units, rules)


def _locked(plan: DrawnPlan, units: Ints, to: int, locks: Locks) -> MoveRefused | None:
    if to in locks.zones:
        return MoveRefused(MoveProblem.LOCKED, units, to)
    held = [unit for unit in units.tolist() if unit in locks.units or int(plan.zone[unit]) in locks.zones]
    return MoveRefused(MoveProblem.LOCKED, np.array(held, np.int64), UNASSIGNED) if held else None


def _over_the_fence(plan: DrawnPlan, units: Ints, to: int) -> MoveRefused | None:
    fence = plan.terrain.fence
    if fence is None or to == UNASSIGNED:
        return None
    there = plan.members(to)
    side = fence[there[0] if len(there) else units[0]]
    beyond: Ints = units[fence[units] != side]
    return MoveRefused(MoveProblem.FENCE, beyond, to) if len(beyond) else None


def _judged(plan: DrawnPlan, after: DrawnPlan, units: Ints, rules: DrawnRules | None) -> DrawnPlan | MoveRefused:
    return _in_pieces(plan, after, units) or _breaks(plan, after, rules or DrawnRules()) or after


def _in_pieces(plan: DrawnPlan, after: DrawnPlan, units: Ints) -> MoveRefused | None:
    for left in np.unique(plan.zone[units]).tolist():
        if left != UNASSIGNED and after.figures[left].pieces > max(plan.figures[left].pieces, 1):
            return MoveRefused(MoveProblem.CUTS_OFF, cut_off(after, left), left)
    for to in np.unique(after.zone[units]).tolist():
        before = plan.figures[to].pieces if 0 <= to < len(plan.figures) else 0
        if to != UNASSIGNED and after.figures[to].pieces > max(before, 1):
            return MoveRefused(MoveProblem.NOT_ADJACENT, np.intersect1d(cut_off(after, to), units), to)
    return None


def _breaks(plan: DrawnPlan, after: DrawnPlan, rules: DrawnRules) -> MoveRefused | None:
    """The first rule that is broken farther than before."""
    clashing = rules.apart[rules.clashes(after.zone) & ~rules.clashes(plan.zone)]
    if len(clashing):
        return MoveRefused(MoveProblem.APART, np.unique(clashing), int(after.zone[clashing[0, 0]]))
    parted = rules.newly_parted(plan.zone, after.zone)
    if len(parted):
        return MoveRefused(MoveProblem.TOGETHER, parted, UNASSIGNED)
    for number, (new, old) in enumerate(zip(after.figures, plan.figures, strict=False)):
        if new is not old and old.members and rules.strain(new) > rules.strain(old) + _ROUNDING:
            return MoveRefused(MoveProblem.BOUNDS, after.members(number), number)
    return None


def cut_off(plan: DrawnPlan, number: int) -> Ints:
    """Units of a zone outside its largest piece."""
    members, graph = plan.members(number), plan.terrain.graph
    piece = pieces_of(graph.start, graph.other, plan.zone, members)
    off: Ints = members[piece != np.argmax(np.bincount(piece))]
    return off
