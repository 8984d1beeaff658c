"""What is a plan that lies open on the desk: its ground, zones and figures?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from data.zoning.plan_parameters import PlanParameters, accepted, parse_parameters
from data.zoning.planning_ground import PlanningGround
from data.zoning.stored_plans import StoredPlan
from data.zoning.stored_zones import StoredZone
from geo.redraw.faults import DrawnFault, plan_faults
from geo.redraw.plan import EMPTY, DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Floats, Ints
from geo.zoning.plan_hash import plan_hash
from geo.zoning.zone_names import numbered_apart, zone_name, zone_name_en

MOST_TOLD = 50
"""Units of a fault that are named; `count` says how many there are."""


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan as it stands at one version; a change makes a new one.

    Attributes:
        stored: the row of the plan.
        ground: the units with their figures, as the reader's scope shows them.
        plan: the zone of each unit, with figures.
        zones: stored facts of the zones by number.
        rules: what moves must keep.
        place: place of each unit in the ground's arrays, by code.
        squares: (n,) squared length of each unit's scores.
        by_size: (n,) units from the one with the most people, then work, then area, down.
    """

    stored: StoredPlan
    ground: PlanningGround
    plan: DrawnPlan
    zones: tuple[StoredZone, ...]
    rules: DrawnRules
    place: Mapping[str, int] = field(repr=False)
    squares: Floats = field(repr=False)
    by_size: Ints = field(repr=False)

    @property
    def locks(self) -> Locks:
        """What is locked, as places."""
        held = np.searchsorted(self.ground.unit_ids, self.stored.locked_unit_ids)
        return Locks(frozenset(held.tolist()), frozenset(zone.no for zone in self.zones if zone.locked))

    @property
    def in_use(self) -> tuple[int, ...]:
        """Numbers of the zones that have units."""
        return tuple(number for number, figures in enumerate(self.plan.figures) if figures.members)

    @property
    def hash(self) -> str:
        """SHA-256 of who is together with whom."""
        return plan_hash(self.ground.codes, self.plan.zone)

    def faults(self) -> tuple[DrawnFault, ...]:
        """What must still be worked on."""
        return plan_faults(self.plan, self.rules)

    def codes(self, units: Ints) -> list[str]:
        """Codes of units by their places."""
        return [self.ground.codes[unit] for unit in units.tolist()]

    def similarity(self, number: int) -> float:
        """1 − mean squared distance of a zone's units to its mean / the same of all units; 1 where all are alike."""
        terrain, figures = self.plan.terrain, self.plan.figures[number]
        if terrain.total <= 0 or not figures.members:
            return 1.0
        within = max(float(self.squares[self.plan.members(number)].sum()) - figures.between, 0.0)
        return 1 - (within / figures.members) / (terrain.total / len(self.squares))

    def named_after(self) -> dict[int, int]:
        """Place of the unit that each zone in use is called after: most people, then most work, then the largest."""
        numbers, first = np.unique(self.plan.zone[self.by_size], return_index=True)
        units = self.by_size[first]
        return {no: unit for no, unit in zip(numbers.tolist(), units.tolist(), strict=True) if no >= 0}

    def names(self) -> dict[int, str]:
        """Name of each zone in use: its own, or that of its largest unit."""
        own, after = {zone.no: zone.name for zone in self.zones}, self.named_after()
        names = [own.get(number) or zone_name(self.ground.names[after[number]]) for number in self.in_use]
        return dict(zip(self.in_use, numbered_apart(names), strict=True))

    def names_en(self) -> dict[int, str]:
        """English name of each zone in use; empty where its largest unit, or its own name, has none."""
        own, after = {zone.no: zone.name_en for zone in self.zones if zone.name}, self.named_after()
        names = [
            own[number] if number in own else zone_name_en(self.ground.names_en[after[number]])
            for number in self.in_use
        ]
        return dict(zip(self.in_use, numbered_apart(names, " "), strict=True))

    def figures(self) -> dict[str, object]:
        """Figures of the plan as they are stored and told."""
        return told_figures(self.ground, self.plan, self.rules)

    def zone_facts(self, numbers: Sequence[int]) -> list[dict[str, object]]:
        """Zones as they are told; those without units have no members and nothing else."""
        names, names_en, stored = self.names(), self.names_en(), {zone.no: zone for zone in self.zones}
        loads = [self.plan.figures[number].workload for number in self.in_use]
        mean = sum(loads) / len(loads) if loads else 0.0
        return [
            {"no": number, "name": names.get(number, ""), "name_en": names_en.get(number, "")}
            | self._zone(number, stored.get(number), mean)
            for number in numbers
        ]

    def _zone(self, number: int, stored: StoredZone | None, mean: float) -> dict[str, object]:
        figures = self.plan.figures[number] if number < len(self.plan.figures) else EMPTY
        return {
            "code": stored.code if stored else None,
            "own_name": stored.name if stored else None,
            "members": figures.members,
            "workload": figures.workload,
            "workload_share_of_mean": figures.workload / mean if mean > 0 else 1.0,
            "area_km2": figures.area_m2 / 1e6,
            "perimeter_km": figures.perimeter_m / 1e3,
            "roundness": figures.roundness,
            "similarity": self.similarity(number) if figures.members else None,
            "pieces": figures.pieces,
            "locked": bool(stored and stored.locked),
            "colour": stored.colour if stored else 0,
            "team": {"id": stored.team_id, "name": stored.team} if stored and stored.team_id else None,
            "post": told_post(stored) if stored else None,
        }

    def at(self, stored: StoredPlan, plan: DrawnPlan, zones: tuple[StoredZone, ...]) -> "OpenPlan":
        """The plan at another version."""
        return replace(self, stored=stored, plan=plan, zones=zones)


