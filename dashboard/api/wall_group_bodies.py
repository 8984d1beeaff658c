"""Which fields do the bodies about groups of walls have?"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TEXT = r"^[^\x00]*$"


class GroupAsked(BaseModel):
    """A group: the address of its area (empty for the whole city, or for the own area) and its name."""

    model_config = ConfigDict(extra="forbid")
    area: str = Field("", max_length=120, pattern=TEXT)
    name: str = Field("", max_length=120, pattern=TEXT, description="Empty: the walls that name no group.")


class DirectionAsked(BaseModel):
    """What groups of walls are to show, whole: what is left out is not kept from before."""

    model_config = ConfigDict(extra="forbid")
    groups: list[GroupAsked] = Field(min_length=1, max_length=50)
    scene: str | None = Field(None, min_length=1, max_length=120, pattern=TEXT, description="Null: the first one.")
    held: bool = Field(False, description="Whether the scene stays; else scenes follow one another.")
    area: str = Field("", max_length=120, pattern=TEXT, description="Unit that scenes are about; empty: their own.")
    as_of: str = Field("", max_length=60, pattern=TEXT, description="Past moment that is shown; empty for now.")
    speed: int = Field(0, ge=0, le=600, description="How fast the past goes by; 0 stands still.")
    incident: int | None = Field(None, ge=0, lt=2**63, description="Case that the map looks at.")
    follows: bool = Field(False, description="Whether walls go where this account goes.")


class DisplayAsked(BaseModel):
    """What a wall says of itself, about twice a minute."""

    model_config = ConfigDict(extra="forbid")
    page: str = Field(pattern=r"^[0-9a-f]{32}$", description="Made up by the page when it was opened.")
    group: str = Field("", max_length=120, pattern=TEXT)
    scene: str = Field("", max_length=120, pattern=TEXT)
    state: Literal["live", "late", "lost"]
    width: int = Field(ge=1, le=32_768)
    height: int = Field(ge=1, le=32_768)
    software: bool


class DirectionBody(BaseModel):
    """What a group was told; it counts from `starts_at` on."""

    revision: int
    starts_at: datetime
    scene: str | None
    held: bool
    area: str
    as_of: datetime | None
    speed: int
    incident: int | None
    follows: bool
    by: str


class DisplayBody(BaseModel):
    """A wall that stands, or stood within the last day."""

    name: str
    scene: str
    state: str
    width: int
    height: int
    software: bool
    came_at: datetime
    seen_at: datetime


class GroupBody(BaseModel):
    """The walls of one area that name it; `told` is null where it was never told anything."""

    area: str
    area_name: str
    area_name_en: str
    name: str
    told: DirectionBody | None
    displays: list[DisplayBody]


class GroupsBody(BaseModel):
    """Groups of the areas that the asker may see."""

    as_of: datetime
    items: list[GroupBody]


class StandingBody(BaseModel):
    """What the group of a wall is told; null where it was never told anything."""

    as_of: datetime
    group: str
    told: DirectionBody | None
