"""Into which items does a summary break down, and what is left over?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from data.engine import AsyncRows
from data.reads.catalog import read_classes, read_departments
from data.reads.errors import BreakdownUnknown
from data.reads.figures import Scope, count_by_class, count_by_column, count_by_day, count_total, merge, sum_subjects
from data.reads.levels import Level
from data.reads.measures import NOTHING, Measures
from data.reads.parts import (
    Part,
    measures_of_children,
    read_cells,
    read_child_of_cells,
    read_parts,
    read_stray_cells,
)
from data.reads.question import Question
from data.reads.recount import recount
from data.reads.released import read_released, read_released_children, read_released_total
from data.reads.units import read_ids_below
from data.reads.zone_figures import count_zones, membership
from geo.status import CaseStatus

Breakdown = Literal["child", "zone", "class", "day", "status", "department"]


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a summary.

    Attributes:
        code: Unit code, class code, day (YYYY-MM-DD), status key or department key.
        id: Id of the unit, class or department; None for days and statuses.
        shared: The child belongs to another unit, or the zone reaches beyond this one; what of it lies here.
        ended: The child is no longer valid.
        suppressed: The figure holds of sensitive classes only what is released; few incidents look like none. Where all
            classes asked for are such, so is every item without released incidents.
    """

    code: str
    name: str
    name_en: str
    measures: Measures
    id: int | None = None
    shared: bool = False
    ended: bool = False
    suppressed: bool = False


def parse_breakdown(text: str | None) -> Breakdown:
    """The breakdown that `by` names; child where it is empty.

    Raises:
        BreakdownUnknown: It names none.
    """
    known = get_args(Breakdown)
    if text and text not in known:
        raise BreakdownUnknown("by", f"{text!r} is no breakdown.", f"Use one of: {', '.join(known)}.")
    return cast(Breakdown, text or "child")


async def break_down(conn: AsyncRows, scope: Scope, by: Breakdown, levels: Sequence[Level]) -> tuple[Item, ...]:
    """The items of the scope over its period; what is in no item is unassigned."""
    return _marked(scope.question, await _items(conn, scope, by, levels))


async def _items(conn: AsyncRows, scope: Scope, by: Breakdown, levels: Sequence[Level]) -> tuple[Item, ...]:
    if by == "child":
        return await _by_child(conn, scope, levels)
    if by == "zone":
        return await _by_zone(conn, scope, levels)
    makers: dict[str, Callable[[AsyncRows, Scope], Awaitable[tuple[Item, ...]]]] = {
        "class": _by_class,
        "day": _by_day,
        "status": _by_status,
        "department": _by_department,
    }
    return await makers[by](conn, scope)


