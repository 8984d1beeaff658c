"""Is a ground that was read before still that of the borders, links and plans of this moment?"""

from dataclasses import dataclass
from datetime import date, datetime

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_one


@dataclass(frozen=True, slots=True)
class GroundStamp:
    """What a ground depends on besides incidents; equal stamps, equal borders.

    Attributes:
        boundary_revision: newest accepted boundaries.
        links, links_at: number of links and cuts of the level, and when the last was made.
        in_force: when a plan of the level that is in force, was or is to be, was adopted or ended last.
        today: the city-local day, on which plans come into force.
    """

    boundary_revision: int
    links: int
    links_at: datetime | None
    in_force: datetime | None
    today: date

    def is_of_same_ground(self, other: "GroundStamp") -> bool:
        """Whether borders and links are the same; plans in force may be others."""
        mine, its = ((stamp.boundary_revision, stamp.links, stamp.links_at) for stamp in (self, other))
        return mine == its


async def read_stamp(conn: AsyncRows, level: str) -> GroundStamp:
    """The stamp of grounds of a level at this moment."""
    stamp = await fetch_one(conn, GroundStamp, named("zone_ground_stamp"), {"level": level})
    assert stamp is not None
    return stamp
