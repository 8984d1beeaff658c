"""What may a reader know of sensitive classes who may not see their incidents?

Figures that come from the rollups hold it already. What is counted from the incidents, where there are none of these
classes for such a reader, has it added here.
"""

from collections.abc import Iterable
from typing import Literal

from psycopg.sql import SQL

from data.engine import AsyncRows
from data.models.rollup import ALL_CLASSES
from data.named_sql import named
from data.reads.measures import NOTHING, Measures
from data.reads.period import Period
from data.reads.question import Question
from data.reads.recount import KeyedMeasures
from data.reads.rows import fetch_all
from data.reads.units import read_units

_COLUMN = {"subject": SQL("subject_id"), "class": SQL("class_id::int"), "day": SQL("day - DATE '1970-01-01'")}


async def read_released(
    conn: AsyncRows,
    question: Question,
    period: Period,
    *,
    by: Literal["subject", "class", "day"] = "subject",
    subjects: Iterable[int] | None = None,
) -> dict[int, Measures]:
    """Released figures of the question's classes by unit, class, or day (since 1970-01-01); exact readers get none.

    Args:
        subjects: Units; None for the question's own, the units of its zone, or the reader's area inside of it.
    """
    if not question.withheld_ids:
        return {}
    classes = None if by == "class" else [ALL_CLASSES]
    values = {
        "subjects": _own_subjects(question) if subjects is None else list(subjects),
        "days": period.days,
        "classes": classes if question.class_ids is None else sorted(question.withheld_ids),
    }
    statement = SQL(named("released_figures")).format(grouping=_COLUMN[by])
    rows = await fetch_all(conn, KeyedMeasures, statement, values, prepare=False)
    return {row.key: row.measures for row in rows}


async def read_released_total(conn: AsyncRows, question: Question, period: Period) -> Measures:
    """Released figures of the question's classes in its unit, as far as the reader's area reaches."""
    return sum((await read_released(conn, question, period)).values(), NOTHING)


async def read_released_children(conn: AsyncRows, question: Question, children: Iterable[int]) -> dict[int, Measures]:
    """Released figures by child of the question's unit."""
    zone = question.unit.zone
    if zone is not None and zone.is_in_area:
        return await read_released(conn, question, question.period, subjects=children)
    (area_id,) = _own_subjects(question)
    found = await read_released(conn, question, question.period, subjects=[*children, area_id])
    own = found.pop(area_id, NOTHING)
    if area_id != question.unit.id and own != NOTHING:
        # Of a unit above the own area a part is seen, and it lies in one of the children.
        area = (await read_units(conn, [area_id]))[0]
        found[area.path[question.unit.rank + 1]] = own
    return found


def _own_subjects(question: Question) -> list[int]:
    """The unit; of a zone its units, of which alone something is released; or the reader's area inside of either."""
    unit, area_id = question.unit, question.moment.area_id
    if unit.zone is not None:
        return list(unit.zone.members) if unit.zone.is_in_area or area_id is None else [area_id]
    return [unit.id if area_id is None or area_id in unit.path else area_id]
