"""Which codes hang where, and does one still count?"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.engine import AsyncRows
from data.reads.rows import fetch_all, fetch_one
from data.report_page.errors import CodesRefused

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what looks alike on paper."""

LENGTH = 10
NEAR_UNIT_M = 200.0
NEAR_PLACE_M = 500.0
"""So far off the ground of a code somebody may stand and report from there: a phone's position is not exact."""

_COLUMNS = "code, unit_id, place_id, name, name_en, lon, lat, made_at, valid_until, revoked_at"
_FIND = f"SELECT {_COLUMNS} FROM report_code WHERE code = %(code)s"
_LIST = f"SELECT {_COLUMNS} FROM report_code ORDER BY made_at, name, code"
_WRITE = f"""
INSERT INTO report_code ({_COLUMNS})
VALUES (
    %(code)s, %(unit)s, %(place)s, %(name)s, %(name_en)s, %(lon)s, %(lat)s, %(made_at)s, %(valid_until)s, NULL
)
RETURNING {_COLUMNS}
"""
_HELD = f"""
SELECT {_COLUMNS}
FROM report_code
WHERE (unit_id = ANY(%(units)s) OR place_id = ANY(%(places)s)) AND revoked_at IS NULL
    AND (valid_until IS NULL OR valid_until > %(now)s)
ORDER BY made_at
"""
_REVOKE = """
UPDATE report_code SET revoked_at = %(now)s WHERE code = ANY(%(codes)s) AND revoked_at IS NULL RETURNING code AS key
"""
# The name tells the way down, without the city: 红草镇 · 新村 · 第3网格.
_GRIDS = """
SELECT
    unit.id AS unit_id, NULL::integer AS place_id,
    string_agg(above.name, ' · ' ORDER BY up.place) AS name,
    string_agg(coalesce(nullif(above.name_en, ''), above.name), ' · ' ORDER BY up.place) AS name_en,
    ST_X(unit.label_point) AS lon, ST_Y(unit.label_point) AS lat
FROM unit
JOIN level ON level.key = unit.level_key
CROSS JOIN LATERAL unnest(unit.path) WITH ORDINALITY AS up (id, place)
JOIN unit AS above ON above.id = up.id
WHERE unit.ended_revision_id IS NULL AND level.rank = (SELECT max(rank) FROM level)
    AND (up.place > 1 OR cardinality(unit.path) = 1)
    AND (%(within)s::integer IS NULL OR unit.path @> ARRAY[%(within)s::integer])
GROUP BY unit.id
ORDER BY unit.id
"""
_PLACE = """
SELECT NULL::integer AS unit_id, id AS place_id, name, name_en, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM place
WHERE id = %(place)s
"""
_UNIT = """
SELECT unit.id, level.rank = (SELECT max(rank) FROM level) AS is_grid
FROM unit
JOIN level ON level.key = unit.level_key
WHERE unit.code = %(code)s AND unit.ended_revision_id IS NULL
    AND (%(level)s::text IS NULL OR unit.level_key = %(level)s)
ORDER BY level.rank DESC
LIMIT 1
"""
_STANDS_THERE = """
SELECT EXISTS (
    SELECT FROM unit
    WHERE id = %(unit)s
        AND ST_DWithin(geom::geography, ST_SetSRID(ST_Point(%(x)s, %(y)s), 4326)::geography, %(near_unit)s)
    UNION ALL
    SELECT FROM (SELECT ST_SetSRID(ST_Point(%(lon)s, %(lat)s), 4326)::geography AS ground) AS place
    WHERE %(unit)s::integer IS NULL
        AND ST_DWithin(ground, ST_SetSRID(ST_Point(%(x)s, %(y)s), 4326)::geography, %(near_place)s)
) AS holds
"""


