"""What are codes that are no units of a plan: of older boundaries, of another level, elsewhere?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A unit that bears a code.

    Attributes:
        ended: boundary revision by which it ended; None for a current unit.
    """

    code: str
    level: str
    level_name: str
    ended: int | None


async def read_elsewhere(conn: AsyncRows, codes: Collection[str], level: str, within: str) -> Mapping[str, str]:
    """What each code is, as the end of a sentence; codes that are nothing at all are left out.

    Args:
        conn: a connection in the reader's scope: what lies outside of it is not told apart from what is nothing.
        codes: as they stand in the file.
        level: key of the level whose units the plan joins.
        within: name of the unit that the plan divides.
    """
    values = {"codes": sorted(codes), "level": level}
    return {
        row.code: _said(row, level, within) for row in await fetch_all(conn, Elsewhere, named("zone_elsewhere"), values)
    }


def _said(row: Elsewhere, level: str, within: str) -> str:
    if row.level != level:
        return f"is a unit of the level {row.level_name!r}, not one that this plan joins"
    if row.ended is not None:
        return f"belongs to older boundaries: it ended with boundary revision {row.ended}"
    return f"lies outside of {within}"
