"""What is a plan that is drawn by hand, and what are the figures of its zones?"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError
from geo.redraw.contiguity import holding_units, on_border, pieces_of
from geo.zoning.graph import Floats, Ints, UnitGraph

UNASSIGNED = -1


@dataclass(frozen=True, slots=True)
class Terrain:
    """What does not change while a plan is drawn.

    Attributes:
        graph: borders that a zone may cross, inside the fence, lengths in metres.
        scores: (n, p) weighted z-scores of the problem profile.
        workload: (n,) work of each unit.
        area_m2: (n,) area.
        perimeter_m: (n,) length of the whole outline.
        total: total sum of squares of the scores.
        border_m: length of all borders of the graph.
        fence: (n,) number of the part, such as the county, in which each unit lies; None without a fence.
    """

    graph: UnitGraph
    scores: Floats
    workload: Floats
    area_m2: Floats
    perimeter_m: Floats
    total: float
    border_m: float
    fence: Ints | None = None

    @classmethod
    def of(
        cls,
        graph: UnitGraph,
        scores: Floats,
        workload: Floats,
        area_m2: Floats,
        perimeter_m: Floats,
        fence: Ints | None = None,
    ) -> Self:
        """The terrain of units with these figures; borders across the fence fall away.

        Raises:
            ShapeError: if an array does not fit the graph.
        """
        for name, array in (
            ("workload", workload),
            ("area_m2", area_m2),
            ("perimeter_m", perimeter_m),
            ("fence", workload if fence is None else fence),
        ):
            if array.shape != (graph.count,):
                raise ShapeError(name, f"({graph.count},)", array.shape)
        if scores.ndim != 2 or len(scores) != graph.count:
            raise ShapeError("scores", f"({graph.count}, p)", scores.shape)
        inside = graph if fence is None else graph.within(fence)
        centred = scores - scores.mean(axis=0)
        total, border_m = float((centred**2).sum()), float(inside.length.sum()) / 2
        return cls(inside, centred, workload, area_m2, perimeter_m, total, border_m, fence)


@dataclass(frozen=True, slots=True)
class ZoneFigures:
    """Figures of one zone, always computed from its members in rising order, so that no rounding builds up.

    Attributes:
        members: number of units.
        workload: sum of their work.
        area_m2: area.
        perimeter_m: length of the outline, holes included.
        between: what the zone adds to the sum of squares between zones.
        pieces: number of connected pieces; 1 for a sound zone, 0 for an empty one.
        inner_m: length of the borders between its members.
    """

    members: int
    workload: float
    area_m2: float
    perimeter_m: float
    between: float
    pieces: int
    inner_m: float

    @property
    def roundness(self) -> float:
        """4 π area / perimeter²: 1 for a circle, 0 for an empty zone (Polsby, Popper 1991)."""
        return float(4 * np.pi * self.area_m2 / self.perimeter_m**2) if self.perimeter_m > 0 else 0.0


EMPTY = ZoneFigures(0, 0.0, 0.0, 0.0, 0.0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class DrawnPlan:
    """A plan; a change makes a new one, in which untouched zones keep their figures.

    Attributes:
        terrain: the units.
        zone: (n,) zone of each unit, −1 for none; read-only.
        figures: figures of each zone by its number; zones may be empty.
    """

    terrain: Terrain
    zone: Ints
    figures: tuple[ZoneFigures, ...]

    @classmethod
    def of(cls, terrain: Terrain, zone: Ints) -> "DrawnPlan":
        """A plan from the zone of each unit.

        Raises:
            ShapeError: if there is not one zone per unit.
            ParameterError: if a number is below −1.
        """
        if zone.shape != (terrain.graph.count,):
            raise ShapeError("zone", f"({terrain.graph.count},)", zone.shape)
        if zone.min(initial=UNASSIGNED) < UNASSIGNED:
            raise ParameterError("zone", int(zone.min()), "0 or more, or -1 for no zone")
        own = _frozen(zone)
        return cls(terrain, own, tuple(zone_figures(terrain, own, k) for k in range(int(own.max(initial=-1)) + 1)))

    def redrawn(self, units: Ints, to: int | Ints) -> "DrawnPlan":
        """The plan with units in other zones, rules not asked; figures of the zones left and joined are made anew.

        Args:
            units: (m,) units that move.
            to: their new zone, or (m,) that of each, −1 for none; the next unused numbers make new zones.

        Raises:
            ParameterError: if a number is below −1 or leaves out an unused one.
        """
        joined = np.broadcast_to(np.asarray(to, np.int64), units.shape)
        touched = np.unique(np.concatenate((self.zone[units], joined))).tolist()
        count = len(self.figures)
        new = [number for number in touched if number >= count]
        if min(touched, default=0) < UNASSIGNED or new != list(range(count, count + len(new))):
            raise ParameterError("to", touched, f"-1 to {count}, or the numbers that follow")
        zone = self.zone.copy()
        zone[units] = joined
        zone.setflags(write=False)
        figures = [*self.figures, *(EMPTY for _ in new)]
        for number in touched:
            if number != UNASSIGNED:
                figures[number] = zone_figures(self.terrain, zone, number)
        return DrawnPlan(self.terrain, zone, tuple(figures))

    def with_zones(self, count: int) -> "DrawnPlan":
        """The plan with so many zones; those that fall away must be empty.

        Raises:
            ParameterError: if one is not.
        """
        if any(zone.members for zone in self.figures[count:]):
            raise ParameterError("count", count, "at least the number of zones up to the last in use")
        return DrawnPlan(self.terrain, self.zone, self.figures[:count])

    @property
    def ratio(self) -> float:
        """Sum of squares between zones / total; units in no zone explain nothing; 0 where all units are alike."""
        return sum(zone.between for zone in self.figures) / self.terrain.total if self.terrain.total > 0 else 0.0

    @property
    def workload_max_over_mean(self) -> float:
        """Highest workload of a zone / mean of the zones in use; 1 without workload."""
        loads = [zone.workload for zone in self.figures if zone.members]
        return max(loads) * len(loads) / sum(loads) if loads and sum(loads) > 0 else 1.0

    @property
    def balance(self) -> float:
        """Evenness of the workload of zones in use, (Σ w)² / (k Σ w²): 1 where all are equal, 1 / k where one has all.

        Source: Jain, Chiu, Hawe, A quantitative measure of fairness and discrimination (1984).
        """
        loads = np.array([zone.workload for zone in self.figures if zone.members])
        squares = float((loads**2).sum())
        return float(loads.sum()) ** 2 / (len(loads) * squares) if squares > 0 else 1.0

    @property
    def compactness(self) -> float:
        """1 − length of cut borders / length of all borders inside the fence; borders of units in no zone are cut."""
        return sum(zone.inner_m for zone in self.figures) / self.terrain.border_m if self.terrain.border_m > 0 else 1.0

    @property
    def contiguous(self) -> bool:
        """Whether each zone in use is one piece."""
        return all(zone.pieces == 1 for zone in self.figures if zone.members)

    @property
    def unassigned(self) -> Ints:
        """Units in no zone."""
        return np.flatnonzero(self.zone == UNASSIGNED)

    def members(self, number: int) -> Ints:
        """Units of a zone, rising."""
        return np.flatnonzero(self.zone == number)

    def patches(self, units: Ints) -> list[Ints]:
        """Connected pieces of units of one zone, or of none; largest first, then by first unit."""
        graph = self.terrain.graph
        piece = pieces_of(graph.start, graph.other, self.zone, units)
        found = [units[piece == number] for number in range(int(piece.max(initial=-1)) + 1)]
        return sorted(found, key=lambda patch: (-len(patch), int(patch[0])))

    def movable(self) -> NDArray[np.bool_]:
        """(n,) which units could go to a neighbouring zone alone without cutting their own."""
        start, other = self.terrain.graph.start, self.terrain.graph.other
        return on_border(start, other, self.zone) & ~holding_units(start, other, self.zone)


def zone_figures(terrain: Terrain, zone: Ints, number: int) -> ZoneFigures:
    """Figures of one zone from its members."""
    members = np.flatnonzero(zone == number)
    if not len(members):
        return EMPTY
    graph = terrain.graph
    begin, end = graph.start[members], graph.start[members + 1]
    entries = np.repeat(begin - np.concatenate(([0], np.cumsum(end - begin)[:-1])), end - begin) + np.arange(
        int((end - begin).sum())
    )
    inside = zone[graph.other[entries]] == number
    sums = terrain.scores[members].sum(axis=0)
    both_ways_m = float(graph.length[entries][inside].sum())
    return ZoneFigures(
        len(members),
        float(terrain.workload[members].sum()),
        float(terrain.area_m2[members].sum()),
        float(terrain.perimeter_m[members].sum()) - both_ways_m,
        float((sums**2).sum() / len(members)),
        int(pieces_of(graph.start, graph.other, zone, members).max()) + 1,
        both_ways_m / 2,
    )


def _frozen(zone: Ints) -> Ints:
    own = zone.astype(np.int64)
    own.setflags(write=False)
    return own
