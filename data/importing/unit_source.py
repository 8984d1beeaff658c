"""What does an import of units need to be told about its file?"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from data.importing.row_filter import RowFilter


class ParentRule(StrEnum):
    """How a unit finds its parent."""

    LOCATION = "by_location"
    CODE = "by_code"
    FIELD = "by_field"


@dataclass(frozen=True, slots=True)
class UnitFields:
    """Which attribute of the file holds what; None where the file has no such attribute."""

    code: str | None = None
    name: str | None = None
    name_en: str | None = None
    parent: str | None = None
    population: str | None = None
    households: str | None = None

    def named(self) -> dict[str, str]:
        """Attribute name by meaning, for those that are given."""
        return {key: value for key in self.__slots__ if (value := getattr(self, key)) is not None}


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """A table with names and figures of units, joined to the polygons by code."""

    path: Path
    fields: UnitFields
    where: RowFilter | None = None


@dataclass(frozen=True, slots=True)
class UnitSource:
    """A polygon file of one level.

    Attributes:
        path: GeoJSON, TopoJSON, Shapefile or GeoPackage.
        layer: layer of a file with several.
        where: which features belong to the level; all if None.
        crs: `auto`, `wgs84`, `gcj02`, `bd09`, `EPSG:<number>` or any text that PROJ reads; None takes what the file
            says.
        fields: which attribute holds what.
        parent: how parents are found; with `by_field` the attribute `fields.parent` holds the parent's code.
        attributes: a table with further attributes by code.
    """

    path: Path
    layer: str | None = None
    where: RowFilter | None = None
    crs: str | None = None
    fields: UnitFields = field(default_factory=UnitFields)
    parent: ParentRule = ParentRule.LOCATION
    attributes: AttributeTable | None = None


@dataclass(frozen=True, slots=True)
class LevelSpec:
    """A level of the area tree as a city describes it; the order of levels is from the whole city down."""

    key: str
    name_zh: str
    name_en: str
