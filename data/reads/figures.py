"""What are the figures of the incidents that a question covers, from rollups where they are kept?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from data.engine import AsyncRows
from data.models.rollup import ALL_CLASSES
from data.named_sql import named
from data.reads.levels import Level, find_level
from data.reads.measures import NOTHING, Measures
from data.reads.parts import read_cells, read_child_of_cells, read_stray_cells
from data.reads.period import Period
from data.reads.question import Question
from data.reads.recount import KeyedMeasures, recount
from data.reads.released import read_released, read_released_total
from data.reads.rows import fetch_all
from data.reads.units import read_units
from data.reads.zone_facts import ZoneFacts
from data.reads.zones import ZoneSheet

IN_NO_UNIT = 0
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """The incidents of a question, in terms of what is kept about them.

    Attributes:
        subjects: Rollup subjects that make up the unit; the whole city includes what lies in no unit.
        outside: Cells that count for the whole city although they lie outside its outline.
        kept_by_class: Whether rollups by class exist for the unit.
        is_counted: Whether all figures are counted from the incidents, as no rollup is about exactly those that the
            reader sees.
        not_permitted: Whether the unit has incidents that the reader may not see, so that figures leave them out.
        zones: Zones in the unit, where figures are asked for by zone.
    """

    question: Question
    subjects: tuple[int, ...]
    outside: tuple[int, ...]
    kept_by_class: bool
    is_counted: bool = False
    not_permitted: bool = False
    zones: ZoneSheet | None = None


async def read_scope(conn: AsyncRows, question: Question, levels: Sequence[Level]) -> Scope:
    """The scope of a question, as far as its reader sees."""
    unit, moment = question.unit, question.moment
    if unit.zone is not None:
        return _scope_of_zone(question, unit.zone, levels)
    by_class = find_level(levels, unit.level).rollup_by_class
    if moment.department_id is not None:
        return Scope(question, (), (), by_class, is_counted=True, not_permitted=True)
    if moment.area_id is not None and moment.area_id not in unit.path:
        return await _scope_above(conn, question, moment.area_id, levels)
    if unit.rank:
        return Scope(question, (unit.id,), (), by_class)
    outside = tuple(cell.id for cell in await read_stray_cells(conn, 0))
    return Scope(question, (unit.id, IN_NO_UNIT), outside, by_class)


def _scope_of_zone(question: Question, zone: ZoneFacts, levels: Sequence[Level]) -> Scope:
    """The scope of a zone: its units, which share no incident."""
    by_class = find_level(levels, zone.base).rollup_by_class
    if question.moment.department_id is not None or not zone.is_in_area:
        return Scope(question, (), (), by_class, is_counted=True, not_permitted=True)
    return Scope(question, zone.members, (), by_class, not_permitted=zone.is_partial)


async def _scope_above(conn: AsyncRows, question: Question, area_id: int, levels: Sequence[Level]) -> Scope:
    """The scope of a question about a unit above the reader's area: what of it lies in the area."""
    area = await read_units(conn, [area_id])
    if question.unit.rank or not area or area[0].rank != 1:
        return Scope(question, (), (), kept_by_class=False, is_counted=True, not_permitted=True)
    # The area is a part of the whole city: its own rollups, and what lies in units of the area but not in itself.
    inside = await read_cells(conn, area[0]) or {}
    outside = tuple(sorted((await read_child_of_cells(conn, 0)).keys() - inside.keys()))
    by_class = find_level(levels, area[0].level).rollup_by_class
    return Scope(question, (area_id,), outside, by_class, not_permitted=True)


async def sum_subjects(
    conn: AsyncRows, subjects: Iterable[int], period: Period, class_ids: frozenset[int] | None
) -> dict[int, Measures]:
    """Figures by rollup subject; subjects without incidents are missing."""
    values = {
        "subjects": list(subjects),
        "days": period.days,
        "classes": [ALL_CLASSES] if class_ids is None else sorted(class_ids),
    }
    rows = await fetch_all(conn, KeyedMeasures, named("rollup_by_subject"), values, prepare=False)
    return {row.key: row.measures for row in rows}


