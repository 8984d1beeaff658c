"""May these units go to that zone, and which units would be cut off if they did?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.errors import ParameterError
from geo.redraw.contiguity import pieces_of
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.zoning.graph import Ints


class MoveProblem(StrEnum):
    """Why a move is refused."""

    CUTS_OFF = "cuts_off"
    NOT_ADJACENT = "not_adjacent"
    LOCKED = "locked"
    NOTHING_MOVES = "nothing_moves"


@dataclass(frozen=True, slots=True)
class MoveRefused:
    """A move that would break the plan.

    Attributes:
        problem: why.
        units: for `cuts_off`, the units that their zone would lose contact with; for `not_adjacent`, those of the move
            that would not adjoin the zone; for `locked`, the locked ones.
        zone: the zone that would be cut, or that is not adjacent; −1 where none is.
    """

    problem: MoveProblem
    units: Ints
    zone: int


@dataclass(frozen=True, slots=True)
class Locks:
    """What the planner has locked: units that stay where they are, zones that nothing leaves or joins."""

    units: frozenset[int] = frozenset()
    zones: frozenset[int] = frozenset()


def moved(plan: DrawnPlan, units: Ints, to: int, locks: Locks | None = None) -> DrawnPlan | MoveRefused:
    """Move units to a zone if no zone falls apart by it.

    A zone that is in several pieces already, such as one drawn elsewhere, may stay so but not get more pieces.

    Args:
        plan: the plan.
        units: (m,) units that move; those that are in the zone already stay.
        to: the zone; the next unused number makes a new one, −1 takes the units out of the plan.
        locks: what must not change.

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
    locked = _locked(plan, units, to, locks or Locks())
    if locked is not None:
        return locked
    after = plan.redrawn(units, to)
    for left in np.unique(plan.zone[units]).tolist():
        if left != UNASSIGNED and after.figures[left].pieces > max(plan.figures[left].pieces, 1):
            return MoveRefused(MoveProblem.CUTS_OFF, _cut_off(after, left), left)
    if to != UNASSIGNED:
        before = plan.figures[to].pieces if to < len(plan.figures) else 0
        if after.figures[to].pieces > max(before, 1):
            return MoveRefused(MoveProblem.NOT_ADJACENT, np.intersect1d(_cut_off(after, to), units), to)
    return after


def _locked(plan: DrawnPlan, units: Ints, to: int, locks: Locks) -> MoveRefused | None:
    if to in locks.zones:
        return MoveRefused(MoveProblem.LOCKED, units, to)
    held = [unit for unit in units.tolist() if unit in locks.units or int(plan.zone[unit]) in locks.zones]
    return MoveRefused(MoveProblem.LOCKED, np.array(held, np.int64), UNASSIGNED) if held else None


def _cut_off(plan: DrawnPlan, number: int) -> Ints:
    """Units of a zone outside its largest piece."""
    members, graph = plan.members(number), plan.terrain.graph
    piece = pieces_of(graph.start, graph.other, plan.zone, members)
    off: Ints = members[piece != np.argmax(np.bincount(piece))]
    return off
