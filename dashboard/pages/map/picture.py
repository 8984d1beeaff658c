"""What must the map draw for a state: which units, with which values, around which unit?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.pages.map.answers import ask_window
from dashboard.pages.map.state import MapState
from dashboard.pages.map.zone_tree import read_zone_tree
from dashboard.services import Database
from data.engine import AsyncRows
from data.reads.choropleth import Values
from data.reads.choropleth_cache import ChoroplethCache
from data.reads.levels import Level, read_levels
from data.reads.question import Question
from data.reads.units import Unit, read_children, read_zones
from data.reads.zone_facts import ZONE, PlanFacts
from layers.heat import HeatOverlay, make_heat
from layers.hexes import HexOverlay, make_hexes
from layers.permission import EVERYTHING
from layers.tile_address import Query

Overlay = HeatOverlay | HexOverlay

MOST_LABELS = 120


@dataclass(frozen=True, slots=True)
class Sheet:
    """Units of one level that are coloured by their values.

    Attributes:
        ids: The units that are drawn; None for all of the level.
    """

    level: Level
    values: Values
    ids: tuple[int, ...] | None

    def count(self) -> int:
        """Number of units that are drawn."""
        if self.ids is not None:
            return len(self.ids)
        return int(np.sum(~np.isnan(self.values.values)))


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the map shows except incidents and places.

    Attributes:
        question: About the selected unit, over the chosen days.
        focus: The parts of the selected unit, or of the unit above where it has none, or a chosen level.
        context: The neighbours beside the selected unit, drawn faintly; None where there are none.
        path: Units from the city to the selected one.
        labelled: Units whose names are written.
        overlay: Heat or hexagons of the selected unit, where the state asks for them.
        zones: Level of the zones in force when the period ends.
        plans: Plans of the zones that are coloured, or of the zone that is selected.
    """

    question: Question
    levels: tuple[Level, ...]
    focus: Sheet
    context: Sheet | None
    path: tuple[Unit, ...]
    labelled: tuple[Unit, ...]
    overlay: Overlay | None
    zones: Level
    plans: tuple[PlanFacts, ...]


async def read_picture(database: Database, kept: ChoroplethCache, state: MapState) -> Picture:
    """The picture for a state, in one snapshot."""
    async with database.reading() as conn:
        question = await ask_window(conn, state)
        levels = await read_levels(conn)
        tree = await read_zone_tree(conn, state, question)
        path = await tree.path(conn, question.unit)
        level = tree.focus_level(state, levels, question.unit)
        children = await _parts(conn, question, level)
        siblings = await tree.beside(conn, question.unit)
        is_below = level.rank > question.unit.rank or (level.key == ZONE and question.unit.zone is None)
        around = question if is_below else replace(question, unit=_above(path))
        focus = await _sheet(conn, kept, state, around, level, _focus_ids(level, question.unit, children, siblings))
        overlay = await _overlay(conn, state, question)
        beside = () if level.key == ZONE else siblings
        context = await _context(conn, kept, state, question, path, beside, tree.level_of(question.unit, levels), level)
    named = _labelled(level, question.unit, children, siblings)
    plans = _plans(question.unit, children if level.key == ZONE else ())
    return Picture(question, levels, focus, context, path, named, overlay, tree.level, plans)


def _plans(unit: Unit, zones: Sequence[Unit]) -> tuple[PlanFacts, ...]:
    shown = [zone.zone.plan for zone in (unit, *zones) if zone.zone is not None]
    return tuple({plan.id: plan for plan in shown}.values())


async def _parts(conn: AsyncRows, question: Question, level: Level) -> tuple[Unit, ...]:
    """The units of the level, where it is the one right below the question's unit or that of zones."""
    if level.key == ZONE:
        return await read_zones(conn, question.unit, question.period.last)
    return await read_children(conn, question.unit)


async def _overlay(conn: AsyncRows, state: MapState, question: Question) -> Overlay | None:
    asked = {
        "unit": state.unit,
        "from": question.period.first.isoformat(),
        "to": question.period.last.isoformat(),
        "class": state.classes,
        "as_of": state.as_of,
        "theme": state.theme,
        "lang": state.lang,
    }
    query = Query({name: value for name, value in asked.items() if value})
    match state.density:
        case "kde":
            return await make_heat(conn, query, EVERYTHING)
        case "hex":
            return await make_hexes(conn, Query(query.values | {"edge": str(hex_edge_m(question.unit))}), EVERYTHING)
        case _:
            return None


def _above(path: Sequence[Unit]) -> Unit:
    return path[-2] if len(path) > 1 else path[-1]


def hex_edge_m(unit: Unit) -> int:
    """A round edge by which a unit is some forty hexagons wide, within the limits of the layer."""
    raw = math.sqrt(unit.area_m2) / 60
    steps = (100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000)
    return next((step for step in steps if step >= raw), steps[-1])


def _focus_ids(level: Level, unit: Unit, children: Sequence[Unit], siblings: Sequence[Unit]) -> tuple[int, ...] | None:
    if unit.is_city:
        return None
    if level.key == ZONE:
        return tuple(child.id for child in children)
    if level.rank == unit.rank + 1:
        return tuple(child.id for child in children)
    return tuple(sibling.id for sibling in siblings) if level.rank == unit.rank else None


async def _sheet(
    conn: AsyncRows,
    kept: ChoroplethCache,
    state: MapState,
    question: Question,
    level: Level,
    ids: tuple[int, ...] | None,
) -> Sheet:
    values = await kept.read(conn, question, level, state.metric)
    if ids is None and not question.unit.is_city:
        inside = np.flatnonzero(~values.filtered_out & ~np.isnan(values.values))
        ids = tuple(int(place) + level.first_id for place in inside)
    return Sheet(level, values, ids)


async def _context(
    conn: AsyncRows,
    kept: ChoroplethCache,
    state: MapState,
    question: Question,
    path: Sequence[Unit],
    siblings: Sequence[Unit],
    level: Level,
    focus: Level,
) -> Sheet | None:
    beside = tuple(unit.id for unit in siblings if unit.id != question.unit.id)
    if not beside or focus.rank <= level.rank:
        return None
    return await _sheet(conn, kept, state, replace(question, unit=_above(path)), level, beside)


def _labelled(level: Level, unit: Unit, children: Sequence[Unit], siblings: Sequence[Unit]) -> tuple[Unit, ...]:
    named = [*(sibling for sibling in siblings if sibling.id != unit.id and level.rank > unit.rank)]
    if level.key == ZONE:
        return tuple(children[:MOST_LABELS])
    if level.rank == unit.rank + 1:
        named += children
    if level.rank == unit.rank:
        named += siblings
    return tuple(named[:MOST_LABELS])
