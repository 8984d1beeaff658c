"""Route of the playback of cases: what happened in a period, as spans of time."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from dashboard.api.parameters import AskedLevel, versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.engine import AsyncRows
from data.reads.errors import LimitInvalid, UnitUnknown
from data.reads.incident_filter import decode_cursor, encode_cursor
from data.reads.question import Question, read_question
from data.reads.replay import (
    DAY_CHARACTERS,
    DEFAULT_SPANS,
    MAX_SPANS,
    Kind,
    Phase,
    ReplayPeriod,
    Span,
    parse_replay,
    read_spans,
)

PHASES, KINDS = get_args(Phase), get_args(Kind)


class SpanColumns(BaseModel):
    """Spans of time by `at`, a column each; moments are milliseconds after `start`, null where there is none.

    `phase` and `kind` are places in the lists of these names; `class` is the id of /api/v1/classes.
    """

    id: list[int]
    phase: list[int]
    kind: list[int]
    at: list[int]
    until: list[int | None]
    due: list[int | None]
    reported: list[int]
    class_ids: list[int] = Field(serialization_alias="class")
    lon: list[float | None]
    lat: list[float | None]


class ReplayBody(BaseModel):
    """A page of what happened to cases; ask again with `next` as cursor for what follows.

    A case is on the map from `at` until just before `until` of each of its spans.
    """

    replay: bool = True
    as_of: datetime
    time_zone: str
    unit: str
    start: datetime
    end: datetime
    leaves_out_sensitive: bool
    phases: list[str]
    kinds: list[str]
    spans: SpanColumns
    next: str | None


def case_replay_router(services: ApiServices) -> APIRouter:
    """Route /replay."""
    router = versioned_router("incidents")

    @router.get("/replay", response_model=ReplayBody)
    async def replay(
        request: Request,
        start: Annotated[
            str, Query(alias="from", description="First day (YYYY-MM-DD) or moment (ISO 8601); 92 days in all at most.")
        ] = "",
        end: Annotated[str, Query(alias="to", description="Last day (included) or moment (excluded).")] = "",
        within: Annotated[str, Query(description="Unit code; empty for the whole city.")] = "",
        level: AskedLevel = "",
        classes: Annotated[
            str,
            Query(alias="class", description="Class codes, group keys, families or scenarios, separated by commas."),
        ] = "",
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
        limit: Annotated[str, Query(description=f"Spans per page, 1 to {MAX_SPANS}; default {DEFAULT_SPANS}.")] = "",
    ) -> Response:
        """What happened to the cases of a unit in a period: opened, overdue, handled, closed, with durations."""
        after, size = decode_cursor(cursor), _limit(limit)
        async with services.database.reading() as conn:
            question = await _question(conn, within, level, start, end, classes)
            period = parse_replay(start, end, question)
            page = await read_spans(conn, question, period, after=after, limit=size)
        body = {
            "replay": True,
            "as_of": question.moment.as_of,
            "time_zone": question.moment.time_zone,
            "unit": question.unit.code,
            "start": period.start,
            "end": period.end,
            "leaves_out_sensitive": bool(question.withheld_ids),
            "phases": PHASES,
            "kinds": KINDS,
            "spans": _columns(page.spans, period),
            "next": encode_cursor(page.next) if page.next else None,
        }
        return json_response(request, body)

    return router


async def _question(conn: AsyncRows, within: str, level: str, start: str, end: str, classes: str) -> Question:
    """What is played back, over the days of its moments.

    Raises:
        RequestRefused: A text cannot be used; its field is the parameter of this route.
    """
    first, last = start[:DAY_CHARACTERS], end[:DAY_CHARACTERS]
    try:
        return await read_question(conn, unit=within, level=level, start=first, end=last, classes=classes)
    except UnitUnknown as error:
        error.field = "within"
        raise


def _limit(text: str) -> int:
    """Page size from its text.

    Raises:
        LimitInvalid: It is no such number.
    """
    if not text:
        return DEFAULT_SPANS
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_SPANS:
        raise LimitInvalid("limit", f"{text!r} is no page size.", f"Give a whole number from 1 to {MAX_SPANS}.")
    return int(text)


def _columns(spans: tuple[Span, ...], period: ReplayPeriod) -> dict[str, list[object]]:
    begin = period.start.timestamp()

    def after_start(moment: datetime | None) -> int | None:
        return None if moment is None else round((moment.timestamp() - begin) * 1000)

    return {
        "id": [span.id for span in spans],
        "phase": [PHASES.index(span.phase) for span in spans],
        "kind": [KINDS.index(span.kind) for span in spans],
        "at": [after_start(span.at) for span in spans],
        "until": [after_start(span.until) for span in spans],
        "due": [after_start(span.due_at) for span in spans],
        "reported": [after_start(span.reported_at) for span in spans],
        "class": [span.class_id for span in spans],
        "lon": [_rounded(span.lon) for span in spans],
        "lat": [_rounded(span.lat) for span in spans],
    }


def _rounded(degrees: float | None) -> float | None:
    """A decimetre is finer than any screen."""
    return None if degrees is None else round(degrees, 6)
