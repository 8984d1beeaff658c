"""How do the rows of the readers become bodies?"""

from datetime import datetime

from dashboard.api.bodies import (
    BeforeBody,
    ChangeBody,
    FigureBody,
    IncidentBody,
    IncidentDetailBody,
    ItemBody,
    LevelBody,
    SelectionBody,
    SelectionItemBody,
    SummaryBody,
    UnitBody,
    UnitNameBody,
    ZoneBody,
    ZoneLevelBody,
    ZonePlanBody,
)
from data.reads.before import Before
from data.reads.breakdown import Item
from data.reads.incidents import Incident, IncidentDetail, UnitName
from data.reads.levels import Level
from data.reads.measures import Measures
from data.reads.question import Question
from data.reads.selection import Selection
from data.reads.summary import Summary
from data.reads.units import Unit
from data.reads.zone_facts import PlanFacts, ZoneFacts
from geo.status import CaseStatus

_COPIED = (
    "id", "reported_at", "severity", "overdue", "class_code", "source", "department", "filed_at", "dispatched_at",
    "handled_at", "closed_at", "due_at", "close_reason", "external_id", "text", "address", "lon", "lat",
)  # fmt: skip


def unit_fields(unit: Unit) -> dict[str, object]:
    """Fields of UnitBody, or of ZoneBody."""
    return {
        "id": unit.id,
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "level": unit.level,
        "parent": unit.parent,
        "bbox": (unit.west, unit.south, unit.east, unit.north),
        "label": (unit.label_lon, unit.label_lat),
        "population": unit.population,
        "households": unit.households,
        "area_km2": unit.area_m2 / 1e6,
        "children": unit.children,
    } | _zone_fields(unit.zone)


def _zone_fields(zone: ZoneFacts | None) -> dict[str, object]:
    if zone is None:
        return {}
    return {"plan": plan_fields(zone.plan), "in_force": zone.in_force, "is_partial": zone.is_partial}


def plan_fields(plan: PlanFacts) -> dict[str, object]:
    """Fields of ZonePlanBody."""
    return {
        "id": plan.id,
        "name": plan.name,
        "adopted_from": plan.adopted_from,
        "superseded_from": plan.superseded_from,
    }


def unit_body(unit: Unit) -> UnitBody:
    """A unit or zone."""
    return (UnitBody if unit.zone is None else ZoneBody).model_validate(unit_fields(unit))


def zone_level_body(level: Level) -> ZoneLevelBody | None:
    """The level of zones; None where there are none."""
    if not level.current:
        return None
    fields = {name: getattr(level, name) for name in LevelBody.model_fields}
    return ZoneLevelBody.model_validate(fields | {"plans": [plan_fields(plan) for plan in level.plans]})


def level_body(level: Level) -> LevelBody:
    """A level."""
    return LevelBody.model_validate(level)


def item_body(item: Item) -> ItemBody:
    """A part of a summary."""
    figures = item.measures
    return ItemBody(
        code=item.code,
        name=item.name,
        name_en=item.name_en,
        id=item.id,
        n=figures.n,
        open=figures.n_open,
        overdue=figures.n_overdue,
        closed=figures.n_closed,
        on_time=figures.n_on_time,
        late=figures.n_late,
        on_time_share=figures.on_time_share,
        shared=item.shared,
        ended=item.ended,
        suppressed=item.suppressed,
    )


def summary_body(summary: Summary) -> SummaryBody:
    """A summary."""
    question = summary.question
    return SummaryBody(
        unit=question.unit.code,
        level=question.unit.level,
        name=question.unit.name,
        name_en=question.unit.name_en,
        first=question.period.first,
        last=question.period.last,
        by=summary.by,
        as_of=question.moment.as_of,
        replay=question.moment.is_replay,
        leaves_out_sensitive=question.leaves_out_sensitive,
        boundary_revision=question.moment.boundary_revision,
        total=summary.total,
        unassigned=summary.unassigned,
        in_no_unit=summary.in_no_unit,
        released_here=summary.released_here,
        minimum_count=question.minimum_count,
        not_permitted=summary.not_permitted,
        figures={figure.key: FigureBody.model_validate(figure) for figure in summary.figures},
        items=[item_body(item) for item in summary.items],
        plans=[ZonePlanBody.model_validate(plan_fields(plan)) for plan in summary.plans],
    )


def selection_item_fields(unit: Unit, measures: Measures, question: Question) -> dict[str, object]:
    """Fields of SelectionItemBody."""
    return {
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "id": unit.id,
        "n": measures.n,
        "open": measures.n_open,
        "overdue": measures.n_overdue,
        "closed": measures.n_closed,
        "on_time": measures.n_on_time,
        "late": measures.n_late,
        "on_time_share": measures.on_time_share,
        "population": unit.population,
        "area_km2": unit.area_m2 / 1e6,
        "suppressed": question.hides(measures.n),
    }


def selection_body(selection: Selection) -> SelectionBody:
    """Figures of chosen units."""
    question = selection.question
    pairs = zip(selection.chosen.units, selection.items, strict=True)
    return SelectionBody(
        level=selection.chosen.level.key,
        first=question.period.first,
        last=question.period.last,
        as_of=question.moment.as_of,
        replay=question.moment.is_replay,
        leaves_out_sensitive=question.leaves_out_sensitive,
        boundary_revision=question.moment.boundary_revision,
        minimum_count=question.minimum_count,
        total=selection.measures.n,
        population=selection.population,
        without_population=selection.without_population,
        area_km2=selection.area_m2 / 1e6,
        figures={figure.key: FigureBody.model_validate(figure) for figure in selection.figures},
        items=[SelectionItemBody.model_validate(selection_item_fields(*pair, question)) for pair in pairs],
    )


def before_body(before: Before) -> BeforeBody:
    """A comparison with the period before."""
    question = before.question
    return BeforeBody(
        unit=question.unit.code,
        level=question.unit.level,
        first=question.period.first,
        last=question.period.last,
        previous_from=before.period.first,
        previous_to=before.period.last,
        previous_as_of=before.as_of,
        as_of=question.moment.as_of,
        replay=question.moment.is_replay,
        leaves_out_sensitive=question.leaves_out_sensitive,
        known=before.known,
        figures={figure.key: ChangeBody.model_validate(figure) for figure in before.figures},
    )


def incident_fields(incident: Incident) -> dict[str, object]:
    """Fields of IncidentBody."""
    place = {"code": incident.unit_code, "name": incident.unit_name, "level": incident.unit_level}
    shown = "grid" if incident.sensitive else "point"
    return {name: getattr(incident, name) for name in _COPIED} | {
        "status": CaseStatus(incident.status).key,
        "class_name": incident.class_zh,
        "class_name_en": incident.class_en,
        "position": None if incident.lon is None else shown,
        "unit": place if incident.unit_code is not None else None,
    }


def incident_body(incident: Incident) -> IncidentBody:
    """An incident."""
    return IncidentBody.model_validate(incident_fields(incident))


def incident_detail_body(detail: IncidentDetail, as_of: datetime) -> IncidentDetailBody:
    """An incident with its units."""
    return IncidentDetailBody.model_validate(
        incident_fields(detail.incident)
        | {
            "as_of": as_of,
            "located": [_unit_name(unit) for unit in detail.located],
            "stated": _unit_name(detail.stated) if detail.stated else None,
        }
    )


def _unit_name(unit: UnitName) -> UnitNameBody:
    return UnitNameBody(code=unit.code, name=unit.name, level=unit.level)
