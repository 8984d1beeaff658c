"""Which polygons do tests import as units, and into which city? Two counties of four square grids each."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping
from sqlalchemy import Engine, text

from data.engine import psycopg_connection
from data.importing.unit_import import import_units
from data.importing.unit_levels import ensure_levels, write_settings
from data.importing.unit_report import UnitReport
from data.importing.unit_source import LevelSpec, UnitFields, UnitSource

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
LEVELS = (
    LevelSpec("city", "市", "City"),
    LevelSpec("county", "县", "County"),
    LevelSpec("small", "小网格", "Small grid"),
)
WEST, SOUTH, STEP = 115.30, 22.70, 0.01
Write = Callable[..., UnitSource]


def box(column: float, row: float, width: float = 1, height: float = 1) -> shapely.Polygon:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + width * STEP, south + height * STEP, ccw=True)


COUNTIES = [("01", "城区", box(0, 0, 2, 2)), ("02", "海丰县", box(2, 0, 2, 2))]
GRIDS = [
    (f"{code}{n}", f"网格{code}{n}", box(c + n % 2, n // 2)) for code, c in (("01", 0), ("02", 2)) for n in range(4)
]


def writing_to(folder: Path) -> Write:
    """What writes units as GeoJSON into a folder and gives the source to import."""

    def source(name: str, units: list[tuple[str, str, Any]], **options: Any) -> UnitSource:
        features = [
            {"type": "Feature", "properties": {"code": code, "name": label}, "geometry": mapping(shape)}
            for code, label, shape in units
        ]
        path = folder / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
        return UnitSource(path, **{"fields": UnitFields("code", "name"), **options})

    return source


def levelled_city(engine: Engine) -> Engine:
    """A database with three levels and no units."""
    with engine.begin() as connection:
        raw = psycopg_connection(connection)
        write_settings(raw, {"city": {"code": "4415", "name": "汕尾市", "name_en": "Shanwei"}})
        ensure_levels(raw, LEVELS)
    return engine


def gridded_city(city: Engine, write: Write) -> Engine:
    """The city with 2 counties of 4 grids each."""
    load_units(city, write("county", COUNTIES), "county")
    load_units(city, write("small", GRIDS), "small")
    return city


def load_units(engine: Engine, source: UnitSource, level: str, **options: Any) -> UnitReport:
    return import_units(engine, source, level=level, now=NOW, **options)


def rows_of(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def current_ids(engine: Engine, level: str) -> dict[str, int]:
    rows = rows_of(engine, f"SELECT code, id FROM unit WHERE level_key = '{level}' AND ended_revision_id IS NULL")
    return dict(rows)


def everything(engine: Engine) -> list[Any]:
    tables = (
        "level",
        "unit",
        "cell",
        "straddle",
        "boundary_revision",
        "setting",
        "incident",
        "rollup_day",
        "rollup_delta",
    )
    return [rows_of(engine, f"SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1") for table in tables]
