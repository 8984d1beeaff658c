"""Does a plan keep every rule? Judged from the units and the plan alone, without anything that made the plan."""

from dataclasses import dataclass

import numpy as np

from geo.errors import ShapeError
from geo.zoning.figures import zone_pieces
from geo.zoning.graph import Floats, Ints, totals
from geo.zoning.problem import ZoneRules, ZoningUnits
from geo.zoning.refusal import Rule, named

ROUNDING = 1e-9
"""Share of a bound by which sums in another order may differ."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a plan breaks.

    Attributes:
        rule: which.
        zones: numbers of the zones concerned.
        units: ids of the units concerned.
        text: what is wrong, with its figures.
    """

    rule: Rule
    zones: tuple[int, ...]
    units: tuple[str, ...]
    text: str


def check_plan(units: ZoningUnits, rules: ZoneRules, zone: Ints) -> tuple[Fault, ...]:
    """Find every rule that a plan breaks.

    Args:
        units: the units with their borders and fence.
        rules: the rules.
        zone: (n,) zone of each unit, 0 … k − 1; below 0 for a unit in no zone.

    Returns:
        The faults; none for a sound plan.

    Raises:
        ShapeError: if there is not one zone per unit.
    """
    if zone.shape != (units.count,):
        raise ShapeError("zone", f"({units.count},) like the units", zone.shape)
    count = int(zone.max(initial=-1)) + 1
    return (
        *_partition_faults(units, rules, zone, count),
        *_piece_faults(units, zone, count),
        *_size_faults(units, rules, zone, count),
        *_pair_faults(units, rules, zone),
    )


def _partition_faults(units: ZoningUnits, rules: ZoneRules, zone: Ints, count: int) -> list[Fault]:
    faults = []
    missing = tuple(units.ids[k] for k in np.flatnonzero(zone < 0))
    if missing:
        faults.append(Fault(Rule.ZONES, (), missing, f"Units in no zone: {named(missing)}."))
    used = np.unique(zone[zone >= 0])
    empty = tuple(sorted(set(range(count)) - set(used.tolist())))
    if empty:
        faults.append(Fault(Rule.ZONES, empty, (), f"Zones without units: {named(tuple(map(str, empty)))}."))
    if rules.zones is not None and len(used) != rules.zones:
        faults.append(Fault(Rule.ZONES, (), (), f"The plan has {len(used)} zones, not {rules.zones}."))
    return faults


def _piece_faults(units: ZoningUnits, zone: Ints, count: int) -> list[Fault]:
    first, second, _ = units.inside_fence().pairs()
    faults = []
    for number, pieces in sorted(zone_pieces(count, zone, first, second).items()):
        cut_off = tuple(units.ids[k] for piece in pieces[1:] for k in piece)
        parts = 1 if units.fence is None else len(np.unique(units.fence[zone == number]))
        why = "crosses the fence" if parts > 1 else "is not one piece"
        text = f"Zone {number} {why}: {len(pieces)} pieces, cut off are {named(cut_off)}."
        faults.append(Fault(Rule.CONNECTED, (number,), cut_off, text))
    return faults


def _size_faults(units: ZoningUnits, rules: ZoneRules, zone: Ints, count: int) -> list[Fault]:
    placed = zone[zone >= 0]
    members = np.bincount(placed, minlength=count)
    load = totals(placed, units.workload[zone >= 0], count)
    least, most = rules.workload_bounds(float(units.workload.sum()), max(count, 1))
    faults = _outside(Rule.MEMBERS, "units", members.astype(np.float64), rules.least_members, rules.most_members)
    rule = Rule.FLOOR if rules.floor is not None else Rule.WORKLOAD
    return faults + _outside(rule, "workload", load, least, most)


def _outside(rule: Rule, what: str, figure: Floats, least: float, most: float | None) -> list[Fault]:
    top = np.inf if most is None else most
    faults = []
    for number in np.flatnonzero((figure < least * (1 - ROUNDING)) | (figure > top * (1 + ROUNDING))).tolist():
        bound = f"at least {least:,.6g}" if figure[number] < least else f"at most {top:,.6g}"
        text = f"Zone {number} has {what} {figure[number]:,.6g}, but {bound} is the rule."
        faults.append(Fault(rule, (number,), (), text))
    return faults


def _pair_faults(units: ZoningUnits, rules: ZoneRules, zone: Ints) -> list[Fault]:
    found = rules.indices(units.ids)
    faults = []
    for group in (*found.together, *found.locked):
        homes = np.unique(zone[group])
        if len(homes) > 1:
            ids = tuple(sorted(units.ids[k] for k in group))
            text = f"The units {named(ids)} must be together, but lie in {len(homes)} zones."
            faults.append(Fault(Rule.TOGETHER, tuple(homes.tolist()), ids, text))
    ends = [(int(a[0]), int(b[0])) for k, a in enumerate(found.locked) for b in found.locked[k + 1 :]]
    for a, b in (*found.apart.tolist(), *ends):
        if zone[a] == zone[b] and zone[a] >= 0:
            ids = (units.ids[a], units.ids[b])
            text = f"The units {named(ids)} must be apart, but both lie in zone {zone[a]}."
            faults.append(Fault(Rule.APART, (int(zone[a]),), ids, text))
    return faults
