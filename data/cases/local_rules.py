"""Which rules and which work calendar are in force in this city, as the database has them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from data.cases.rule_file import FILE, read_rule_file, rules_of
from data.cases.rules import CaseRules
from data.engine import AsyncRows
from data.models.case import CaseRuleRow
from data.reads.rows import fetch_all
from geo.deadlines.work_calendar import WorkCalendar

_RULES = "SELECT key, value FROM case_rule"
_DAYS = "SELECT day, kind FROM work_calendar_day"
_YEARS = "SELECT year, city_time_zone() AS zone FROM work_calendar_year UNION ALL SELECT NULL, city_time_zone()"


@dataclass(frozen=True, slots=True)
class CityRules:
    """Rules of the flow with the calendar in which their limits are counted."""

    flow: CaseRules
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class _Rule:
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    kind: str


@dataclass(frozen=True, slots=True)
class _Year:
    year: int | None
    zone: str


def store_rules(connection: Connection) -> None:
    """Bring the rules in the database to what the file says.

    Raises:
        RulesInvalid: The file cannot be used.
    """
    values = read_rule_file(FILE)
    connection.execute(delete(CaseRuleRow).where(CaseRuleRow.key.not_in(values)))
    statement = insert(CaseRuleRow).values([{"key": key, "value": value} for key, value in values.items()])
    change = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    connection.execute(change)


async def read_city_rules(conn: AsyncRows) -> CityRules:
    """Rules and calendar as they are in this snapshot; what the database does not have is as shipped."""
    return _city_rules(
        await fetch_all(conn, _Rule, _RULES), await fetch_all(conn, _Day, _DAYS), await fetch_all(conn, _Year, _YEARS)
    )


def load_city_rules(connection: psycopg.Connection) -> CityRules:
    """The same for jobs."""
    return _city_rules(
        [_Rule(*row) for row in connection.execute(_RULES).fetchall()],
        [_Day(*row) for row in connection.execute(_DAYS).fetchall()],
        [_Year(*row) for row in connection.execute(_YEARS).fetchall()],
    )


def _city_rules(stored: Sequence[_Rule], days: Sequence[_Day], years: Sequence[_Year]) -> CityRules:
    rules = rules_of({row.key: row.value for row in stored})
    calendar = WorkCalendar(
        ZoneInfo(years[-1].zone),
        rules.windows,
        rules.weekdays,
        frozenset(day.day for day in days if day.kind == "off"),
        frozenset(day.day for day in days if day.kind == "on"),
        frozenset(row.year for row in years if row.year is not None),
    )
    return CityRules(rules.flow, calendar)
