"""What do the routes of plans take?"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.zoning.link_editing import LinkKind

MOST_UNITS = 60_000
RowId = Annotated[int, Field(ge=1, lt=2**31)]
Version = Annotated[int, Field(ge=0, lt=2**31, description="The version that was looked at.")]
Code = Annotated[str, Field(min_length=1, max_length=64)]
Number = Annotated[int, Field(ge=0, lt=10_000, description="Number of a zone, from 0.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, given: object) -> object:
        if _has_nul(given):
            raise ValueError("A text holds a NUL character, which cannot be stored")
        return given


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(held) for key, held in value.items())
    return isinstance(value, list) and any(_has_nul(held) for held in value)


class FromBody(_Asked):
    """What a plan begins with: one of these."""

    empty: bool | None = None
    plan: RowId | None = Field(None, description="A plan whose zones it takes over.")
    job: str | None = Field(None, max_length=64, description="A proposal of yours.")
    zones: list[Annotated[int, Field(ge=-1, lt=10_000)]] | None = Field(
        None, max_length=MOST_UNITS, description="Zone of each unit, -1 for none; units by rising id, or as `units`."
    )
    units: list[Code] | None = Field(None, max_length=MOST_UNITS, description="Codes of the units of `zones`.")


class PlanAskedBody(_Asked):
    """A plan to be made."""

    name: str = Field("", max_length=200)
    within: str = Field("", max_length=64, description="Code of the unit that is divided; empty for your area.")
    level: str = Field("", max_length=64, description="Its level, where the code stands on several.")
    base: str = Field("", max_length=64, description="Level of the units that are joined.")
    start: FromBody = Field(FromBody(), alias="from")
    parameters: dict[str, Any] | None = Field(None, description="Profile, rules and wishes, as for a proposal.")


class VersionBody(_Asked):
    """A change without further words."""

    version: Version


class RepeatBody(VersionBody):
    """Whose step is taken back or made again: the asker's own last one, or the last one of anybody."""

    whose: Literal["mine", "anyone"] = "mine"


class RenameBody(VersionBody):
    """Another name."""

    name: str | None = Field(None, max_length=200)


class MovesBody(VersionBody):
    """Units into a zone, into a new one (`new`), or out of the plan (null)."""

    units: list[Code] = Field(
        min_length=1, max_length=MOST_UNITS, description="Codes; a unit above the base level stands for all in it."
    )
    to: Number | Literal["new"] | None


class MergeBody(VersionBody):
    """The second zone joins the first."""

    zones: tuple[Number, Number]


class SplitBody(VersionBody):
    """A zone in so many parts by the engine, or in two along a line of lon, lat."""

    zone: Number
    parts: int | None = Field(None, ge=2, le=50)
    line: list[tuple[float, float]] | None = Field(None, min_length=2, max_length=2_000)


class FillBody(VersionBody):
    """A zone takes what it encloses."""

    zone: Number


class LocksBody(VersionBody):
    """Zones by number and units by code, true to lock and false to unlock."""

    zones: dict[Number, bool] = Field(default_factory=dict, max_length=10_000)
    units: dict[Code, bool] = Field(default_factory=dict, max_length=MOST_UNITS)


class ZoneFactsBody(VersionBody):
    """Name, team and post of a zone; null takes away, what is missing stays."""

    name: str | None = Field(None, max_length=200)
    team: RowId | None = None
    post: str | None = Field(None, max_length=64)


class ReasonBody(VersionBody):
    """A step in the life of a plan, and why."""

    reason: str = Field("", max_length=2_000)


class AdoptBody(VersionBody):
    """From which day on; units in no zone must be allowed expressly."""

    first_day: date = Field(alias="from")
    allow_unassigned: bool = False


class EndBody(ReasonBody):
    """The first day on which the plan is no longer in force."""

    first_day: date = Field(alias="from")


class CommentAskedBody(_Asked):
    """A comment on the plan, or on one of: a zone, a unit, a place."""

    text: str = Field(min_length=1, max_length=2_000)
    zone: Number | None = None
    unit: Code | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


class ResolveBody(_Asked):
    """Whether it is dealt with."""

    resolved: bool = True


class PairBody(_Asked):
    """Two units by code."""

    a: Code
    b: Code
    kind: LinkKind
    reason: str = Field("", max_length=1_000)


class LinksAskedBody(_Asked):
    """All links and cuts of a level in your area; those that are missing are taken away."""

    base: Code
    pairs: list[PairBody] = Field(max_length=5_000)


class TeamAskedBody(_Asked):
    """A patrol team: a name, a number of people, shifts in words. No persons."""

    name: str = Field(max_length=200)
    size: int = Field(ge=1, le=1_000)
    shifts: str = Field("", max_length=1_000)
    within: str = Field("", max_length=64, description="Code of the unit that it belongs to; empty for your area.")
    level: str = Field("", max_length=64)


class TeamChangeBody(_Asked):
    """What of a team is another thing now."""

    name: str | None = Field(None, max_length=200)
    size: int | None = Field(None, ge=1, le=1_000)
    shifts: str | None = Field(None, max_length=1_000)
    ended: bool | None = None
