"""Which groups of walls are there, what are they told, and how are they told something else?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from data.accounts.account import acting_account
from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.engine import AsyncRows
from data.reads.errors import NothingFound, RequestRefused
from data.reads.rows import fetch_all, fetch_one
from data.reads.units import Unit
from data.wall.direction import LEAD_S, Direction

_GROUPS = """
    SELECT
        told.id, told.name, told.revision, told.starts_at, told.scene, told.held, told.area, told.as_of, told.speed,
        told.incident_id, told.follows, told.account_id, told.account_name, unit.code, unit.level_key AS level,
        level.rank, unit.name AS unit_name, unit.name_en AS unit_name_en
    FROM wall_group AS told
    JOIN unit ON unit.id = told.within_id
    JOIN level ON level.key = unit.level_key
"""
_CASE = """
    SELECT class.sensitive FROM incident JOIN incident_class AS class ON class.id = incident.class_id
    WHERE incident.id = %(id)s
"""
_OF = "WHERE unit.level_key = %(level)s AND unit.code = %(code)s AND told.name = %(name)s"
_ADD = """
    INSERT INTO wall_group (
        within_id, name, starts_at, scene, held, area, as_of, speed, incident_id, follows, account_id, account_name
    )
    VALUES (
        %(within)s, %(name)s, %(starts_at)s, %(scene)s, %(held)s, %(area)s, %(as_of)s, %(speed)s, %(incident_id)s,
        %(follows)s, %(account)s, %(who)s
    )
    ON CONFLICT (within_id, name) DO UPDATE SET
        revision = wall_group.revision + 1, starts_at = excluded.starts_at, scene = excluded.scene,
        held = excluded.held, area = excluded.area, as_of = excluded.as_of, speed = excluded.speed,
        incident_id = excluded.incident_id, follows = excluded.follows, account_id = excluded.account_id,
        account_name = excluded.account_name
"""


@dataclass(frozen=True, slots=True)
class WallGroup:
    """The walls of one area that name it, and what they were told last.

    Attributes:
        revision: Grows with each change.
        starts_at: From when on it counts.
        code, level, rank, unit_name, unit_name_en: The area of its walls.
    """

    id: int
    name: str
    revision: int
    starts_at: datetime
    scene: str | None
    held: bool
    area: str
    as_of: datetime | None
    speed: int
    incident_id: int | None
    follows: bool
    account_id: int | None
    account_name: str
    code: str
    level: str
    rank: int
    unit_name: str
    unit_name_en: str

    @property
    def direction(self) -> Direction:
        """What its walls are told."""
        return Direction(self.scene, self.held, self.area, self.as_of, self.speed, self.incident_id, self.follows)


@dataclass(frozen=True, slots=True)
class _Case:
    sensitive: bool


async def check_case(conn: AsyncRows, incident_id: int) -> None:
    """Refuse a case that walls cannot show: everybody in the room sees them.

    Raises:
        NothingFound: There is no such case that the asker may see.
        RequestRefused: It is of a sensitive class.
    """
    case = await fetch_one(conn, _Case, _CASE, {"id": incident_id})
    if case is None:
        raise NothingFound("incident", f"There is no case {incident_id}.", "Take an id from /api/v1/incidents.")
    if case.sensitive:
        cause = f"Case {incident_id} is of a sensitive class, which walls never show."
        raise RequestRefused("incident", cause, "Open it on /cases.")


async def read_groups(conn: AsyncRows) -> tuple[WallGroup, ...]:
    """Groups that were ever told something, of areas that the asker may see, by area and name."""
    return await fetch_all(conn, WallGroup, f"{_GROUPS} ORDER BY level.rank, unit.code, told.name, told.id")


async def read_group(conn: AsyncRows, area: Unit, name: str) -> WallGroup | None:
    """The group of an area, which earlier boundaries may have made; None where it was never told anything."""
    values = {"level": area.level, "code": area.code, "name": name}
    return await fetch_one(conn, WallGroup, f"{_GROUPS} {_OF} ORDER BY told.starts_at DESC, told.id DESC", values)


async def direct(conn: AsyncRows, groups: Sequence[tuple[Unit, str]], told: Direction, now: datetime) -> datetime:
    """Tell walls what to show; all groups change at the same moment.

    Args:
        conn: A writing transaction.
        groups: Area and name of each.
        now: The present moment.

    Returns:
        From when on it counts.
    """
    account, starts_at = acting_account(), now + timedelta(seconds=LEAD_S)
    for area, name in groups:
        before = await read_group(conn, area, name)
        values = asdict(told) | {"within": area.id, "name": name, "starts_at": starts_at}
        await conn.execute(_ADD, values | {"account": account.id, "who": account.name})
        was = None if before is None else asdict(before.direction)
        await record(
            conn,
            Entry(
                Action.WALLS_DIRECTED,
                "walls",
                name,
                unit_ids=(area.id,),
                before=differing(was, asdict(told)),
                after=differing(asdict(told), was),
            ),
        )
    return starts_at
