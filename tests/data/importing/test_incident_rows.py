"""What becomes of a row: its class, units, times and place, and what in it cannot be used?"""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from data.importing.errors import DatumUnclear, TooManyClasses
from data.importing.mapping_file import mapping_from
from data.importing.marked_yaml import parse_yaml
from data.importing.report import Outcome
from geo.datum import Datum, from_wgs84
from tests.support.incident_files import HERE, catalogued_city, issue_reasons, load, query, row_of, write_csv


@pytest.fixture
def city(engine: Engine) -> Engine:
    return catalogued_city(engine)


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
