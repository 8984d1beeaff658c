"""Which joint-defence zones are there on a day: those of the plans in force, or one by its code?

Zones are a second tree over the units of one level: a zone lies in the county (or the unit that its plan divides), and
its children are its units. Its figures are sums of theirs, and of nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.sql import SQL

from data.accounts.account import acting_account_or_none
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.levels import Level, find_level, read_levels
from data.reads.rows import fetch_all
from data.reads.zone_facts import ZONE, PlanFacts, ZoneFacts

NAME_ZH, NAME_EN = "联防片区", "Joint-defence zone"


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone as it is read.

    Attributes:
        member_count: Number of its units when it was adopted.
        members: Its current units that the reader may see.
        inside: Those of them that lie in the unit that was asked for.
        path_above: Ids from the whole city down to the unit above the zone.
    """

    id: int
    code: str
    name: str
    name_en: str
    member_count: int
    population: int | None
    area_m2: float
    households: int | None
    members: list[int]
    inside: list[int]
    is_in_area: bool
    in_force: bool
    plan_id: int
    plan_name: str
    base_level: str
    base_rank: int
    adopted_from: date
    superseded_from: date | None
    path_above: list[int]
    parent: str | None
    west: float
    south: float
    east: float
    north: float
    label_lon: float
    label_lat: float

    @property
    def plan(self) -> PlanFacts:
        """The plan of the zone."""
        return PlanFacts(self.plan_id, self.plan_name, self.adopted_from, self.superseded_from)

    @property
    def facts(self) -> ZoneFacts:
        """What figures of the zone are made of."""
        return ZoneFacts(
            self.plan,
            self.base_level,
            self.base_rank,
            tuple(self.members),
            not self.is_in_area or len(self.members) < self.member_count,
            self.is_in_area,
            self.in_force,
        )


@dataclass(frozen=True, slots=True)
class ZoneSheet:
    """The zones in force on a day, by id, and the level that they make up.

    Attributes:
        level: `first_id` and `count` span their ids, `plans` names the plans that they are of.
    """

    level: Level
    zones: tuple[ZoneRow, ...]


async def read_level(conn: AsyncRows, key: str, on: date | None = None) -> Level:
    """The level with the key: one of the area tree, or that of the zones in force on the day (None is today).

    Raises:
        LevelUnknown: There is none.
    """
    if key == ZONE:
        return (await read_zone_sheet(conn, on)).level
    return find_level(await read_levels(conn), key)


async def read_zone_sheet(conn: AsyncRows, on: date | None = None, within: int | None = None) -> ZoneSheet:
    """The zones in force.

    Args:
        on: City-local day; None is today.
        within: Only zones with a unit in this unit; None is all.
    """
    zones = tuple(zone for zone in await read_zones_in_force(conn, on, within) if zone.inside)
    return ZoneSheet(zone_level(zones), zones)


async def read_zones_in_force(
    conn: AsyncRows, on: date | None = None, within: int | None = None
) -> tuple[ZoneRow, ...]:
    """All zones in force on the day (None is today), by id, with their units inside one unit (None is all).

    Raises:
        NotPermitted: The account that acts may not see zones.
    """
    if not may_see_zones():
        raise NotPermitted(Permission.ZONES)
    rows = await _read(conn, "plan.is_current", on, within)
    return tuple(sorted((row for row in rows if row.in_force), key=lambda row: row.id))


async def read_zones_by_code(conn: AsyncRows, codes: Sequence[str], on: date | None = None) -> dict[str, ZoneRow]:
    """By code the zone in force on the day, else that of the plan that was in force nearest to it.

    For an account that may not see zones there are none.
    """
    if not may_see_zones():
        return {}
    rows = await _read(conn, "zone.code = ANY(%(codes)s)", on, codes=list(codes))
    found: dict[str, ZoneRow] = {}
    for row in sorted(rows, key=lambda row: (not row.in_force, _distance(row, on), -row.id)):
        found.setdefault(row.code, row)
    return found


async def read_zones_by_id(conn: AsyncRows, ids: Sequence[int], on: date | None = None) -> tuple[ZoneRow, ...]:
    """The zones with these ids, of any adopted plan, by id; none for an account that may not see zones."""
    if not may_see_zones():
        return ()
    rows = await _read(conn, "zone.id = ANY(%(ids)s)", on, ids=list(ids))
    return tuple(sorted(rows, key=lambda row: row.id))


async def read_zones_of_plans(conn: AsyncRows, plans: Sequence[int]) -> ZoneSheet:
    """The zones of some adopted plans as tiles show them; where they divide the same area, those of the latest.

    What comes of the same plans is the same for ever.
    """
    rows = await _read(conn, "plan.is_current", None, plans=list(plans))
    zones = tuple(sorted((row for row in rows if row.in_force), key=lambda row: row.id))
    return ZoneSheet(zone_level(zones), zones)


async def read_zone_ids(conn: AsyncRows, plans: Sequence[int]) -> list[int]:
    """Ids of the zones of some adopted plans, as `read_zones_of_plans` chooses them, rising."""
    return [zone.id for zone in (await read_zones_of_plans(conn, plans)).zones]


def zone_level(zones: Sequence[ZoneRow]) -> Level:
    """The level that zones make up; it lies above that of their units."""
    ids = [zone.id for zone in zones]
    first = min(ids, default=1)
    return Level(
        key=ZONE,
        rank=min((zone.base_rank for zone in zones), default=1) - 1,
        name_zh=NAME_ZH,
        name_en=NAME_EN,
        first_id=first,
        min_zoom=8,
        max_zoom=24,
        rollup_by_class=False,
        count=max(ids, default=first - 1) - first + 1,
        current=len(ids),
        plans=tuple({zone.plan_id: zone.plan for zone in sorted(zones, key=lambda zone: zone.plan_id)}.values()),
    )


def may_see_zones() -> bool:
    """Whether the account that acts may see zones; a token can be narrowed so that it may not."""
    account = acting_account_or_none()
    return account is None or account.may(Permission.ZONES)


async def _read(
    conn: AsyncRows, condition: str, on: date | None, within: int | None = None, **values: object
) -> tuple[ZoneRow, ...]:
    statement = SQL(named("zone_rows")).format(condition=SQL(condition))
    asked = {"day": on, "within": within, "plans": None} | values
    return await fetch_all(conn, ZoneRow, statement, asked)


def _distance(row: ZoneRow, on: date | None) -> int:
    """Days between a day and the nearest on which the plan is in force; today's zones come before those of old."""
    if on is None:
        return -row.adopted_from.toordinal()
    if on < row.adopted_from:
        return (row.adopted_from - on).days
    return (on - row.superseded_from).days + 1 if row.superseded_from and on >= row.superseded_from else 0