def _marked(question: Question, items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not question.is_withheld:
        return items
    return tuple(replace(item, suppressed=item.suppressed or question.hides(item.measures.n)) for item in items)


async def count_undivided(conn: AsyncRows, scope: Scope, by: Breakdown, items: Sequence[Item]) -> Measures:
    """Released figures of sensitive classes that belong to the scope and to none of its items."""
    question = scope.question
    if by == "day" or not question.withheld_ids:
        return NOTHING
    if by in ("child", "zone") and [item.id for item in items] == [question.unit.id]:
        return NOTHING
    released = await read_released_total(conn, question, question.period)
    divided: Mapping[int, Measures]
    if by == "class":
        divided = await read_released(conn, question, question.period, by="class")
    elif by == "child":
        # A shared child's own figures are released in its own parent.
        own = [item.id for item in items if item.id is not None and not item.shared]
        divided = await read_released_children(conn, question, own)
    elif by == "zone":
        divided = await _released_bases(conn, scope)
    else:
        divided = {}
    return released - sum(divided.values(), NOTHING)


async def _by_child(conn: AsyncRows, scope: Scope, levels: Sequence[Level]) -> tuple[Item, ...]:
    unit = scope.question.unit
    if unit.rank == max(level.rank for level in levels):
        figures, _ = await count_total(conn, scope, scope.question.period)
        return (Item(unit.code, unit.name, unit.name_en, figures, unit.id),)
    below = min((level for level in levels if level.rank > unit.rank), key=lambda level: level.rank)
    parts = await read_parts(conn, unit)
    if scope.is_counted or (scope.question.class_ids is not None and not below.rollup_by_class):
        return _child_items(parts, await _recounted_children(conn, scope, parts))
    return _child_items(parts, await _rolled_up_children(conn, scope, parts))


async def _by_zone(conn: AsyncRows, scope: Scope, levels: Sequence[Level]) -> tuple[Item, ...]:
    """Zones in force when the period ends, each with what of it lies in the unit; what lies in none is left over."""
    question, unit = scope.question, scope.question.unit
    if unit.zone is not None:
        figures, _ = await count_total(conn, scope, question.period)
        return (Item(unit.code, unit.name, unit.name_en, figures, unit.id),)
    rows = scope.zones.zones if scope.zones is not None else ()
    members = membership([(row.id, row.facts, row.inside) for row in rows])
    figures_of = await count_zones(conn, question, members, levels, within=unit) if rows else {}
    return tuple(
        Item(
            row.code,
            row.name,
            row.name_en,
            figures_of.get(row.id, NOTHING),
            row.id,
            shared=len(row.inside) < len(row.members),
        )
        for row in rows
    )


async def _released_bases(conn: AsyncRows, scope: Scope) -> Mapping[int, Measures]:
    """What is released for the units that zones are made of, in a zone or in none."""
    question = scope.question
    rows = scope.zones.zones if scope.zones is not None else ()
    if not rows:
        return {}
    if not all(row.is_in_area for row in rows):
        return await read_released(conn, question, question.period)
    base = min(rows, key=lambda row: row.base_rank).base_level
    return await read_released(
        conn, question, question.period, subjects=await read_ids_below(conn, question.unit, base)
    )


async def _rolled_up_children(conn: AsyncRows, scope: Scope, parts: Sequence[Part]) -> Mapping[int, Measures]:
    question = scope.question
    figures = await sum_subjects(conn, [part.subject_id for part in parts], question.period, question.class_ids)
    children = measures_of_children(parts, figures)
    strays = {cell.id: cell.child_id for cell in await read_stray_cells(conn, question.unit.rank)}
    own = {cell: child for cell, child in strays.items() if child in children}
    if question.unit.rank == 0 or question.unit.zone is not None or not own:
        return children
    lying_nowhere = await recount(
        conn, "cell", question.period, question.moment.zone, cells=own, class_ids=question.class_ids
    )
    for cell, figure in lying_nowhere.items():
        children[own[cell]] -= figure
    return children


async def _recounted_children(conn: AsyncRows, scope: Scope, parts: Sequence[Part]) -> Mapping[int, Measures]:
    question = scope.question
    cells = await read_cells(conn, question.unit)
    child_of = cells if cells is not None else await read_child_of_cells(conn, question.unit.rank + 1)
    by_cell = await recount(
        conn, "cell", question.period, question.moment.zone, cells=cells, class_ids=question.class_ids
    )
    children: dict[int, Measures] = {}
    for cell, figure in by_cell.items():
        child = child_of.get(cell, 0)
        if child:
            children[child] = children.get(child, NOTHING) + figure
    own = [part.child_id for part in parts if part.role == "own"]
    return merge(children, await read_released_children(conn, question, own))


def _child_items(parts: Sequence[Part], children: Mapping[int, Measures]) -> tuple[Item, ...]:
    named_once = {part.child_id: part for part in parts if part.role != "away"}
    items = [
        Item(
            part.code,
            part.name,
            part.name_en,
            children.get(part.child_id, NOTHING),
            part.child_id,
            shared=part.role == "guest",
            ended=part.ended,
        )
        for part in named_once.values()
    ]
    return tuple(item for item in items if item.measures != NOTHING or not (item.shared or item.ended))


async def _by_class(conn: AsyncRows, scope: Scope) -> tuple[Item, ...]:
    figures = await count_by_class(conn, scope, scope.question.period)
    entries = {entry.id: entry for entry in await read_classes(conn)}
    withheld = scope.question.withheld_ids
    items = [
        Item(entries[key].code, entries[key].name_zh, entries[key].name_en, figure, key, suppressed=key in withheld)
        for key, figure in figures.items()
        if figure != NOTHING
    ]
    return tuple(sorted(items, key=lambda item: (-item.measures.n, item.code)))


async def _by_day(conn: AsyncRows, scope: Scope) -> tuple[Item, ...]:
    figures = await count_by_day(conn, scope, scope.question.period)
    return tuple(Item(day.isoformat(), day.isoformat(), day.isoformat(), figure) for day, figure in figures.items())


async def _by_status(conn: AsyncRows, scope: Scope) -> tuple[Item, ...]:
    figures = await count_by_column(conn, scope, scope.question.period, "status")
    keys = {code: CaseStatus(code).key for code in sorted(figures)}
    return tuple(Item(key, key, key, figures[code]) for code, key in keys.items())


async def _by_department(conn: AsyncRows, scope: Scope) -> tuple[Item, ...]:
    figures = await count_by_column(conn, scope, scope.question.period, "department")
    items = [
        Item(entry.key, entry.name_zh, entry.name_en, figures[entry.id], entry.id)
        for entry in await read_departments(conn)
        if entry.id in figures
    ]
    return tuple(sorted(items, key=lambda item: (-item.measures.n, item.code)))
