"""What does the database say to the state of the map page? One snapshot per question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from dashboard.pages.map.state import MapState, window_of
from dashboard.services import Database
from dashboard.views.ranking import PartFigures
from dashboard.views.timeline import DayCount
from data.engine import AsyncRows
from data.reads.breakdown import Item
from data.reads.catalog import (
    ClassEntry,
    NamedEntry,
    ScenarioEntry,
    read_classes,
    read_departments,
    read_scenarios,
    read_sources,
)
from data.reads.incident_filter import IncidentFilter, parse_filter
from data.reads.incidents import IncidentDetail, IncidentPage, read_incident, read_incidents
from data.reads.levels import Level, find_level, read_levels
from data.reads.measures import Measures
from data.reads.period import Period
from data.reads.places import PlaceDetail, read_place
from data.reads.question import Question, read_question
from data.reads.summary import read_summary
from data.reads.units import Unit, read_breadcrumb, read_children, read_units, search_units

LIST_LENGTH = 100
NEWEST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader is in the tree.

    Attributes:
        path: Units from the city down to the selected one.
        opened: Units right below, by id of the unit above, for every unit that is open in the tree.
    """

    question: Question
    levels: tuple[Level, ...]
    path: tuple[Unit, ...]
    opened: Mapping[int, tuple[Unit, ...]]

    @property
    def level_of_unit(self) -> Level:
        """The level of the selected unit."""
        return next(level for level in self.levels if level.key == self.question.unit.level)

    def level_shown(self, state: MapState) -> Level:
        """The level that the map colours."""
        return focus_level(state, self.levels, self.question.unit)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the class filter and the scenario list offer."""

    classes: tuple[ClassEntry, ...]
    scenarios: tuple[ScenarioEntry, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Incidents day by day over the whole period, and the days of it that are chosen."""

    question: Question
    window: Period
    days: tuple[DayCount, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The newest incidents behind a figure, and how many there are."""

    question: Question
    page: IncidentPage
    total: int


def focus_level(state: MapState, levels: Sequence[Level], unit: Unit) -> Level:
    """The chosen level, else the one below the unit, else its own."""
    if state.level:
        return find_level(levels, state.level)
    deepest = max(level.rank for level in levels)
    return next(level for level in levels if level.rank == min(unit.rank + 1, deepest))


async def ask(conn: AsyncRows, state: MapState) -> Question:
    """The question that the state asks, over the whole period."""
    return await read_question(conn, unit=state.unit, start=state.first, end=state.last, classes=state.classes)


async def ask_window(conn: AsyncRows, state: MapState) -> Question:
    """The same over the days that the time slider has brushed."""
    question = await ask(conn, state)
    return replace(question, period=window_of(state, question.period))


async def find_place(database: Database, state: MapState, opened: Sequence[int]) -> Place:
    """The selected unit, the way to it and the open parts of the tree.

    Args:
        opened: Ids of units that the reader opened by hand.
    """
    async with database.reading() as conn:
        question = await ask(conn, state)
        levels = await read_levels(conn)
        path = await read_breadcrumb(conn, question.unit)
        below: dict[int, tuple[Unit, ...]] = {}
        queue = list(path)
        while queue:
            unit = queue.pop()
            if unit.id in below or not unit.children:
                continue
            below[unit.id] = await read_children(conn, unit)
            queue += [child for child in below[unit.id] if child.id in opened]
        return Place(question, levels, path, below)


async def read_catalog(database: Database) -> Catalog:
    """Classes and scenarios."""
    async with database.reading() as conn:
        return Catalog(await read_classes(conn), await read_scenarios(conn))


async def summarise(database: Database, state: MapState) -> PartFigures:
    """Figures of the window, by part."""
    async with database.reading() as conn:
        question = await ask_window(conn, state)
        levels = await read_levels(conn)
        units = await read_children(conn, question.unit)
        below = next((level for level in levels if level.rank == question.unit.rank + 1), None)
        return PartFigures(await read_summary(conn, question, "child"), below, {unit.code: unit for unit in units})


async def count_classes(database: Database, state: MapState) -> tuple[Item, ...]:
    """Figures of the window, by class, largest first."""
    async with database.reading() as conn:
        return (await read_summary(conn, await ask_window(conn, state), "class")).items


async def count_days(database: Database, state: MapState) -> Series:
    """Incidents of the whole period, by day."""
    async with database.reading() as conn:
        question = await ask(conn, state)
        summary = await read_summary(conn, question, "day")
        days = zip(question.period.days, summary.items, strict=True)
        counts = tuple(DayCount(day, item.measures.n) for day, item in days)
        return Series(question, window_of(state, question.period), counts)


async def list_newest(database: Database, state: MapState) -> tuple[Question, IncidentPage]:
    """The newest incidents of the window."""
    async with database.reading() as conn:
        question = await ask_window(conn, state)
        return question, await read_incidents(conn, question, IncidentFilter(), limit=NEWEST_LENGTH)


async def list_behind(database: Database, state: MapState, figure: str) -> Behind:
    """The incidents behind one figure of the window: `all`, `open`, `overdue`, `closed` or `due`."""
    async with database.reading() as conn:
        question = await ask_window(conn, state)
        counted = (await read_summary(conn, question, "day")).measures
        page = await read_incidents(conn, question, parse_filter(status=status_terms(figure)), limit=LIST_LENGTH)
        return Behind(question, page, _count_behind(counted, figure))


def status_terms(figure: str) -> str:
    """The status filter of the incidents that a figure counts."""
    return {"all": "", "due": "on_time,late,overdue"}.get(figure, figure)


def _count_behind(counted: Measures, figure: str) -> int:
    counts = {
        "open": counted.n_open,
        "overdue": counted.n_overdue,
        "closed": counted.n_closed,
        "due": counted.n_on_time + counted.n_late + counted.n_overdue,
    }
    return counts.get(figure, counted.n)


def export_address(name: str, asked: Mapping[str, str]) -> str:
    """Address of a download of the interface, such as `incidents.csv`."""
    return f"/api/v1/export/{name}?{urlencode({key: value for key, value in asked.items() if value})}"


async def find_code(database: Database, unit_id: int) -> str | None:
    """Code of a unit for the address, empty for the whole city; None where there is no such unit now."""
    async with database.reading() as conn:
        units = await read_units(conn, [unit_id])
        return (units[0].code if units[0].rank else "") if units else None


async def find_place_detail(database: Database, place_id: int) -> PlaceDetail:
    """One place."""
    async with database.reading() as conn:
        return await read_place(conn, place_id)


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """One incident, and by key the sources and departments that it may name."""

    question: Question
    detail: IncidentDetail
    names: Mapping[str, NamedEntry]


async def find_incident(database: Database, state: MapState, incident_id: int) -> FoundIncident:
    """One incident with the units that it lies in."""
    async with database.reading() as conn:
        question = await ask(conn, replace(state, unit=""))
        detail = await read_incident(conn, incident_id)
        named = [*await read_sources(conn), *await read_departments(conn)]
        return FoundIncident(question, detail, {entry.key: entry for entry in named})


@dataclass(frozen=True, slots=True)
class Found:
    """Units that a search found, with the units above each."""

    units: tuple[Unit, ...]
    levels: tuple[Level, ...]
    above: Mapping[int, tuple[Unit, ...]]


async def search(database: Database, text: str, limit: int = 12) -> Found:
    """Units by name, pinyin or code."""
    async with database.reading() as conn:
        units = await search_units(conn, text, limit)
        levels = await read_levels(conn)
        above = {unit.id: (await read_breadcrumb(conn, unit))[1:-1] for unit in units}
        return Found(units, levels, above)
