"""What were the figures of a day at its end, and are they kept as they were?

A day is counted as it stood at its end, however much later that is done: so a program that was switched off catches up,
and counting a kept day once more from the events gives the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.sql import SQL

from data.cases.local_rules import CityRules, read_city_rules
from data.engine import AsyncRows
from data.figures.as_of import AS_OF, read_folded
from data.figures.counting import Crowd, FigureCount, Parts, count
from data.figures.crowds import Among, Grouping, read_crowds
from data.figures.definition import definitions, digest
from data.figures.window import Window, read_window
from data.reads.rows import RowId, fetch_all

LATEST = timedelta(minutes=1)
"""After the end of a day until it is counted: what was begun before is committed by then."""

MOST_DAYS = 366
"""A longer time without the program leaves a gap in the kept days."""

_SENSITIVE = "SELECT id FROM incident_class WHERE sensitive ORDER BY id"
_KEPT_UNITS = """
SELECT cell.id, unit_id
FROM cell
CROSS JOIN LATERAL unnest(cell.unit_ids) AS unit_id
JOIN unit ON unit.id = unit_id
JOIN level ON level.key = unit.level_key
WHERE level.rollup_by_class AND level.rank > 0
"""
_LAST = """
SELECT (SELECT max(day) FROM figure_day_kept) AS last, (now() AT TIME ZONE city_time_zone())::date AS today,
    now() AS now, city_time_zone() AS zone, EXISTS (SELECT FROM unit) AS has_city
"""
_WRITE = """
INSERT INTO figure_day (
    day, figure, subject, subject_id, sensitive, numerator, denominator, unknown, adjusted_numerator,
    adjusted_denominator, adjusted_unknown
)
VALUES (
    %(day)s, %(figure)s, %(subject)s, %(subject_id)s, %(sensitive)s, %(numerator)s, %(denominator)s, %(unknown)s,
    %(adjusted_numerator)s, %(adjusted_denominator)s, %(adjusted_unknown)s
)
"""
_NOTE = """
INSERT INTO figure_day_kept (day, definitions) VALUES (%(day)s, %(definitions)s)
ON CONFLICT (day) DO NOTHING
RETURNING day
"""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """What a kept figure is about.

    Attributes:
        subject: city, unit, department or class.
        id: Of it; 0 for the city and for no department.
        sensitive: Whether it counts cases of sensitive classes, or all others.
    """

    figure: str
    subject: str
    id: int
    sensitive: bool


@dataclass(frozen=True, slots=True)
class _UnitOfCell:
    id: int
    unit_id: int


@dataclass(frozen=True, slots=True)
class _Last:
    last: date | None
    today: date
    now: datetime
    zone: str
    has_city: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    figure: str
    subject: str
    subject_id: int
    sensitive: bool
    numerator: int
    denominator: int
    unknown: int
    adjusted_numerator: int
    adjusted_denominator: int
    adjusted_unknown: int


async def days_due(conn: AsyncRows) -> list[date]:
    """Days that have ended and are not kept, the oldest first; where none is kept, yesterday alone."""
    row = (await fetch_all(conn, _Last, _LAST))[0]
    if not row.has_city:
        return []
    ended = row.today - timedelta(days=1)
    if row.now < end_of(ended, ZoneInfo(row.zone)) + LATEST:
        ended -= timedelta(days=1)
    first = ended if row.last is None else max(row.last + timedelta(days=1), ended - timedelta(days=MOST_DAYS - 1))
    return [first + timedelta(days=n) for n in range((ended - first).days + 1)]


async def keep_day(conn: AsyncRows, day: date) -> bool:
    """Count a day as it stood at its end and keep it; a day that is kept stays as it is.

    Args:
        conn: As the owner, in a transaction with one snapshot.
        day: City-local; it has ended.

    Returns:
        Whether it was not kept before.
    """
    noted = {"day": day, "definitions": digest(definitions())}
    if not await (await conn.execute(_NOTE, noted)).fetchall():
        return False
    for spot, found in (await count_day(conn, day)).items():
        await conn.execute(_WRITE, {"day": day, **_columns(spot, found)})
    return True


async def read_kept(conn: AsyncRows, day: date) -> dict[Spot, FigureCount]:
    """What is kept of a day, as far as the scope shows it."""
    rows = await fetch_all(
        conn, _Kept, f"SELECT {', '.join(_Kept.__slots__)} FROM figure_day WHERE day = %(day)s", {"day": day}
    )
    return {
        Spot(row.figure, row.subject, row.subject_id, row.sensitive): FigureCount(
            Parts(row.numerator, row.denominator, row.unknown),
            Parts(row.adjusted_numerator, row.adjusted_denominator, row.adjusted_unknown),
        )
        for row in rows
    }


async def count_day(conn: AsyncRows, day: date) -> dict[Spot, FigureCount]:
    """The figures of a day as they stood at its end, from rows and events; figures of no case are left out.

    Args:
        conn: As the owner, in one snapshot.
        day: City-local; it has ended.
    """
    rules = await read_city_rules(conn)
    window = await _window(conn, day, rules)
    folded = await read_folded(conn, window.now, rules)
    sensitive = [row.id for row in await fetch_all(conn, RowId, _SENSITIVE)]
    units: dict[int, list[int]] = {}
    for row in await fetch_all(conn, _UnitOfCell, _KEPT_UNITS):
        units.setdefault(row.id, []).append(row.unit_id)
    found: dict[Spot, FigureCount] = {}
    for apart in (False, True):
        condition = SQL("(class_id = ANY(%(sensitive)s::smallint[])) = %(apart)s")
        among = Among(condition, {"sensitive": sensitive, "apart": apart, "folded": folded})
        found |= await _spots(conn, window, among, units, sensitive=apart)
    return found


async def _spots(
    conn: AsyncRows, window: Window, among: Among, units: Mapping[int, Sequence[int]], *, sensitive: bool
) -> dict[Spot, FigureCount]:
    groups: dict[tuple[str, int], list[Crowd]] = {}
    kinds: tuple[tuple[Grouping, str], ...] = (("cell", "unit"), ("department", "department"), ("class", "class"))
    for by, subject in kinds:
        for key, crowds in (await read_crowds(conn, definitions(), window, by, among, AS_OF)).items():
            places = (
                [("city", 0), *(("unit", unit) for unit in units.get(key, ()))] if by == "cell" else [(subject, key)]
            )
            for place in places:
                groups.setdefault(place, []).extend(crowds)
    return {
        Spot(figure, subject, key, sensitive): value
        for (subject, key), crowds in groups.items()
        for figure, value in count(definitions(), crowds).items()
        if value != FigureCount()
    }


async def _window(conn: AsyncRows, day: date, rules: CityRules) -> Window:
    zone = rules.calendar.zone
    end = end_of(day, zone)
    return await read_window(conn, datetime.combine(day, time(), zone), end, end - timedelta(microseconds=1), rules)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """First moment after a city-local day."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _columns(spot: Spot, found: FigureCount) -> dict[str, object]:
    return {
        "figure": spot.figure,
        "subject": spot.subject,
        "subject_id": spot.id,
        "sensitive": spot.sensitive,
        "numerator": found.factual.numerator,
        "denominator": found.factual.denominator,
        "unknown": found.factual.unknown,
        "adjusted_numerator": found.adjusted.numerator,
        "adjusted_denominator": found.adjusted.denominator,
        "adjusted_unknown": found.adjusted.unknown,
    }
