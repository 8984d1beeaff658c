"""Do the documents say what the table says, and do the shipped files hold what the code takes them for?"""

from datetime import date
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection, Engine, text

from data.cases.calendar import CalendarYear, changed_past, read_csv, read_shipped, store_shipped, store_year
from data.cases.class_limits import handling_limit, limit_rows
from data.cases.errors import RulesInvalid
from data.cases.flow_table import flow_table
from data.cases.local_rules import store_rules
from data.cases.rule_file import LocalRules, read_rule_file, rules_of
from geo.deadlines.clock import Clock, TimeLimit

ROOT = Path(__file__).parents[3]


@pytest.fixture
def connection(engine: Engine):
    with engine.begin() as connection:
        yield connection


def test_the_document_shows_the_table() -> None:
    assert flow_table() in (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")


def test_the_shipped_rules_are_the_defaults() -> None:
    assert rules_of(read_rule_file()) == LocalRules()


@pytest.mark.parametrize(
    "values",
    [{"stages": {"no_stage": {"limit": 1, "clock": "work_day"}}}, {"stages": {"closing": {"limit": 1, "clock": "x"}}},
     {"extensions": -1}, {"extensions": True}, {"windows": ["8"]}, {"approaching_share": 2}, {"colour": 1},
     {"ladder": [{"to": "x"}]}, {"whistle_clock": "x"}],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_is_named(values: dict[str, object]) -> None:
    with pytest.raises(RulesInvalid) as caught:
        rules_of(values)
    assert caught.value.place == next(iter(values))


def test_every_class_has_limits_that_can_be_read() -> None:
    classes = yaml.safe_load((ROOT / "data" / "catalog" / "classes.yaml").read_text(encoding="utf-8"))["classes"]
    assert len(classes) > 50
    for entry in classes:
        assert limit_rows(entry["limits"]), entry["code"]


def test_the_row_with_most_conditions_holds() -> None:
    limits = [
        {"when": "default", "limit": 4, "unit": "work_hour"},
        {"when": "major", "limit": 2, "unit": "urgent_hour"},
        {"when": {"severity": [3], "source": ["hotline"]}, "limit": 1, "unit": "urgent_hour"},
    ]
    assert handling_limit(limits, {"severity": "1"}) == TimeLimit(4, Clock.WORK_HOUR)
    assert handling_limit(limits, {"severity": "3"}) == TimeLimit(2, Clock.URGENT_HOUR)
    assert handling_limit(limits, {"severity": "3", "source": "hotline"}) == TimeLimit(1, Clock.URGENT_HOUR)
    assert handling_limit([], {"severity": "1"}) is None


def test_the_shipped_calendar_swaps_whole_days() -> None:
    """Make-up days give weekends for days off: what is off on weekdays beyond them are the holidays by regulation."""
    years = {year.year: year for year in read_shipped()}
    assert [year for year, entry in years.items() if entry.complete] == [2025, 2026]
    for year in (2025, 2026):
        off = [day.day for day in years[year].days if day.kind == "off"]
        on = [day.day for day in years[year].days if day.kind == "on"]
        assert all(day.weekday() >= 5 for day in on)
        # 13 days a year by the regulation; where two fall together there is one less.
        assert sum(day.weekday() < 5 for day in off) - len(on) in (12, 13)
    assert date(2026, 2, 14) in {day.day for day in years[2026].days if day.kind == "on"}


def test_a_year_is_replaced_whole_and_stays(connection: Connection, tmp_path: Path) -> None:
    store_shipped(connection)
    file = tmp_path / "2027.csv"
    file.write_text("day,kind,name\n2027-01-01,off,元旦\n2027-01-02,on,调休\n", encoding="utf-8-sig")
    store_year(connection, read_csv(file))
    store_shipped(connection)
    held = connection.execute(text("SELECT day, kind FROM work_calendar_day WHERE day >= '2027-01-01' ORDER BY day"))
    assert held.all() == [(date(2027, 1, 1), "off"), (date(2027, 1, 2), "on")]
    years = connection.execute(text("SELECT year FROM work_calendar_year ORDER BY year")).scalars().all()
    assert years == [2025, 2026, 2027]


def test_days_that_are_over_cannot_be_changed(connection: Connection) -> None:
    store_shipped(connection)
    shipped = {year.year: year for year in read_shipped()}
    assert changed_past(connection, shipped[2025]) is None
    assert changed_past(connection, CalendarYear(2025, shipped[2025].days[1:], "x")) == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("", "x.csv"),
        ("2027-13-01,off,x", "x.csv, line 2"),
        ("2027-01-01", "x.csv, line 2"),
        ("2027-01-01,maybe,x", "x.csv, line 2"),
        ("2027-01-01,off,x\n2028-01-01,off,x", "x.csv"),
        ("2027-01-01,off,x\n2027-01-01,on,x", "x.csv"),
    ],
)
def test_a_calendar_file_that_cannot_be_used_is_refused(tmp_path: Path, lines: str, place: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(f"day,kind,name\n{lines}\n", encoding="utf-8")
    with pytest.raises(RulesInvalid) as caught:
        read_csv(file)
    assert caught.value.place == place


def test_rules_are_stored_as_the_file_has_them(connection: Connection) -> None:
    connection.execute(text("INSERT INTO case_rule VALUES ('gone', '1')"))
    for _ in range(2):
        store_rules(connection)
    held = dict(connection.execute(text("SELECT key, value FROM case_rule")).all())
    assert held == read_rule_file()
