"""What are the figures of a question, in all and by unit, department or class?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from psycopg.sql import SQL, Composed

from data.cases.local_rules import read_city_rules
from data.engine import AsyncRows
from data.figures.counting import Counts, Crowd, count
from data.figures.crowds import Among, Grouping, read_crowds
from data.figures.definition import FigureDefinition
from data.figures.errors import FigureQuestionInvalid
from data.figures.window import Window, read_window
from data.reads.catalog import read_classes, read_departments
from data.reads.errors import UnitUnknown
from data.reads.parts import Part, read_cells, read_child_of_cells, read_parts
from data.reads.question import Question

By = Literal["none", "unit", "department", "class"]
NO_ONE = "none"
"""Code of what lies in no unit of the next level, or is in no department's charge."""

_KINDS: Mapping[By, Grouping] = {"none": "none", "unit": "cell", "department": "department", "class": "class"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit, department or class with its figures.

    Attributes:
        code: Of the unit or class, key of the department; NO_ONE for what belongs to none.
        id: 0 for that.
        figures: In the order of their definitions.
    """

    code: str
    name: str
    name_en: str
    id: int
    figures: Counts


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a question: every total is the sum of its items."""

    question: Question
    now: datetime
    by: By
    total: Counts
    items: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    code: str
    name: str
    name_en: str


_NOBODY = _Named(NO_ONE, "未归属", "None")


def parse_by(text: str) -> By:
    """The grouping that a text names; none where it is empty.

    Raises:
        FigureQuestionInvalid: It names none.
    """
    known = get_args(By)
    if text and text not in known:
        raise FigureQuestionInvalid("by", f"{text!r} is no grouping.", f"Use one of: {', '.join(known)}.")
    return cast(By, text or "none")


async def read_figures(
    conn: AsyncRows,
    question: Question,
    figures: Sequence[FigureDefinition],
    by: By = "none",
    now: datetime | None = None,
) -> Figures:
    """Figures of what the reader sees of a question's cases.

    Args:
        conn: A reading transaction.
        question: Unit, period (the days in which cases are due) and classes.
        figures: Which.
        by: Into what they break down.
        now: What is due later does not count; None is the moment of the snapshot.
    """
    now = now or question.moment.as_of
    window = await window_of(conn, question, now)
    cells = await read_cells(conn, question.unit)
    crowds = await read_crowds(conn, figures, window, _KINDS[by], among_of(question, cells))
    total = count(figures, (crowd for group in crowds.values() for crowd in group))
    if by == "none":
        return Figures(question, now, by, total, ())
    if by == "unit":
        crowds = await _by_child(conn, question, cells, crowds)
    names = await _names(conn, question, by)
    items = [_subject(key, names.get(key, _NOBODY), count(figures, group)) for key, group in crowds.items()]
    return Figures(question, now, by, total, tuple(sorted(items, key=lambda item: (item.id == 0, item.code))))


async def window_of(conn: AsyncRows, question: Question, now: datetime) -> Window:
    """Period of a question as it stands at a moment."""
    zone = question.moment.zone
    start, end = question.period.start(zone), question.period.end(zone)
    return await read_window(conn, start, end, now, await read_city_rules(conn))


def among_of(question: Question, cells: Mapping[int, int] | None) -> Among:
    """Cases of the unit and the classes of a question."""
    parts: list[SQL | Composed] = [SQL("TRUE")]
    values: dict[str, object] = {}
    if cells is not None:
        parts.append(SQL("cell_id = ANY(%(cells)s)"))
        values["cells"] = list(cells)
    if question.class_ids is not None:
        parts.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
        values["classes"] = sorted(question.class_ids)
    return Among(SQL(" AND ").join(parts), values)


def _subject(key: int, name: _Named, figures: Counts) -> Subject:
    return Subject(name.code, name.name, name.name_en, key if name.code != NO_ONE else 0, figures)


async def _by_child(
    conn: AsyncRows, question: Question, cells: Mapping[int, int] | None, crowds: Mapping[int, list[Crowd]]
) -> dict[int, list[Crowd]]:
    """Crowds by unit of the next level instead of by cell."""
    children = cells if cells is not None else await read_child_of_cells(conn, question.unit.rank + 1)
    one_of = _one_of_code(await read_parts(conn, question.unit))
    found: dict[int, list[Crowd]] = {}
    for cell, group in crowds.items():
        found.setdefault(one_of.get(children.get(cell, 0), 0), []).extend(group)
    return found


async def cells_of_child(conn: AsyncRows, question: Question, code: str) -> tuple[int, ...]:
    """Cells of the cases that an item by unit counts: those of the unit's child of this code, or (NO_ONE) of none.

    Raises:
        UnitUnknown: The unit has no such child.
    """
    own = await read_cells(conn, question.unit)
    children = own if own is not None else await read_child_of_cells(conn, question.unit.rank + 1)
    parts = await read_parts(conn, question.unit)
    one_of = _one_of_code(parts)
    wanted = 0 if code == NO_ONE else next((one_of[part.child_id] for part in parts if part.code == code), None)
    if wanted is None:
        raise UnitUnknown(code)
    return tuple(cell for cell, child in children.items() if one_of.get(child, 0) == wanted)


def _one_of_code(parts: Sequence[Part]) -> dict[int, int]:
    """By child id: the id that stands for all children of the same code, ended ones among them."""
    first: dict[str, int] = {}
    for part in parts:
        first.setdefault(part.code, part.child_id)
    return {part.child_id: first[part.code] for part in parts}


async def _names(conn: AsyncRows, question: Question, by: By) -> dict[int, _Named]:
    if by == "unit":
        parts = await read_parts(conn, question.unit)
        return {part.child_id: _Named(part.code, part.name, part.name_en) for part in parts if part.role != "away"}
    if by == "department":
        return {one.id: _Named(one.key, one.name_zh, one.name_en) for one in await read_departments(conn)}
    return {one.id: _Named(one.code, one.name_zh, one.name_en) for one in await read_classes(conn)}
