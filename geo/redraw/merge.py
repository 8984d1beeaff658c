"""Do two zones become one?"""

from geo.errors import ParameterError
from geo.redraw.moves import MoveRefused, moved
from geo.redraw.plan import DrawnPlan
from geo.redraw.rules import DrawnRules, Locks


def merged(
    plan: DrawnPlan, into: int, other: int, locks: Locks | None = None, rules: DrawnRules | None = None
) -> DrawnPlan | MoveRefused:
    """The plan in which all units of one zone join another; the number of the zone left stays, without units.

    Args:
        plan: the plan.
        into: the zone that stays.
        other: the zone that joins it; must adjoin it on the same side of the fence.
        locks: what must not change; a locked zone or unit refuses.
        rules: bounds, groups and pairs; None asks none of these.

    Raises:
        ParameterError: if a zone does not exist, or both are the same.
    """
    if into == other or not all(0 <= number < len(plan.figures) for number in (into, other)):
        raise ParameterError("zones", (into, other), f"two different numbers from 0 to {len(plan.figures) - 1}")
    return moved(plan, plan.members(other), into, locks, rules)
