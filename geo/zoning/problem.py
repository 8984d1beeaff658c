"""What is asked of the zoning engine: units, hard rules, soft wishes?"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats, Ints, UnitGraph


@dataclass(frozen=True, slots=True)
class ZoningUnits:
    """The units to be joined into zones.

    Attributes:
        ids: (n,) distinct ids; every answer depends on them, never on the order of the units.
        attributes: (n, p) what similar units have in common; standardised by the engine.
        workload: (n,) work that each unit brings, 0 or more.
        graph: common borders, before the fence.
        fence: (n,) number of the part, such as the county, that no zone may leave; None without a fence.
        in_force: (n,) zone of each unit in the plan in force, -1 for none; None without such a plan.
        post: (n,) nearest patrol post of each unit, -1 for none; None where posts do not matter.
        place_m: (n, 2) position in metres, used only to name the shortest link where one is missing; may be None.
    """

    ids: tuple[str, ...]
    attributes: Floats
    workload: Floats
    graph: UnitGraph
    fence: Ints | None = None
    in_force: Ints | None = None
    post: Ints | None = None
    place_m: Floats | None = None

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises:
            ShapeError: if an array does not fit the ids.
            ParameterError: if an id stands twice, a figure is missing or a workload is negative.
        """
        n = len(self.ids)
        if self.attributes.ndim != 2 or self.attributes.shape[0] != n or not self.attributes.shape[1]:
            raise ShapeError("attributes", f"({n}, one or more)", self.attributes.shape)
        for name in ("workload", "fence", "in_force", "post"):
            array = getattr(self, name)
            if array is not None and array.shape != (n,):
                raise ShapeError(name, f"({n},) like ids", array.shape)
        if self.graph.count != n:
            raise ShapeError("graph", f"({n} units)", (self.graph.count,))
        if len(set(self.ids)) != n:
            twice = sorted(self.ids)
            raise ParameterError("ids", next(a for a, b in pairwise(twice) if a == b), "each id once")
        self._check_figures()

    def _check_figures(self) -> None:
        for name, bad in (
            ("attributes", ~np.isfinite(self.attributes).all(axis=1)),
            ("workload", ~(np.isfinite(self.workload) & (self.workload >= 0))),
        ):
            if bad.any():
                unit = self.ids[int(np.argmax(bad))]
                raise ParameterError(f"{name} of unit {unit}", "missing, infinite or negative", "a number")

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.ids)

    def inside_fence(self) -> UnitGraph:
        """The graph of borders that a zone may cross."""
        return self.graph if self.fence is None else self.graph.within(self.fence)


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """What every zone must keep; a plan that does not is refused.

    Attributes:
        zones: exact number of zones; None with a floor.
        floor: as many zones as possible, each with at least this workload; None with a number.
        least_members, most_members: units of a zone.
        tolerance: share by which a zone's workload may differ from the mean, such as 0.1; None for any.
        least_workload, most_workload: bounds of a zone's workload.
        together: groups of ids that stay in one zone.
        apart: pairs of ids that are never in one zone.
        locked: (id, zone name): units with the same name stay together, with different names apart.
    """

    zones: int | None = None
    floor: float | None = None
    least_members: int = 1
    most_members: int | None = None
    tolerance: float | None = None
    least_workload: float = 0.0
    most_workload: float | None = None
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    locked: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ParameterError: if both or none of number and floor are given, or a value is out of range.
        """
        if (self.zones is None) == (self.floor is None):
            raise ParameterError("zones", self.zones, "either a number of zones or a workload floor")
        if self.zones is not None and self.zones < 1:
            raise ParameterError("zones", self.zones, "1 or more")
        if self.floor is not None and not 0 < self.floor < np.inf:
            raise ParameterError("floor", self.floor, "a workload above 0")
        if self.tolerance is not None and not self.tolerance > 0:
            raise ParameterError("tolerance", self.tolerance, "a share above 0, such as 0.1")
        if self.tolerance is not None and self.floor is not None:
            raise ParameterError("tolerance", self.tolerance, "none beside a floor, since the mean is not known before")
        if self.least_members < 1 or (self.most_members is not None and self.most_members < self.least_members):
            raise ParameterError("most_members", self.most_members, f"at least {max(self.least_members, 1)}")
        if self.most_workload is not None and self.most_workload < self.least_workload:
            raise ParameterError("most_workload", self.most_workload, f"at least {self.least_workload:g}")

    def workload_bounds(self, total: float, zones: int) -> tuple[float, float]:
        """Least and most workload of a zone of a plan with so many zones."""
        least, most = self.least_workload, np.inf if self.most_workload is None else self.most_workload
        if self.floor is not None:
            least = max(least, self.floor)
        if self.tolerance is not None:
            mean = total / zones
            least, most = max(least, (1 - self.tolerance) * mean), min(most, (1 + self.tolerance) * mean)
        return least, float(most)

    def indices(self, ids: tuple[str, ...]) -> "RuleIndices":
        """The units that the rules name, as indices into `ids`.

        Raises:
            ParameterError: if a rule names an unknown unit.
        """
        place = {unit: k for k, unit in enumerate(ids)}
        named = [*(u for group in self.together for u in group), *(u for pair in self.apart for u in pair)]
        for unit in (*named, *(u for u, _ in self.locked)):
            if unit not in place:
                raise ParameterError("unit of a rule", unit, "the id of one of the units")
        names = sorted({name for _, name in self.locked})
        return RuleIndices(
            tuple(np.array([place[u] for u in group], np.int64) for group in self.together),
            np.array([(place[a], place[b]) for a, b in self.apart], np.int64).reshape(-1, 2),
            tuple(np.array(sorted(place[u] for u, zone in self.locked if zone == name), np.int64) for name in names),
        )


@dataclass(frozen=True, slots=True)
class RuleIndices:
    """Rules on units as indices: groups, (a, 2) pairs, and the units of each locked zone in order of their names."""

    together: tuple[Ints, ...]
    apart: Ints
    locked: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How much soft rules weigh against similarity; 0 leaves one out.

    Attributes:
        compactness: against long borders between zones. Similarity alone gives ragged zones; at 0.2 borders are about
            as short as in Ward's plan while the ratio stays above it.
        spread: for an even workload.
        in_force: for pairs of neighbours staying together, or apart, as in the plan in force.
        post: for neighbours with the same nearest patrol post staying together.
        attributes: (p,) weight of each attribute; None counts each as 1.
    """

    compactness: float = 0.2
    spread: float = 0.0
    in_force: float = 0.0
    post: float = 0.0
    attributes: NDArray[np.float64] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Check that no weight is negative.

        Raises:
            ParameterError: if one is.
        """
        for name in ("compactness", "spread", "in_force", "post"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ParameterError(name, getattr(self, name), "a weight of 0 or more")
        if self.attributes is not None and not ((self.attributes >= 0) & np.isfinite(self.attributes)).all():
            raise ParameterError("attribute weights", self.attributes.tolist(), "weights of 0 or more")


def standardised(attributes: Floats, weights: Floats | None = None) -> Floats:
    """(n, p) attributes with mean 0 and standard deviation 1, times their weights; constant ones become 0.

    Raises:
        ShapeError: if there is not one weight per attribute.
    """
    if weights is not None and weights.shape != attributes.shape[1:]:
        raise ShapeError("attribute weights", f"{attributes.shape[1:]}", weights.shape)
    centred = attributes - attributes.mean(axis=0)
    deviation = centred.std(axis=0)
    flat = deviation <= 1e-12 * np.abs(attributes).max(axis=0, initial=0.0)
    scores: Floats = np.where(flat, 0.0, centred / np.where(flat, 1.0, deviation))
    return scores if weights is None else scores * weights
