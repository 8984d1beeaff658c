"""What does each kind of edit make of an open plan, or why is it refused?"""

import asyncio
from collections.abc import Sequence

import numpy as np

from dashboard.zoning.open_plan import OpenPlan, padded
from data.engine import AsyncRows
from data.reads.units import read_units_by_code
from data.zoning.plan_errors import MoveNotMade, NothingToRepeat, PartUnknown
from data.zoning.plan_steps import PlanStep
from geo.redraw.fill import filled
from geo.redraw.merge import merged
from geo.redraw.moves import MoveProblem, MoveRefused, moved
from geo.redraw.plan import UNASSIGNED, DrawnPlan
from geo.redraw.split import split_by_line, split_in_parts
from geo.zoning.graph import Floats, Ints

REASONS = {
    MoveProblem.CUTS_OFF: (
        "cuts",
        "units would be cut off from the zone that they are in",
        "Move these units as well.",
    ),
    MoveProblem.NOT_ADJACENT: ("not_adjacent", "units do not adjoin the zone", "Move the units in between as well."),
    MoveProblem.FENCE: ("fence", "units lie beyond the border that no zone may cross", "Leave them out."),
    MoveProblem.LOCKED: ("locked", "units or zones are locked", "Unlock them first."),
    MoveProblem.APART: ("apart", "units must not be in one zone", "Leave one of them out, or change the rule."),
    MoveProblem.TOGETHER: ("together", "units must stay in one zone", "Move all of them, or change the rule."),
    MoveProblem.BOUNDS: ("bounds", "units would bring a zone farther out of its bounds", "Move others, or fewer."),
    MoveProblem.TOO_FEW: ("empty", "units are too few to be divided like this", "Ask for fewer parts."),
    MoveProblem.NOTHING_MOVES: ("empty", "units would move", "Name units that are in another zone."),
}
_NAMED = 5


def refusal_of(open_plan: OpenPlan, refused: MoveRefused) -> MoveNotMade:
    """The refusal with codes and a sentence."""
    codes = open_plan.codes(refused.units)
    reason, what, remedy = REASONS[refused.problem]
    more = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
    told = f" ({', '.join(codes[:_NAMED])}{more})" if codes else ""
    cause = f"{len(codes) or 'No'} {what}{told}."
    return MoveNotMade(reason, cause, remedy, codes, refused.zone if refused.zone >= 0 else None)


def drawn(open_plan: OpenPlan, after: DrawnPlan | MoveRefused) -> DrawnPlan:
    """The new plan.

    Raises:
        MoveNotMade: It was refused.
    """
    if isinstance(after, MoveRefused):
        raise refusal_of(open_plan, after)
    return after


async def named_units(conn: AsyncRows, open_plan: OpenPlan, codes: Sequence[str]) -> Ints:
    """Places of the units with these codes; a unit above the base level stands for all units in it.

    Raises:
        PartUnknown: A code names no unit of the plan.
    """
    found = [open_plan.place[code] for code in codes if code in open_plan.place]
    missing = [code for code in codes if code not in open_plan.place]
    if missing:
        above = {unit.code: unit.id for unit in await read_units_by_code(conn, missing)}
        for code in missing:
            inside = np.flatnonzero((open_plan.ground.ancestors == above.get(code, -1)).any(axis=1))
            if not len(inside):
                raise PartUnknown("units", f"The plan has no unit {code!r}.", "Take codes from the plan's `units`.")
            found += inside.tolist()
    return np.unique(np.array(found, np.int64))


def target_of(open_plan: OpenPlan, to: int | str | None) -> int:
    """Number of the zone that is meant: None takes units out, `new` is the next number.

    Raises:
        PartUnknown: There is no such zone.
    """
    if to is None:
        return UNASSIGNED
    if isinstance(to, str):
        return len(open_plan.plan.figures)
    check_zone(open_plan, to)
    return to


