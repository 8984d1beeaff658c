"""Which units are there: one by code, its children, its ancestors, its siblings, those that match a search?

Zones of adopted plans are units of a level of their own, beside the area tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import CityEmpty, UnitUnknown
from data.reads.rows import fetch_all, fetch_one
from data.reads.zone_facts import MOST_ZONES, ZONE, ZoneFacts
from data.reads.zone_search import match_zones
from data.reads.zones import (
    ZoneRow,
    may_see_zones,
    read_zone_sheet,
    read_zones_by_code,
    read_zones_by_id,
    read_zones_in_force,
    read_zones_of_plans,
)

MAX_QUERY_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """A current unit of the area tree, or a zone.

    Attributes:
        rank: Rank of its level, 0 for the whole city; of a zone, that of the level above its units.
        parent: Code of the unit above; None for the whole city.
        path: Ids from the whole city down to the unit itself.
        west, south, east, north: Bounding box in degrees, WGS 84.
        label_lon, label_lat: A point inside, degrees, WGS 84.
        children: Number of current units right below.
        zone: What it is made of, where it is a zone; None for units of the area tree.
    """

    id: int
    code: str
    name: str
    name_en: str
    level: str
    rank: int
    parent: str | None
    parent_id: int | None
    path: list[int]
    population: int | None
    households: int | None
    area_m2: float
    west: float
    south: float
    east: float
    north: float
    label_lon: float
    label_lat: float
    children: int
    zone: ZoneFacts | None = None

    @property
    def is_city(self) -> bool:
        """Whether it is the whole city."""
        return self.rank == 0 and self.zone is None

    @property
    def address(self) -> str:
        """Its code as addresses have it, where the whole city is named by nothing."""
        return "" if self.is_city else self.code


_BELOW = """
SELECT id
FROM unit
WHERE level_key = %(level)s
    AND path @> ARRAY[%(above)s::int]
    AND ended_revision_id IS NULL
ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class _Hit:
    id: int


@dataclass(frozen=True, slots=True)
class _Match:
    id: int
    step: int


async def read_root(conn: AsyncRows) -> Unit:
    """The unit that is the whole city.

    Raises:
        CityEmpty: No units are loaded.
    """
    root = await fetch_one(conn, Unit, _units("level.rank = 0", "unit.id DESC"))
    if root is None:
        raise CityEmpty
    return root


async def read_unit(conn: AsyncRows, code: str | None, level: str | None = None, on: date | None = None) -> Unit:
    """The current unit with the code, or the zone; the whole city where the code is empty.

    A code that stands on several levels means the highest one, unless `level` says otherwise.

    Args:
        on: Day whose plans count for zones; None is today. A zone that was not in force then says so.

    Raises:
        UnitUnknown: There is none.
        CityEmpty: The code is empty and no units are loaded.
    """
    if not code:
        return await read_root(conn)
    condition = "unit.code = %(code)s AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)"
    unit = await fetch_one(conn, Unit, _units(condition, "level.rank, unit.id"), {"code": code, "level": level or None})
    if unit is None and level in (None, "", ZONE):
        zones = await read_zones_by_code(conn, [code], on)
        unit = zone_unit(zones[code]) if code in zones else None
    if unit is None:
        raise UnitUnknown(code, level)
    return unit


def zone_unit(row: ZoneRow) -> Unit:
    """A zone as a unit: it lies below the county (or what its plan divides), and its units lie below it."""
    return Unit(
        id=row.id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        level=ZONE,
        rank=row.base_rank - 1,
        parent=row.parent,
        parent_id=row.path_above[-1],
        path=[*row.path_above, row.id],
        population=row.population,
        households=row.households,
        area_m2=row.area_m2,
        west=row.west,
        south=row.south,
        east=row.east,
        north=row.north,
        label_lon=row.label_lon,
        label_lat=row.label_lat,
        children=len(row.members),
        zone=row.facts,
    )


async def read_zones(conn: AsyncRows, unit: Unit, on: date | None = None) -> tuple[Unit, ...]:
    """The zones in force on the day that have a unit in the unit, by id; of a zone, the zone itself.

    Args:
        on: None is today.
    """
    if unit.zone is not None:
        return (unit,)
    sheet = await read_zone_sheet(conn, on, unit.id if unit.rank else None)
    return tuple(zone_unit(zone) for zone in sheet.zones)


