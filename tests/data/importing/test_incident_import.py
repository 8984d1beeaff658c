"""Do incidents of every kind of file get in, once, or not at all?"""

import asyncio
import csv
import json
import threading
from pathlib import Path

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
from data.engine import AsyncDatabase, libpq_url
from data.importing import incident_import
from data.importing.errors import ColumnMissing, ImportStopped, MappingInvalid, NoUnits
from data.importing.mapping_file import mapping_from
from data.importing.marked_yaml import parse_yaml
from data.importing.report import Outcome
from tests.support.incident_files import (
    HERE,
    NOW,
    catalogued_city,
    issue_reasons,
    load,
    query,
    row_of,
    write_csv,
)


@pytest.fixture
def city(engine: Engine) -> Engine:
    return catalogued_city(engine)


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
