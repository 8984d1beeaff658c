"""Do incidents of every kind of file get in once, with all that they say, and out again?"""

import asyncio
import csv
import json
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from openpyxl import Workbook
from psycopg.rows import dict_row
from sqlalchemy import Engine

from data.accounts.account import Account, acting_as
from data.accounts.permissions import Role
from data.cases.action import Act
from data.cases.desk import CaseDesk
from data.cases.rebuild import Difference, compare
from data.cases.store import Command
from data.catalog_store import store_catalog
from data.cells import write_grid_cells
from data.engine import AsyncDatabase, libpq_url
from data.importing import incident_import
from data.importing.errors import ColumnMissing, DatumUnclear, ImportStopped, MappingInvalid, NoUnits, TooManyClasses
from data.importing.incident_export import export_incidents
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import mapping_from, preset_mapping
from data.importing.marked_yaml import parse_yaml
from data.importing.report import ImportReport, Outcome
from geo.datum import Datum, from_wgs84
from tests.support.grid_world import build_world

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
HEADER = ["external_id", "reported_at", "class", "status", "source", "text", "lon", "lat", "stated_unit_code"]
DRAWING = """
AABB
AABB
ccdd
"""
HERE = (115.005, 22.005)
ELSEWHERE = (115.035, 22.025)


@pytest.fixture
def city(engine: Engine) -> Engine:
    with engine.begin() as connection:
        store_catalog(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        build_world(raw, DRAWING)
        write_grid_cells(raw)
    return engine


def row_of(number: int, **changes: object) -> dict[str, object]:
    """A row that has nothing wrong; keyword arguments change single columns."""
    row = dict(
        zip(
            HEADER,
            [f"e{number}", "2026-03-01 08:05", "U-E-1-01", "closed", "walk_in", "路面积水", *HERE, ""],
            strict=True,
        )
    )
    return row | changes


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(engine: Engine, *paths: Path, crs: str = "wgs84", **options: Any) -> ImportReport:
    source = IncidentSource(paths, options.pop("mapping", preset_mapping("plain")), options.pop("dataset", "d"))
    return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs=crs, **options)


def query(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(statement).all())


def issue_reasons(report: ImportReport, outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(issue.line, issue.field, issue.reason) for issue in report.issues.rows([outcome])]


STANDING = "status, breached, department_id, reported_at, filed_at, dispatched_at, handled_at, closed_at, due_at"


def act_on(engine: Engine, case: int) -> None:
    """File the case and give it to the department for water."""
    with engine.begin() as connection:
        account_id = connection.exec_driver_sql(
            "INSERT INTO account (name, password_hash, role, created_at)"
            f" VALUES ('operator {case}', '$argon2id$x', 'operator', now()) RETURNING id"
        ).scalar_one()
        department = connection.exec_driver_sql("SELECT id FROM department WHERE key = 'water'").scalar_one()
    account = Account(account_id, f"operator {case}", Role.OPERATOR)

    async def act() -> None:
        database = AsyncDatabase(engine.url.render_as_string(hide_password=False), min_size=1, max_size=1)
        await database.open()
        desk = CaseDesk(database, lambda: NOW)
        with acting_as(account):
            await desk.act(Command(case, Act.FILE, {}, 1), account)
            await desk.act(Command(case, Act.DISPATCH, {"department": department}, 2), account)
        await database.close()

    asyncio.run(act())


def standing_of(engine: Engine, case: int) -> dict[str, object]:
    """State and times of a case as a file says them."""
    [row] = query(engine, f"SELECT filed_at, dispatched_at, due_at FROM incident WHERE id = {case}")
    return {name: moment.isoformat() for name, moment in zip(("filed_at", "dispatched_at", "due_at"), row, strict=True)}