async def read_children(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The current units right below, by id; of a zone, the units that it is made of."""
    if unit.zone is not None:
        return await read_units(conn, unit.zone.members)
    return await fetch_all(conn, Unit, _units("unit.parent_id = %(id)s", "unit.id"), {"id": unit.id})


async def read_ids_below(conn: AsyncRows, unit: Unit, level: str) -> tuple[int, ...]:
    """Ids of the current units of a level in a unit, rising."""
    values = {"level": level, "above": unit.id}
    return tuple(hit.id for hit in await fetch_all(conn, _Hit, _BELOW, values))


async def read_breadcrumb(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The units from the whole city down to the unit itself."""
    return await read_units(conn, unit.path)


async def read_siblings(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The current units with the same parent, the unit itself among them, by id; of a zone, those of the same plan."""
    if unit.zone is not None:
        return await _read_sibling_zones(conn, unit, unit.zone)
    if unit.parent_id is None:
        return (unit,)
    return await fetch_all(conn, Unit, _units("unit.parent_id = %(id)s", "unit.id"), {"id": unit.parent_id})


async def read_units(conn: AsyncRows, ids: Sequence[int]) -> tuple[Unit, ...]:
    """The current units among these ids, from the highest level down, by id; then zones."""
    query = _units("unit.id = ANY(%(ids)s)", "level.rank, unit.id")
    found = await fetch_all(conn, Unit, query, {"ids": list(ids)})
    of_zones = [unit_id for unit_id in ids if 0 < unit_id <= MOST_ZONES]
    zones = await read_zones_by_id(conn, of_zones) if of_zones else ()
    return (*found, *(zone_unit(zone) for zone in zones))


async def read_units_by_code(
    conn: AsyncRows, codes: Sequence[str], level: str | None = None, on: date | None = None
) -> tuple[Unit, ...]:
    """The current units with these codes, of all levels or of one, from the highest level down, by id.

    Args:
        level: The level of zones gives the zones with these codes.
        on: Day whose plans count for zones; None is today.
    """
    if level == ZONE:
        return tuple(map(zone_unit, (await read_zones_by_code(conn, codes, on)).values()))
    condition = "unit.code = ANY(%(codes)s) AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)"
    values = {"codes": list(codes), "level": level or None}
    return await fetch_all(conn, Unit, _units(condition, "level.rank, unit.id"), values)


async def search_units(conn: AsyncRows, text: str, limit: int = 20, on: date | None = None) -> tuple[Unit, ...]:
    """Current units and zones in force whose code, name, English name or pinyin (full or initials) matches, best first.

    The order is: exact code, exact name, code that starts so, name that starts so, name that holds it, pinyin or
    English name, and last names that are merely alike. Higher levels come first within a step, and zones last.

    Args:
        on: Day whose plans count for zones; None is today.
    """
    query = " ".join(text.lower().split())[:MAX_QUERY_CHARACTERS]
    if not query:
        return ()
    pattern = escape_like(query)
    values = {"q": query, "pattern": pattern, "packed": pattern.replace(" ", ""), "limit": limit}
    hits = await fetch_all(conn, _Match, named("unit_search"), values, prepare=False)
    units = {unit.id: unit for unit in await read_units(conn, [hit.id for hit in hits])}
    found = [(hit.step, units[hit.id]) for hit in hits]
    if may_see_zones():
        zones = match_zones(await read_zones_in_force(conn, on), query)
        found = sorted([*found, *((hit.step, zone_unit(hit.zone)) for hit in zones)], key=lambda pair: pair[0])
    return tuple(unit for _, unit in found[:limit])


async def _read_sibling_zones(conn: AsyncRows, unit: Unit, facts: ZoneFacts) -> tuple[Unit, ...]:
    rows = await read_zones_of_plans(conn, [facts.plan.id])
    return tuple(sibling for row in rows.zones if (sibling := zone_unit(row)).parent_id == unit.parent_id)


def escape_like(text: str) -> str:
    """The text with the wildcards of LIKE escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _units(condition: str, ordering: str) -> Composed:
    return SQL(named("unit_rows")).format(condition=SQL(condition), ordering=SQL(ordering))


async def read_units_at(conn: AsyncRows, lon: float, lat: float) -> tuple[Unit, ...]:
    """The current units that a point lies in, from the highest level down; none outside of the scope.

    Args:
        lon: Degrees, WGS 84.
        lat: Degrees, WGS 84.
    """
    hits = await fetch_all(conn, _Hit, named("units_at"), {"lon": lon, "lat": lat}, prepare=False)
    return await read_units(conn, [hit.id for hit in hits])
