"""What must a plan keep while it is drawn by hand: bounds, groups together, pairs apart, locks?"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geo.redraw.plan import DrawnPlan, ZoneFigures
from geo.zoning.graph import Floats, Ints
from geo.zoning.problem import ZoneRules

_ROUNDING = 1e-9
_TINY = 1e-300


def _no_pairs() -> Ints:
    return np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Locks:
    """What the planner has locked: units that stay where they are, zones that nothing leaves or joins."""

    units: frozenset[int] = frozenset()
    zones: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class DrawnRules:
    """Rules of a plan that is drawn.

    Attributes:
        least_workload, most_workload: bounds of a zone's workload.
        least_members, most_members: bounds of the number of its units.
        together: groups of units that stay in one zone.
        apart: (a, 2) pairs of units that are never in one zone.
    """

    least_workload: float = 0.0
    most_workload: float = np.inf
    least_members: int = 1
    most_members: float = np.inf
    together: tuple[Ints, ...] = ()
    apart: Ints = field(default_factory=_no_pairs)

    @classmethod
    def of(cls, rules: ZoneRules, ids: tuple[str, ...], plan: DrawnPlan) -> Self:
        """The rules of a proposal for a plan over the units with these ids, in the plan's order.

        A tolerance counts from the mean workload of as many zones as are asked for, or else as the plan has.

        Raises:
            ParameterError: if a rule names an unknown unit.
        """
        found = rules.indices(ids)
        zones = rules.zones or max(sum(zone.members > 0 for zone in plan.figures), 1)
        least, most = rules.workload_bounds(float(plan.terrain.workload.sum()), zones)
        across = [(a[0], b[0]) for k, a in enumerate(found.locked) for b in found.locked[k + 1 :]]
        apart = np.concatenate((found.apart, np.array(across, np.int64).reshape(-1, 2)))
        most_members = np.inf if rules.most_members is None else rules.most_members
        return cls(least, most, rules.least_members, most_members, (*found.together, *found.locked), apart)

    def strain(self, zone: ZoneFigures) -> float:
        """How far a zone in use is outside its bounds: shares of the workload bound and units; 0 where it keeps all."""
        return (
            float(self.strains(np.array([zone.workload]), np.array([float(zone.members)]))[0]) if zone.members else 0.0
        )

    def strains(self, workload: Floats, members: Floats) -> Floats:
        """(m,) the same for zones of so much workload and so many members, each in use."""
        over = np.maximum(workload - self.most_workload * (1 + _ROUNDING), 0.0) / max(self.most_workload, _TINY)
        under = np.maximum(self.least_workload * (1 - _ROUNDING) - workload, 0.0) / max(self.least_workload, _TINY)
        units = np.maximum(members - self.most_members, self.least_members - members)
        strains: Floats = over + under + np.maximum(units, 0.0)
        return strains

    def newly_parted(self, before: Ints, after: Ints) -> Ints:
        """Units of the groups that lie in more zones than before; units in no zone part nothing."""
        parted = [group for group in self.together if _homes(after[group]) > max(_homes(before[group]), 1)]
        return np.unique(np.concatenate(parted)) if parted else np.zeros(0, np.int64)

    def clashes(self, zone: Ints) -> NDArray[np.bool_]:
        """(a,) which pairs that must be apart share a zone."""
        homes = zone[self.apart]
        shared: NDArray[np.bool_] = (homes[:, 0] == homes[:, 1]) & (homes[:, 0] >= 0)
        return shared


def _homes(zone: Ints) -> int:
    return len(np.unique(zone[zone >= 0]))