def differences(engine: Engine) -> tuple[int, tuple[Difference, ...]]:
    """How many cases have a log, and where their rows say something else."""

    async def compared() -> tuple[int, tuple[Difference, ...]]:
        url = libpq_url(engine.url.render_as_string(hide_password=False))
        async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as conn:
            return await compare(conn, NOW)

    return asyncio.run(compared())


def as_excel(path: Path, rows: list[dict[str, object]]) -> Path:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(path)
    return path


def as_geojson(path: Path, rows: list[dict[str, object]]) -> Path:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            "properties": {name: value for name, value in row.items() if name not in ("lon", "lat")},
        }
        for row in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def as_parquet(path: Path, rows: list[dict[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def as_geoparquet(path: Path, rows: list[dict[str, object]]) -> Path:
    points = [shapely.to_wkb(shapely.Point(row["lon"], row["lat"])) for row in rows]
    plain = [{name: value for name, value in row.items() if name not in ("lon", "lat")} for row in rows]
    pq.write_table(pa.Table.from_pylist(plain).append_column("geometry", pa.array(points, pa.binary())), path)
    return path


def test_all_kinds_of_file_hold_the_same_incidents(city: Engine, tmp_path: Path) -> None:
    rows = [row_of(n, lon=HERE[0] + 0.01 * (n % 3)) for n in range(40)]
    first = load(city, write_csv(tmp_path / "a.csv", rows))
    assert (first.read, first.accepted, first.unassigned_total) == (40, 40, 0)
    others = {"b.xlsx": as_excel, "c.geojson": as_geojson, "d.parquet": as_parquet, "e.geoparquet": as_geoparquet}
    for name, write in others.items():
        again = load(city, write(tmp_path / name, rows))
        assert (again.read, again.duplicate, again.accepted, again.conflict) == (40, 40, 0, 0), name


def test_a_changed_row_is_a_conflict_and_update_replaces_it(city: Engine, tmp_path: Path) -> None:
    load(city, write_csv(tmp_path / "a.csv", [row_of(1, status="handling"), row_of(2)]))
    newer = write_csv(tmp_path / "b.csv", [row_of(1, status="closed"), row_of(2), row_of(3)])
    plain = load(city, newer)
    assert (plain.accepted, plain.duplicate, plain.conflict, plain.updated) == (1, 1, 1, 0)
    assert issue_reasons(plain, Outcome.CONFLICT) == [(2, "external_id", "changed_content")]
    assert query(city, "SELECT status FROM incident WHERE external_id = 'e1'") == [(4,)]
    replaced = load(city, newer, update=True)
    assert (replaced.accepted, replaced.updated, replaced.duplicate, replaced.conflict) == (0, 1, 2, 0)
    assert query(city, "SELECT status FROM incident WHERE external_id = 'e1'") == [(6,)]
    figures = query(city, "SELECT sum(n), sum(n_closed) FROM rollup WHERE class_id = 0 AND subject_id = 10000001")
    assert figures == [(3, 3)]


def test_update_leaves_state_and_times_of_a_case_to_its_log(city: Engine, tmp_path: Path) -> None:
    load(city, write_csv(tmp_path / "a.csv", [row_of(n, status="reported", text="原文") for n in (1, 2, 3)]))
    ids = dict(query(city, "SELECT external_id, id FROM incident"))
    for name in ("e1", "e2"):
        act_on(city, ids[name])
    before = query(city, f"SELECT {STANDING} FROM incident ORDER BY id")
    newer = [row_of(n, status="closed", reported_at="2026-03-02 09:00", text="新文") for n in (1, 3)]
    # The second one says what its log says, so there is nothing to report.
    newer.append(row_of(2, status="dispatched", department="water", text="新文") | standing_of(city, ids["e2"]))
    path = write_csv(
        tmp_path / "b.csv",
        [{"department": "", "filed_at": "", "dispatched_at": "", "due_at": "", **row} for row in newer],
    )
    report = load(city, path, update=True)
    assert (report.updated, report.kept) == (3, 1)
    assert issue_reasons(report, Outcome.KEPT) == [(2, "status", "kept_by_log")]
    assert query(city, f"SELECT {STANDING} FROM incident ORDER BY id")[:2] == before[:2]
    assert query(city, "SELECT text FROM incident") == [("新文",)] * 3
    assert query(city, "SELECT status FROM incident WHERE external_id = 'e3'") == [(6,)]
    assert differences(city) == (2, ())
    assert query(city, "SELECT count(*) FROM incident JOIN incident_key ON incident_id = id")[0] == (3,)
    assert load(city, path, update=True).duplicate == 3


def test_rows_without_an_id_are_known_by_their_content(city: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row_of(1, external_id="", text=text) for text in ("a", "b", "a")])
    assert load(city, path).duplicate == 1
    assert load(city, path).duplicate == 3


def test_the_same_id_in_another_data_set_is_another_incident(city: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row_of(1)])
    assert load(city, path, dataset="one").accepted == load(city, path, dataset="two").accepted == 1


def test_unmapped_classes_count_down_from_99_and_stay_the_same(city: Engine, tmp_path: Path) -> None:
    values = [f"种类{n}" for n in range(101)]
    load(city, write_csv(tmp_path / "a.csv", [row_of(n, **{"class": value}) for n, value in enumerate(values)]))
    report = load(
        city, write_csv(tmp_path / "b.csv", [row_of(200, **{"class": values[50]}), row_of(201, **{"class": "新"})])
    )
    assert report.new_classes == ("U-E-L2-97",)
    found = dict(query(city, "SELECT name_zh, code FROM incident_class WHERE group_key = 'local'"))
    assert (found["种类0"], found["种类1"], found["种类98"], found["种类99"]) == (
        "U-E-L-99",
        "U-E-L-98",
        "U-E-L-01",
        "U-E-L2-99",
    )
    known = query(
        city, "SELECT c.name_zh FROM incident i JOIN incident_class c ON c.id = i.class_id WHERE external_id = 'e200'"
    )
    assert known == [("种类50",)]


def test_a_class_by_its_name_in_the_catalog(city: Engine, tmp_path: Path) -> None:
    report = load(city, write_csv(tmp_path / "a.csv", [row_of(1, **{"class": "电梯故障"})]))
    assert report.new_classes == ()
    found = query(city, "SELECT c.code, i.severity FROM incident i JOIN incident_class c ON c.id = i.class_id")
    assert found == query(city, "SELECT code, severity FROM incident_class WHERE name_zh = '电梯故障'")


def test_free_text_is_no_class(city: Engine, tmp_path: Path) -> None:
    rows = [row_of(n, **{"class": f"text {n}"}) for n in range(1_001)]
    with pytest.raises(TooManyClasses):
        load(city, write_csv(tmp_path / "a.csv", rows))
    assert query(city, "SELECT count(*) FROM incident_class WHERE group_key = 'local'") == [(0,)]


def test_stated_and_located_units_are_both_kept(city: Engine, tmp_path: Path) -> None:
    rows = [
        row_of(1, stated_unit_code="2,0"),
        row_of(2, stated_unit_code="0,3"),
        row_of(3, stated_unit_code="d", lon="", lat=""),
        row_of(4, stated_unit_code="nowhere"),
    ]
    report = load(city, write_csv(tmp_path / "a.csv", rows))
    assert report.stated == {"agrees": 1, "differs": 1, "not_located": 1}
    assert issue_reasons(report, Outcome.NOTED) == [(5, "unit", "unknown_unit"), (3, "stated_unit", "unit_differs")]
    units = query(
        city,
        "SELECT g.code, s.code FROM incident"
        " LEFT JOIN unit g ON g.id = grid_id LEFT JOIN unit s ON s.id = stated_unit_id"
        " ORDER BY external_id",
    )
    assert units == [("2,0", "2,0"), ("2,0", "0,3"), (None, "d"), ("2,0", None)]


def test_times_that_cannot_stand_are_left_out_and_named(city: Engine, tmp_path: Path) -> None:
    rows = [
        row_of(1, closed_at="2026-02-01 08:00"),
        row_of(2, closed_at="2026-03-02 08:00", status="handling"),
        row_of(3, closed_at="soon"),
        row_of(4, closed_at="2026-03-02 08:00"),
    ]
    report = load(city, write_csv(tmp_path / "a.csv", rows))
    assert report.repaired == {"closed_at_before_report": 1, "closed_at_time_left_out": 1, "open_with_closed_at": 1}
    assert sorted(issue_reasons(report, Outcome.REPAIRED)) == [
        (2, "closed_at", "before_report"),
        (3, "closed_at", "open_with_closed_at"),
        (4, "closed_at", "time_left_out"),
    ]
    assert query(city, "SELECT status, closed_at IS NULL FROM incident ORDER BY external_id") == [
        (6, True),
        (4, True),
        (6, True),
        (6, False),
    ]


def test_unknown_values_are_reported_or_made(city: Engine, tmp_path: Path) -> None:
    report = load(
        city, write_csv(tmp_path / "a.csv", [row_of(1, status="???", source="心愿墙", department="Parks & Trees")])
    )
    assert report.noted == {"unknown_status": 1}
    assert report.new_departments == ("parks_trees",)
    assert len(report.new_sources) == 1
    assert query(city, "SELECT name_zh FROM source WHERE id = (SELECT source_id FROM incident)") == [("心愿墙",)]


def test_ragged_rows_are_rejected_with_their_line(city: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row_of(1, text='two\nlines, "quoted"'), row_of(2)])
    with path.open("a", encoding="utf-8") as file:
        file.write("e3,2026-03-01\n")
    report = load(city, path)
    assert (report.read, report.accepted, report.rejected) == (3, 2, 1)
    assert issue_reasons(report, Outcome.REJECTED) == [(5, "row", "ragged")]
    assert query(city, "SELECT text FROM incident WHERE external_id = 'e1'") == [('two\nlines, "quoted"',)]


