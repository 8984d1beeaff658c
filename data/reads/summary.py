"""What are the figures of a unit and period, and how do they break down?"""

from dataclasses import dataclass, replace
from typing import Literal

from data.engine import AsyncRows
from data.reads.breakdown import Breakdown, Item, break_down, count_undivided
from data.reads.errors import FiguresDisagree
from data.reads.figures import Scope, count_total, read_scope
from data.reads.levels import read_levels
from data.reads.measures import NOTHING, Measures
from data.reads.question import Question
from data.reads.zone_facts import PlanFacts
from data.reads.zones import read_zone_sheet

FigureKey = Literal["reported", "open", "overdue", "closed", "on_time_share"]

SHARED: frozenset[FigureKey] = frozenset({"open", "overdue", "closed"})
"""Counts that are told as a share of what was reported, too."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. What it was in the period before is another question: see `data.reads.before`.

    Attributes:
        formula: Key of the text that explains how it is computed.
        value: Count, or share from 0 to 1; None where there is nothing to take a share of.
        share: value as a share of what was reported, 0 to 1; None for figures that are not in SHARED.
    """

    key: FigureKey
    formula: str
    value: float | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a question, as far as its reader sees: total = sum of items + unassigned + released_here.

    Attributes:
        not_permitted: Whether the unit may have incidents that the reader does not see; no figure holds any of them.
        in_no_unit: How many of the total lie in no unit of any level (whole city only).
        released_here: Incidents of sensitive classes that count for the unit and are divided no further.
        plans: Plans of the zones that the figures are about.
    """

    question: Question
    by: Breakdown
    total: int
    unassigned: int
    not_permitted: bool
    in_no_unit: int
    measures: Measures
    figures: tuple[Figure, ...]
    items: tuple[Item, ...]
    released_here: int = 0
    plans: tuple[PlanFacts, ...] = ()


async def read_summary(conn: AsyncRows, question: Question, by: Breakdown = "child") -> Summary:
    """Figures of the question's incidents, and their breakdown.

    A child that lies across the border of the unit counts with what lies inside; a foreign child that reaches in is
    an item marked `shared`. By day, class and status every incident is in one item.

    Raises:
        FiguresDisagree: The items do not add up to the total.
    """
    levels = await read_levels(conn)
    scope = await read_scope(conn, question, levels)
    if by == "zone" and question.unit.zone is None:
        within = question.unit.id if question.unit.rank else None
        scope = replace(scope, zones=await read_zone_sheet(conn, question.period.last, within))
    now, in_no_unit = await count_total(conn, scope, question.period)
    items = await break_down(conn, scope, by, levels)
    here = await count_undivided(conn, scope, by, items)
    rest = _unassigned(question, by, now - here, items)
    hidden = scope.not_permitted
    plans = _plans(scope)
    return Summary(question, by, now.n, rest, hidden, in_no_unit.n, now, figures_of(now), items, here.n, plans)


def _plans(scope: Scope) -> tuple[PlanFacts, ...]:
    zone = scope.question.unit.zone
    if zone is not None:
        return (zone.plan,)
    return () if scope.zones is None else scope.zones.level.plans


def _unassigned(question: Question, by: Breakdown, now: Measures, items: tuple[Item, ...]) -> int:
    rest = now - sum((item.measures for item in items), NOTHING)
    parts_may_fall_short = by in ("child", "zone", "department")
    if rest.n < 0 or (rest.n and not parts_may_fall_short):
        raise FiguresDisagree(question.unit.code, by, now.n, now.n - rest.n)
    return rest.n


def figures_of(measures: Measures) -> tuple[Figure, ...]:
    """The five figures."""
    return tuple(_figure(key, value, measures.n) for key, value in values_of(measures).items())


def values_of(measures: Measures) -> dict[FigureKey, float | None]:
    """The five figures of one set of incidents, in the order in which they are shown."""
    return {
        "reported": measures.n,
        "open": measures.n_open,
        "overdue": measures.n_overdue,
        "closed": measures.n_closed,
        "on_time_share": measures.on_time_share,
    }


def _figure(key: FigureKey, value: float | None, reported: int) -> Figure:
    share = value / reported if key in SHARED and value is not None and reported else None
    return Figure(key, f"formula.{key}", value, share)
