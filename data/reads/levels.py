"""Which levels does the area tree have, and which ids belong to each?"""

from collections.abc import Sequence
from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import LevelUnknown
from data.reads.rows import fetch_all
from data.reads.zone_facts import PlanFacts


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the area tree.

    Attributes:
        rank: 0 for the whole city, growing downwards.
        first_id: Id of the unit at place 0 of an array over the level.
        count: Length of such an array; ended units keep their place.
        current: Number of units that are valid now.
        rollup_by_class: Whether figures by class are kept for its units.
        plans: Of the level of zones, the plans that these are of, by id.
    """

    key: str
    rank: int
    name_zh: str
    name_en: str
    first_id: int
    min_zoom: float
    max_zoom: float
    rollup_by_class: bool
    count: int
    current: int
    plans: tuple[PlanFacts, ...] = ()


async def read_levels(conn: AsyncRows) -> tuple[Level, ...]:
    """All levels, by rank."""
    return await fetch_all(conn, Level, named("levels"))


def find_level(levels: Sequence[Level], key: str) -> Level:
    """The level with the key.

    Raises:
        LevelUnknown: There is none.
    """
    for level in levels:
        if level.key == key:
            return level
    known = ", ".join(level.key for level in levels) or "none yet"
    raise LevelUnknown("level", f"There is no level {key!r}.", f"Use one of: {known}.")
