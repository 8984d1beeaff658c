"""By which tree does the reader go down the map: by towns, or by joint-defence zones?

The level "zone" in the address means the second tree: city, county, zone, village, small grid. Its zones are those in
force when the period ends. A unit that is in no zone is reached by the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.pages.map.state import MapState
from data.engine import AsyncRows
from data.reads.levels import Level, find_level
from data.reads.question import Question
from data.reads.units import (
    Unit,
    read_breadcrumb,
    read_children,
    read_siblings,
    read_units,
    zone_unit,
)
from data.reads.zone_facts import ZONE
from data.reads.zones import may_see_zones, read_zone_sheet, zone_level


@dataclass(frozen=True, slots=True)
class ZoneTree:
    """The zones in force, and whether the reader goes down by them.

    Attributes:
        level: The level that they make up; without zones, one of none.
    """

    level: Level
    zones: tuple[Unit, ...]
    is_chosen: bool

    def focus_level(self, state: MapState, levels: Sequence[Level], unit: Unit) -> Level:
        """The chosen level, else the one below the unit, else its own."""
        if state.level and state.level != ZONE:
            return find_level(levels, state.level)
        if self.is_chosen and unit.zone is None and (not self.zones or unit.rank <= self.level.rank):
            return self.level
        deepest = max(level.rank for level in levels)
        return next(level for level in levels if level.rank == min(unit.rank + 1, deepest))

    def level_of(self, unit: Unit, levels: Sequence[Level]) -> Level:
        """The level of a unit or zone."""
        return self.level if unit.zone is not None else find_level(levels, unit.level)

    def zone_around(self, unit: Unit) -> Unit | None:
        """The zone in force that the unit is one of, or lies in one of."""
        return next(
            (zone for zone in self.zones if zone.zone and not set(zone.zone.members).isdisjoint(unit.path)), None
        )

    async def path(self, conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
        """The units from the whole city down to the unit itself; by zones, its zone among them and no town."""
        around = self.zone_around(unit) if self.is_chosen and unit.zone is None else None
        if around is None or around.zone is None:
            return await read_breadcrumb(conn, unit)
        above = await read_units(conn, around.path[:-1])
        return (*above, around, *await read_units(conn, unit.path[around.zone.base_rank :]))

    async def below(self, conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
        """The units right below; by zones, those of a county are its zones."""
        own = tuple(zone for zone in self.zones if zone.parent_id == unit.id) if self.is_chosen else ()
        if own and unit.rank:
            return own
        return (*await read_children(conn, unit), *own)

    async def beside(self, conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
        """The units with the same unit above, the unit itself among them."""
        around = self.zone_around(unit) if self.is_chosen and unit.zone is None else None
        if around is not None and around.zone is not None and unit.id in around.zone.members:
            return await read_units(conn, around.zone.members)
        return await read_siblings(conn, unit)


async def read_zone_tree(conn: AsyncRows, state: MapState, question: Question) -> ZoneTree:
    """The zones in force when the period of the question ends."""
    is_chosen = state.level == ZONE or question.unit.zone is not None
    if not may_see_zones():
        return ZoneTree(zone_level(()), (), is_chosen=is_chosen)
    sheet = await read_zone_sheet(conn, question.period.last)
    return ZoneTree(sheet.level, tuple(zone_unit(zone) for zone in sheet.zones), is_chosen=is_chosen)
