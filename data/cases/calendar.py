"""Which days are holidays or make-up days, as files have them and as the database keeps them?"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from data.cases.errors import RulesInvalid
from data.models.case import WorkCalendarDay, WorkCalendarYear

FILE = Path(__file__).parents[1] / "catalog" / "work_calendar.yaml"
KINDS = ("off", "on")
_REMEDY = "Give columns day (YYYY-MM-DD), kind (off or on) and name, all of one year."


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is otherwise than its weekday says; `kind` is off or on."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The holidays and make-up days of a year; `complete` once all of them are known."""

    year: int
    days: tuple[CalendarDay, ...]
    source: str
    complete: bool = True


def read_shipped(path: Path = FILE) -> tuple[CalendarYear, ...]:
    """The years of the shipped table.

    Raises:
        RulesInvalid: The file cannot be read, or a day is of another year or stands twice.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["years"]
        return tuple(_year(entry, path.name) for entry in entries)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise RulesInvalid(path.name, f"The table cannot be read ({error}).", "Restore the file.") from error


def read_csv(path: Path) -> CalendarYear:
    """A year from a CSV file with the columns day, kind and name.

    Raises:
        RulesInvalid: The file is unreadable or empty, or a line is not of that form.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            days = tuple(_line(row, f"{path.name}, line {line}") for line, row in enumerate(csv.DictReader(file), 2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesInvalid(path.name, f"The file cannot be read ({error}).", _REMEDY) from error
    if not days:
        raise RulesInvalid(path.name, "There is no day in it.", _REMEDY)
    return _checked(CalendarYear(days[0].day.year, days, path.name), path.name)


def store_shipped(connection: Connection, path: Path = FILE) -> None:
    """Store the shipped years that the database does not have in full; what a city imported stays."""
    held = set(connection.execute(select(WorkCalendarYear.year)).scalars())
    for year in read_shipped(path):
        if year.year not in held:
            store_year(connection, year)


def store_year(connection: Connection, year: CalendarYear) -> None:
    """Put the days of a year in the place of those that were there."""
    first, last = date(year.year, 1, 1), date(year.year, 12, 31)
    connection.execute(delete(WorkCalendarDay).where(WorkCalendarDay.day.between(first, last)))
    rows = [{"day": day.day, "kind": day.kind, "name": day.name} for day in year.days]
    if rows:
        connection.execute(insert(WorkCalendarDay).values(rows))
    connection.execute(delete(WorkCalendarYear).where(WorkCalendarYear.year == year.year))
    if year.complete:
        connection.execute(insert(WorkCalendarYear).values(year=year.year, source=year.source))


def changed_past(connection: Connection, year: CalendarYear) -> date | None:
    """The first day before today that the year makes another than it is; limits were counted by it. None without."""
    today = connection.execute(text("SELECT (now() AT TIME ZONE city_time_zone())::date")).scalar_one()
    first, last = date(year.year, 1, 1), date(year.year, 12, 31)
    query = select(WorkCalendarDay.day, WorkCalendarDay.kind).where(WorkCalendarDay.day.between(first, last))
    held = {(row.day, row.kind) for row in connection.execute(query)}
    changed = held ^ {(day.day, day.kind) for day in year.days}
    return min((day for day, _ in changed if day < today), default=None)


def _year(entry: Mapping[str, Any], place: str) -> CalendarYear:
    days = tuple(
        CalendarDay(day, kind, name)
        for kind in KINDS
        for name, spans in entry[f"days_{kind}"].items()
        for day in _spread(spans)
    )
    return _checked(CalendarYear(int(entry["year"]), days, str(entry["source"]), bool(entry["complete"])), place)


def _spread(spans: Iterable[str]) -> Iterator[date]:
    for span in spans:
        first, _, last = span.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            yield day
            day += timedelta(days=1)


def _line(row: Mapping[str, str | None], place: str) -> CalendarDay:
    try:
        day = CalendarDay(date.fromisoformat(row["day"] or ""), row["kind"] or "", (row.get("name") or "").strip())
    except (KeyError, ValueError) as error:
        raise RulesInvalid(place, f"There is no day ({error}).", _REMEDY) from error
    if day.kind not in KINDS:
        raise RulesInvalid(place, f"The kind {day.kind!r} is neither off nor on.", _REMEDY)
    return day


def _checked(year: CalendarYear, place: str) -> CalendarYear:
    seen: set[date] = set()
    for day in year.days:
        if day.day.year != year.year:
            raise RulesInvalid(place, f"{day.day} is not a day of {year.year}.", _REMEDY)
        if day.day in seen:
            raise RulesInvalid(place, f"{day.day} stands twice.", _REMEDY)
        seen.add(day.day)
    return year
