"""Which fields do a question for a plan, and the state of a computation, have?"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(max_length=80)]
Weight = Annotated[float, Field(ge=0, le=1_000)]


class WeightsBody(BaseModel):
    """How much each part of the problem profile counts; 0 leaves one out."""

    model_config = ConfigDict(extra="forbid")
    classes: Weight = 1.0
    rates: Weight = 0.5
    hours: Weight = 0.5
    load: Weight = 0.5


class RulesBody(BaseModel):
    """What every zone must keep."""

    model_config = ConfigDict(extra="forbid")
    tolerance: float | None = Field(None, gt=0, le=100, description="Share by which workload may differ from the mean.")
    least_members: int | None = Field(None, ge=1)
    most_members: int | None = Field(None, ge=1)
    least_workload: float | None = Field(None, ge=0)
    most_workload: float | None = Field(None, gt=0)
    together: list[list[Code]] | None = Field(None, max_length=2_000, description="Groups of codes of one zone.")
    apart: list[list[Code]] | None = Field(None, max_length=20_000, description="Pairs of codes never of one zone.")
    locked: list[list[Code]] | None = Field(None, max_length=20_000, description="Pairs of code and name of a zone.")
    fence_level: str | None = Field(None, max_length=80, description="Level that no zone crosses; `none` for no fence.")


class WishesBody(BaseModel):
    """How much soft rules weigh."""

    model_config = ConfigDict(extra="forbid")
    compactness: Weight = 0.2
    spread: Weight = 0.0
    in_force: Weight = 0.0
    post: Weight = 0.0


class ProposeBody(BaseModel):
    """A question for a plan: exactly so many zones, or as many as a workload floor allows."""

    model_config = ConfigDict(extra="forbid")
    within: Code = Field("", description="Code of the unit that is divided; empty for the own area.")
    within_level: str | None = Field(None, max_length=80, description="Its level, where a code stands on several.")
    base: str = Field(max_length=80, description="Level of the units that are joined.")
    zones: int | None = Field(None, ge=1)
    floor: float | None = Field(None, gt=0)
    since: date | None = Field(None, description="First day of the profile; default: 90 days in all.")
    until: date | None = Field(None, description="The day after its last; default: after the last day with data.")
    weights: WeightsBody = Field(default_factory=WeightsBody)
    workload: Literal["cases", "hours"] = "cases"
    posts: list[Code] | None = Field(None, max_length=20, description="Kinds of places that are patrol posts.")
    rules: RulesBody = Field(default_factory=RulesBody)
    wishes: WishesBody = Field(default_factory=WishesBody)
    seed: int = Field(7, ge=0, lt=2**31)
    seconds: float = Field(3.0, gt=0, le=60, description="CPU time of a usual processor; same seconds, same plan.")
    stable: bool = Field(False, description="The plan that plans under other weights of the profile agree on most.")


class ReplayBody(BaseModel):
    """A question for a replay."""

    model_config = ConfigDict(extra="forbid")
    since: date | None = Field(None, description="First day; default: that of the plan's profile.")
    until: date | None = Field(None, description="The day after the last; default: that of the plan's profile.")
    shifts: list[Annotated[str, Field(max_length=5)]] = Field(
        default_factory=list, max_length=12, description="When shifts start, such as 08:00; default: 08, 16, 00."
    )
    against: int | None = Field(None, ge=1, lt=2**31, description="Plan A, which this plan is to beat.")
    workload: Literal["cases", "hours"] | None = None
    seed: int = Field(7, ge=0, lt=2**31)


class StartedBody(BaseModel):
    """A computation that was put into the queue."""

    job: str
    state: str
    place_in_queue: int | None
