"""Which zones does a stored plan have, and which units lie in each?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from psycopg.rows import tuple_row

from data.engine import AsyncRows
from data.reads.rows import fetch_all
from geo.zoning.graph import Ints

_ZONES = """
    SELECT zone.no, zone.code, zone.name, zone.name_en, zone.colour, zone.locked, zone.team_id, team.name AS team,
        zone.post_place_id AS post_id, place.code AS post, place.name AS post_name,
        place.name_en AS post_name_en
    FROM zone
    LEFT JOIN zone_team AS team ON team.id = zone.team_id
    LEFT JOIN place ON place.id = zone.post_place_id
    WHERE zone.plan_id = %(plan)s
    ORDER BY zone.no
"""
_OPEN = """
    INSERT INTO zone (plan_id, no, colour)
    SELECT %(plan)s, no, colour FROM unnest(%(no)s::integer[], %(colour)s::smallint[]) AS given (no, colour)
    ON CONFLICT (plan_id, no) DO UPDATE
    SET colour = excluded.colour, name = NULL, name_en = '', locked = false, team_id = NULL, post_place_id = NULL
"""
_REMOVE = "DELETE FROM zone_member WHERE plan_id = %(plan)s AND unit_id = ANY(%(units)s::integer[])"
_PUT = """
    INSERT INTO zone_member (plan_id, unit_id, no)
    SELECT %(plan)s, unit_id, no FROM unnest(%(units)s::integer[], %(no)s::integer[]) AS given (unit_id, no)
    ON CONFLICT (plan_id, unit_id) DO UPDATE SET no = excluded.no
"""
_SET = """
    UPDATE zone
    SET name = %(name)s, name_en = %(name_en)s, team_id = %(team)s, post_place_id = %(post)s, locked = %(locked)s
    WHERE plan_id = %(plan)s AND no = %(no)s
"""
_LOCK = "UPDATE zone_plan SET locked_unit_ids = %(units)s::integer[] WHERE id = %(plan)s"


@dataclass(frozen=True, slots=True)
class StoredZone:
    """A zone without its units.

    Attributes:
        code: from the adoption on.
        name: own name; None for that of its largest unit.
        name_en: English form of the own name, as an adoption gives it; empty where there is none.
        colour: number of its colour on maps.
        team, post, post_name, post_name_en: name of the patrol team, code and names of the post.
    """

    no: int
    code: str | None
    name: str | None
    name_en: str
    colour: int
    locked: bool
    team_id: int | None
    team: str | None
    post_id: int | None
    post: str | None
    post_name: str | None
    post_name_en: str | None = None


async def read_zones(conn: AsyncRows, plan_id: int) -> tuple[StoredZone, ...]:
    """The zones of a plan by number; those that an undo took back among them."""
    return await fetch_all(conn, StoredZone, _ZONES, {"plan": plan_id})


async def read_members(conn: AsyncRows, plan_id: int, unit_ids: Sequence[int]) -> Ints:
    """(n,) zone of each unit, −1 for none.

    Args:
        conn: a connection in the reader's scope.
        plan_id: the plan.
        unit_ids: (n,) its units, rising.
    """
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute("SELECT unit_id, no FROM zone_member WHERE plan_id = %s", [plan_id])
        rows = np.array(await cursor.fetchall(), np.int64).reshape(-1, 2)
    zone = np.full(len(unit_ids), -1, np.int64)
    zone[np.searchsorted(np.array(unit_ids, np.int64), rows[:, 0])] = rows[:, 1]
    return zone


async def open_zones(conn: AsyncRows, plan_id: int, first: int, colours: Sequence[int]) -> None:
    """Store new zones, numbered from `first`; what an older zone of the same number was is forgotten."""
    numbers = list(range(first, first + len(colours)))
    await conn.execute(_OPEN, {"plan": plan_id, "no": numbers, "colour": list(colours)})


async def move_members(conn: AsyncRows, plan_id: int, units: Sequence[int], to: Sequence[int]) -> None:
    """Put units into zones; −1 takes a unit out of the plan."""
    out = [unit for unit, no in zip(units, to, strict=True) if no < 0]
    put = [(unit, no) for unit, no in zip(units, to, strict=True) if no >= 0]
    if out:
        await conn.execute(_REMOVE, {"plan": plan_id, "units": out})
    if put:
        values: Mapping[str, object] = {"plan": plan_id, "units": [u for u, _ in put], "no": [no for _, no in put]}
        await conn.execute(_PUT, values)


async def store_facts(
    conn: AsyncRows,
    plan_id: int,
    zones: Sequence[StoredZone],
    locked_unit_ids: Sequence[int] | None,
    name: str | None,
) -> None:
    """Store names, teams, posts and locks of zones, locked units and the name of a plan; None leaves as it is."""
    for zone in zones:
        values: Mapping[str, object] = {
            "plan": plan_id,
            "no": zone.no,
            "name": zone.name,
            "team": zone.team_id,
            "post": zone.post_id,
            "locked": zone.locked,
            "name_en": zone.name_en,
        }
        await conn.execute(_SET, values)
    if locked_unit_ids is not None:
        await conn.execute(_LOCK, {"plan": plan_id, "units": list(locked_unit_ids)})
    if name is not None:
        await conn.execute("UPDATE zone_plan SET name = %(name)s WHERE id = %(plan)s", {"plan": plan_id, "name": name})
