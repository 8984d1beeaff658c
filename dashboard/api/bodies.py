"""Which fields do the JSON bodies have?"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.figure_bodies import CaseFigureBody
from data.reads.breakdown import Breakdown


class ZonePlanBody(BaseModel):
    """An adopted plan of zones; `superseded_from` is the first day on which it is no longer in force."""

    id: int
    name: str
    adopted_from: date
    superseded_from: date | None


class UnitBody(BaseModel):
    """A unit of the area tree; `bbox` is west, south, east, north in degrees."""

    id: int
    code: str
    name: str
    name_en: str
    level: str
    parent: str | None
    bbox: tuple[float, float, float, float]
    label: tuple[float, float]
    population: int | None
    households: int | None
    area_km2: float
    children: int


class ZoneBody(UnitBody):
    """A joint-defence zone; `children` are the units that it is made of.

    `in_force` says whether its plan was in force on the day that was asked for, `is_partial` whether the zone reaches
    beyond what the account may see.
    """

    plan: ZonePlanBody
    in_force: bool
    is_partial: bool


class UnitsBody(BaseModel):
    """Units in order."""

    boundary_revision: int
    items: list[ZoneBody | UnitBody]


class UnitDetailBody(UnitBody):
    """A unit with its ancestors from the city down (itself last) and the units below and beside it."""

    boundary_revision: int
    breadcrumb: list[ZoneBody | UnitBody]
    below: list[UnitBody]
    siblings: list[ZoneBody | UnitBody]


class ZoneDetailBody(ZoneBody, UnitDetailBody):
    """The same of a zone."""


class LevelBody(BaseModel):
    """A level; `count` is the length of an array over its ids, `current` the number of units valid now."""

    model_config = ConfigDict(from_attributes=True)
    key: str
    rank: int
    name_zh: str
    name_en: str
    first_id: int
    count: int
    current: int
    min_zoom: float
    max_zoom: float


class ZoneLevelBody(LevelBody):
    """The level of the zones in force today; its `rank` is that of the level above their units."""

    plans: list[ZonePlanBody]


class LevelsBody(BaseModel):
    """The city, its levels and the days that have data; `zones` is null where no plan is in force."""

    as_of: datetime
    boundary_revision: int
    time_zone: str
    city: dict[str, str | bool]
    first_day: date | None
    last_day: date | None
    items: list[LevelBody]
    zones: ZoneLevelBody | None = None


class ClassBody(BaseModel):
    """A class of incidents."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    code: str
    family: str
    kind: str
    group_key: str
    name_zh: str
    name_en: str
    severity: int
    sensitive: bool


class GroupBody(BaseModel):
    """A group of classes."""

    model_config = ConfigDict(from_attributes=True)
    key: str
    family: str
    kind: str
    name_zh: str
    name_en: str
    classes: list[str]


