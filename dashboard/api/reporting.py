"""Routes that help to fill in a report: what class it is, which known place it means, where a point lies."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.bodies import UnitsBody
from dashboard.api.parameters import versioned_router
from dashboard.api.rendering import unit_body
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.class_suggestion.desk import SuggestionDesk
from data.privacy.kinds import MARKS
from data.privacy.masking import mask
from data.reads.city import read_moment
from data.reads.place_search import FoundPlace, PlaceBook
from data.reads.units import read_units_at
from data.scope import acting_as_program

MAX_HITS = 50
MAX_CLASSES = 10


class TextAsked(BaseModel):
    """A report's text while it is written; nothing of it is stored."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=4_000)
    limit: int = Field(5, ge=1, le=MAX_CLASSES)


class SuggestionBody(BaseModel):
    """A class that the text may belong to; `words` are the parts of the text that speak for it."""

    class_code: str = Field(serialization_alias="class")
    name: str
    name_en: str
    p: float
    words: list[str]


class SuggestionsBody(BaseModel):
    """Classes, likeliest first; `masked` counts by kind what will be masked before the report is stored."""

    items: list[SuggestionBody]
    masked: dict[str, int]


class PlaceBody(BaseModel):
    """A known place; `unit` is the code of the small grid that it lies in."""

    id: int
    kind: str
    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    unit: str | None
    unit_name: str | None


class PlacesBody(BaseModel):
    """Places, best first."""

    items: list[PlaceBody]


def reporting_router(services: ApiServices) -> APIRouter:
    """Routes /classes/suggest, /places and /units/at."""
    router = versioned_router("reporting")
    desk, book = SuggestionDesk(services.database), PlaceBook()

    @router.post("/classes/suggest", response_model=SuggestionsBody)
    async def suggest(request: Request, asked: TextAsked) -> Response:
        """Classes that a report's text may belong to, learnt from the city's own reports and its catalog.

        Texts of sensitive classes are not learnt from; these classes are known by their names and key words.
        """
        masked = mask(asked.text)
        offers = await desk.suggest(_without_marks(masked.text), asked.limit)
        items = [
            SuggestionBody(
                class_code=one.entry.code,
                name=one.entry.name_zh,
                name_en=one.entry.name_en,
                p=round(one.p, 4),
                words=list(one.words),
            )
            for one in offers
        ]
        counts = {kind.value: count for kind, count in masked.counts.items() if count}
        return json_response(request, SuggestionsBody(items=items, masked=counts))

    @router.get("/places", response_model=PlacesBody)
    async def places(
        request: Request,
        q: Annotated[str, Query(description="Name, English name, pinyin (full or initials) or code.")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 20,
    ) -> Response:
        """Known places within the own area that match a typed text, best first."""
        with acting_as_program():
            async with services.database.reading() as conn:
                await book.refresh(conn)
        async with services.database.reading() as conn:
            found = await book.search(conn, q, limit)
        return json_response(request, PlacesBody(items=[_place_body(one) for one in found]))

    @router.get("/units/at", response_model=UnitsBody)
    async def units_at(
        request: Request,
        lon: Annotated[float, Query(ge=-180, le=180, description="Degrees, WGS 84.")],
        lat: Annotated[float, Query(ge=-90, le=90, description="Degrees, WGS 84.")],
    ) -> Response:
        """Units within the own area that a point lies in, from the highest level down."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_units_at(conn, lon, lat)
        items = [unit_body(unit) for unit in found]
        return json_response(request, UnitsBody(boundary_revision=moment.boundary_revision, items=items))

    return router


def _without_marks(text: str) -> str:
    """The masked text without the words that stand for what was masked: nobody wrote them."""
    for mark in MARKS.values():
        text = text.replace(mark, " ")
    return text


def _place_body(one: FoundPlace) -> PlaceBody:
    return PlaceBody(
        id=one.id,
        kind=one.kind,
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        lon=one.lon,
        lat=one.lat,
        unit=one.unit_code,
        unit_name=one.unit_name,
    )
