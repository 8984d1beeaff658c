"""In which zone does each unit lie today, by the plans in force?"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all
from geo.zoning.graph import Ints


@dataclass(frozen=True, slots=True)
class _Member:
    code: str
    plan_id: int
    no: int


async def read_in_force(conn: AsyncRows, within: int, level: str, codes: tuple[str, ...], today: date) -> Ints | None:
    """(n,) number of the zone in force of each unit, −1 for none; None where no plan is in force here.

    A unit whose border changed since is found again by its code.

    Args:
        conn: a connection in the reader's scope.
        within: id of the unit that is planned; its own plan goes before those of units above or below it.
        level: key of the level of the units.
        codes: of the ground's units, in its order.
        today: the city-local day.
    """
    values = {"level": level, "within": within, "today": today}
    members = {
        row.code: (row.plan_id, row.no) for row in await fetch_all(conn, _Member, named("zone_in_force"), values)
    }
    zones = {zone: number for number, zone in enumerate(sorted(set(members.values())))}
    number = np.array([zones[members[code]] if code in members else -1 for code in codes], np.int64)
    return number if (number >= 0).any() else None
