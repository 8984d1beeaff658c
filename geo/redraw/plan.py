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
    """

    graph: UnitGraph
    scores: Floats
    workload: Floats
    area_m2: Floats
    perimeter_m: Floats
    total: float

    @classmethod
    def of(cls, graph: UnitGraph, scores: Floats, workload: Floats, area_m2: Floats, perimeter_m: Floats) -> Self:
        """The terrain of units with these figures.

        Raises:
            ShapeError: if an array does not fit the graph.
        """
        for name, array in (("workload", workload), ("area_m2", area_m2), ("perimeter_m", perimeter_m)):
            if array.shape != (graph.count,):
                raise ShapeError(name, f"({graph.count},)", array.shape)
        if scores.ndim != 2 or len(scores) != graph.count:
            raise ShapeError("scores", f"({graph.count}, p)", scores.shape)
        centred = scores - scores.mean(axis=0)
        return cls(graph, centred, workload, area_m2, perimeter_m, float((centred**2).sum()))


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
    """

    members: int
    workload: float
    area_m2: float
    perimeter_m: float
    between: float
    pieces: int

    @property
    def roundness(self) -> float:
        """4 π area / perimeter²: 1 for a circle, 0 for an empty zone (Polsby, Popper 1991)."""
        return float(4 * np.pi * self.area_m2 / self.perimeter_m**2) if self.perimeter_m > 0 else 0.0


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

    def redrawn(self, units: Ints, to: int) -> "DrawnPlan":
        """The plan with units in another zone, rules not asked; figures of the zones left and joined are made anew.

        Args:
            units: (m,) units that move.
            to: their new zone, −1 for none; the next unused number makes a new zone.
        """
        if not UNASSIGNED <= to <= len(self.figures):
            raise ParameterError("to", to, f"-1 to {len(self.figures)}")
        touched = {int(z) for z in np.unique(self.zone[units])} | {to}
        zone = self.zone.copy()
        zone[units] = to
        zone.setflags(write=False)
        figures = list(self.figures)
        if to == len(figures):
            figures.append(ZoneFigures(0, 0.0, 0.0, 0.0, 0.0, 0))
        for number in touched - {UNASSIGNED}:
            figures[number] = zone_figures(self.terrain, zone, number)
        return DrawnPlan(self.terrain, zone, tuple(figures))

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

    def movable(self) -> NDArray[np.bool_]:
        """(n,) which units could go to a neighbouring zone alone without cutting their own."""
        start, other = self.terrain.graph.start, self.terrain.graph.other
        return on_border(start, other, self.zone) & ~holding_units(start, other, self.zone)


def zone_figures(terrain: Terrain, zone: Ints, number: int) -> ZoneFigures:
    """Figures of one zone from its members."""
    members = np.flatnonzero(zone == number)
    if not len(members):
        return ZoneFigures(0, 0.0, 0.0, 0.0, 0.0, 0)
    graph = terrain.graph
    begin, end = graph.start[members], graph.start[members + 1]
    entries = np.repeat(begin - np.concatenate(([0], np.cumsum(end - begin)[:-1])), end - begin) + np.arange(
        int((end - begin).sum())
    )
    inside = zone[graph.other[entries]] == number
    sums = terrain.scores[members].sum(axis=0)
    return ZoneFigures(
        len(members),
        float(terrain.workload[members].sum()),
        float(terrain.area_m2[members].sum()),
        float(terrain.perimeter_m[members].sum() - graph.length[entries][inside].sum()),
        float((sums**2).sum() / len(members)),
        int(pieces_of(graph.start, graph.other, zone, members).max()) + 1,
    )


def _frozen(zone: Ints) -> Ints:
    own = zone.astype(np.int64)
    own.setflags(write=False)
    return own
