"""Which column of an incident file means what, and how are its values to be read?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from data.importing.incident_times import TimeRules
from data.importing.tabular_files import FileShape
from geo.status import CaseStatus

FAMILIES = ("urban", "safety")
DATUMS = ("auto", "wgs84", "cgcs2000", "gcj02", "bd09", "mercator")
SINGLE_COLUMNS = (
    "external_id",
    "reported_at",
    "filed_at",
    "dispatched_at",
    "handled_at",
    "closed_at",
    "due_at",
    "status",
    "severity",
    "source",
    "department",
    "close_reason",
    "lon",
    "lat",
    "point",
)
JOINED_COLUMNS = ("class", "text", "address")
TIME_COLUMNS = ("reported_at", "filed_at", "dispatched_at", "handled_at", "closed_at", "due_at")


@dataclass(frozen=True, slots=True)
class ProjectedColumns:
    """Coordinates in a named system, used where lon and lat are empty, and to tell the datum."""

    x: str
    y: str
    crs: str


@dataclass(frozen=True, slots=True)
class StatedUnit:
    """How a row names the unit that it belongs to.

    Attributes:
        column: the column.
        level: key of the level whose units are named; None looks through all levels, the smallest units first.
        by: whether the column holds a `code` or a `name`.
        match: regular expression with named groups that the whole value must match; None takes the value.
        tables: replacement of a group's text, by group; a text that a table lacks names no unit.
        write: how the code is written from the groups, such as `{borough}{number}`.
        values: codes by value, before anything else.
        ignore: values that name no unit.
    """

    column: str
    level: str | None = None
    by: str = "code"
    match: re.Pattern[str] | None = None
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    write: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClassRules:
    """Which class a value stands for.

    Attributes:
        codes: catalog code by value.
        default: code for rows without a value; None makes a local class.
        family: family of the local classes that unmapped values become.
        families: family by value, where it differs.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    family: str = "urban"
    families: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusRules:
    """Which status a value stands for; a value not listed is taken as `default` and reported."""

    statuses: Mapping[str, CaseStatus] = field(default_factory=dict)
    default: CaseStatus = CaseStatus.reported


@dataclass(frozen=True, slots=True)
class NameRules:
    """Which key of a catalog (sources, departments) a value stands for; an unknown value becomes a new entry."""

    keys: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentMapping:
    """Everything that the import has to be told about the columns of a file.

    Attributes:
        columns: column by meaning, one of `SINGLE_COLUMNS`.
        joined: columns by meaning, one of `JOINED_COLUMNS`; their texts are joined.
        shape: delimiter and sheet.
        times: zone and formats of the times.
        datum: one of `DATUMS`, or EPSG:number.
        projected: another pair of coordinate columns.
        stated_unit: how a row names its unit.
        required: columns that a file must have; those that only a preset names may be absent.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shape: FileShape = field(default_factory=FileShape)
    times: TimeRules | None = None
    datum: str = "auto"
    projected: ProjectedColumns | None = None
    stated_unit: StatedUnit | None = None
    classes: ClassRules = field(default_factory=ClassRules)
    statuses: StatusRules = field(default_factory=StatusRules)
    severities: Mapping[str, int] = field(default_factory=dict)
    sources: NameRules = field(default_factory=lambda: NameRules(default="import"))
    departments: NameRules = field(default_factory=NameRules)
    required: frozenset[str] = frozenset()

    def wanted(self) -> tuple[str, ...]:
        """All columns of the file that the mapping names, each once."""
        names = [*self.columns.values(), *(name for names in self.joined.values() for name in names)]
        if self.projected:
            names += [self.projected.x, self.projected.y]
        if self.stated_unit:
            names.append(self.stated_unit.column)
        return tuple(dict.fromkeys(names))
