"""Do incidents get out again as they came in?"""

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.importing.incident_export import export_incidents
from tests.support.incident_files import ELSEWHERE, catalogued_city, load, row_of, write_csv


@pytest.fixture
def city(engine: Engine) -> Engine:
    return catalogued_city(engine)


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
