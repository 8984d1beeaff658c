"""Which walls stand, as they last said of themselves?"""

from dataclasses import asdict, dataclass
from datetime import datetime

from data.accounts.account import acting_account
from data.engine import AsyncRows
from data.reads.rows import fetch_all
from data.reads.units import Unit

MOST_PAGES = 100
"""Pages of one account that are remembered."""

_SAY = """
    INSERT INTO wall_display (
        account_id, page, account_name, within_id, group_name, scene, state, width, height, software_rendered,
        came_at, seen_at
    )
    VALUES (
        %(account)s, %(page)s, %(who)s, %(within)s, %(group)s, %(scene)s, %(state)s, %(width)s, %(height)s,
        %(software_rendered)s, %(now)s, %(now)s
    )
    ON CONFLICT (account_id, page) DO UPDATE SET
        account_name = excluded.account_name, within_id = excluded.within_id, group_name = excluded.group_name,
        scene = excluded.scene, state = excluded.state, width = excluded.width, height = excluded.height,
        software_rendered = excluded.software_rendered, seen_at = excluded.seen_at
"""
_FORGET = """
    DELETE FROM wall_display
    WHERE seen_at < %(now)s - INTERVAL '7 days'
        OR account_id = %(account)s AND page IN (
            SELECT page FROM wall_display
            WHERE account_id = %(account)s
            ORDER BY seen_at DESC, page
            OFFSET %(most)s
        )
"""
_DISPLAYS = """
    SELECT
        shown.account_name AS name, shown.group_name, shown.scene, shown.state, shown.width, shown.height,
        shown.software_rendered, shown.came_at, shown.seen_at, unit.code, unit.level_key AS level, level.rank,
        unit.name AS unit_name, unit.name_en AS unit_name_en
    FROM wall_display AS shown
    JOIN unit ON unit.id = shown.within_id
    JOIN level ON level.key = unit.level_key
    WHERE shown.seen_at > %(since)s
    ORDER BY level.rank, unit.code, shown.group_name, shown.account_name, shown.came_at, shown.page
    LIMIT %(most)s
"""
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """What a wall says of itself.

    Attributes:
        page: 32 hexadecimal digits that the page made up when it was opened.
        scene: Key of the scene that it shows.
        state: `live`, `late` or `lost`, as its mark says.
        width, height: Of its picture, in pixels.
        software_rendered: Whether the processor draws its map.
    """

    page: str
    scene: str
    state: str
    width: int
    height: int
    software_rendered: bool


@dataclass(frozen=True, slots=True)
class Display:
    """A wall that stands; `code` and what follows are of its area, `seen_at` is when it last said so."""

    name: str
    group_name: str
    scene: str
    state: str
    width: int
    height: int
    software_rendered: bool
    came_at: datetime
    seen_at: datetime
    code: str
    level: str
    rank: int
    unit_name: str
    unit_name_en: str


async def say_standing(conn: AsyncRows, area: Unit, group: str, standing: Standing, now: datetime) -> None:
    """Keep what a wall of this account says of itself; forget those that have not said anything for a week."""
    account = acting_account()
    values = asdict(standing) | {"within": area.id, "group": group, "account": account.id, "who": account.name}
    await conn.execute(_SAY, values | {"now": now})
    await conn.execute(_FORGET, {"now": now, "account": account.id, "most": MOST_PAGES})


async def read_displays(conn: AsyncRows, since: datetime) -> tuple[Display, ...]:
    """Walls of areas that the asker may see and that have said something since then, by area, group and name."""
    return await fetch_all(conn, Display, _DISPLAYS, {"since": since, "most": MOST_LISTED})
