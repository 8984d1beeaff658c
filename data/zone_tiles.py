"""What do tiles show of joint-defence zones, and which plans are they of?

A plan that was adopted never changes, so whatever is drawn of given plans can be kept for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_bytes
from data.reads.zones import ZoneSheet, read_zone_ids
from data.tiles import Label, Tile

_IN_FORCE = """
SELECT id
FROM zone_plan
WHERE adopted_from <= COALESCE(%(day)s::date, (now() AT TIME ZONE city_time_zone())::date)
    AND COALESCE(superseded_from > COALESCE(%(day)s::date, (now() AT TIME ZONE city_time_zone())::date), true)
ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class _Plan:
    id: int


async def read_plans_in_force(conn: AsyncRows, day: date | None = None) -> tuple[int, ...]:
    """Ids of the plans in force on a day, rising; None is today."""
    return tuple(plan.id for plan in await fetch_all(conn, _Plan, _IN_FORCE, {"day": day}))


async def zone_tile(conn: AsyncRows, plans: Sequence[int], tile: Tile, *, extent: int, layer: str) -> bytes:
    """Vector tile of the zones of adopted plans; feature id = zone id, no properties; empty for none.

    Args:
        extent: Tile units a side; fewer make a coarser, smaller tile.
        layer: Name of the layer inside the tile.
    """
    ids = await read_zone_ids(conn, plans) if plans else []
    if not ids:
        return b""
    buffer = extent // 64
    values = {"z": tile.z, "x": tile.x, "y": tile.y, "ids": ids, "layer": layer}
    margin = {"extent": extent, "buffer": buffer, "margin": buffer / extent}
    return await fetch_bytes(conn, named("tile_zones"), values | margin, prepare=False)


def zone_labels(sheet: ZoneSheet) -> tuple[Label, ...]:
    """Names and label points of zones, by id."""
    return tuple(Label(zone.id, zone.name, zone.name_en, zone.label_lon, zone.label_lat) for zone in sheet.zones)
