"""In which cells lie the incidents of one part of a unit, of none of its parts, or of chosen units?"""

from collections.abc import Sequence

from data.engine import AsyncRows
from data.reads.errors import SelectionInvalid, UnitUnknown
from data.reads.parts import Part, read_cells, read_child_of_cells, read_parts
from data.reads.selection import read_cells_of, read_chosen
from data.reads.units import Unit

NO_PART = "none"
"""Stands for what lies in a unit but in no unit of the next level."""


async def read_cells_where(
    conn: AsyncRows, unit: Unit, part: str = "", units: Sequence[str] = (), level: str | None = None
) -> tuple[int, ...] | None:
    """Cells to which a list is narrowed beyond its unit; None where it is not narrowed.

    Args:
        unit: The unit of the question.
        part: Code of a part of it, or NO_PART.
        units: Codes of units of one level instead, wherever they lie.
        level: Key of the level of `units`, where a code stands on several.

    Raises:
        SelectionInvalid: Both are given, or too many units.
        UnitUnknown: A code is no part of the unit, or no current unit.
        LevelsMixed: The units are of several levels.
    """
    if part and units:
        raise SelectionInvalid("part", "Both part and units are given.", "Give one of them.")
    if part:
        return (await read_cells_of_part(conn, unit, part))[0]
    if units:
        return tuple(await read_cells_of(conn, (await read_chosen(conn, units, level)).units))
    return None


async def read_cells_of_part(conn: AsyncRows, unit: Unit, code: str) -> tuple[tuple[int, ...], Part | None]:
    """Cells of one part, ended ones and those that only reach in among them; or (NO_PART) those of no part.

    Raises:
        UnitUnknown: The unit has no such part.
    """
    own = await read_cells(conn, unit)
    below = own if own is not None else await read_child_of_cells(conn, 1)
    if code == NO_PART:
        return tuple(cell for cell, child in below.items() if not child), None
    part = next((part for part in await read_parts(conn, unit) if part.code == code), None)
    if part is None:
        raise UnitUnknown(code)
    return tuple(cell for cell, child in below.items() if child == part.child_id), part
