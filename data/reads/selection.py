"""What are the figures of some chosen units of one level, together and one by one?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from data.engine import AsyncRows
from data.reads.errors import LevelsMixed, SelectionInvalid, UnitUnknown
from data.reads.figures import count_total, merge, read_scope, sum_subjects
from data.reads.levels import Level, find_level, read_levels
from data.reads.measures import NOTHING, Measures
from data.reads.parts import read_cells_of_units
from data.reads.question import Question
from data.reads.recount import recount
from data.reads.released import read_released
from data.reads.summary import Figure, figures_of
from data.reads.units import Unit, read_units_by_code
from data.reads.zone_facts import ZONE
from data.reads.zone_figures import Membership, count_zones, membership
from data.reads.zones import read_zones_by_id, zone_level

MAX_UNITS = 2_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Units of one level, by id, without repeats; no incident lies in two of them."""

    level: Level
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Figures of chosen units: the sum of the items, as units of one level share no incident.

    Attributes:
        figures: Of all units together, without a period before.
        items: Figures in the order of the units.
        population: People in the units where the number is known; None where it is known for none.
        without_population: Units whose number of people is not known.
    """

    question: Question
    chosen: Chosen
    measures: Measures
    figures: tuple[Figure, ...]
    items: tuple[Measures, ...]
    population: int | None
    without_population: int
    area_m2: float


async def read_chosen(
    conn: AsyncRows, codes: Sequence[str], level: str | None = None, on: date | None = None
) -> Chosen:
    """The current units with these codes, or zones.

    Args:
        codes: Any order; repeats count once.
        level: Key of their level; without it a code that stands on several levels means the highest one.
        on: Day whose plans count for zones; None is today.

    Raises:
        SelectionInvalid: There are no codes or more than MAX_UNITS.
        UnitUnknown: A code is no current unit.
        LevelsMixed: The units are of several levels, whose figures would count incidents twice.
    """
    wanted = tuple(dict.fromkeys(codes))
    if not 0 < len(wanted) <= MAX_UNITS:
        raise SelectionInvalid(
            "units", f"{len(wanted)} units are chosen.", f"Choose 1 to {MAX_UNITS:,}, or units of a higher level."
        )
    found = _highest(await read_units_by_code(conn, wanted, level, on))
    if not found and not level:
        found = _highest(await read_units_by_code(conn, wanted, ZONE, on))
    for code in wanted:
        if code not in found:
            raise UnitUnknown(code, level)
    keys = Counter(unit.level for unit in sorted(found.values(), key=lambda unit: unit.rank))
    if len(keys) > 1:
        named = " and ".join(f"{count} of level {key}" for key, count in keys.items())
        raise LevelsMixed(
            "units", f"The units are of several levels: {named}.", "Choose units of one level; name it with level=."
        )
    units = tuple(sorted(found.values(), key=lambda unit: unit.id))
    if units[0].level == ZONE:
        rows = await read_zones_by_id(conn, [unit.id for unit in units], on)
        return Chosen(zone_level(rows), units)
    return Chosen(find_level(await read_levels(conn), units[0].level), units)


async def read_selection(conn: AsyncRows, question: Question, chosen: Chosen) -> Selection:
    """Figures of the chosen units over the period and classes of the question; its own unit does not count."""
    by_unit = await _count(conn, question, chosen)
    items = tuple(by_unit.get(unit.id, NOTHING) for unit in chosen.units)
    measures = sum(items, NOTHING)
    people = [unit.population for unit in chosen.units if unit.population is not None]
    return Selection(
        question,
        chosen,
        measures,
        figures_of(measures),
        items,
        sum(people) if people else None,
        len(chosen.units) - len(people),
        sum(unit.area_m2 for unit in chosen.units),
    )


async def read_cells_of(conn: AsyncRows, units: Sequence[Unit]) -> dict[int, int]:
    """The chosen unit by cell, for every cell that lies in one; the units are of one level."""
    if all(unit.zone is None for unit in units):
        return await read_cells_of_units(conn, units[0].rank, [unit.id for unit in units])
    members = _members(units)
    cells: dict[int, int] = {}
    for rank in sorted(members.ranks):
        found = await read_cells_of_units(conn, rank, list(members.zone_of))
        cells |= {cell: members.zone_of[member] for cell, member in found.items()}
    return cells


async def _count(conn: AsyncRows, question: Question, chosen: Chosen) -> Mapping[int, Measures]:
    if chosen.level.key == ZONE:
        return await count_zones(conn, question, _members(chosen.units), await read_levels(conn))
    if chosen.level.rank == 0:
        return {unit.id: await _count_city(conn, replace(question, unit=unit)) for unit in chosen.units}
    if _is_kept(question, chosen):
        ids = [unit.id for unit in chosen.units]
        return await sum_subjects(conn, ids, question.period, question.class_ids)
    unit_of = await read_cells_of(conn, chosen.units)
    zone = question.moment.zone
    by_cell = await recount(conn, "cell", question.period, zone, cells=unit_of, class_ids=question.class_ids)
    sums: dict[int, Measures] = {}
    for cell, figure in by_cell.items():
        sums[unit_of[cell]] = sums.get(unit_of[cell], NOTHING) + figure
    ids = [unit.id for unit in chosen.units]
    return merge(sums, await read_released(conn, question, question.period, subjects=ids))


def _members(units: Sequence[Unit]) -> Membership:
    return membership([(unit.id, unit.zone, unit.zone.members) for unit in units if unit.zone is not None])


async def _count_city(conn: AsyncRows, question: Question) -> Measures:
    """The whole city, with what lies in no unit."""
    return (await count_total(conn, await read_scope(conn, question, await read_levels(conn)), question.period))[0]


def _is_kept(question: Question, chosen: Chosen) -> bool:
    """Whether the rollups hold exactly what the reader sees of the chosen units."""
    moment = question.moment
    sees_all = moment.department_id is None and all(moment.area_id in (None, *unit.path) for unit in chosen.units)
    return sees_all and (question.class_ids is None or chosen.level.rollup_by_class)


def _highest(units: Sequence[Unit]) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in sorted(units, key=lambda unit: (-unit.rank, unit.id)):
        found[unit.code] = unit
    return found