class CodeState(StrEnum):
    """Whether a code counts."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ReportCode:
    """A code of a small grid or of a place.

    Attributes:
        name, name_en: Of the ground, as they were when the code was made.
        lon, lat: Where its reports lie that state no position of their own; degrees WGS 84.
        valid_until: None without an end.
    """

    code: str
    unit_id: int | None
    place_id: int | None
    name: str
    name_en: str
    lon: float
    lat: float
    made_at: datetime
    valid_until: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> CodeState:
        """Whether it counts at a moment."""
        if self.revoked_at is not None:
            return CodeState.REVOKED
        return CodeState.EXPIRED if self.valid_until is not None and now >= self.valid_until else CodeState.VALID


@dataclass(frozen=True, slots=True)
class Ground:
    """What a code is made for."""

    unit_id: int | None
    place_id: int | None
    name: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    is_grid: bool


@dataclass(frozen=True, slots=True)
class _Key:
    key: str


@dataclass(frozen=True, slots=True)
class _Holds:
    holds: bool


async def read_grounds(conn: AsyncRows, *, unit: str | None, level: str | None, every: bool) -> tuple[Ground, ...]:
    """Small grids: the one of a code, or with `every` all of the city or within a unit.

    Args:
        unit: Code of a unit; None for the whole city.
        level: Its level, where the code stands on several; None takes the smallest.

    Raises:
        CodesRefused: No current unit has the code, or it is no small grid and `every` was not said.
    """
    found = None
    if unit is not None:
        found = await fetch_one(conn, _Unit, _UNIT, {"code": unit, "level": level})
        if found is None:
            raise CodesRefused(f"No current unit has the code {unit}. Look it up: python app.py units check.")
        if not found.is_grid and not every:
            raise CodesRefused(
                f"Unit {unit} is larger than a small grid, so a report would not know its grid. Make one code for each "
                f"grid in it: codes make --all --unit {unit}"
            )
    return await fetch_all(conn, Ground, _GRIDS, {"within": found.id if found else None})


async def read_place(conn: AsyncRows, place_id: int) -> Ground:
    """A place, such as the gate of a compound.

    Raises:
        CodesRefused: There is none.
    """
    found = await fetch_one(conn, Ground, _PLACE, {"place": place_id})
    if found is None:
        raise CodesRefused(f"There is no place {place_id}. Import places first, or name a unit with --unit.")
    return found


async def codes_for(
    conn: AsyncRows, grounds: Sequence[Ground], now: datetime, valid_until: datetime | None
) -> tuple[tuple[ReportCode, ...], int]:
    """One code for each ground: the one that counts already, which may hang there, or a new one.

    Returns:
        Codes in the order of the grounds, and how many of them are new.
    """
    asked = {
        "units": [one.unit_id for one in grounds if one.unit_id is not None],
        "places": [one.place_id for one in grounds if one.place_id is not None],
        "now": now,
    }
    held = {(one.unit_id, one.place_id): one for one in await fetch_all(conn, ReportCode, _HELD, asked)}
    codes = [held.get((one.unit_id, one.place_id)) or await _made(conn, one, now, valid_until) for one in grounds]
    return tuple(codes), sum(code not in held.values() for code in codes)


async def _made(conn: AsyncRows, ground: Ground, now: datetime, valid_until: datetime | None) -> ReportCode:
    values = {
        "code": "".join(secrets.choice(LETTERS) for _ in range(LENGTH)),
        "unit": ground.unit_id,
        "place": ground.place_id,
        "name": ground.name,
        "name_en": ground.name_en,
        "lon": ground.lon,
        "lat": ground.lat,
        "made_at": now,
        "valid_until": valid_until,
    }
    made = await fetch_one(conn, ReportCode, _WRITE, values)
    assert made is not None
    return made


async def find_code(conn: AsyncRows, text: str) -> ReportCode | None:
    """The code of an address, whether it counts or not; None where there never was one."""
    if len(text) != LENGTH or not set(text) <= set(LETTERS):
        return None
    return await fetch_one(conn, ReportCode, _FIND, {"code": text})


async def list_codes(conn: AsyncRows) -> tuple[ReportCode, ...]:
    """All codes that were ever made."""
    return await fetch_all(conn, ReportCode, _LIST)


async def revoke_codes(conn: AsyncRows, codes: Sequence[str], now: datetime) -> int:
    """Let codes no longer count; reports that came by them stay, and so do their receipts.

    Returns:
        How many counted before.

    Raises:
        CodesRefused: One of them was never made.
    """
    for code in codes:
        if await find_code(conn, code) is None:
            raise CodesRefused(f"There is no code {code}. List them: python app.py codes list")
    return len(await fetch_all(conn, _Key, _REVOKE, {"codes": list(codes), "now": now}))


async def stands_there(conn: AsyncRows, code: ReportCode, lonlat: tuple[float, float]) -> bool:
    """Whether a position is on the ground of a code, or hardly off it."""
    values = {"unit": code.unit_id, "lon": code.lon, "lat": code.lat, "x": lonlat[0], "y": lonlat[1]}
    found = await fetch_one(
        conn, _Holds, _STANDS_THERE, values | {"near_unit": NEAR_UNIT_M, "near_place": NEAR_PLACE_M}
    )
    return found is not None and found.holds
