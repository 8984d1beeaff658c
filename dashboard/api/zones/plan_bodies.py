"""What do the routes of plans answer?"""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class FaultBody(BaseModel):
    """What must still be worked on; `units` are the first 50 of `count`."""

    kind: str
    zone: int | None
    units: list[str]
    count: int
    figure: float
    bound: float | None


class PlanFiguresBody(BaseModel):
    """Figures of a plan; their meanings are told in docs/zones.md."""

    zones: int
    ratio: float
    compactness: float
    balance: float
    workload_max_over_mean: float
    contiguous: bool
    unassigned: int
    faults: list[FaultBody]


class NamedBody(BaseModel):
    """A team."""

    id: int
    name: str


class PostBody(BaseModel):
    """A patrol post."""

    code: str
    name: str
    name_en: str


class PostToChooseBody(PostBody):
    """A patrol post that a zone can be given; `unit` is the code of the unit of the plan that it lies in."""

    kind: str
    kind_zh: str
    kind_en: str
    unit: str


class PostsBody(BaseModel):
    """Patrol posts, by name."""

    items: list[PostToChooseBody]


class ZoneBody(BaseModel):
    """A zone; `name` is its own or that of its largest unit, `colour` a number; figures are null for old boundaries.

    `name_en` is that of its largest unit, empty where this has none or where the zone has a name of its own.
    """

    no: int
    code: str | None
    name: str
    name_en: str
    own_name: str | None
    members: int
    workload: float | None
    workload_share_of_mean: float | None
    area_km2: float | None
    perimeter_km: float | None
    roundness: float | None
    similarity: float | None
    pieces: int | None
    locked: bool
    colour: int
    team: NamedBody | None
    post: PostBody | None


class StepsBody(BaseModel):
    """Steps in force, how many can be taken back, and how many made again."""

    done: int
    undoable: int
    redoable: int


class PlanHeadBody(BaseModel):
    """A plan without its units."""

    id: int
    name: str
    state: str
    version: int
    within: str
    within_name: str
    within_name_en: str
    within_level: str
    base: str
    boundary_revision: int
    parameters: dict[str, Any]
    seed: int | None
    hash: str | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    adopted_from: date | None
    adopted_by: str | None
    superseded_from: date | None
    superseded_by: int | None
    figures: PlanFiguresBody
    start_figures: PlanFiguresBody


class PlansBody(BaseModel):
    """Plans, the one changed last first."""

    items: list[PlanHeadBody]


class PlanBody(PlanHeadBody):
    """A plan with its units: `units`, `unit_ids` and `zone` are parallel. `stale`: borders have changed since."""

    stale: bool
    units: list[str]
    unit_ids: list[int]
    zone: list[int]
    zones: list[ZoneBody]
    locked_units: list[str]
    steps: StepsBody


class ChangedUnitsBody(BaseModel):
    """Units whose zone differs, and their zone, -1 for none."""

    units: list[str]
    zone: list[int]


class ChangedBody(BaseModel):
    """What an edit has changed; `zones` are those left and joined, with no members where they are empty now."""

    version: int
    name: str
    changed: ChangedUnitsBody
    zones: list[ZoneBody]
    figures: PlanFiguresBody
    steps: StepsBody
    locked_units: list[str] | None = None
    unlocked_units: list[str] | None = None


class RefusedMoveBody(BaseModel):
    """Why a move would be refused; `units` are those that would be cut off, or that stand against it."""

    reason: str
    units: list[str]
    zone: int | None
    text: str
    remedy: str


class DeltaBody(BaseModel):
    """How figures would change."""

    ratio: float
    balance: float
    compactness: float
    workload_max_over_mean: float
    contiguous: bool
    unassigned: int


class PreviewBody(BaseModel):
    """What a move would do; nothing is changed."""

    version: int
    refused: RefusedMoveBody | None
    zones: list[ZoneBody]
    figures: PlanFiguresBody | None
    delta: DeltaBody | None


class StepBody(BaseModel):
    """A step; `unit_ids` and `zone` hold the first 500 of `units` units."""

    version: int
    at: datetime
    who: str
    mine: bool
    kind: str
    units: int
    unit_ids: list[int]
    zone: list[int]
    left: list[int]
    joined: list[int]
    of_version: int | None
    detail: dict[str, Any]


class StepsPageBody(BaseModel):
    """Steps, newest first; ask again with `next` as cursor for earlier ones."""

    items: list[StepBody]
    next: str | None


class EventsBody(BaseModel):
    """Steps after the version asked for, oldest first, and who else has the plan open to edit it."""

    version: int
    steps: list[StepBody]
    editors: list[str]


class CommentBody(BaseModel):
    """A comment."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    made_at: datetime
    who: str
    text: str
    zone: int | None
    unit: str | None
    lon: float | None
    lat: float | None
    resolved_at: datetime | None
    resolved_by: str | None


class CommentsBody(BaseModel):
    """Comments on a plan, oldest first."""

    items: list[CommentBody]


class StoredPairBody(BaseModel):
    """A link or cut; the smaller code first."""

    model_config = ConfigDict(from_attributes=True)
    a: str
    b: str
    kind: str
    reason: str
    made_at: datetime
    made_by: str


class LinksBody(BaseModel):
    """Links and cuts of a level."""

    base: str
    pairs: list[StoredPairBody]


class TeamBody(BaseModel):
    """A patrol team."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    size: int
    shifts: str
    within: str
    level: str
    made_at: datetime
    ended_at: datetime | None


class TeamsBody(BaseModel):
    """Patrol teams, by name."""

    items: list[TeamBody]
