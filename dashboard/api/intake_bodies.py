"""Which fields do a report and the answer to it have?"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ReportBody(BaseModel):
    """A matter to be reported: what, where, when; nothing about a person."""

    model_config = ConfigDict(extra="forbid")
    class_code: str = Field(alias="class", description="Code from /api/v1/classes.", max_length=80)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    reported_at: datetime | None = Field(None, description="ISO 8601; without zone the city's; without it, now.")
    severity: Literal[1, 2, 3] | None = Field(None, description="Without it, the severity of the class.")
    source: str | None = Field(None, max_length=80)
    department: str | None = Field(None, max_length=80)
    dataset: str | None = Field(None, max_length=80, description="Data set in which external_id is unique.")
    external_id: str | None = Field(None, max_length=200)
    key: str | None = Field(
        None, max_length=200, description="Your own key of the report, where it has no external_id."
    )
    text: str | None = Field(None, max_length=4000)
    address: str | None = Field(None, max_length=500)


class VerdictBody(BaseModel):
    """What became of one report; a rejected one has no id and says why."""

    index: int
    status: Literal["accepted", "duplicate", "rejected"]
    id: int | None = None
    field: str | None = None
    cause: str | None = None
    remedy: str | None = None


class VerdictsBody(BaseModel):
    """What became of each report, in the order sent; accepted and duplicate ones are safe on disk."""

    accepted: int
    duplicate: int
    rejected: int
    items: list[VerdictBody]
