"""What are the figures of several zones at once?

A zone's figure is the sum of the figures of its units. So it is with sensitive classes, of which a zone holds what is
released for its units and nothing that is released for a unit above them: no sum or difference of figures of zones and
units tells more than those of units alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.engine import AsyncRows
from data.reads.errors import SelectionInvalid
from data.reads.figures import merge, sum_subjects
from data.reads.levels import Level, find_level
from data.reads.measures import NOTHING, Measures
from data.reads.parts import read_cells_of_units, read_cells_outside
from data.reads.question import Question
from data.reads.recount import recount
from data.reads.released import read_released
from data.reads.units import Unit
from data.reads.zone_facts import ZoneFacts


@dataclass(frozen=True, slots=True)
class Membership:
    """Units by zone, of which no two zones share one.

    Attributes:
        zone_of: Zone id by unit id.
        bases: Keys of the levels of these units.
        ranks: Ranks of these levels.
        is_in_area: Whether they lie in the reader's area; else the area is a part of the only one.
    """

    zone_of: Mapping[int, int]
    bases: frozenset[str]
    ranks: frozenset[int]
    is_in_area: bool


def membership(zones: Sequence[tuple[int, ZoneFacts, Sequence[int]]]) -> Membership:
    """The membership of zones, each as id, facts, and those of its units that count.

    Raises:
        SelectionInvalid: A unit lies in two of the zones, as they are of plans of several times.
    """
    zone_of: dict[int, int] = {}
    for zone_id, _, units in zones:
        for unit in units:
            if zone_of.setdefault(unit, zone_id) != zone_id:
                raise SelectionInvalid(
                    "units", "Zones of plans of several times overlap.", "Choose zones that are in force together."
                )
    facts = [facts for _, facts, _ in zones]
    return Membership(
        zone_of,
        frozenset(zone.base for zone in facts),
        frozenset(zone.base_rank for zone in facts),
        all(zone.is_in_area for zone in facts),
    )


async def count_zones(
    conn: AsyncRows, question: Question, members: Membership, levels: Sequence[Level], within: Unit | None = None
) -> dict[int, Measures]:
    """Figures by zone id; zones without incidents may be missing.

    Args:
        within: Count only what lies in this unit, too.
    """
    kept = question.class_ids is None or all(find_level(levels, base).rollup_by_class for base in members.bases)
    if question.moment.department_id is None and members.is_in_area and kept:
        return await _rolled_up(conn, question, members, within)
    counted = sum_by(await _counted(conn, question, members, within), members.zone_of)
    return merge(counted, await _released(conn, question, members))


def sum_by(figures: Mapping[int, Measures], key_of: Mapping[int, int]) -> dict[int, Measures]:
    """Sums of figures by what `key_of` says of their keys."""
    sums: dict[int, Measures] = {}
    for key, figure in figures.items():
        sums[key_of[key]] = sums.get(key_of[key], NOTHING) + figure
    return sums


async def _rolled_up(
    conn: AsyncRows, question: Question, members: Membership, within: Unit | None
) -> dict[int, Measures]:
    sums = sum_by(await sum_subjects(conn, members.zone_of, question.period, question.class_ids), members.zone_of)
    outside = await _outside(conn, members, within)
    if outside:
        away = await recount(
            conn, "cell", question.period, question.moment.zone, cells=outside, class_ids=question.class_ids
        )
        for cell, figure in away.items():
            zone = members.zone_of[outside[cell]]
            sums[zone] = sums.get(zone, NOTHING) - figure
    return sums


async def _counted(
    conn: AsyncRows, question: Question, members: Membership, within: Unit | None
) -> dict[int, Measures]:
    """By unit."""
    outside = await _outside(conn, members, within)
    cells: dict[int, int] = {}
    for rank in sorted(members.ranks):
        cells |= await read_cells_of_units(conn, rank, list(members.zone_of))
    inside = {cell: unit for cell, unit in cells.items() if cell not in outside}
    zone = question.moment.zone
    found = await recount(conn, "cell", question.period, zone, cells=inside, class_ids=question.class_ids)
    return sum_by(found, inside)


async def _outside(conn: AsyncRows, members: Membership, within: Unit | None) -> dict[int, int]:
    cells: dict[int, int] = {}
    if within is None:
        return cells
    for rank in sorted(members.ranks):
        cells |= await read_cells_outside(conn, rank, list(members.zone_of), within)
    return cells


async def _released(conn: AsyncRows, question: Question, members: Membership) -> dict[int, Measures]:
    area_id = question.moment.area_id
    subjects = members.zone_of
    if not members.is_in_area and area_id is not None:
        subjects = {area_id: next(iter(members.zone_of.values()))}
    return sum_by(await read_released(conn, question, question.period, subjects=subjects), subjects)