async def count_total(conn: AsyncRows, scope: Scope, period: Period) -> tuple[Measures, Measures]:
    """Figures of all incidents of the scope, and of those that lie in no unit at all."""
    class_ids = scope.question.class_ids
    if scope.is_counted or (class_ids is not None and not scope.kept_by_class):
        counted = total(await _recount_unit(conn, scope, period, "class"))
        return counted + await read_released_total(conn, scope.question, period), NOTHING
    figures = await sum_subjects(conn, scope.subjects, period, class_ids)
    strays = await _recount_outside(conn, scope, period, "class")
    return total(figures) + total(strays), figures.get(IN_NO_UNIT, NOTHING)


async def count_by_class(conn: AsyncRows, scope: Scope, period: Period) -> dict[int, Measures]:
    """Figures by class id."""
    if scope.is_counted or not scope.kept_by_class:
        released = await read_released(conn, scope.question, period, by="class")
        return merge(await _recount_unit(conn, scope, period, "class"), released)
    class_ids = scope.question.class_ids
    values = {
        "subjects": list(scope.subjects),
        "first": period.first,
        "last": period.last,
        "classes": None if class_ids is None else sorted(class_ids),
    }
    rows = await fetch_all(conn, KeyedMeasures, named("rollup_by_class"), values, prepare=False)
    kept = {row.key: row.measures for row in rows}
    return merge(kept, await _recount_outside(conn, scope, period, "class"))


async def count_by_day(conn: AsyncRows, scope: Scope, period: Period) -> dict[date, Measures]:
    """Figures of every day of the period, in order; days without incidents have zeros."""
    found = await _days_with_incidents(conn, scope, period)
    return {day: found.get((day - EPOCH).days, NOTHING) for day in period.days}


async def count_by_column(
    conn: AsyncRows, scope: Scope, period: Period, grouping: Literal["status", "department"]
) -> dict[int, Measures]:
    """Figures by status code or department id (0 none), counted from the incidents that the reader sees."""
    return await _recount_unit(conn, scope, period, grouping)


def total(figures: dict[int, Measures]) -> Measures:
    """The sum of all figures."""
    return sum(figures.values(), NOTHING)


def merge(left: dict[int, Measures], right: dict[int, Measures]) -> dict[int, Measures]:
    """Figures of both, added up where both have a key."""
    return {key: left.get(key, NOTHING) + right.get(key, NOTHING) for key in left.keys() | right.keys()}


async def _days_with_incidents(conn: AsyncRows, scope: Scope, period: Period) -> dict[int, Measures]:
    class_ids = scope.question.class_ids
    if scope.is_counted or (class_ids is not None and not scope.kept_by_class):
        released = await read_released(conn, scope.question, period, by="day")
        return merge(await _recount_unit(conn, scope, period, "day"), released)
    values = {
        "subjects": list(scope.subjects),
        "days": period.days,
        "classes": [ALL_CLASSES] if class_ids is None else sorted(class_ids),
    }
    rows = await fetch_all(conn, KeyedMeasures, named("rollup_by_day"), values, prepare=False)
    kept = {row.key: row.measures for row in rows}
    return merge(kept, await _recount_outside(conn, scope, period, "day"))


async def _recount_unit(
    conn: AsyncRows, scope: Scope, period: Period, grouping: Literal["class", "day", "status", "department"]
) -> dict[int, Measures]:
    question = scope.question
    cells = await read_cells(conn, question.unit)
    return await recount(conn, grouping, period, question.moment.zone, cells=cells, class_ids=question.class_ids)


async def _recount_outside(
    conn: AsyncRows, scope: Scope, period: Period, grouping: Literal["class", "day"]
) -> dict[int, Measures]:
    if not scope.outside:
        return {}
    question = scope.question
    zone = question.moment.zone
    return await recount(conn, grouping, period, zone, cells=scope.outside, class_ids=question.class_ids)
