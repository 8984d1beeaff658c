"""Routes of figures: the summary of a unit, one value per unit of a level."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray

from dashboard.api.bodies import BeforeBody, ChoroplethBody, SelectionBody, SummaryBody
from dashboard.api.figure_rendering import case_figure_bodies
from dashboard.api.parameters import AskedLevel, AskedQuestion, QuestionTexts, versioned_router
from dashboard.api.rendering import before_body, plan_fields, selection_body, summary_body
from dashboard.api.responses import json_response, packed_response
from dashboard.api.services import ApiServices
from data.figures.definition import chosen
from data.figures.read import read_figures
from data.reads.breakdown import parse_breakdown
from data.reads.choropleth import COUNTS, Metric, Values, parse_metric
from data.reads.errors import SelectionInvalid
from data.reads.levels import Level
from data.reads.question import Question
from data.reads.selection import Selection, read_chosen, read_selection
from data.reads.summary import read_summary
from data.reads.zones import read_level

BINARY = "application/octet-stream"
AskedMetric = Annotated[
    str,
    Query(alias="metric", description="reported, open, overdue, closed, on_time_share, per_km2 or per_1000."),
]
AskedUnits = Annotated[
    str, Query(description="Codes of units of one level, separated by commas, instead of `unit`; at most 2,000.")
]
ColouredLevel = Annotated[
    str,
    Query(
        alias="level",
        description="Key of the level; see /api/v1/levels. `zone` gives the zones in force when the period ends.",
    ),
]


def figures_router(services: ApiServices) -> APIRouter:
    """Routes /summary, /summary/before, /choropleth and /choropleth.bin."""
    router = versioned_router("figures")

    @router.get("/summary", response_model=SummaryBody | SelectionBody)
    async def summary(
        request: Request,
        asked: AskedQuestion,
        level: AskedLevel = "",
        by: Annotated[str, Query(description="child, zone, class, day, status or department.")] = "child",
        units: AskedUnits = "",
        figures: Annotated[
            str, Query(description="Figures of handling that are told, too: keys of /figures, or `all`.")
        ] = "",
    ) -> Response:
        """Figures of a unit and period with their breakdown: total = sum of items + unassigned.

        With `units` the figures of these units, together and one by one.
        """
        if units:
            refuse_unit_beside_units(asked)
            return json_response(request, selection_body(await read_asked_selection(services, asked, units, level)))
        breakdown = parse_breakdown(by)
        async with services.database.reading() as conn:
            question = await asked.read(conn, level)
            found = await read_summary(conn, question, breakdown)
            handling = await read_figures(conn, question, chosen(figures)) if figures else None
        body = summary_body(found)
        if handling is not None:
            body.figures.update(case_figure_bodies(handling.total))
        return json_response(request, body)

    @router.get("/summary/before", response_model=BeforeBody)
    async def summary_before(request: Request, asked: AskedQuestion, level: AskedLevel = "") -> Response:
        """The five figures beside those of the period before, as it stood when it was as old as this one is now."""
        async with services.database.reading() as conn:
            found = await services.befores.read(conn, await asked.read(conn, level))
        return json_response(request, before_body(found))

    @router.get("/choropleth", response_model=ChoroplethBody)
    async def choropleth(
        request: Request, asked: AskedQuestion, level: ColouredLevel, metric: AskedMetric = "reported"
    ) -> Response:
        """One value per unit of a level, in id order; ask for application/octet-stream to get float32."""
        found = await read_coloured(services, asked, level, metric)
        if BINARY in request.headers.get("accept", ""):
            return _binary(request, found)
        return json_response(request, _json(found))

    @router.get("/choropleth.bin", response_class=Response)
    async def choropleth_binary(
        request: Request, asked: AskedQuestion, level: ColouredLevel, metric: AskedMetric = "reported"
    ) -> Response:
        """The same as little-endian float32: NaN is no data, -Infinity filtered out, Infinity withheld."""
        return _binary(request, await read_coloured(services, asked, level, metric))

    return router


@dataclass(frozen=True, slots=True)
class Coloured:
    """Values of a level with the question that they answer."""

    question: Question
    level: Level
    metric: Metric
    values: Values


def refuse_unit_beside_units(asked: QuestionTexts) -> None:
    """Refuse a question that names one unit and several.

    Raises:
        SelectionInvalid: It does.
    """
    if asked.unit:
        raise SelectionInvalid("units", "Both unit and units are given.", "Give one of them.")


async def read_asked_selection(services: ApiServices, asked: QuestionTexts, units: str, level: str) -> Selection:
    """Figures of the units that an address names."""
    codes = [code.strip() for code in units.split(",") if code.strip()]
    async with services.database.reading() as conn:
        question = await asked.read(conn)
        return await read_selection(conn, question, await read_chosen(conn, codes, level, question.period.last))


async def read_coloured(services: ApiServices, asked: QuestionTexts, level: str, metric: str) -> Coloured:
    """Values of a level for the texts of an address."""
    wanted = parse_metric(metric)
    async with services.database.reading() as conn:
        question = await asked.read(conn)
        found = await read_level(conn, level, question.period.last)
        return Coloured(question, found, wanted, await services.choropleths.read(conn, question, found, wanted))


def _json(found: Coloured) -> dict[str, object]:
    values = found.values.values
    missing = np.isnan(values)
    numbers = np.where(missing, np.float32(0), values)
    plain = numbers.astype(np.int64).tolist() if found.metric in COUNTS else orjson.loads(_shortest(numbers))
    question = found.question
    return {
        "level": found.level.key,
        "metric": found.metric,
        "unit": question.unit.code,
        "from": question.period.first,
        "to": question.period.last,
        "as_of": question.moment.as_of,
        "replay": question.moment.is_replay,
        "leaves_out_sensitive": question.leaves_out_sensitive,
        "boundary_revision": question.moment.boundary_revision,
        "plans": [plan_fields(plan) for plan in found.level.plans],
        "first_id": found.level.first_id,
        "values": [None if gone else number for gone, number in zip(missing.tolist(), plain, strict=True)],
        "suppressed": list(found.values.suppressed),
        "minimum_count": question.minimum_count,
        "filtered_out": _ranges(found.values.filtered_out, found.level.first_id),
        "not_permitted": _ranges(found.values.not_permitted, found.level.first_id),
    }


def _shortest(numbers: NDArray[np.float32]) -> bytes:
    """The numbers as JSON with no more digits than float32 has."""
    return orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)


def _binary(request: Request, found: Coloured) -> Response:
    moment = found.question.moment
    values = np.where(found.values.filtered_out, np.float32(-np.inf), found.values.values)
    values[np.array(found.values.suppressed, np.int64) - found.level.first_id] = np.inf
    headers = {
        "X-First-Id": str(found.level.first_id),
        "X-Count": str(found.level.count),
        "X-As-Of": moment.as_of.isoformat(),
        "X-Replay": "true" if moment.is_replay else "false",
        "X-Boundary-Revision": str(moment.boundary_revision),
    }
    return packed_response(request, values.astype("<f4").tobytes(), BINARY, headers)


def _ranges(mask: NDArray[np.bool_], first_id: int) -> list[tuple[int, int]]:
    """First and last id of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(first_id + int(start), first_id + int(stop) - 1) for start, stop in edges.reshape(-1, 2)]
