"""Which units are there: one by code, its children, its ancestors, its siblings, those that match a search?"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import CityEmpty, UnitUnknown
from data.reads.rows import fetch_all, fetch_one

MAX_QUERY_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """A current unit of the area tree.

    Attributes:
        rank: Rank of its level, 0 for the whole city.
        parent: Code of the unit above; None for the whole city.
        path: Ids from the whole city down to the unit itself.
        west, south, east, north: Bounding box in degrees, WGS 84.
        label_lon, label_lat: A point inside, degrees, WGS 84.
        children: Number of current units right below.
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


@dataclass(frozen=True, slots=True)
class _Hit:
    id: int


async def read_root(conn: AsyncRows) -> Unit:
    """The unit that is the whole city.

    Raises:
        CityEmpty: No units are loaded.
    """
    root = await fetch_one(conn, Unit, _units("level.rank = 0", "unit.id DESC"))
    if root is None:
        raise CityEmpty
    return root


async def read_unit(conn: AsyncRows, code: str | None, level: str | None = None) -> Unit:
    """The current unit with the code; the whole city where the code is empty.

    A code that stands on several levels means the highest one, unless `level` says otherwise.

    Raises:
        UnitUnknown: There is none.
        CityEmpty: The code is empty and no units are loaded.
    """
    if not code:
        return await read_root(conn)
    condition = "unit.code = %(code)s AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)"
    unit = await fetch_one(conn, Unit, _units(condition, "level.rank, unit.id"), {"code": code, "level": level or None})
    if unit is None:
        raise UnitUnknown(code, level)
    return unit


async def read_children(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The current units right below, by id."""
    return await fetch_all(conn, Unit, _units("unit.parent_id = %(id)s", "unit.id"), {"id": unit.id})


async def read_breadcrumb(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The units from the whole city down to the unit itself."""
    return await read_units(conn, unit.path)


async def read_siblings(conn: AsyncRows, unit: Unit) -> tuple[Unit, ...]:
    """The current units with the same parent, the unit itself among them, by id."""
    if unit.parent_id is None:
        return (unit,)
    return await fetch_all(conn, Unit, _units("unit.parent_id = %(id)s", "unit.id"), {"id": unit.parent_id})


async def read_units(conn: AsyncRows, ids: Sequence[int]) -> tuple[Unit, ...]:
    """The current units among these ids, from the highest level down, by id."""
    query = _units("unit.id = ANY(%(ids)s)", "level.rank, unit.id")
    return await fetch_all(conn, Unit, query, {"ids": list(ids)})


async def read_units_by_code(conn: AsyncRows, codes: Sequence[str], level: str | None = None) -> tuple[Unit, ...]:
    """The current units with these codes, of all levels or of one, from the highest level down, by id."""
    condition = "unit.code = ANY(%(codes)s) AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)"
    values = {"codes": list(codes), "level": level or None}
    return await fetch_all(conn, Unit, _units(condition, "level.rank, unit.id"), values)


async def search_units(conn: AsyncRows, text: str, limit: int = 20) -> tuple[Unit, ...]:
    """Current units whose code, name, English name or pinyin (in full or initials) matches, best first.

    The order is: exact code, exact name, code that starts so, name that starts so, name that holds it, pinyin or
    English name, and last names that are merely alike. Higher levels come first within a step.
    """
    query = " ".join(text.lower().split())[:MAX_QUERY_CHARACTERS]
    if not query:
        return ()
    pattern = escape_like(query)
    values = {"q": query, "pattern": pattern, "packed": pattern.replace(" ", ""), "limit": limit}
    hits = await fetch_all(conn, _Hit, named("unit_search"), values, prepare=False)
    found = {unit.id: unit for unit in await read_units(conn, [hit.id for hit in hits])}
    return tuple(found[hit.id] for hit in hits)


def escape_like(text: str) -> str:
    """The text with the wildcards of LIKE escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _units(condition: str, ordering: str) -> Composed:
    return SQL(named("unit_rows")).format(condition=SQL(condition), ordering=SQL(ordering))
