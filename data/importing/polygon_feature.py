"""What is one feature of a polygon file, before anything is decided about it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from geo.repair import RepairAction


@dataclass(frozen=True, slots=True)
class FeatureFault:
    """Why a feature cannot be used: the field, the reason and what to do."""

    field: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class PolygonFeature:
    """One feature as it was read.

    Attributes:
        number: position in the file, from 1.
        line: line on which it begins, for text files.
        attributes: fields of the file by name.
        geometry: Polygon or MultiPolygon in the coordinates of the file, or None with a fault.
        fault: why there is no geometry.
        repairs: what reading had to mend.
    """

    number: int
    line: int | None
    attributes: Mapping[str, object]
    geometry: BaseGeometry | None
    fault: FeatureFault | None = None
    repairs: tuple[RepairAction, ...] = ()


@dataclass(frozen=True, slots=True)
class PolygonFile:
    """A polygon file as it was read.

    Attributes:
        path: the file.
        features: sound and broken, in the order of the file.
        crs: what the file or its format says about the coordinates, in any form that PROJ reads; None if nothing.
        fields: names of the attributes.
        encoding: of the text in a dbf file, where it had to be found out.
    """

    path: Path
    features: tuple[PolygonFeature, ...]
    crs: str | None
    fields: tuple[str, ...]
    encoding: str | None = None