def scattered(n: int, datum: Datum, code: bool) -> list[dict[str, object]]:
    rng = np.random.default_rng(3)
    places = rng.integers((0, 0), (3, 4), (n, 2))
    inside = rng.uniform(0.05, 0.95, (n, 2))
    lonlat = np.column_stack([115 + (places[:, 1] + inside[:, 0]) / 100, 22 + (2 - places[:, 0] + inside[:, 1]) / 100])
    written = from_wgs84(lonlat, datum)
    codes = [f"{row},{column}" if code else "" for row, column in places]
    return [row_of(i, lon=xy[0], lat=xy[1], stated_unit_code=codes[i]) for i, xy in enumerate(written.tolist())]


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09, Datum.SWAPPED, Datum.MERCATOR])
def test_the_datum_is_told_by_stated_units(city: Engine, tmp_path: Path, datum: Datum) -> None:
    report = load(city, write_csv(tmp_path / "a.csv", scattered(300, datum, code=True)), crs="auto")
    assert report.datum[0] == datum
    assert report.stated["agrees"] == 300


def test_an_unclear_datum_asks_with_figures(city: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", scattered(12, Datum.WGS84, code=False))
    with pytest.raises(DatumUnclear, match=r"12 of 12 points .*--crs"):
        load(city, path, crs="auto")
    assert query(city, "SELECT count(*) FROM dataset") == [(0,)]


def test_projected_columns_fill_in(city: Engine, tmp_path: Path) -> None:
    mapping = mapping_from(parse_yaml("preset: plain\nprojected: {x: px, y: py, crs: 'EPSG:3857'}", "m.yaml"))
    x, y = from_wgs84(np.array([HERE]), Datum.MERCATOR)[0]
    report = load(city, write_csv(tmp_path / "a.csv", [row_of(1, lon="", lat="", px=x, py=y)]), mapping=mapping)
    assert (report.repaired, report.unassigned_total) == ({"from_projected": 1}, 0)


def test_a_killed_import_leaves_nothing_and_can_be_repeated(
    city: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "a.csv", [row_of(n) for n in range(50)])

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(incident_import._ImportRun, "record", fail)
        with pytest.raises(KeyboardInterrupt):
            load(city, path)
    for table in ("incident", "incident_key", "import_run", "rollup_day", "rollup_delta", "dataset"):
        assert query(city, f"SELECT count(*) FROM {table}") == [(0,)]
    assert load(city, path).accepted == 50
    assert query(city, "SELECT count(*) FROM pg_class WHERE starts_with(relname, 'incident_staged')") == [(0,)]
    assert not [thread for thread in threading.enumerate() if thread.name == "import-reader"]


def test_the_run_and_its_report_are_kept(city: Engine, tmp_path: Path) -> None:
    report = load(city, write_csv(tmp_path / "a.csv", [row_of(1), row_of(2, reported_at="昨天")]))
    run = query(city, "SELECT kind, file_name, file_sha256, finished_at IS NOT NULL, report FROM import_run")
    assert run[0][:4] == ("incidents", "a.csv", report.files[0][1], True)
    assert run[0][4]["rejected_by"] == {"time_unreadable": 1}
    assert json.loads(report.to_json())["accepted"] == 1
    assert "1 accepted" in report.to_text()
    assert report.write_rows(tmp_path / "rows.csv") == 1
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert (written[0]["line"], written[0]["field"], written[0]["value"]) == ("3", "reported_at", "昨天")


def test_what_stops_an_import(engine: Engine, city: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"id": "1", "when": "2026-03-01"}])
    with pytest.raises(ColumnMissing, match="reported_at"):
        load(city, path)
    wrong = mapping_from(parse_yaml("preset: plain\nclasses: {map: {a: X-1}}", "m.yaml"))
    with pytest.raises(MappingInvalid, match="X-1"):
        load(city, path, mapping=wrong)
    with pytest.raises(ImportStopped, match="no such file"):
        load(city, tmp_path / "absent.csv")


