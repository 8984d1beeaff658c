"""What does a division check take, and what does it tell?"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError


class DivisionFault(StrEnum):
    """What is wrong at a place."""

    MISSING_GEOMETRY = "missing_geometry"
    INVALID = "invalid"
    MULTIPART = "multipart"
    SLIVER = "sliver"
    GAP = "gap"
    OVERLAP = "overlap"
    MISSING_PARENT = "missing_parent"
    WRONG_PARENT = "wrong_parent"
    OUTSIDE_PARENT = "outside_parent"
    STRADDLING = "straddling"
    OVERSIZE = "oversize"


@dataclass(frozen=True, slots=True)
class DivisionFinding:
    """One fault of a division.

    Attributes:
        fault: its kind.
        codes: the units concerned; of a gap the parent (or none), of a straddling unit the unit and then its parents.
        lonlat: a place within the fault, degrees; None without geometry.
        area_m2: size of the fault; of an oversize or multipart unit the unit's own area.
        geometry: the area of the fault in degrees; None without geometry.
        share: the area as a share of the unit's (of the parent's for a gap, of the smaller unit's for an overlap).
        households: number of households of an oversize unit, else None.
    """

    fault: DivisionFault
    codes: tuple[str, ...]
    lonlat: tuple[float, float] | None
    area_m2: float
    geometry: Any | None
    share: float = 1.0
    households: int | None = None


@dataclass(frozen=True, slots=True)
class DivisionLimits:
    """What counts as a fault; local rules, so all are settings.

    Attributes:
        least_area_m2: gaps and overlaps below this are rounding and are not told.
        rounding_width_m: gaps and overlaps thinner than this come from rounded coordinates (6 decimals are 0.1 m)
            and are not told either.
        least_width_m: a gap or overlap thinner than this (twice its area over its perimeter) is told as a sliver.
        least_unit_m2: a unit below this is a sliver.
        outside_share: share of a unit outside its parent from which it is told.
        straddling_share: share that each of two parents must hold of a unit.
        most_households: a unit above this is oversize; None leaves size unchecked.
    """

    least_area_m2: float = 1.0
    rounding_width_m: float = 0.2
    least_width_m: float = 1.0
    least_unit_m2: float = 100.0
    outside_share: float = 0.01
    straddling_share: float = 0.05
    most_households: int | None = 300

    def __post_init__(self) -> None:
        """Refuse limits without meaning.

        Raises:
            ParameterError: if a length or area is negative or a share is not within 0 … 1.
        """
        for name in ("least_area_m2", "rounding_width_m", "least_width_m", "least_unit_m2"):
            if not getattr(self, name) >= 0:
                raise ParameterError(name, getattr(self, name), "0 or more")
        for name in ("outside_share", "straddling_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(name, getattr(self, name), "0 … 1")


@dataclass(frozen=True, slots=True)
class UnitLayer:
    """Units of one level, as columns of one length.

    Attributes:
        codes: (n,) distinct codes.
        geometries: (n,) polygons in degrees, None where missing.
        parents: (n,) code of each parent, None where unknown; empty for a level without parents.
        households: (n,) numbers, -1 where unknown; None where no unit has one.
    """

    codes: tuple[str, ...]
    geometries: NDArray[np.object_]
    parents: tuple[str | None, ...] = field(default=())
    households: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuse columns of different length.

        Raises:
            ShapeError: if a column has not as many entries as there are codes.
        """
        count = len(self.codes)
        for name, column in (("parents", self.parents or None), ("households", self.households)):
            if column is not None and len(column) != count:
                raise ShapeError(name, f"({count},) like codes", (len(column),))
        if len(self.geometries) != count:
            raise ShapeError("geometries", f"({count},) like codes", (len(self.geometries),))
