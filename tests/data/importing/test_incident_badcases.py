"""Does every row of the bad-case files end as its `expect` says?"""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import Engine

from data.catalog_store import store_catalog
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import mapping_from, preset_mapping
from data.importing.marked_yaml import parse_yaml
from data.importing.report import ImportReport, Outcome
from tests.support.stored_units import PlainUnit, store_levels

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
REPAIRED = {"swapped", "dms", "comma_decimal", "mercator_m", "fullwidth"}
UNASSIGNED = {"zero": "zero", "empty": "missing", "nan": "not_a_number", "out_of_city": "outside_city"}
REFUSED = {
    "time:2026-02-30 10:00": "time_impossible",
    "time:": "time_empty",
    "time:昨天": "time_unreadable",
    "time:2099-01-01 00:00:00": "time_future",
}
READ_AS = {
    "time:2026/11/21 8:05": "2026-11-21 00:05:00",
    "time:20261121080500": "2026-11-21 00:05:00",
    "time:1763683200": "2025-11-21 00:00:00",
    "time:1763683200000": "2025-11-21 00:00:00",
    "time:2026-11-21T08:05:00+08:00": "2026-11-21 00:05:00",
    "time:2026年11月21日 8时5分": "2026-11-21 00:05:00",
}
MAPPING = """
columns: {external_id: id, reported_at: t, class: cat, lon: lon, lat: lat}
time: {zone: Asia/Shanghai}
"""


def import_file(engine: Engine, path: Path, **options: object) -> ImportReport:
    source = IncidentSource((path,), mapping_from(parse_yaml(MAPPING, "bad.yaml")), "bad")
    return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs="wgs84", **options)  # type: ignore[arg-type]


def store_nested_grids(engine: Engine, path: Path, keys: tuple[int, ...] = (1, 2, 5, 6)) -> None:
    """City, counties, medium and small grids of a file of nested grids."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    properties = {f["properties"]["id"]: f["properties"] for f in features}
    levels, places = [], {}
    for level in keys:
        of_level = [f for f in features if f["properties"]["level"] == level]
        places |= {f["properties"]["id"]: n for n, f in enumerate(of_level)}
        units = [_unit(f, properties, places, keys) for f in of_level]
        levels.append((f"level{level}", units))
    with engine.begin() as connection:
        store_catalog(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        store_levels(raw, levels)


def _unit(
    feature: dict[str, dict[str, object]],
    properties: dict[int, dict[str, int]],
    places: dict[int, int],
    keys: tuple[int, ...],
) -> PlainUnit:
    own = feature["properties"]
    parent = properties.get(int(str(own["parent_id"])))
    while parent is not None and parent["level"] not in keys:
        parent = properties.get(parent["parent_id"])
    place = places[parent["id"]] if parent else None
    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    return PlainUnit(str(own["code"]), str(own["name"]), place, shape)


@pytest.fixture
def bad_rows(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "badcases" / "incidents_bad_2100.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def city(engine: Engine, shared_data: Path) -> Engine:
    store_nested_grids(engine, shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    return engine


class Stored(NamedTuple):
    """What the database holds of an incident."""

    utc: str
    cell: int
    lon: float | None
    lat: float | None


def stored(engine: Engine) -> dict[str, Stored]:
    """Incidents by external id."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT external_id, to_char(reported_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), cell_id,"
            " ST_X(geom), ST_Y(geom) FROM incident"
        ).all()
    return {row[0]: Stored(*row[1:]) for row in rows}


def city_outline(engine: Engine) -> shapely.Geometry:
    """All small grids in one."""
    with engine.connect() as connection:
        return shapely.from_wkb(
            connection.exec_driver_sql("SELECT ST_AsBinary(ST_Union(geom)) FROM unit WHERE id > 40000000").scalar()
        )


def assert_placed(incident: Stored, city: shapely.Geometry) -> None:
    """In a unit exactly if the city's outline holds the point; the file's points stray from it by 750 m at most."""
    point = shapely.Point(incident.lon, incident.lat)
    assert shapely.distance(city, point) < 0.0075
    assert (incident.cell > 0) == bool(shapely.covers(city, point))


