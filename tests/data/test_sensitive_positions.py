"""Does no way into the database, and none out of it, put a sensitive incident anywhere but at its small grid?"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import Engine

from data.bulk import BulkLoad
from data.cells import CityLocator, write_grid_cells
from data.engine import libpq_url
from data.importing.incident_export import export_incidents
from data.incident_batch import IncidentBatch
from data.named_sql import named
from data.tile_chunks import refresh_all_chunks
from geo.morton import morton_of
from tests.support.grid_world import GridWorld, build_world
from tests.support.placed_incidents import store_classes

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 5, 1, tzinfo=UTC)
DRAWING = "AAAb AAbb aabb"
COUNT = 400


@pytest.fixture
def city(engine: Engine) -> Iterator[tuple[psycopg.Connection, GridWorld, int, int]]:
    """A connection, the drawing, a plain and a sensitive class."""
    url = engine.url.render_as_string(hide_password=False)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        world = build_world(connection, DRAWING)
        write_grid_cells(connection)
        classes = store_classes(connection, ["U", "S"])
        connection.execute("UPDATE incident_class SET sensitive = true WHERE code = 'S'")
        connection.execute("INSERT INTO source (key, name_zh, name_en) VALUES ('hotline', 'h', 'h')")
        connection.execute("INSERT INTO dataset (key, name) VALUES ('d', 'd')")
        yield connection, world, classes["U"], classes["S"]


def _batch(connection: psycopg.Connection, world: GridWorld, classes: list[int]) -> IncidentBatch:
    rng = np.random.default_rng(3)
    squares = [(r, c) for r in range(world.rows) for c in range(world.columns)]
    lonlat = np.array([world.point_in(*squares[i], *rng.random(2)) for i in rng.integers(0, len(squares), COUNT)])
    lonlat[:5] = (100.0, 10.0)
    placed = CityLocator.load(connection).place(connection, lonlat)
    moments = np.datetime64("2025-03-01", "us") + rng.integers(0, 40 * 86_400, COUNT) * np.timedelta64(1_000_000, "us")
    never = np.full(COUNT, np.datetime64("NaT", "us"))
    texts = pa.array([f"t{n}" for n in range(COUNT)], pa.large_string())
    return IncidentBatch(
        key=np.column_stack((np.arange(COUNT, dtype=np.uint64), np.zeros(COUNT, np.uint64))),
        digest=np.arange(COUNT),
        reported_at=moments,
        lonlat=lonlat,
        cell_id=placed.cell_id,
        grid_id=placed.grid_id,
        stated_unit_id=np.zeros(COUNT, np.int32),
        class_id=rng.choice(np.array(classes, np.int16), COUNT),
        severity=np.ones(COUNT, np.int16),
        status=np.ones(COUNT, np.int16),
        source_id=np.ones(COUNT, np.int16),
        department_id=np.zeros(COUNT, np.int16),
        filed_at=never,
        dispatched_at=never,
        handled_at=never,
        closed_at=never,
        due_at=never,
        close_reason=np.full(COUNT, None, object),
        external_id=texts,
        text=texts,
        address=texts,
    )


def _load(city: tuple[psycopg.Connection, GridWorld, int, int]) -> IncidentBatch:
    connection, world, plain, sensitive = city
    with connection.transaction():
        batch = _batch(connection, world, [plain, sensitive])
        with BulkLoad(connection, 1, ZONE, NOW) as bulk:
            bulk.add(batch)
            bulk.finish()
    return batch


def _misplaced(connection: psycopg.Connection) -> tuple[int, int]:
    """Sensitive incidents whose code is not the one of their grid's label point, and others that have not their own."""
    row = connection.execute(
        """
        SELECT
            count(*) FILTER (WHERE sensitive AND morton IS DISTINCT FROM (
                SELECT point_code(label_point) FROM unit WHERE unit.id = grid_id
            )),
            count(*) FILTER (WHERE NOT sensitive AND morton IS DISTINCT FROM point_code(geom))
        FROM incident
        JOIN incident_class AS class ON class.id = class_id
        """
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def test_codes_in_the_database_are_those_of_geo(city) -> None:
    connection, *_ = city
    lonlat = np.random.default_rng(1).uniform((-180, -89), (180, 89), (500, 2))
    found = connection.execute(
        "SELECT point_code(ST_Point(lon, lat)) FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)",
        [lonlat[:, 0].tolist(), lonlat[:, 1].tolist()],
    ).fetchall()
    assert [row[0] for row in found] == morton_of(lonlat).tolist()


def test_bulk_loads_put_them_at_their_grid_and_mark_the_week(city) -> None:
    connection, _, _, sensitive = city
    batch = _load(city)
    assert _misplaced(connection) == (0, 0)
    weeks = {np.datetime64(row[0]) for row in connection.execute("SELECT week FROM released_due").fetchall()}
    local = (batch.reported_at[batch.class_id == sensitive] + np.timedelta64(8, "h")).astype("datetime64[D]")
    assert weeks == set((local - (local.astype(int) + 3) % 7).tolist()) or weeks == set(
        local - (local.astype(int) + 3) % 7
    )
    assert connection.execute("SELECT count(*) FROM incident WHERE morton IS NULL AND geom IS NOT NULL").fetchone() == (
        int((batch.class_id[:5] == sensitive).sum()),
    )
    assert connection.execute(named("rollup_differences")).fetchone() == (0,)


def test_reports_put_them_at_their_grid(city) -> None:
    connection, world, plain, sensitive = city
    lonlat = np.array([world.point_in(0, 0, 0.1, 0.1)])
    grid = world.ids["0,0"]
    (lon, lat), code = world.point_in(0, 0, 0.1, 0.1), int(morton_of(lonlat)[0])
    common = {"reported_at": "2025-05-01T00:00:00Z", "cell_id": grid, "grid_id": grid, "severity": 1, "source_id": 1}
    placed = {"dataset_id": 1, "morton": code, "lon": lon, "lat": lat}
    reports = [common | placed | {"id": number, "class_id": number} for number in (plain, sensitive)]
    connection.execute("SELECT ensure_incident_partition(%s)", [NOW])
    connection.execute(named("intake_store"), {"reports": json.dumps(reports)})
    assert connection.execute("SELECT count(*) FROM incident").fetchone() == (2,)
    assert _misplaced(connection) == (0, 0)


def test_a_class_that_changes_takes_its_incidents_along(city) -> None:
    connection, *_ = city
    _load(city)
    connection.execute("UPDATE incident_class SET sensitive = NOT sensitive")
    assert _misplaced(connection) == (0, 0)
    refresh_all_chunks(connection)
    held = dict(connection.execute("SELECT sensitive, sum(n) FROM incident_chunk GROUP BY 1").fetchall())
    counted = connection.execute(
        """
        SELECT sensitive, count(*) FROM incident JOIN incident_class AS class ON class.id = class_id
        WHERE morton IS NOT NULL GROUP BY 1
        """
    ).fetchall()
    assert held == dict(counted)


def test_packs_hold_them_apart(city) -> None:
    connection, _, plain, sensitive = city
    _load(city)
    refresh_all_chunks(connection)
    rows = connection.execute("SELECT sensitive, class_ids FROM incident_chunk WHERE n > 0").fetchall()
    held: dict[bool, set[int]] = {True: set(), False: set()}
    for is_sensitive, class_ids in rows:
        held[is_sensitive] |= set(np.frombuffer(class_ids, ">u2").tolist())
    assert held == {True: {sensitive}, False: {plain}}


@pytest.mark.parametrize("kind", ["csv", "geojson", "parquet"])
def test_files_of_the_command_line_hold_no_exact_place(city, engine: Engine, tmp_path: Path, kind: str) -> None:
    connection, *_ = city
    _load(city)
    labels = set(connection.execute("SELECT ST_X(label_point), ST_Y(label_point) FROM unit").fetchall())
    target = tmp_path / f"out.{kind}"
    assert export_incidents(engine, target) == COUNT
    if kind != "csv":
        assert target.stat().st_size > 1_000
        return
    with target.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["class"] == "S"]
    assert rows
    assert {(float(row["lon"]), float(row["lat"])) for row in rows if row["lon"]} <= labels
    assert {row["address"] for row in rows} == {""}
