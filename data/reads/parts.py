"""Which parts do the figures of a unit break down into, and which cells escape the tree?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.sql import SQL

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.measures import NOTHING, Measures
from data.reads.rows import fetch_all
from data.reads.units import Unit


@dataclass(frozen=True, slots=True)
class Part:
    """A subject whose figures count for or against a child.

    Attributes:
        role: own: the child; guest: what lies here of another unit's child; away: what lies elsewhere of an own child.
    """

    subject_id: int
    child_id: int
    code: str
    name: str
    name_en: str
    ended: bool
    role: Literal["own", "guest", "away"]


@dataclass(frozen=True, slots=True)
class CellChild:
    """A cell and the unit of one level that it lies in (0 none)."""

    id: int
    child_id: int


async def read_parts(conn: AsyncRows, unit: Unit) -> tuple[Part, ...]:
    """Children of the unit, ended ones among them, and its straddles; by child id. Units of a zone are its children."""
    if unit.zone is not None:
        return await fetch_all(conn, Part, named("zone_parts"), {"members": list(unit.zone.members)})
    return await fetch_all(conn, Part, named("unit_parts"), {"unit": unit.id})


async def read_stray_cells(conn: AsyncRows, rank: int) -> tuple[CellChild, ...]:
    """Cells with a unit right below the level of `rank` but none on it; for rank 0 all that lie outside the city."""
    return await fetch_all(conn, CellChild, named("stray_cells"), {"place": rank + 1})


async def read_cells(conn: AsyncRows, unit: Unit) -> dict[int, int] | None:
    """The unit one level down (0 none) by cell of the unit; None for the whole city, which has every cell."""
    if unit.zone is not None:
        return await read_cells_of_units(conn, unit.zone.base_rank, unit.zone.members)
    if unit.rank == 0:
        return None
    return await read_cells_by_rank(conn, unit, unit.rank + 1)


async def read_cells_by_rank(conn: AsyncRows, unit: Unit, rank: int) -> dict[int, int]:
    """The unit of the level of `rank` (0 none) by cell of the unit; of the whole city, by every cell."""
    if unit.rank == 0:
        return await read_child_of_cells(conn, rank)
    rows = await fetch_all(conn, CellChild, named("cells_of_unit"), {"unit": unit.id, "place": rank + 1})
    return {row.id: row.child_id for row in rows}


async def read_cells_of_units(conn: AsyncRows, rank: int, units: Sequence[int]) -> dict[int, int]:
    """The unit by cell, for every cell that lies in one of these units of the level of `rank`."""
    statement = SQL(
        "SELECT id, unit_ids[%(place)s] AS child_id FROM cell WHERE unit_ids[%(place)s] = ANY(%(units)s::int[])"
    )
    rows = await fetch_all(conn, CellChild, statement, {"place": rank + 1, "units": list(units)})
    return {row.id: row.child_id for row in rows}


async def read_cells_outside(conn: AsyncRows, rank: int, units: Sequence[int], above: Unit) -> dict[int, int]:
    """The unit by cell, for every cell that lies in one of these units and not in the unit above them."""
    if above.rank == 0:
        return {}
    values = {"place": rank + 1, "units": list(units), "above": above.id}
    rows = await fetch_all(conn, CellChild, named("cells_outside"), values)
    return {row.id: row.child_id for row in rows}


async def read_child_of_cells(conn: AsyncRows, rank: int) -> dict[int, int]:
    """The unit of the level of `rank` (0 none) by cell, for every cell."""
    rows = await fetch_all(
        conn, CellChild, "SELECT id, COALESCE(unit_ids[%(place)s], 0) AS child_id FROM cell", {"place": rank + 1}
    )
    return {row.id: row.child_id for row in rows}


def measures_of_children(parts: Sequence[Part], figures: Mapping[int, Measures]) -> dict[int, Measures]:
    """Figures by child id of the incidents that lie both in the unit and in the child.

    Args:
        figures: By subject id; subjects without incidents may be missing.
    """
    sums: dict[int, Measures] = {}
    for part in parts:
        figure = figures.get(part.subject_id, NOTHING)
        before = sums.get(part.child_id, NOTHING)
        sums[part.child_id] = before - figure if part.role == "away" else before + figure
    return sums
