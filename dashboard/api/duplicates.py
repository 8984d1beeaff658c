"""Routes of duplicates: which reports may tell of the same matter as a case, or as a report before it is filed?"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.bodies import IncidentBody
from dashboard.api.parameters import versioned_router
from dashboard.api.rendering import incident_body
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.duplicates.candidates import Shown, place_asked, read_asked, read_duplicates
from data.duplicates.weights import LIKELY
from data.reads.city import read_moment
from data.reads.errors import RequestRefused
from geo.datum import Datum, to_wgs84

_NEEDS_NO_SHIFT = ("wgs84", "cgcs2000")
NO_NUL = r"^[^\x00]*$"
YEARS = range(1970, 2200)


class DuplicateBody(BaseModel):
    """A report that may tell of the same matter.

    `score` is a probability, `likely` says that it passes the threshold, `minutes` are those from it to the report
    asked about. `distance_m` is empty where the small grid alone is known, `similarity` where a text is missing. Each
    reason has a `key` (`near`, `same_grid`, `soon`, `same_class`, `same_group`, `similar_text`), its value, and what it
    adds.
    """

    id: int
    score: float
    likely: bool
    distance_m: float | None
    minutes: float
    same_class: bool
    similarity: float | None
    reasons: list[dict[str, Any]]
    incident: IncidentBody


class DuplicatesBody(BaseModel):
    """Candidates, the likeliest first; `threshold` is the score from which one is `likely`."""

    as_of: datetime
    threshold: float
    items: list[DuplicateBody]


class DuplicatesAsked(BaseModel):
    """A report before it is filed; nothing of it is stored."""

    model_config = ConfigDict(extra="forbid")
    class_code: str = Field(alias="class", max_length=80, pattern=NO_NUL)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    text: str | None = Field(None, max_length=4000)
    reported_at: datetime | None = Field(None, description="ISO 8601; without zone the city's; without it, now.")

    def lonlat(self) -> tuple[float, float] | None:
        """Degrees WGS 84, None without a position.

        Raises:
            RequestRefused: One of the two is missing.
        """
        if self.lon is None and self.lat is None:
            return None
        if self.lon is None or self.lat is None:
            field = "lon" if self.lon is None else "lat"
            raise RequestRefused(field, "One of lon and lat is missing.", "Give both, or none of them.")
        if self.datum in _NEEDS_NO_SHIFT:
            return self.lon, self.lat
        shifted = to_wgs84(np.array([[self.lon, self.lat]]), Datum(self.datum))[0]
        return float(shifted[0]), float(shifted[1])


CaseId = Annotated[int, Path(alias="id", ge=0, lt=2**63, description="Id of the case, which is the incident's.")]


def duplicates_router(services: ApiServices) -> APIRouter:
    """Routes /cases/{id}/duplicates and /duplicates."""
    router = versioned_router("cases")

    async def told(request: Request, found: tuple[Shown, ...], entry: Entry) -> Response:
        await record_first(services.database.writing, entry)
        items = [duplicate_body(one) for one in found]
        return json_response(request, DuplicatesBody(as_of=services.now(), threshold=LIKELY, items=items))

    @router.get("/cases/{id}/duplicates", response_model=DuplicatesBody)
    async def of_case(request: Request, case_id: CaseId) -> Response:
        """Reports that may tell of the same matter as a case."""
        async with services.database.reading() as conn:
            found = await read_duplicates(conn, await read_asked(conn, case_id))
        # Part of looking at the case, which is what the audit log says.
        detail = {"part": "duplicates", "shown": len(found)}
        return await told(request, found, Entry(Action.CASE_VIEWED, "incident", str(case_id), detail=detail))

    @router.post("/duplicates", response_model=DuplicatesBody)
    async def before_filing(request: Request, asked: DuplicatesAsked) -> Response:
        """Reports that may tell of the same matter as one that is about to be filed."""
        lonlat = asked.lonlat()
        async with services.database.reading() as conn:
            at = asked.reported_at or services.now()
            if at.tzinfo is None:
                at = at.replace(tzinfo=(await read_moment(conn)).zone)
            if at.year not in YEARS:
                raise RequestRefused(
                    "reported_at", "No report is of that year.", "Correct the moment, or leave it out."
                )
            placed = await place_asked(conn, asked.class_code, at.astimezone(UTC), lonlat, asked.text)
            found = await read_duplicates(conn, placed)
        return await told(request, found, Entry(Action.CASES_LISTED, "cases", detail={"shown": len(found)}))

    return router


def duplicate_body(one: Shown) -> DuplicateBody:
    """A candidate."""
    found, pair = one.candidate, one.candidate.pair
    return DuplicateBody(
        id=found.id,
        score=round(found.score, 4),
        likely=found.likely,
        distance_m=None if pair.distance_m is None else round(pair.distance_m, 1),
        minutes=round(found.minutes, 1),
        same_class=pair.kin.value == "same_class",
        similarity=None if pair.similarity is None else round(pair.similarity, 3),
        reasons=[dict(reason) for reason in found.reasons],
        incident=incident_body(one.incident),
    )
