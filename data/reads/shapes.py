"""Which outlines do the current units of a level have, or its zones?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.levels import Level
from data.reads.rows import fetch_all
from data.reads.zone_facts import ZONE
from data.reads.zones import read_zone_ids

CHUNK = 500


@dataclass(frozen=True, slots=True)
class UnitShape:
    """A unit with its outline as GeoJSON text (MultiPolygon, degrees, WGS 84, seven decimals).

    Attributes:
        plan_id: Of a zone, the adopted plan that it is of.
        drawn_on: Of a zone, the revision of the boundaries that its plan was drawn on.
    """

    id: int
    code: str
    name: str
    name_en: str
    level: str
    parent: str | None
    population: int | None
    households: int | None
    area_m2: float
    geometry: str
    plan_id: int | None
    drawn_on: int | None


async def stream_shapes(conn: AsyncRows, level: Level) -> AsyncIterator[tuple[UnitShape, ...]]:
    """All current units of the level in chunks, by id; of the level of zones, those of its plans."""
    if level.key == ZONE:
        yield await fetch_all(
            conn, UnitShape, named("zone_shapes"), {"ids": await read_zone_ids(conn, [plan.id for plan in level.plans])}
        )
        return
    last = level.first_id + level.count - 1
    for first in range(level.first_id, last + 1, CHUNK):
        values = {"first_id": first, "last_id": min(first + CHUNK - 1, last)}
        yield await fetch_all(conn, UnitShape, named("level_shapes"), values)