def check_zone(open_plan: OpenPlan, number: int) -> None:
    """Refuse a number that no zone has.

    Raises:
        PartUnknown: There is no such zone.
    """
    if not 0 <= number < len(open_plan.plan.figures):
        raise PartUnknown("zone", f"The plan has no zone {number}.", "Take a number from the plan's `zones`.")


def move_units(open_plan: OpenPlan, units: Ints, to: int) -> DrawnPlan | MoveRefused:
    """Units in another zone."""
    return moved(open_plan.plan, units, to, open_plan.locks, open_plan.rules)


def merge_zones(open_plan: OpenPlan, into: int, other: int) -> DrawnPlan:
    """Two zones as one.

    Raises:
        MoveNotMade: They do not adjoin, or a rule or a lock stands against it.
    """
    for number in (into, other):
        check_zone(open_plan, number)
    if into == other:
        raise MoveNotMade("empty", f"Zone {into} is named twice.", "Name two zones.", (), into)
    return drawn(open_plan, merged(open_plan.plan, into, other, open_plan.locks, open_plan.rules))


def fill_zone(open_plan: OpenPlan, zone: int) -> DrawnPlan:
    """A zone with what it encloses.

    Raises:
        MoveNotMade: It encloses nothing that it could take.
    """
    check_zone(open_plan, zone)
    return drawn(open_plan, filled(open_plan.plan, zone, open_plan.locks, open_plan.rules))


async def split_zone(open_plan: OpenPlan, zone: int, parts: int | None, line: Floats | None) -> DrawnPlan:
    """A zone as several: along a line in degrees, or in so many parts by the engine.

    Raises:
        MoveNotMade: It cannot be divided so.
    """
    check_zone(open_plan, zone)
    plan, locks, rules = open_plan.plan, open_plan.locks, open_plan.rules
    if line is not None:
        place_m, line_m = open_plan.ground.units.place_m, open_plan.ground.plane.forward(line)
        assert place_m is not None
        return drawn(open_plan, split_by_line(plan, zone, line_m, place_m, locks, rules))
    seed = open_plan.stored.seed or 7
    after = await asyncio.to_thread(split_in_parts, plan, zone, parts or 2, seed, locks, rules)
    return drawn(open_plan, after)


def taken_back(open_plan: OpenPlan, step: PlanStep | None) -> DrawnPlan:
    """The plan without its last step.

    Raises:
        NothingToRepeat: There is none.
        MoveNotMade: What it moved is locked.
    """
    if step is None:
        raise NothingToRepeat("version", "There is no step to take back.", "The plan is as it was made.")
    units = unlocked(open_plan, step)
    plan = open_plan.plan.redrawn(units, np.array(step.left_no, np.int64))
    return plan.with_zones(len(open_plan.plan.figures) - step.opened)


def made_again(open_plan: OpenPlan, step: PlanStep | None) -> DrawnPlan:
    """The plan with the step that was taken back last.

    Raises:
        NothingToRepeat: There is none.
        MoveNotMade: What it moves is locked.
    """
    if step is None:
        raise NothingToRepeat("version", "There is no step to make again.", "Undo a step first.")
    units = unlocked(open_plan, step)
    wide = padded(open_plan.plan, len(open_plan.plan.figures) + step.opened)
    return wide.redrawn(units, np.array(step.joined_no, np.int64))


def unlocked(open_plan: OpenPlan, step: PlanStep) -> Ints:
    """Places of the units of a step.

    Raises:
        MoveNotMade: They, or zones that they left or joined, are locked.
    """
    units = np.searchsorted(open_plan.ground.unit_ids, np.array(step.units, np.int64))
    locks = open_plan.locks
    touched = locks.zones & {*step.left_no, *step.joined_no}
    if touched or locks.units & set(units.tolist()):
        raise refusal_of(open_plan, MoveRefused(MoveProblem.LOCKED, units, min(touched, default=-1)))
    return units
