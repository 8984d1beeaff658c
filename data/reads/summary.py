"""What are the figures of a unit and period, and how do they break down?"""

from dataclasses import dataclass
from typing import Literal

from data.engine import AsyncRows
from data.reads.breakdown import Breakdown, Item, break_down
from data.reads.errors import FiguresDisagree
from data.reads.figures import count_total, read_scope
from data.reads.levels import find_level, read_levels
from data.reads.measures import NOTHING, Measures
from data.reads.question import Question

FigureKey = Literal["reported", "open", "overdue", "closed", "on_time_share"]

COMPARABLE: frozenset[FigureKey] = frozenset({"reported", "on_time_share"})
"""Figures that mean the same for a recent and an older period.

Older incidents have had longer to be closed: fewer of them are open today whatever the work was like, so a change of
open, overdue or closed counts would say nothing. Their share of what was reported is told instead.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside the same figure of the period before.

    Attributes:
        formula: Key of the text that explains how it is computed.
        value: Count, or share from 0 to 1; None where there is nothing to take a share of.
        previous: The same for the period of equal length before; None where the data starts later.
        change: value - previous; None where either is missing, and for figures that are not in COMPARABLE.
        share: value as a share of what was reported, 0 to 1; None for figures in COMPARABLE.
    """

    key: FigureKey
    formula: str
    value: float | None
    previous: float | None
    change: float | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a question: total = sum of items + unassigned + not_permitted.

    Attributes:
        in_no_unit: How many of the total lie in no unit of any level (whole city only).
    """

    question: Question
    by: Breakdown
    total: int
    unassigned: int
    not_permitted: int
    in_no_unit: int
    measures: Measures
    figures: tuple[Figure, ...]
    items: tuple[Item, ...]


async def read_summary(conn: AsyncRows, question: Question, by: Breakdown = "child") -> Summary:
    """Figures of the question's incidents, with the change against the period before and their breakdown.

    A child that lies across the border of the unit counts with what lies inside; a foreign child that reaches in is
    an item marked `shared`. By day, class and status every incident is in one item.

    Raises:
        FiguresDisagree: The items do not add up to the total.
    """
    levels = await read_levels(conn)
    scope = await read_scope(conn, question, find_level(levels, question.unit.level))
    now, in_no_unit = await count_total(conn, scope, question.period)
    before, _ = await count_total(conn, scope, question.period.before)
    items = await break_down(conn, scope, by, levels)
    unassigned = _unassigned(question, by, now, items)
    known_before = question.moment.first_day is not None and question.moment.first_day <= question.period.before.first
    figures = _figures(now, before if known_before else None)
    return Summary(question, by, now.n, unassigned, 0, in_no_unit.n, now, figures, items)


def _unassigned(question: Question, by: Breakdown, now: Measures, items: tuple[Item, ...]) -> int:
    rest = now - sum((item.measures for item in items), NOTHING)
    parts_may_fall_short = by in ("child", "department")
    if rest.n < 0 or (rest.n and not parts_may_fall_short):
        raise FiguresDisagree(question.unit.code, by, now.n, now.n - rest.n)
    return rest.n


def _figures(now: Measures, before: Measures | None) -> tuple[Figure, ...]:
    values = _values(now)
    previous = _values(before) if before is not None else dict.fromkeys(values, None)
    return tuple(_figure(key, value, previous[key], now.n) for key, value in values.items())


def _values(measures: Measures) -> dict[FigureKey, float | None]:
    return {
        "reported": measures.n,
        "open": measures.n_open,
        "overdue": measures.n_overdue,
        "closed": measures.n_closed,
        "on_time_share": measures.on_time_share,
    }


def _figure(key: FigureKey, value: float | None, previous: float | None, reported: int) -> Figure:
    if key not in COMPARABLE:
        share = value / reported if value is not None and reported else None
        return Figure(key, f"formula.{key}", value, previous, None, share)
    change = None if value is None or previous is None else value - previous
    return Figure(key, f"formula.{key}", value, previous, change)
