"""How does geopandas bring an incident file into PostGIS: located, keyed once, indexed and rolled up as ours is?"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pandas as pd
import psycopg
from pandas.io.sql import SQLTable
from sqlalchemy import Connection, Engine, text

from data.engine import engine_for
from geo.status import OPEN_STATUSES, CaseStatus

_INDEXES = (
    "CREATE UNIQUE INDEX ON incident_peer (id, reported_at)",
    "CREATE UNIQUE INDEX ON incident_peer (external_id)",
    "CREATE INDEX ON incident_peer (reported_at, id)",
    "CREATE INDEX ON incident_peer (unit_id, reported_at) INCLUDE (class_id, status, breached)",
    "CREATE INDEX ON incident_peer (due_at) WHERE NOT breached AND status IN (1, 2, 3, 4, 10, 11)",
    "ALTER TABLE rollup_peer ADD PRIMARY KEY (class_id, day, unit_id)",
    "CREATE INDEX ON rollup_peer (unit_id, day, class_id)",
    "ANALYZE incident_peer, rollup_peer",
)
_MEASURES = ["n", "n_open", "n_overdue", "n_closed", "n_on_time", "n_late"]


def import_with_geopandas(path: Path, url: str, zone: str) -> None:
    """The whole job in the library's own ways, into tables of its own.

    The points get the GiST index that `to_postgis` makes; the other indexes are those that ours keeps. A unit is
    found by a spatial join with the small grids, the units above it by the tree.

    Args:
        path: Parquet file of incidents.
        url: Database with the city's units and the catalog.
        zone: Decides the city-local day.
    """
    engine = engine_for(url)
    frame = _located(path, engine)
    frame.to_postgis("incident_peer", engine, index=False)
    _rollup(frame, engine, zone).to_sql("rollup_peer", engine, index=False, method=_copy, chunksize=100_000)
    with engine.begin() as connection:
        for statement in _INDEXES:
            connection.execute(text(statement))
    engine.dispose()


def require_whole(url: str, rows: int) -> None:
    """Fail unless the peer stored every row once and its figures add up to them."""
    engine = engine_for(url)
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT count(*) FROM incident_peer")).scalar_one()
        counted = connection.execute(
            text(
                "SELECT sum(n) FROM rollup_peer JOIN unit ON unit.id = unit_id WHERE parent_id IS NULL AND class_id = 0"
            )
        ).scalar_one()
        located = connection.execute(text("SELECT count(unit_id) FROM incident_peer")).scalar_one()
        spatial = connection.execute(
            text("SELECT count(*) FROM pg_indexes WHERE tablename = 'incident_peer' AND indexdef LIKE '%USING gist%'")
        ).scalar_one()
    engine.dispose()
    assert (stored, counted, spatial) == (rows, located, 1)


def _copy(table: SQLTable, connection: Connection, keys: list[str], rows: Iterator[tuple[object, ...]]) -> None:
    """Write rows of a frame with COPY, many times faster than the INSERT that pandas uses by itself.

    Source: pandas user guide, IO tools, "Insertion method".
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(keys)}) FROM STDIN WITH CSV".encode()) as copy:
        copy.write(buffer.getvalue())


def _located(path: Path, engine: Engine) -> geopandas.GeoDataFrame:
    """Rows once each, with ids of the catalog, their small grid, and whether they are late."""
    frame = pd.read_parquet(path).drop_duplicates("external_id")
    for column, table, key in (("class", "incident_class", "code"), ("source", "source", "key")):
        ids = pd.read_sql(f"SELECT id, {key} FROM {table}", engine).set_index(key)["id"]
        frame[f"{column}_id"] = frame.pop(column).map(ids).astype("int16")
    frame["status"] = frame["status"].map({status.name: int(status) for status in CaseStatus}).astype("int16")
    frame["breached"] = frame["status"].isin([1, 2, 3, 4, 10, 11]) & (frame["due_at"] <= frame["reported_at"].max())
    frame.insert(0, "id", range(1, len(frame) + 1))
    points = geopandas.points_from_xy(frame.pop("lon"), frame.pop("lat"), crs=4326)
    incidents = geopandas.GeoDataFrame(frame, geometry=points)
    grids = geopandas.read_postgis("SELECT id AS unit_id, geom FROM unit WHERE level_key = 'small'", engine)
    joined = incidents.sjoin(grids, how="left", predicate="intersects").drop(columns="index_right")
    # A point on a border lies in two grids: it goes to the one with the lower id.
    joined["unit_id"] = joined["unit_id"].astype("Int32")
    return joined.sort_values("unit_id").drop_duplicates("id")


def _rollup(frame: geopandas.GeoDataFrame, engine: Engine, zone: str) -> pd.DataFrame:
    """Figures by class, day and unit of every level, as rollup_day has them."""
    is_open = frame["status"].isin([int(status) for status in OPEN_STATUSES])
    facts = pd.DataFrame(
        {
            "unit_id": frame["unit_id"],
            "day": frame["reported_at"].dt.tz_convert(zone).dt.date,
            "class_id": frame["class_id"],
            "n": 1,
            "n_open": is_open,
            "n_overdue": is_open & frame["breached"] & frame["handled_at"].isna(),
            "n_closed": frame["status"] == CaseStatus.closed,
            "n_on_time": frame["handled_at"] <= frame["due_at"],
            "n_late": frame["handled_at"] > frame["due_at"],
        }
    ).dropna(subset="unit_id")
    facts[_MEASURES] = facts[_MEASURES].astype("int32")
    by_grid = facts.groupby(["unit_id", "day", "class_id"], as_index=False)[_MEASURES].sum()
    paths = pd.read_sql("SELECT id AS grid_id, path FROM unit WHERE level_key = 'small'", engine).set_index("grid_id")
    levels = pd.DataFrame(paths["path"].tolist(), index=paths.index)
    by_class = pd.read_sql("SELECT rollup_by_class FROM level ORDER BY rank", engine)["rollup_by_class"]
    parts = []
    for rank, detailed in enumerate(by_class):
        of_level = by_grid.assign(unit_id=by_grid["unit_id"].map(levels[rank]))
        parts.append(_summed(of_level.assign(class_id=0)))
        if detailed:
            parts.append(_summed(of_level))
    return pd.concat(parts, ignore_index=True)


def _summed(figures: pd.DataFrame) -> pd.DataFrame:
    return figures.groupby(["unit_id", "day", "class_id"], as_index=False)[_MEASURES].sum()