class NamedBody(BaseModel):
    """A source or a department."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    key: str
    name_zh: str
    name_en: str


class ClassesBody(BaseModel):
    """Everything that incidents are sorted by."""

    items: list[ClassBody]
    groups: list[GroupBody]
    sources: list[NamedBody]
    departments: list[NamedBody]


class ScenarioBody(BaseModel):
    """A scenario: classes with their own map and figures."""

    model_config = ConfigDict(from_attributes=True)
    key: str
    kind_key: str
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    place_kinds: list[str]
    classes: list[str]


class ScenariosBody(BaseModel):
    """All scenarios in order."""

    items: list[ScenarioBody]


class ItemBody(BaseModel):
    """A part of a summary; `shared` marks what lies here of another unit's child.

    A `suppressed` figure holds of sensitive classes only what is released: none and few look the same, and a 0 among
    them stands for either.
    """

    code: str
    name: str
    name_en: str
    id: int | None
    n: int
    open: int
    overdue: int
    closed: int
    on_time: int
    late: int
    on_time_share: float | None
    shared: bool
    ended: bool
    suppressed: bool


class FigureBody(BaseModel):
    """A figure; `share` is its part of what was reported, `formula` the key of its explanation."""

    model_config = ConfigDict(from_attributes=True)
    formula: str
    value: float | None
    share: float | None


class ChangeBody(BaseModel):
    """A figure, the same for the period before, and the difference."""

    model_config = ConfigDict(from_attributes=True)
    value: float | None
    previous: float | None
    change: float | None


class SummaryBody(BaseModel):
    """Figures of a unit and period: total = sum of items + unassigned + released_here; `/summary/before` compares them.

    `not_permitted` says that the unit may hold more than the account may see; no figure counts that part.
    Figures of handling (see /figures) are among `figures` where they are asked for.
    `minimum_count` is null where every figure is exact. Else sensitive classes are counted by groups of at least so
    many incidents of an ended week; `released_here` are those of groups that belong to the unit and to no item.
    """

    unit: str
    level: str
    name: str
    name_en: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: Breakdown
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = False
    boundary_revision: int
    total: int
    unassigned: int
    in_no_unit: int
    released_here: int
    minimum_count: int | None
    not_permitted: bool
    figures: dict[str, CaseFigureBody | FigureBody]
    items: list[ItemBody]
    plans: list[ZonePlanBody] = []


class SelectionItemBody(BaseModel):
    """One of the chosen units; where it is `suppressed` its zeros stand for none, or for too few to be told."""

    code: str
    name: str
    name_en: str
    id: int
    n: int
    open: int
    overdue: int
    closed: int
    on_time: int
    late: int
    on_time_share: float | None
    population: int | None
    area_km2: float
    suppressed: bool


class SelectionBody(BaseModel):
    """Figures of chosen units of one level: total = sum of items.

    `without_population` units are not in `population`. `minimum_count` as in a summary.
    """

    level: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = False
    boundary_revision: int
    minimum_count: int | None
    total: int
    population: int | None
    without_population: int
    area_km2: float
    figures: dict[str, FigureBody]
    items: list[SelectionItemBody]


class BeforeBody(BaseModel):
    """Figures beside those of the period before as it stood at `previous_as_of`, when it was as old as this one is now.

    `known` is false where the data starts later than the period before; then every `previous` is null.
    """

    unit: str
    level: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    previous_from: date
    previous_to: date
    previous_as_of: datetime
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = False
    known: bool
    figures: dict[str, ChangeBody]


class ChoroplethBody(BaseModel):
    """One value per unit: place i is the unit `first_id + i`.

    0 is zero; null is no data (no such unit now, population unknown, nothing due), or filtered out where the id lies in
    one of the `filtered_out` ranges (first and last id), or withheld where it stands in `suppressed`, or outside of
    what the account may see in one of the `not_permitted` ranges. The array ends with the last unit that it may see.
    """

    level: str
    metric: str
    unit: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = False
    boundary_revision: int
    plans: list[ZonePlanBody] = []
    first_id: int
    values: list[float | None]
    suppressed: list[int]
    minimum_count: int | None
    filtered_out: list[tuple[int, int]]
    not_permitted: list[tuple[int, int]]


class UnitNameBody(BaseModel):
    """A unit by name."""

    code: str
    name: str
    level: str


class IncidentBody(BaseModel):
    """An incident; `position` says whether lon and lat are the point itself or stand for its small grid."""

    id: int
    reported_at: datetime
    status: str
    severity: int
    overdue: bool
    class_code: str
    class_name: str
    class_name_en: str
    source: str | None
    department: str | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    close_reason: str | None
    external_id: str | None
    text: str | None
    address: str | None
    lon: float | None
    lat: float | None
    position: Literal["point", "grid"] | None
    unit: UnitNameBody | None


class IncidentsBody(BaseModel):
    """A page of incidents, newest first; ask again with `next` as cursor for the following ones."""

    as_of: datetime
    replay: bool = False
    unit: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    items: list[IncidentBody]
    next: str | None


class IncidentDetailBody(IncidentBody):
    """An incident with the units that it lies in, from the city down, and the one that its report states."""

    as_of: datetime
    located: list[UnitNameBody]
    stated: UnitNameBody | None
