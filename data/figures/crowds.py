"""How many cases of each group meet which conditions? One pass over the cases of a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.figures.conditions import CONDITIONS, MOMENTS, NEAR
from data.figures.counting import Crowd
from data.figures.definition import FigureDefinition
from data.figures.window import Window
from data.named_sql import named
from data.reads.rows import fetch_all

Grouping = Literal["none", "cell", "department", "class"]

_KEYS: Mapping[Grouping, SQL] = {
    "none": SQL("0"),
    "cell": SQL("cell_id"),
    "department": SQL("COALESCE(department_id, 0)::int"),
    "class": SQL("class_id::int"),
}
PRESENT = SQL("incident")


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    met: int
    n: int


@dataclass(frozen=True, slots=True)
class Among:
    """Further conditions that cases must meet, with their values."""

    condition: SQL | Composed
    values: Mapping[str, object]


async def read_crowds(
    conn: AsyncRows,
    figures: Sequence[FigureDefinition],
    window: Window,
    by: Grouping = "none",
    among: Among | None = None,
    relation: SQL | Composed = PRESENT,
) -> dict[int, list[Crowd]]:
    """Cases by what they meet, by key of their group (0: the one group, or no department).

    Args:
        conn: A transaction, in the scope whose cases count.
        figures: Whose conditions are asked for.
        window: Period and moment.
        by: Grouping.
        among: Which cases; None is all.
        relation: Where they are read from; its columns are those of `incident`.
    """
    among = among or Among(SQL("TRUE"), {})
    names = sorted(frozenset[str]().union(*(figure.names for figure in figures)))
    near = sorted({NEAR[figure.moment] for figure in figures})
    statement = SQL(named("figure_crowds")).format(
        key=_KEYS[by],
        met=SQL(
            " | ".join(f"CASE WHEN {_text(name)} THEN {1 << place} ELSE 0 END" for place, name in enumerate(names))
        ),
        relation=relation,
        near=SQL("(" + " OR ".join(near) + ")"),
        condition=among.condition,
    )
    rows = await fetch_all(conn, _Row, statement, {**window.values, **among.values}, prepare=False)
    crowds: dict[int, list[Crowd]] = {}
    # Few sets of conditions are met by many groups: one object for each keeps counting fast.
    sets = {
        met: frozenset(name for place, name in enumerate(names) if met >> place & 1) for met in {r.met for r in rows}
    }
    for row in rows:
        crowds.setdefault(row.id, []).append(Crowd(sets[row.met], row.n))
    return crowds


def _text(name: str) -> str:
    return MOMENTS.get(name) or CONDITIONS[name]
