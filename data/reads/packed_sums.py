"""What do the packed days of a level add up to, and which days are not packed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import tuple_row
from psycopg.sql import SQL

from data.engine import AsyncRows
from data.models.space import ID_BLOCK
from data.named_sql import named
from data.reads.levels import Level


@dataclass(frozen=True, slots=True)
class PackedSums:
    """Sums over the packed days.

    Attributes:
        sums: (measures, count) by unit in id order.
        rest: Days without a pack.
    """

    sums: NDArray[np.float64]
    rest: tuple[date, ...]


async def read_packed_sums(conn: AsyncRows, level: Level, days: Sequence[date], measures: Sequence[str]) -> PackedSums:
    """Sums of measures of all classes together, exact in this snapshot for the days that are packed.

    Args:
        days: Days to add up.
        measures: Columns of the figures.
    """
    columns = SQL(", ".join(measures))
    packs = await _rows(
        conn,
        SQL(named("choropleth_packs")).format(measures=columns),
        {"block": level.first_id // ID_BLOCK, "days": days},
    )
    sums = np.zeros((len(measures), level.count))
    if not packs:
        return PackedSums(sums, tuple(days))
    place = np.concatenate([_numbers(pack[1]) for pack in packs]) - level.first_id
    for position in range(len(measures)):
        values = np.concatenate([_numbers(pack[2 + position]) for pack in packs])
        sums[position] = np.bincount(place, weights=values, minlength=level.count)
    packed = [pack[0] for pack in packs]
    await _add_pending(conn, level, packed, measures, sums)
    return PackedSums(sums, tuple(sorted(set(days) - set(packed))))


async def _add_pending(
    conn: AsyncRows, level: Level, days: Sequence[date], measures: Sequence[str], sums: NDArray[np.float64]
) -> None:
    """Add the changes that are not folded into the packs yet."""
    statement = SQL(named("choropleth_pending")).format(measures=SQL(", ".join(measures)))
    values = {"first_id": level.first_id, "last_id": level.first_id + level.count - 1, "days": days}
    for subject, *changes in await _rows(conn, statement, values):
        sums[:, subject - level.first_id] += changes


async def _rows(conn: AsyncRows, statement: Any, values: dict[str, object]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _numbers(packed: bytes) -> NDArray[np.int32]:
    return np.frombuffer(packed, ">i4").astype(np.int32)
