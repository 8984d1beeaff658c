"""What does the database say to the state of the map page? One snapshot per question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from dashboard.pages.map.state import MapState, window_of
from dashboard.pages.map.zone_tree import ZoneTree, read_zone_tree
from dashboard.services import Database
from dashboard.views.ranking import PartFigures
from dashboard.views.timeline import DayCount
from data.engine import AsyncRows
from data.reads.before import Before, BeforeCache
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
from data.reads.city import read_moment
from data.reads.incident_filter import IncidentFilter, decode_cursor, parse_filter
from data.reads.incidents import IncidentDetail, IncidentPage, read_incident, read_incidents
from data.reads.levels import Level, read_levels
from data.reads.measures import NOTHING, Measures
from data.reads.parts import read_cells
from data.reads.period import Period
from data.reads.places import PlaceDetail, read_place
from data.reads.question import Question, read_question
from data.reads.recount import recount
from data.reads.selection import Selection, read_cells_of, read_chosen, read_selection
from data.reads.summary import read_summary
from data.reads.units import Unit, read_breadcrumb, read_children, read_units, search_units
from data.reads.whereabouts import NO_ZONE, read_cells_of_part
from data.reads.zone_facts import ZONE
from data.reads.zones import zone_level

LIST_LENGTH = 100
NEWEST_LENGTH = 8
PICKED = "picked"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader is in the tree.

    Attributes:
        path: Units from the city down to the selected one.
        opened: Units right below, by id of the unit above, for every unit that is open in the tree.
        tree: Zones in force when the period ends, and whether the reader goes down by them.
    """

    question: Question
    levels: tuple[Level, ...]
    path: tuple[Unit, ...]
    opened: Mapping[int, tuple[Unit, ...]]
    tree: ZoneTree

    @property
    def level_of_unit(self) -> Level:
        """The level of the selected unit."""
        return self.tree.level_of(self.question.unit, self.levels)

    def level_shown(self, state: MapState) -> Level:
        """The level that the map colours."""
        return self.tree.focus_level(state, self.levels, self.question.unit)


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
class UnitWords:
    """A unit by its names."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The newest incidents behind a figure, and how many there are.

    Attributes:
        total: The figure itself.
        unlisted: How many of it are told as a figure only, as they are of sensitive classes.
        part: The part of the question's unit that the figure is about; None for all of it or several units.
    """

    question: Question
    page: IncidentPage
    total: int
    unlisted: int = 0
    part: UnitWords | None = None


async def ask(conn: AsyncRows, state: MapState) -> Question:
    """The question that the state asks, over the whole period."""
    return await read_question(
        conn,
        unit=state.unit,
        level=state.at,
        start=state.first,
        end=state.last,
        classes=state.classes,
        as_of=state.as_of,
    )


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
        tree = await read_zone_tree(conn, state, question)
        path = await tree.path(conn, question.unit)
        below: dict[int, tuple[Unit, ...]] = {}
        queue = list(path)
        while queue:
            unit = queue.pop()
            if unit.id in below or not unit.children:
                continue
            below[unit.id] = await tree.below(conn, unit)
            queue += [child for child in below[unit.id] if child.id in opened]
        return Place(question, levels, path, below, tree)


async def read_catalog(database: Database) -> Catalog:
    """Classes and scenarios."""
    async with database.reading() as conn:
        return Catalog(await read_classes(conn), await read_scenarios(conn))


async def summarise(database: Database, state: MapState) -> PartFigures:
    """Figures of the window, by part."""
    async with database.reading() as conn:
        question = await ask_window(conn, state)
        levels = await read_levels(conn)
        tree = await read_zone_tree(conn, state, question)
        if state.level == ZONE and tree.focus_level(state, levels, question.unit).key == ZONE:
            summary = await read_summary(conn, question, "zone")
            return PartFigures(summary, tree.level, {zone.code: zone for zone in tree.zones})
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


