"""Which levels does the city have, with which zooms, and which facts about the city are set?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from data.audit.changes import record_setting
from data.importing.level_zoom import zoom_ranges
from data.importing.unit_errors import CityDiffers, LevelsInUse, LevelUnknown, TimeZoneInUse
from data.importing.unit_source import LevelSpec
from data.models.space import ID_BLOCK, MOST_UNITS_BY_CLASS


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A level of the database."""

    key: str
    rank: int
    name_zh: str
    name_en: str
    first_id: int


def read_levels(connection: psycopg.Connection) -> tuple[LevelRow, ...]:
    """Levels from the whole city down."""
    rows = connection.execute("SELECT key, rank, name_zh, name_en, first_id FROM level ORDER BY rank").fetchall()
    return tuple(LevelRow(*row) for row in rows)


def level_of(levels: Sequence[LevelRow], key: str) -> LevelRow:
    """The level with a key.

    Raises:
        LevelUnknown: There is none.
    """
    for level in levels:
        if level.key == key:
            return level
    raise LevelUnknown(key, tuple(level.key for level in levels))


def ensure_levels(connection: psycopg.Connection, wanted: Sequence[LevelSpec]) -> tuple[LevelRow, ...]:
    """Make the city's levels what is wanted; names may change at any time, keys only while there are no units.

    Raises:
        LevelsInUse: Other levels are there and have units.
    """
    present = read_levels(connection)
    keys = tuple(spec.key for spec in wanted)
    if tuple(level.key for level in present) != keys:
        if present and _has_rows(connection, "unit"):
            raise LevelsInUse(keys, tuple(level.key for level in present))
        _replace_levels(connection, wanted)
    for spec in wanted:
        connection.execute(
            "UPDATE level SET name_zh = %s, name_en = %s WHERE key = %s AND (name_zh, name_en) <> (%s, %s)",
            [spec.name_zh, spec.name_en, spec.key, spec.name_zh, spec.name_en],
        )
    return read_levels(connection)


def _replace_levels(connection: psycopg.Connection, wanted: Sequence[LevelSpec]) -> None:
    connection.execute("DELETE FROM level")
    zooms = zoom_ranges([None] * len(wanted))
    for rank, (spec, (min_zoom, max_zoom)) in enumerate(zip(wanted, zooms, strict=True)):
        connection.execute(
            """
            INSERT INTO level (key, rank, name_zh, name_en, first_id, min_zoom, max_zoom, rollup_by_class)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                spec.key,
                rank,
                spec.name_zh,
                spec.name_en,
                (rank + 1) * ID_BLOCK + 1,
                min_zoom,
                max_zoom,
                rank < len(wanted) - 1,
            ],
        )


def settle_rollups(connection: psycopg.Connection) -> None:
    """Decide which levels keep figures by class; once there are incidents, the decision stays."""
    connection.execute(
        """
        UPDATE level
        SET rollup_by_class = (
            SELECT count(*) <= %s FROM unit WHERE level_key = level.key AND ended_revision_id IS NULL
        )
        WHERE NOT EXISTS (SELECT FROM incident)
        """,
        [MOST_UNITS_BY_CLASS],
    )


def refresh_zooms(connection: psycopg.Connection) -> None:
    """Set the zooms of all levels from the sizes of their current units."""
    levels = read_levels(connection)
    widths: dict[str, list[float]] = {}
    rows = connection.execute(
        "SELECT level_key, ST_XMax(geom_3857) - ST_XMin(geom_3857) FROM unit WHERE ended_revision_id IS NULL"
    )
    for key, width in rows:
        widths.setdefault(key, []).append(width)
    arrays = [np.array(widths[level.key]) if level.key in widths else None for level in levels]
    for level, (min_zoom, max_zoom) in zip(levels, zoom_ranges(arrays), strict=True):
        connection.execute(
            "UPDATE level SET min_zoom = %s, max_zoom = %s WHERE key = %s AND (min_zoom, max_zoom) <> (%s, %s)",
            [min_zoom, max_zoom, level.key, min_zoom, max_zoom],
        )


def read_settings(connection: psycopg.Connection) -> dict[str, object]:
    """All settings of the city by key."""
    return dict(connection.execute("SELECT key, value FROM setting ORDER BY key").fetchall())


def write_settings(connection: psycopg.Connection, settings: Mapping[str, object]) -> None:
    """Store facts about the city; equal values stay untouched.

    Raises:
        CityDiffers: Units of a city with another code are there.
        TimeZoneInUse: Incidents are there, whose days were counted in another time zone.
    """
    present = read_settings(connection)
    _require_same_city(connection, settings, present)
    for key, value in settings.items():
        if present.get(key) != value:
            connection.execute(
                """
                INSERT INTO setting (key, value) VALUES (%s, %s)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()
                """,
                [key, Jsonb(value)],
            )
            record_setting(connection, key, present.get(key), value)


def _require_same_city(
    connection: psycopg.Connection, settings: Mapping[str, object], present: Mapping[str, object]
) -> None:
    wanted_city, city = settings.get("city"), present.get("city")
    codes = [str(each.get("code")) for each in (wanted_city, city) if isinstance(each, dict)]
    if len(set(codes)) > 1 and _has_rows(connection, "unit"):
        raise CityDiffers(*codes)
    zone = settings.get("time_zone", present.get("time_zone"))
    if zone != present.get("time_zone") and _has_rows(connection, "incident"):
        raise TimeZoneInUse(str(zone), str(present.get("time_zone")))


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    query = {"unit": "SELECT EXISTS (SELECT FROM unit)", "incident": "SELECT EXISTS (SELECT FROM incident)"}[table]
    row = connection.execute(query.encode()).fetchone()
    return bool(row and row[0])
