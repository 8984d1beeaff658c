"""Which patrol teams are there, and how is one added or changed? A team is a name, a size and shifts, never persons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_all, fetch_one
from data.zoning.authors import current_author
from data.zoning.plan_errors import PartUnknown

_TEAMS = """
    SELECT team.id, team.name, team.size, team.shifts, unit.code AS within, unit.level_key AS level, team.within_id,
        team.within_path, team.made_at, team.ended_at
    FROM zone_team AS team
    JOIN unit ON unit.id = team.within_id
"""
_ADD = """
    INSERT INTO zone_team (within_id, name, size, shifts, account_id, account_name, request_key)
    VALUES (%(within)s, %(name)s, %(size)s, %(shifts)s, %(account)s, %(who)s, %(key)s)
    ON CONFLICT (account_id, request_key) DO NOTHING
    RETURNING id
"""
_CHANGE = """
    UPDATE zone_team
    SET name = %(name)s, size = %(size)s, shifts = %(shifts)s,
        ended_at = CASE WHEN %(ended)s THEN coalesce(ended_at, now()) END
    WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class PatrolTeam:
    """A team; `size` people in all, `shifts` in words such as 两班 08–20, 20–08."""

    id: int
    name: str
    size: int
    shifts: str
    within: str
    level: str
    within_id: int
    within_path: list[int]
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Post:
    """A place that a team can be stationed at."""

    id: int
    code: str
    name: str


async def list_teams(conn: AsyncRows) -> tuple[PatrolTeam, ...]:
    """Teams that the asker may see and that were not ended, by name."""
    return await fetch_all(conn, PatrolTeam, _TEAMS + "WHERE team.ended_at IS NULL ORDER BY team.name, team.id")


async def find_team(conn: AsyncRows, team_id: int) -> PatrolTeam:
    """A team.

    Raises:
        PartUnknown: There is none that the asker may see.
    """
    found = await fetch_one(conn, PatrolTeam, _TEAMS + "WHERE team.id = %(id)s", {"id": team_id})
    if found is None:
        raise PartUnknown("team", f"There is no team {team_id}.", "Take an id from /api/v1/zones/teams.")
    return found


async def find_post(conn: AsyncRows, code: str) -> Post:
    """A place by its code.

    Raises:
        PartUnknown: There is none that the asker may see.
    """
    found = await fetch_one(conn, Post, "SELECT id, code, name FROM place WHERE code = %(code)s", {"code": code})
    if found is None:
        raise PartUnknown("post", f"There is no place {code!r}.", "Take the code of a post on the map.")
    return found


async def add_team(conn: AsyncRows, within_id: int, name: str, size: int, shifts: str, key: str | None) -> PatrolTeam:
    """Store a team; asked again with the same key, the one that was stored then."""
    author = current_author()
    values = {
        "within": within_id,
        "name": name,
        "size": size,
        "shifts": shifts,
        "account": author.account_id,
        "who": author.name,
        "key": key,
    }
    made = await fetch_one(conn, RowId, _ADD, values)
    if made is None:
        query = "SELECT id FROM zone_team WHERE account_id = %(account)s AND request_key = %(key)s"
        made = await fetch_one(conn, RowId, query, values)
        assert made is not None
        return await find_team(conn, made.id)
    team = await find_team(conn, made.id)
    await _note(conn, team, None, _facts(team))
    return team


async def change_team(
    conn: AsyncRows,
    team_id: int,
    *,
    name: str | None = None,
    size: int | None = None,
    shifts: str | None = None,
    ended: bool | None = None,
) -> PatrolTeam:
    """Change a team; None leaves as it is. One that has ended stays with the zones of its time.

    Raises:
        PartUnknown: There is none within the asker's scope.
    """
    before = await find_team(conn, team_id)
    values: Mapping[str, object] = {
        "id": team_id,
        "name": before.name if name is None else name,
        "size": before.size if size is None else size,
        "shifts": before.shifts if shifts is None else shifts,
        "ended": before.ended_at is not None if ended is None else ended,
    }
    # A team of a unit above can be seen and not changed.
    if (await conn.execute(_CHANGE, values)).rowcount == 0:
        raise PartUnknown("team", f"Team {team_id} belongs to a unit above.", "Ask those who plan for that unit.")
    after = await find_team(conn, team_id)
    await _note(conn, after, _facts(before), _facts(after))
    return after


def _facts(team: PatrolTeam) -> dict[str, object]:
    return {"name": team.name, "size": team.size, "shifts": team.shifts, "ended": team.ended_at is not None}


async def _note(
    conn: AsyncRows, team: PatrolTeam, before: Mapping[str, object] | None, after: Mapping[str, object]
) -> None:
    entry = Entry(
        Action.ZONE_TEAM_CHANGED,
        "zone_team",
        str(team.id),
        unit_ids=(team.within_id,),
        before=differing(before, after),
        after=differing(after, before),
    )
    await record(conn, entry)
