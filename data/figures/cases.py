"""Which cases does a number of a figure stand for?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.figures.conditions import NEAR, all_of
from data.figures.definition import FigureDefinition
from data.figures.errors import FigureQuestionInvalid
from data.figures.read import NO_ONE, among_of, cells_of_child, window_of
from data.reads.departments import read_department_id
from data.reads.incident_filter import Position
from data.reads.incidents import IncidentPage, read_matching
from data.reads.parts import read_cells
from data.reads.question import Question

PARTS = ("numerator", "denominator")


@dataclass(frozen=True, slots=True)
class FigureList:
    """The cases behind one number.

    Attributes:
        part: numerator or denominator.
        adjusted: Without cases for which an appeal was granted.
        child: Code of a unit right below that of the question, or NO_ONE; empty for no narrowing.
        department: Key of the department in charge, or NO_ONE; empty for all.
    """

    figure: FigureDefinition
    part: str = "numerator"
    adjusted: bool = False
    child: str = ""
    department: str = ""


def parse_part(text: str) -> str:
    """The part that a text names; numerator where it is empty.

    Raises:
        FigureQuestionInvalid: It names none.
    """
    if text and text not in PARTS:
        raise FigureQuestionInvalid("part", f"{text!r} is no part.", f"Use one of: {', '.join(PARTS)}.")
    return text or "numerator"


async def read_cases(
    conn: AsyncRows,
    question: Question,
    wanted: FigureList,
    now: datetime | None = None,
    *,
    after: Position | None = None,
    limit: int,
) -> IncidentPage:
    """Exactly the cases that the number counts, newest report first, page by page.

    Args:
        conn: A reading transaction.
        question: As the figure was asked for.
        wanted: Which number.
        now: Moment at which the figure was looked at; None is the moment of the snapshot.
        after: Last case of the page before.
        limit: Size of the page.

    Raises:
        UnitUnknown: The unit has no such child.
        RequestRefused: There is no such department.
    """
    window = await window_of(conn, question, now or question.moment.as_of)
    among = among_of(question, await read_cells(conn, question.unit))
    parts: list[SQL | Composed] = [among.condition, SQL(f"({NEAR[wanted.figure.moment]})")]
    values = {**window.values, **among.values}
    parts.append(SQL(all_of(wanted.figure.terms(wanted.part, adjusted=wanted.adjusted))))
    if not wanted.figure.collected:
        parts.append(SQL("FALSE"))
    if wanted.child:
        parts.append(SQL("cell_id = ANY(%(child_cells)s)"))
        values["child_cells"] = list(await cells_of_child(conn, question, wanted.child))
    if wanted.department:
        condition, department = await _in_charge(conn, wanted.department)
        parts.append(condition)
        values |= department
    return await read_matching(conn, SQL(" AND ").join(parts), values, after=after, limit=limit)


async def _in_charge(conn: AsyncRows, key: str) -> tuple[SQL, Mapping[str, object]]:
    if key == NO_ONE:
        return SQL("department_id IS NULL"), {}
    return SQL("department_id = %(department)s"), {"department": await read_department_id(conn, key)}
