"""Where must a drawn plan still be worked on: units in no zone, broken zones, zones out of bounds?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.redraw.moves import cut_off
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.redraw.rules import DrawnRules
from geo.zoning.graph import Ints


class DrawnFaultKind(StrEnum):
    """What is wrong."""

    UNASSIGNED = "unassigned"
    BROKEN = "broken"
    OVERLOADED = "overloaded"
    UNDERLOADED = "underloaded"
    TOO_MANY_MEMBERS = "too_many_members"
    TOO_FEW_MEMBERS = "too_few_members"
    APART = "apart"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class DrawnFault:
    """One thing that is wrong, with the place to jump to.

    Attributes:
        kind: what.
        zone: number of the zone; −1 where none or several are.
        units: (m,) units concerned, rising: a connected patch without a zone, the pieces cut off, the members.
        figure: workload of the zone, or number of units concerned.
        bound: what the figure must keep; 0 where there is none.
    """

    kind: DrawnFaultKind
    zone: int
    units: Ints
    figure: float
    bound: float = 0.0


def plan_faults(plan: DrawnPlan, rules: DrawnRules | None = None) -> tuple[DrawnFault, ...]:
    """Everything that is wrong with a plan: units in no zone, then broken zones, bounds, pairs and groups.

    Args:
        plan: the plan.
        rules: bounds, groups and pairs; None asks for whole zones and no units left over alone.
    """
    rules = rules or DrawnRules()
    faults = [*_unassigned(plan), *_broken(plan)]
    for number, zone in enumerate(plan.figures):
        if zone.members and rules.strain(zone) > 0:
            faults += _out_of_bounds(plan, rules, number)
    for pair in rules.apart[rules.clashes(plan.zone)]:
        faults.append(DrawnFault(DrawnFaultKind.APART, int(plan.zone[pair[0]]), np.sort(pair), 2.0))
    for group in rules.together:
        if len(np.unique(plan.zone[group])) > 1:
            faults.append(DrawnFault(DrawnFaultKind.TOGETHER, UNASSIGNED, np.sort(group), float(len(group))))
    return tuple(faults)


def _unassigned(plan: DrawnPlan) -> list[DrawnFault]:
    patches = plan.patches(plan.unassigned)
    return [DrawnFault(DrawnFaultKind.UNASSIGNED, UNASSIGNED, patch, float(len(patch))) for patch in patches]


def _broken(plan: DrawnPlan) -> list[DrawnFault]:
    broken = [number for number, zone in enumerate(plan.figures) if zone.pieces > 1]
    found = [(number, cut_off(plan, number)) for number in broken]
    return [DrawnFault(DrawnFaultKind.BROKEN, number, units, float(len(units))) for number, units in found]


def _out_of_bounds(plan: DrawnPlan, rules: DrawnRules, number: int) -> list[DrawnFault]:
    zone, members = plan.figures[number], plan.members(number)
    asked = (
        (DrawnFaultKind.OVERLOADED, zone.workload, rules.most_workload, 1),
        (DrawnFaultKind.UNDERLOADED, zone.workload, rules.least_workload, -1),
        (DrawnFaultKind.TOO_MANY_MEMBERS, zone.members, rules.most_members, 1),
        (DrawnFaultKind.TOO_FEW_MEMBERS, zone.members, rules.least_members, -1),
    )
    return [
        DrawnFault(kind, number, members, float(figure), float(bound))
        for kind, figure, bound, sign in asked
        if sign * (figure - bound) > 0
    ]
