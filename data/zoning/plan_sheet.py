"""From what is a plan drawn: its units with their names and places, the units above them, the lines between them?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.city import read_moment
from data.reads.levels import Level, find_level, read_levels
from data.reads.rows import fetch_all
from data.reads.units import Unit, read_unit, read_units
from geo.border_lines import BorderLines, border_lines


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A unit of the base level; `path` holds the ids from the whole city down to itself, `outline` is WKB."""

    id: int
    code: str
    name: str
    name_en: str
    path: list[int]
    lon: float
    lat: float
    outline: bytes


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """What plans of one base level inside one unit are drawn from.

    Attributes:
        boundary_revision: The one that ids and outlines belong to.
        above: The units above, from the whole city down, by id.
        units: The units of the base level, by id.
    """

    boundary_revision: int
    within: Unit
    base: Level
    levels: tuple[Level, ...]
    above: tuple[Unit, ...]
    units: tuple[SheetRow, ...]

    def borders(self) -> BorderLines:
        """The lines between the units, by their places in `units`; takes a moment for thousands of units."""
        return border_lines(_outlines(self.units))


def _outlines(units: tuple[SheetRow, ...]) -> NDArray[np.object_]:
    outlines: NDArray[np.object_] = shapely.from_wkb(np.array([unit.outline for unit in units], dtype=object))
    return outlines


async def read_sheet(conn: AsyncRows, within: str, base: str, level: str | None = None) -> PlanSheet:
    """The sheet in this snapshot.

    Args:
        within: Code of the unit that the plans are for; empty for the whole city.
        base: Key of the level of the units that are joined.
        level: Level of `within`, where the code stands on several.

    Raises:
        UnitUnknown: No current unit has the code.
        LevelUnknown: There is no such level.
        CityEmpty: No units are loaded.
    """
    moment = await read_moment(conn)
    unit = await read_unit(conn, within or None, level)
    levels = await read_levels(conn)
    found = find_level(levels, base)
    rows = await fetch_all(conn, SheetRow, named("plan_sheet"), {"level": found.key, "within": unit.id})
    above = sorted({id for row in rows for id in row.path[:-1]})
    return PlanSheet(moment.boundary_revision, unit, found, levels, await read_units(conn, above), rows)
