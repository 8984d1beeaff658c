"""Routes that stream what a view shows: incidents and units, as CSV or GeoJSON."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum

import numpy as np
import orjson
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from dashboard.api.figures import AskedMetric, AskedUnits, Coloured, ColouredLevel, read_asked_selection, read_coloured
from dashboard.api.parameters import AskedFilter, AskedLevel, AskedQuestion, AskedWhere, versioned_router
from dashboard.api.rendering import incident_fields, plan_fields, selection_item_fields
from dashboard.api.services import ApiServices
from dashboard.api.tables import BYTE_ORDER_MARK, csv_lines, csv_stream, feature, geojson_stream
from data.audit.asked import about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.engine import AsyncRows
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import Incident, stream_incidents
from data.reads.levels import Level
from data.reads.measures import Measures
from data.reads.past import stand_at
from data.reads.question import Question
from data.reads.selection import Selection
from data.reads.shapes import UnitShape, stream_shapes
from data.reads.units import Unit
from data.reads.zone_facts import ZONE


class Format(StrEnum):
    """Kinds of files."""

    csv = "csv"
    geojson = "geojson"


MEDIA_TYPES = {Format.csv: "text/csv; charset=utf-8", Format.geojson: "application/geo+json"}
INCIDENT_COLUMNS = (
    "id", "external_id", "reported_at", "status", "overdue", "severity", "class_code", "class_name", "source",
    "department", "unit_code", "unit_name", "unit_level", "lon", "lat", "position", "text", "address", "filed_at",
    "dispatched_at", "handled_at", "closed_at", "due_at", "close_reason",
)  # fmt: skip
UNIT_COLUMNS = ("id", "code", "name", "name_en", "level", "parent", "population", "households", "area_km2", "revision")
MEASURES = ("n", "open", "overdue", "closed", "on_time", "late", "on_time_share")
PLAN_COLUMNS = ("plan_id", "plan", "adopted_from", "superseded_from")
"""Of zones: which plan each is of, and when that is in force."""


def exports_router(services: ApiServices) -> APIRouter:
    """Routes /export/incidents.{csv|geojson} and /export/units.{csv|geojson}."""
    router = versioned_router("export")

    @router.get("/export/incidents.{kind}", response_class=StreamingResponse)
    async def incidents(
        kind: Format, asked: AskedQuestion, narrowed: AskedFilter, where: AskedWhere, level: AskedLevel = ""
    ) -> StreamingResponse:
        """All incidents of the current filter, newest first."""
        wanted = narrowed.parse()
        async with services.database.reading() as conn:
            question = await asked.read(conn, level)
            wanted = await where.narrow(conn, question, wanted, level)
        entry = about_question(Action.EXPORTED, "incidents", question, wanted, format=kind.value)
        await record_first(services.database.writing, entry)
        stream = _incident_file(services, question, wanted, kind)
        period = f"{question.period.first}_{question.period.last}"
        return _file(stream, kind, f"incidents_{_plain(question.unit.code)}_{period}")

    @router.get("/export/units.{kind}", response_class=StreamingResponse)
    async def units(
        kind: Format, asked: AskedQuestion, level: ColouredLevel, metric: AskedMetric = "reported"
    ) -> StreamingResponse:
        """Current units of a level with the values of the choropleth; without those that are filtered out."""
        found = await read_coloured(services, asked, level, metric)
        entry = about_question(
            Action.EXPORTED, "units", found.question, format=kind.value, level=level, metric=found.metric
        )
        await record_first(services.database.writing, entry)
        period = f"{found.question.period.first}_{found.question.period.last}"
        return _file(_unit_file(services, found, kind), kind, f"{_plain(level)}_{found.metric}_{period}")

    @router.get("/export/selection.{kind}", response_class=StreamingResponse)
    async def selection(
        kind: Format, asked: AskedQuestion, units: AskedUnits, level: AskedLevel = ""
    ) -> StreamingResponse:
        """Chosen units of one level with their figures."""
        found = await read_asked_selection(services, asked, units, level)
        key, count = found.chosen.level.key, len(found.items)
        entry = about_question(Action.EXPORTED, "units", found.question, format=kind.value, level=key, chosen=count)
        await record_first(services.database.writing, entry)
        period = f"{found.question.period.first}_{found.question.period.last}"
        return _file(_selection_file(services, found, kind), kind, f"selection_{_plain(key)}_{period}")

    return router


def _file(stream: AsyncIterator[bytes], kind: Format, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return StreamingResponse(stream, headers=headers, media_type=MEDIA_TYPES[kind])


def _plain(text: str) -> str:
    return "".join(
        character for character in text if character.isascii() and (character.isalnum() or character in "-_")
    )


async def _incident_file(
    services: ApiServices, question: Question, wanted: IncidentFilter, kind: Format
) -> AsyncIterator[bytes]:
    async with services.database.reading() as conn:
        await stand_at(conn, question.moment)
        if kind is Format.csv:
            stream = csv_stream(INCIDENT_COLUMNS, _incident_rows(conn, question, wanted))
        else:
            stream = geojson_stream(_about(question), _incident_features(conn, question, wanted))
        async for block in stream:
            yield block


async def _incident_rows(
    conn: AsyncRows, question: Question, wanted: IncidentFilter
) -> AsyncIterator[list[list[object]]]:
    async for incidents in stream_incidents(conn, question, wanted):
        records = map(_incident_record, incidents)
        yield [[record[name] for name in INCIDENT_COLUMNS] for record in records]


async def _incident_features(conn: AsyncRows, question: Question, wanted: IncidentFilter) -> AsyncIterator[list[bytes]]:
    async for incidents in stream_incidents(conn, question, wanted):
        yield [_incident_feature(incident) for incident in incidents]


def _incident_record(incident: Incident) -> dict[str, object]:
    place = {"unit_code": incident.unit_code, "unit_name": incident.unit_name, "unit_level": incident.unit_level}
    return incident_fields(incident) | place


def _incident_feature(incident: Incident) -> bytes:
    record = _incident_record(incident)
    properties = {name: record[name] for name in INCIDENT_COLUMNS if name not in ("lon", "lat")}
    point = None if incident.lon is None else {"type": "Point", "coordinates": [incident.lon, incident.lat]}
    return feature(incident.id, orjson.dumps(point), properties)


async def _unit_file(services: ApiServices, found: Coloured, kind: Format) -> AsyncIterator[bytes]:
    async with services.database.reading() as conn:
        if kind is Format.csv:
            stream = csv_stream(_unit_columns(found), _unit_rows(conn, found))
        else:
            plans = [plan_fields(plan) for plan in found.level.plans]
            about = _about(found.question) | {"metric": found.metric, "plans": plans}
            stream = geojson_stream(about, _unit_features(conn, found))
        async for block in stream:
            yield block


async def _unit_rows(conn: AsyncRows, found: Coloured) -> AsyncIterator[list[list[object]]]:
    async for shapes in stream_shapes(conn, found.level):
        records = [_unit_record(shape, found) for shape in _shown(shapes, found)]
        yield [list(record.values()) for record in records]


async def _unit_features(conn: AsyncRows, found: Coloured) -> AsyncIterator[list[bytes]]:
    async for shapes in stream_shapes(conn, found.level):
        yield [
            feature(shape.id, shape.geometry.encode(), _unit_record(shape, found)) for shape in _shown(shapes, found)
        ]


async def _selection_file(services: ApiServices, found: Selection, kind: Format) -> AsyncIterator[bytes]:
    pairs = zip(found.chosen.units, found.items, strict=True)
    records = {unit.id: _chosen_record(unit, measures, found.question) for unit, measures in pairs}
    if kind is Format.csv:
        yield BYTE_ORDER_MARK.encode() + csv_lines([list(next(iter(records.values())))])
        yield csv_lines([list(record.values()) for record in records.values()])
        return
    async with services.database.reading() as conn:
        about = _about(found.question) | {"level": found.chosen.level.key}
        async for block in geojson_stream(about, _selection_features(conn, found.chosen.level, records)):
            yield block


async def _selection_features(
    conn: AsyncRows, level: Level, records: Mapping[int, Mapping[str, object]]
) -> AsyncIterator[list[bytes]]:
    async for shapes in stream_shapes(conn, level):
        yield [feature(shape.id, shape.geometry.encode(), records[shape.id]) for shape in shapes if shape.id in records]


def _chosen_record(unit: Unit, measures: Measures, question: Question) -> dict[str, object]:
    """Fields of a chosen unit; where its figures are withheld they are empty, as 0 would say that there are none."""
    fields = selection_item_fields(unit, measures, question) | {"level": unit.level}
    return fields | dict.fromkeys(MEASURES) if fields["suppressed"] else fields


def _shown(shapes: Sequence[UnitShape], found: Coloured) -> list[UnitShape]:
    first, count = found.level.first_id, found.level.count
    return [s for s in shapes if s.id - first < count and not found.values.filtered_out[s.id - first]]


def _unit_columns(found: Coloured) -> list[str]:
    return [*UNIT_COLUMNS, *(PLAN_COLUMNS if found.level.key == ZONE else ()), found.metric, "state"]


def _unit_record(shape: UnitShape, found: Coloured) -> dict[str, object]:
    revision = found.question.moment.boundary_revision if shape.drawn_on is None else shape.drawn_on
    value = float(str(found.values.values[shape.id - found.level.first_id]))
    fields = asdict(shape) | {"area_km2": shape.area_m2 / 1e6, "revision": revision, "state": _state(shape.id, found)}
    fields |= {found.metric: None if value != value else value}
    for plan in found.level.plans:
        if plan.id == shape.plan_id:
            fields |= {"plan": plan.name, "adopted_from": plan.adopted_from, "superseded_from": plan.superseded_from}
    return {name: fields[name] for name in _unit_columns(found)}


def _state(unit_id: int, found: Coloured) -> str:
    """What an empty value stands for, or that there is a figure, which may be zero."""
    place, values = unit_id - found.level.first_id, found.values
    at = bisect_left(values.suppressed, unit_id)
    if values.suppressed[at : at + 1] == (unit_id,):
        return "suppressed"
    if len(values.not_permitted) and values.not_permitted[place]:
        return "not_permitted"
    return "no_data" if np.isnan(values.values[place]) else "figure"


def _about(question: Question) -> dict[str, object]:
    return {
        "unit": question.unit.code,
        "from": question.period.first,
        "to": question.period.last,
        "as_of": question.moment.as_of,
        "boundary_revision": question.moment.boundary_revision,
    }
