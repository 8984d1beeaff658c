"""Do packed days give the same values as rows, whatever happens after the packing?"""

from datetime import date

import numpy as np
import psycopg
import pytest

from data.engine import AsyncDatabase, libpq_url
from data.reads.choropleth import _PACKED, parse_metric, read_choropleth
from data.reads.levels import find_level, read_levels
from data.reads.packed_sums import read_packed_sums
from data.reads.question import read_question
from data.rollup import fold
from data.rollup_packs import make_packs
from tests.data.reads import grid_world

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2025, 3, 2), date(2025, 3, 31)
CHANGE = "UPDATE incident SET status = 6, handled_at = reported_at + interval '1 hour' WHERE id % 3 = 0"
LEVELS = ("city", "town", "grid")
Shown = dict[tuple[str, str], list[float]]


async def _all_values(url: str) -> tuple[Shown, int]:
    """Values of every level and metric, and how many of the days were read row by row."""
    database = AsyncDatabase(url, min_size=1, max_size=1)
    await database.open()
    async with database.reading() as conn:
        question = await read_question(conn, start=FIRST.isoformat(), end=LAST.isoformat())
        shown = {}
        for key in LEVELS:
            level = find_level(await read_levels(conn), key)
            for metric in _PACKED:
                values = await read_choropleth(conn, question, level, parse_metric(metric))
                shown[key, metric] = values.values.tolist()
        rest = (await read_packed_sums(conn, level, question.period.days, ("n",))).rest
    await database.close()
    return shown, len(rest)


def _same(left: Shown, right: Shown) -> bool:
    return all(np.array_equal(left[key], right[key], equal_nan=True) for key in left)


async def test_packs_rows_and_pending_changes_tell_the_same(database_url: str) -> None:
    grid_world.build(database_url, count=900)
    by_rows, unpacked = await _all_values(database_url)
    assert unpacked == 30
    with psycopg.connect(libpq_url(database_url)) as connection:
        while make_packs(connection, 7, quiet_s=0.0):
            connection.commit()
        packed, unpacked = await _all_values(database_url)
        assert unpacked < 30
        assert _same(packed, by_rows)

        assert connection.execute(CHANGE).rowcount > 100
        connection.commit()
        pending, still_unpacked = await _all_values(database_url)
        assert still_unpacked == unpacked
        assert not _same(pending, packed)

        assert fold(connection) > 0
        connection.commit()
        folded, unpacked = await _all_values(database_url)
        assert unpacked > 20
        assert _same(folded, pending)

        assert make_packs(connection, quiet_s=3_600) == 0
        while make_packs(connection, quiet_s=0.0):
            connection.commit()
        again, _ = await _all_values(database_url)
        assert _same(again, pending)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
