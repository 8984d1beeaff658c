"""How does the current view become one file that opens without any network?"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.i18n.translate import pick, t
from dashboard.pages.map.drawing import Coloured, colour_sheet, decimals_of, draw_legend, theme_of
from dashboard.pages.map.picture import Picture, read_picture
from dashboard.pages.map.state import MapState, parse_state
from dashboard.services import Database, Services
from dashboard.views.numbers import write_count, write_moment, write_share, write_short_moment
from dashboard.views.plans import write_plan
from dashboard.views.replay import released_note
from dashboard.views.tree import unit_name
from dashboard.views.withheld import write_withheld
from data.audit.asked import about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.reads.choropleth_cache import ChoroplethCache
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import Incident, read_incidents
from data.reads.levels import Level
from data.reads.past import stand_at
from data.reads.question import Question
from data.reads.shapes import UnitShape, stream_shapes
from data.reads.summary import Summary, read_summary
from geo.status import CaseStatus
from layers.classification import class_of
from layers.legend import Legend
from layers.offline_html import offline_map_html
from layers.offline_view import OfflinePoint, OfflineUnit, OfflineView
from layers.palette import STATES

MOST_POINTS = 500


def offline_router(services: Services) -> APIRouter:
    """Route /export/map.html; its query is the query of the map page."""
    router = APIRouter(include_in_schema=False)
    kept = ChoroplethCache()

    @router.get("/export/map.html")
    async def offline_map(request: Request) -> Response:
        state = parse_state(request.query_params)
        view, name, question = await make_view(services.database, kept, state)
        entry = about_question(Action.EXPORTED, "map", question, format="html", points=len(view.points))
        await record_first(services.database.writing, entry)
        page = await asyncio.to_thread(offline_map_html, view)
        headers = {"Content-Disposition": f'attachment; filename="{name}.html"', "Cache-Control": "no-store"}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)

    return router


async def make_view(database: Database, kept: ChoroplethCache, state: MapState) -> tuple[OfflineView, str, Question]:
    """The view that the state shows, a name for its file, and the question behind it."""
    picture = await read_picture(database, kept, state)
    coloured = colour_sheet(picture.focus, state, theme_of(state))
    legend = draw_legend(coloured, state, theme_of(state))
    async with database.reading() as conn:
        await stand_at(conn, picture.question.moment)
        shapes = await _shapes(conn, picture.focus.level)
        land = await _shapes(conn, picture.levels[0])
        summary = await read_summary(conn, picture.question, "day")
        page = await read_incidents(conn, picture.question, IncidentFilter(), limit=MOST_POINTS)
    points = _points(page.incidents, picture, state) if state.density in ("auto", "points") else ()
    view = _view(picture, state, legend, _units(coloured, shapes, state), summary, points, land)
    question = picture.question
    return view, f"map_{question.unit.code}_{question.period.first}_{question.period.last}", question


async def _shapes(conn: Any, level: Level) -> list[UnitShape]:
    return [shape async for chunk in stream_shapes(conn, level) for shape in chunk]


def _view(
    picture: Picture,
    state: MapState,
    legend: Legend,
    units: tuple[OfflineUnit, ...],
    summary: Summary,
    points: tuple[OfflinePoint, ...],
    land: Sequence[UnitShape],
) -> OfflineView:
    asked, lang = picture.question, state.lang
    path = " › ".join(unit_name(unit, lang) for unit in picture.path)
    days = t("map.timeline.range", lang, first=asked.period.first, last=asked.period.last)
    revision = t("map.revision", lang, n=asked.moment.boundary_revision)
    return OfflineView(
        title=f"{path} · {legend.title}",
        as_of=f"{write_moment(asked.moment.as_of, asked.moment.zone)} ({asked.moment.time_zone})",
        units=units,
        legend=legend,
        theme=theme_of(state),
        lang="en" if lang == "en" else "zh",
        notes=(
            days,
            revision,
            *_replayed(asked, lang),
            *_released(asked, lang),
            *(write_plan(plan, lang) for plan in picture.plans),
        ),
        figures=tuple(_figures(summary, lang)),
        points=points,
        backdrop=_geometry(land[0]) if land else None,
    )


def _released(asked: Question, lang: str) -> list[str]:
    note = released_note(asked, lang)
    return [note] if note else []


def _replayed(asked: Question, lang: str) -> list[str]:
    return [t("replay.note", lang)] if asked.moment.is_replay else []


def _figures(summary: Summary, lang: str) -> list[tuple[str, str]]:
    written = []
    for figure in summary.figures:
        value = figure.value
        share = figure.key == "on_time_share"
        text = "–" if value is None else write_share(value) if share else write_count(value)
        if summary.question.hides(summary.total):
            text = write_withheld(lang)
        written.append((t(f"map.metric.{figure.key}", lang), text))
    return written


def _units(coloured: Coloured, shapes: Sequence[UnitShape], state: MapState) -> tuple[OfflineUnit, ...]:
    ids = None if coloured.sheet.ids is None else frozenset(coloured.sheet.ids)
    classes = class_of(coloured.values, coloured.classes)
    first = coloured.sheet.level.first_id
    return tuple(
        _unit(shape, float(coloured.values[shape.id - first]), int(classes[shape.id - first]), coloured, state)
        for shape in shapes
        if ids is None or shape.id in ids
    )


def _unit(shape: UnitShape, value: float, class_index: int, coloured: Coloured, state: MapState) -> OfflineUnit:
    states = STATES[theme_of(state)]
    if shape.id in coloured.sheet.values.suppressed:
        colour, figure = states.suppressed, t("map.legend.suppressed", state.lang)
    elif np.isnan(value):
        colour, figure = states.no_data, t("map.legend.no_data", state.lang)
    elif class_index < 0:
        colour, figure = states.zero, "0"
    else:
        colour, figure = coloured.colours[class_index], f"{value:,.{decimals_of(coloured, state.metric)}f}"
    name = pick(state.lang, shape.name, shape.name_en)
    return OfflineUnit(shape.id, shape.code, name, _geometry(shape), colour, figure)


def _geometry(shape: UnitShape) -> Mapping[str, Any]:
    geometry: Mapping[str, Any] = json.loads(shape.geometry)
    return geometry


def _points(incidents: Sequence[Incident], picture: Picture, state: MapState) -> tuple[OfflinePoint, ...]:
    return tuple(_point(incident, picture, state.lang) for incident in incidents if incident.lon is not None)


def _point(incident: Incident, picture: Picture, lang: str) -> OfflinePoint:
    reported = write_short_moment(incident.reported_at, picture.question.moment.zone)
    facts = [
        (t("map.field.status", lang), t(f"status.{CaseStatus(incident.status).key}", lang)),
        (t("map.field.reported", lang), reported),
        (t("map.field.unit", lang), incident.unit_name or ""),
    ]
    title = pick(lang, incident.class_zh, incident.class_en)
    return OfflinePoint(incident.lon or 0.0, incident.lat or 0.0, title, tuple(facts))
