"""What would a move do to similarity, balance, compactness and contiguity, before it is made?"""

from dataclasses import dataclass

import numpy as np

from geo.redraw.moves import MoveRefused, moved
from geo.redraw.plan import DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Ints


@dataclass(frozen=True, slots=True)
class PlanChange:
    """How a plan differs from one before; above 0 is better.

    Attributes:
        ratio: change of the share of the sum of squares that lies between zones.
        balance: change of the evenness of workload; see :attr:`DrawnPlan.balance`.
        compactness: change of the share of border length inside zones.
        workload_max_over_mean: change of the highest workload / mean; below 0 is better.
        contiguous: whether each zone is one piece after.
        unassigned: change of the number of units in no zone.
        units: (m,) units whose zone differs, rising.
        zones: numbers of the zones that they left and joined, rising, without −1.
    """

    ratio: float
    balance: float
    compactness: float
    workload_max_over_mean: float
    contiguous: bool
    unassigned: int
    units: Ints
    zones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do.

    Attributes:
        plan: the plan as it would be; None where the move is refused.
        change: what would change; None where the move is refused.
        refused: why the move is refused; None where it is not.
    """

    plan: DrawnPlan | None
    change: PlanChange | None
    refused: MoveRefused | None


def previewed(
    plan: DrawnPlan, units: Ints, to: int, locks: Locks | None = None, rules: DrawnRules | None = None
) -> Preview:
    """Try a move; see :func:`geo.redraw.moves.moved` for the arguments."""
    after = moved(plan, units, to, locks, rules)
    if isinstance(after, MoveRefused):
        return Preview(None, None, after)
    return Preview(after, plan_change(plan, after), None)


def plan_change(before: DrawnPlan, after: DrawnPlan) -> PlanChange:
    """How the second plan differs from the first, both on the same terrain."""
    units = np.flatnonzero(before.zone != after.zone)
    touched = np.unique(np.concatenate((before.zone[units], after.zone[units])))
    return PlanChange(
        after.ratio - before.ratio,
        after.balance - before.balance,
        after.compactness - before.compactness,
        after.workload_max_over_mean - before.workload_max_over_mean,
        after.contiguous,
        len(after.unassigned) - len(before.unassigned),
        units,
        tuple(touched[touched >= 0].tolist()),
    )