def test_every_bad_row_ends_as_expected(city: Engine, shared_data: Path, bad_rows: list[dict[str, str]]) -> None:
    report = import_file(city, shared_data / "badcases" / "incidents_bad_2100.csv")
    found, outline = stored(city), city_outline(city)
    issues = {(issue.line, issue.outcome): issue for issue in report.issues.rows()}
    seen: Counter[str] = Counter()
    for line, row in enumerate(bad_rows, start=2):
        expect = row["expect"]
        seen[expect] += 1
        if expect in REPAIRED:
            assert issues[line, Outcome.REPAIRED].reason == expect
            assert_placed(found[row["id"]], outline)
        elif expect in UNASSIGNED:
            issue = issues[line, Outcome.UNASSIGNED]
            assert (issue.field, issue.reason) == ("coordinates", UNASSIGNED[expect])
            assert found[row["id"]].cell == 0
            assert (found[row["id"]].lon is not None) == (expect == "out_of_city")
        elif expect in REFUSED:
            issue = issues[line, Outcome.REJECTED]
            assert (issue.field, issue.reason, issue.value) == ("reported_at", REFUSED[expect], row["t"])
            assert row["id"] not in found
        elif expect in READ_AS:
            assert found[row["id"]].utc == READ_AS[expect]
            assert_placed(found[row["id"]], outline)
        elif expect == "dup_id_conflict":
            assert issues[line, Outcome.CONFLICT].value == row["id"]
        elif expect == "dup_id_same":
            assert not [key for key in issues if key[0] == line]
            assert row["id"] in found
        else:
            assert expect == "ok"
            assert found[row["id"]].utc == row["t"][:19]
            assert_placed(found[row["id"]], outline)
    assert sum(seen.values()) == 2100
    assert len(seen) == 22


def test_counts_add_up_and_the_first_of_a_conflict_stays(
    city: Engine, shared_data: Path, bad_rows: list[dict[str, str]]
) -> None:
    report = import_file(city, shared_data / "badcases" / "incidents_bad_2100.csv")
    assert (report.read, report.duplicate, report.conflict, report.rejected) == (2100, 50, 50, 20)
    assert report.accepted == 2100 - 50 - 50 - 20
    strays = 23  # points that the file calls fine and that lie up to 750 m outside the outline
    assert report.unassigned == {"outside_city": 50 + strays, "missing": 50, "not_a_number": 50, "zero": 50}
    assert {kind: report.repaired[kind] for kind in REPAIRED} == dict.fromkeys(REPAIRED, 50)
    assert report.new_classes
    with city.connect() as connection:
        names = {
            row[0] for row in connection.exec_driver_sql("SELECT name_zh FROM incident_class WHERE group_key = 'local'")
        }
    assert names == {row["cat"] for row in bad_rows if row["expect"] != "dup_id_conflict"}


def test_importing_twice_changes_nothing(city: Engine, shared_data: Path) -> None:
    path = shared_data / "badcases" / "incidents_bad_2100.csv"
    first = import_file(city, path)
    before = stored(city)
    second = import_file(city, path)
    assert second.accepted == second.updated == 0
    assert second.duplicate == first.accepted + first.duplicate
    assert (second.conflict, second.rejected, second.new_classes) == (50, 20, ())
    assert stored(city) == before
    with city.connect() as connection:
        assert connection.exec_driver_sql(
            "SELECT sum(n) FROM rollup WHERE class_id = 0 AND subject_id = 10000001"
        ).scalar() == (first.accepted - first.unassigned_total)


def test_a_dry_run_stores_nothing(city: Engine, shared_data: Path) -> None:
    report = import_file(city, shared_data / "badcases" / "incidents_bad_2100.csv", dry_run=True)
    assert (report.dry_run, report.accepted) == (True, 1980)
    with city.connect() as connection:
        for table in ("incident", "incident_key", "import_run", "dataset", "rollup_day", "rollup_delta"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM incident_class WHERE group_key = 'local'").scalar() == 0


@pytest.mark.parametrize(
    ("name", "read", "closed_before", "without_place"),
    [
        ("nyc311_badrows_100.csv", 100, 5, 0),
        ("nyc311_flood_1091.csv", 1091, 0, None),
        ("nyc311_2023_sample5000.csv", 4999, 2, 87),
    ],
)
def test_new_york_extracts(
    engine: Engine, shared_data: Path, name: str, read: int, closed_before: int, without_place: int | None
) -> None:
    boroughs = json.loads((shared_data / "nyc" / "boroughs.geojson").read_text(encoding="utf-8"))["features"]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in boroughs]
    city = PlainUnit("nyc", "New York", None, shapely.union_all(shapes))
    parts = [
        PlainUnit(str(feature["properties"]["BoroCode"]), feature["properties"]["BoroName"], 0, shape)
        for feature, shape in zip(boroughs, shapes, strict=True)
    ]
    with engine.begin() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        store_catalog(connection)
        store_levels(raw, [("city", [city]), ("borough", parts)])
    source = IncidentSource((shared_data / "nyc" / name,), preset_mapping("nyc311"), "nyc311")
    report = import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7))
    assert report.read == report.accepted == read
    assert report.datum[0] == "wgs84"
    assert report.repaired.get("closed_at_before_report", 0) == closed_before
    lines = [issue.line for issue in report.issues.rows() if issue.reason == "before_report"]
    assert len(lines) == closed_before
    assert report.absent_columns == ()
    if without_place is not None:
        assert report.unassigned == ({"missing": without_place} if without_place else {})
