"""Which units did a plan divide whose borders have changed since, and what are its zones called?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.engine import AsyncRows
from data.reads.rows import fetch_all
from data.zoning.stored_plans import StoredPlan
from data.zoning.stored_zones import StoredZone
from geo.zoning.zone_names import numbered_apart, zone_name, zone_name_en

_UNITS = """
    SELECT id, code, name, name_en, path, coalesce(population, 0) AS people, area_m2
    FROM unit
    WHERE id = ANY(%(ids)s)
    ORDER BY id
"""
Titles = Mapping[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class OldUnit:
    """A unit as it was when the plan was drawn; `path` holds the ids from the whole city down to itself."""

    id: int
    code: str
    name: str
    name_en: str
    path: list[int]
    people: int
    area_m2: float


async def read_old_units(conn: AsyncRows, stored: StoredPlan) -> tuple[OldUnit, ...]:
    """The units of a plan by id, ended ones too; without those that the asker does not see."""
    return await fetch_all(conn, OldUnit, _UNITS, {"ids": stored.unit_ids})


def old_titles(members: Mapping[int, Sequence[OldUnit]], facts: Sequence[StoredZone]) -> Titles:
    """Name and English name of each zone that has units: its own, or that of its largest unit.

    Args:
        members: the units of each zone, by its number.
        facts: stored facts of the zones.
    """
    stored, used = {zone.no: zone for zone in facts}, sorted(members)
    after = {no: max(members[no], key=lambda unit: (unit.people, unit.area_m2, unit.code)) for no in used}
    names = numbered_apart([stored[no].name or zone_name(after[no].name) for no in used])
    english = [stored[no].name_en if stored[no].name else zone_name_en(after[no].name_en) for no in used]
    pairs = zip(names, numbered_apart(english, " "), strict=True)
    return dict(zip(used, pairs, strict=True))