def told_post(zone: StoredZone) -> dict[str, object] | None:
    """The post of a zone; None where it has none."""
    if not zone.post:
        return None
    return {"code": zone.post, "name": zone.post_name, "name_en": zone.post_name_en or ""}


def opened(stored: StoredPlan, ground: PlanningGround, zone: Ints, zones: tuple[StoredZone, ...]) -> OpenPlan:
    """A plan laid open.

    Args:
        stored: the row of the plan.
        ground: whose units are those of the plan.
        zone: (n,) zone of each unit, −1 for none.
        zones: stored facts of the zones; those that an undo took back are left out.
    """
    plan = padded(DrawnPlan.of(ground.terrain, zone), stored.zones)
    rules = drawn_rules(parse_parameters(stored.parameters), ground, plan)
    squares: Floats = (ground.terrain.scores**2).sum(axis=1)
    place = {code: k for k, code in enumerate(ground.codes)}
    kept = tuple(facts for facts in zones if facts.no < stored.zones)
    by_size = np.lexsort((-ground.terrain.area_m2, -ground.terrain.workload, -ground.people))
    return OpenPlan(stored, ground, plan, kept, rules, place, squares, by_size)


def drawn_rules(parameters: PlanParameters, ground: PlanningGround, plan: DrawnPlan) -> DrawnRules:
    """What moves must keep: the rules that the plan was asked for with; whole zones alone where it was drawn.

    Raises:
        ZoneQuestionInvalid: A rule names a unit that the plan does not have.
    """
    rules = parameters.rules
    if rules is None:
        return DrawnRules()
    return accepted("parameters.rules", lambda: DrawnRules.of(rules, ground.codes, plan))


def padded(plan: DrawnPlan, zones: int) -> DrawnPlan:
    """The plan with empty zones up to a number of zones, which have no unit to tell of them."""
    missing = zones - len(plan.figures)
    return DrawnPlan(plan.terrain, plan.zone, (*plan.figures, *[EMPTY] * missing)) if missing > 0 else plan


def told_figures(ground: PlanningGround, plan: DrawnPlan, rules: DrawnRules) -> dict[str, object]:
    """Figures of a plan as they are stored and told, with what must still be worked on."""
    return {
        "zones": sum(zone.members > 0 for zone in plan.figures),
        "ratio": plan.ratio,
        "compactness": plan.compactness,
        "balance": plan.balance,
        "workload_max_over_mean": plan.workload_max_over_mean,
        "contiguous": plan.contiguous,
        "unassigned": len(plan.unassigned),
        "faults": [_fault(ground, fault) for fault in plan_faults(plan, rules)],
    }


def _fault(ground: PlanningGround, fault: DrawnFault) -> dict[str, object]:
    return {
        "kind": fault.kind.value,
        "zone": fault.zone if fault.zone >= 0 else None,
        "units": [ground.codes[unit] for unit in fault.units[:MOST_TOLD].tolist()],
        "count": len(fault.units),
        "figure": float(fault.figure),
        "bound": float(fault.bound) if np.isfinite(fault.bound) else None,
    }