def test_a_city_without_units_takes_no_incidents(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(NoUnits):
        load(engine, write_csv(tmp_path / "a.csv", [row_of(1)]))


@pytest.fixture
def filled(city: Engine, tmp_path: Path) -> Engine:
    rows = [
        row_of(n, text=text, reported_at=f"2026-03-0{n} 00:30")
        for n, text in enumerate(["=1+1", "-2", "路灯"], start=1)
    ]
    rows += [row_of(4, lon=ELSEWHERE[0], lat=ELSEWHERE[1]), row_of(5, lon="", lat="")]
    assert load(city, write_csv(tmp_path / "in.csv", rows)).accepted == 5
    return city


def test_an_export_can_be_imported_again(filled: Engine, tmp_path: Path) -> None:
    for name in ("out.geojson", "out.parquet"):
        assert export_incidents(filled, tmp_path / name) == 5
        report = load(filled, tmp_path / name)
        assert (report.read, report.duplicate) == (5, 5), name


def test_an_exported_csv_holds_no_formula(filled: Engine, tmp_path: Path) -> None:
    assert export_incidents(filled, tmp_path / "out.csv") == 5
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert sorted(texts) == ["'-2", "'=1+1", "路灯", "路面积水", "路面积水"]


def test_an_export_by_unit_and_period(filled: Engine, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert export_incidents(filled, target, unit="L") == 3
    assert export_incidents(filled, target, unit="X") == 5
    assert export_incidents(filled, target, unit="B") == 1
    assert export_incidents(filled, target, first_day=date(2026, 3, 2), last_day=date(2026, 3, 2)) == 1