async def list_behind(database: Database, state: MapState, figure: str, where: str = "") -> Behind:
    """A page of the incidents behind one figure of the window: `all`, `open`, `overdue`, `closed` or `due`.

    Args:
        where: Of the selected unit; or only of its part with this code, of none of its parts (`none`), or of the units
            that were picked on the map (`picked`), wherever they lie.
    """
    async with database.reading() as conn:
        question = await ask_window(conn, replace(state, unit="") if where == PICKED else state)
        wanted, after = parse_filter(status=status_terms(figure)), decode_cursor(state.after)
        cells, name = await _cells_of(conn, state, question, where)
        page = await read_incidents(conn, question, replace(wanted, cells=cells), after=after, limit=LIST_LENGTH)
        single = await recount(
            conn, "class", question.period, question.moment.zone, cells=cells, class_ids=question.class_ids
        )
        listed = _count_behind(sum(single.values(), NOTHING), figure)
        total = max(listed, _count_behind(await _measures_of(conn, state, question, where), figure))
        return Behind(question, page, total, total - listed, name)


async def _measures_of(conn: AsyncRows, state: MapState, question: Question, where: str) -> Measures:
    """The figures that the page shows of the place of a list."""
    if where == PICKED:
        chosen = await read_chosen(conn, state.picked, state.picked_level, question.period.last)
        return (await read_selection(conn, question, chosen)).measures
    if not where:
        return (await read_summary(conn, question, "day")).measures
    by_zone = state.level == ZONE and question.unit.zone is None
    if where == NO_ZONE:
        return NOTHING
    summary = await read_summary(conn, question, "child")
    if by_zone and not any(item.code == where for item in summary.items):
        summary = await read_summary(conn, question, "zone")
    return sum((item.measures for item in summary.items if item.code == where), NOTHING)


async def _cells_of(
    conn: AsyncRows, state: MapState, question: Question, where: str
) -> tuple[tuple[int, ...] | None, UnitWords | None]:
    """Cells of the place of a list (None is the whole city), and the part where it is one."""
    if not where:
        own = await read_cells(conn, question.unit)
        return None if own is None else tuple(own), None
    if where == PICKED:
        chosen = await read_chosen(conn, state.picked, state.picked_level, question.period.last)
        return tuple(await read_cells_of(conn, chosen.units)), None
    cells, part = await read_cells_of_part(conn, question.unit, where, question.period.last)
    return cells, None if part is None else UnitWords(part.name, part.name_en)


async def pick_units(database: Database, ids: Sequence[int]) -> tuple[str, tuple[str, ...]]:
    """Level and codes of units that were picked on the map."""
    async with database.reading() as conn:
        units = await read_units(conn, ids)
        return (units[0].level if units else "", tuple(unit.code for unit in units))


async def list_picked(database: Database, state: MapState) -> tuple[str, tuple[int, ...]]:
    """Level and ids of the picked units; empty where none is picked."""
    if not state.picked:
        return "", ()
    async with database.reading() as conn:
        on = (await ask_window(conn, replace(state, unit=""))).period.last
        chosen = await read_chosen(conn, state.picked, state.picked_level, on)
        return chosen.level.key, tuple(unit.id for unit in chosen.units)


async def find_picked(database: Database, state: MapState) -> Selection | None:
    """Figures of the picked units over the window; None where none is picked."""
    if not state.picked:
        return None
    async with database.reading() as conn:
        question = await ask_window(conn, replace(state, unit=""))
        chosen = await read_chosen(conn, state.picked, state.picked_level, question.period.last)
        return await read_selection(conn, question, chosen)


async def compare(database: Database, kept: BeforeCache, state: MapState) -> Before:
    """Figures of the window beside those of the period before, at the same age."""
    async with database.reading() as conn:
        return await kept.read(conn, await ask_window(conn, state))


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


async def find_unit(database: Database, unit_id: int) -> Unit | None:
    """A unit by its id; None where there is no such unit now."""
    async with database.reading() as conn:
        units = await read_units(conn, [unit_id])
        return units[0] if units else None


async def find_newest_day(database: Database) -> date:
    """The newest day with incidents, or today: what the period buttons count back from."""
    async with database.reading() as conn:
        moment = await read_moment(conn)
        return moment.last_day or moment.today


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
        levels = (*await read_levels(conn), zone_level(()))
        above = {unit.id: (await read_breadcrumb(conn, unit))[1:-1] for unit in units}
        return Found(units, levels, above)
