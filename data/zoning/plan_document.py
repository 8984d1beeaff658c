"""What does a plan say when it leaves the program: its head, zones, units, figures and how it came about?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from geo.zoning.graph import Floats, Ints
from geo.zoning.plan_hash import plan_hash, zone_keys

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class PlanHead:
    """What is said of a plan as a whole.

    Attributes:
        within, within_name, within_name_en: code and names of the unit that the plan divides.
        base, base_zh, base_en: level of its units.
        boundary_revision: revision of the boundaries that the units are of.
        present_revision: newest one when this was written; above the other one, the units are not those of today.
        since, until: period of the problem profile, `until` not included; None where no profile was asked.
        seed: of the search; None for a plan drawn by hand.
        parameters: rules and wishes as they were asked for.
        made_by: name of the account.
        adopted_from, superseded_from: first days in force and no longer in force.
    """

    id: int
    name: str
    state: str
    version: int
    within: str
    within_name: str
    base: str
    base_zh: str
    base_en: str
    boundary_revision: int
    made_by: str
    made_at: datetime
    since: date | None = None
    until: date | None = None
    seed: int | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    adopted_from: date | None = None
    superseded_from: date | None = None
    within_name_en: str = ""
    present_revision: int | None = None

    @property
    def is_of_older_boundaries(self) -> bool:
        """Whether borders have changed since the plan was drawn."""
        return self.present_revision is not None and self.present_revision != self.boundary_revision


@dataclass(frozen=True, slots=True)
class PlanZone:
    """One zone with its figures.

    Attributes:
        number: in the plan, from 0; files show it from 1.
        code: from the 601 range; empty before adoption.
        workload, perimeter_m, roundness, pieces: NaN and None where they are not known, as for older boundaries.
        name_en: empty where the unit that it is called after has none, or the zone has a name of its own.
        team: name of its patrol team; empty for none.
        roundness: 4 π area / perimeter².
        similarity: mean similarity of its units; None where it has no profile.
        pieces: connected pieces; 1 for a sound zone.
        colour: on maps, CSS hex.
        why: shared and differing problems in words, best first, as (zh, en) pairs.
    """

    number: int
    code: str
    name: str
    members: int
    workload: float
    area_m2: float
    perimeter_m: float
    roundness: float
    pieces: int | None
    similarity: float | None = None
    team: str = ""
    colour: str = "#77aadd"
    why: tuple[tuple[str, str], ...] = ()
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class PlanUnits:
    """The units of a plan as parallel arrays.

    Attributes:
        codes: (n,) distinct codes, rising.
        names, parents, fences: (n,) name, code of the unit above, code of the unit that no zone may leave.
        zone: (n,) number of the zone, −1 for none.
        workload, area_m2: (n,) figures; workload NaN where it is not known.
        shapes: (n,) polygons in degrees, WGS 84.
        names_en: (n,) English names, empty for none; () where nobody has one.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[str, ...]
    fences: tuple[str, ...]
    zone: Ints
    workload: Floats
    area_m2: Floats
    shapes: Shapes
    names_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSums:
    """Figures of a whole plan; their meanings are those of `geo.zoning.figures.PlanFigures`."""

    zones: int
    ratio: float
    compactness: float
    workload_max_over_mean: float
    contiguous: bool
    unassigned: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Where a plan must still be worked on.

    Attributes:
        kind: one of `geo.redraw.faults.DrawnFaultKind`.
        zone: number of the zone; None where none or several are.
        units: codes of the units concerned, at most 50 of `count`.
        figure, bound: what is, and what must be; None where there is no bound.
    """

    kind: str
    zone: int | None
    units: tuple[str, ...]
    count: int
    figure: float
    bound: float | None


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A plan with everything that its files and its report say.

    Attributes:
        start: figures that the plan began with; None where that is not known.
        in_force: figures of the plan in force at the time; None without one.
        links: pairs of codes that were made neighbours by hand; `cuts` those that were parted.
        faults: where it must still be worked on.
    """

    head: PlanHead
    units: PlanUnits
    zones: tuple[PlanZone, ...]
    sums: PlanSums
    start: PlanSums | None = None
    in_force: PlanSums | None = None
    links: tuple[tuple[str, str], ...] = ()
    cuts: tuple[tuple[str, str], ...] = ()
    faults: tuple[Shortfall, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of who is together with whom."""
        return plan_hash(self.units.codes, self.units.zone)

    @property
    def zone_keys(self) -> tuple[str, ...]:
        """(n,) smallest code of each unit's zone."""
        return zone_keys(self.units.codes, self.units.zone)

    def zone_of(self, number: int) -> PlanZone | None:
        """The zone with a number; None for −1."""
        return next((zone for zone in self.zones if zone.number == number), None)
