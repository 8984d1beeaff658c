"""In which cells lie the incidents of one part of a unit, of none of its parts, or of chosen units?"""

from collections.abc import Sequence
from datetime import date

from data.engine import AsyncRows
from data.reads.errors import SelectionInvalid, UnitUnknown
from data.reads.parts import Part, read_cells, read_cells_of_units, read_child_of_cells, read_parts
from data.reads.selection import read_cells_of, read_chosen
from data.reads.units import Unit, read_zones

NO_PART = "none"
"""Stands for what lies in a unit but in no unit of the next level."""

NO_ZONE = "no-zone"
"""Stands for what lies in a unit but in no zone in force."""


async def read_cells_where(
    conn: AsyncRows,
    unit: Unit,
    part: str = "",
    units: Sequence[str] = (),
    level: str | None = None,
    on: date | None = None,
) -> tuple[int, ...] | None:
    """Cells to which a list is narrowed beyond its unit; None where it is not narrowed.

    Args:
        unit: The unit of the question.
        part: Code of a part of it or of a zone in it, NO_PART or NO_ZONE.
        units: Codes of units of one level instead, wherever they lie.
        level: Key of the level of `units`, where a code stands on several.
        on: Day whose plans count for zones; None is today.

    Raises:
        SelectionInvalid: Both are given, or too many units.
        UnitUnknown: A code is no part of the unit, or no current unit.
        LevelsMixed: The units are of several levels.
    """
    if part and units:
        raise SelectionInvalid("part", "Both part and units are given.", "Give one of them.")
    if part:
        return (await read_cells_of_part(conn, unit, part, on))[0]
    if units:
        return tuple(await read_cells_of(conn, (await read_chosen(conn, units, level, on)).units))
    return None


async def read_cells_of_part(
    conn: AsyncRows, unit: Unit, code: str, on: date | None = None
) -> tuple[tuple[int, ...], Part | None]:
    """Cells of one part, ended ones and those that only reach in among them; or (NO_PART) those of no part.

    A part can be a zone in the unit, or (NO_ZONE) what is in none, on the day `on` (None is today).

    Raises:
        UnitUnknown: The unit has no such part.
    """
    own = await read_cells(conn, unit)
    below = own if own is not None else await read_child_of_cells(conn, 1)
    if code == NO_ZONE:
        taken = await _read_zone_cells(conn, await read_zones(conn, unit, on))
        return tuple(cell for cell in below if cell not in taken), None
    if code == NO_PART:
        return tuple(cell for cell, child in below.items() if not child), None
    part = next((part for part in await read_parts(conn, unit) if part.code == code), None)
    zone = None
    if part is None:
        zone = next((zone for zone in await read_zones(conn, unit, on) if zone.code == code), None)
    if zone is not None:
        cells = await _read_zone_cells(conn, [zone])
        named = Part(zone.id, zone.id, zone.code, zone.name, zone.name_en, ended=False, role="own")
        return tuple(cell for cell in below if cell in cells), named
    if part is None:
        raise UnitUnknown(code)
    return tuple(cell for cell, child in below.items() if child == part.child_id), part


async def _read_zone_cells(conn: AsyncRows, zones: Sequence[Unit]) -> frozenset[int]:
    cells: set[int] = set()
    for zone in zones:
        if zone.zone is not None:
            cells |= (await read_cells_of_units(conn, zone.zone.base_rank, zone.zone.members)).keys()
    return frozenset(cells)
