"""Is the value of each unit that of the drawing, and do zero, no data and filtered out stay apart?"""

from datetime import date

import numpy as np
import psycopg
import pytest

from data.cells import CityLocator
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.reads.choropleth import Metric, parse_metric, read_choropleth
from data.reads.choropleth_cache import ChoroplethCache
from data.reads.errors import MetricUnknown
from data.reads.levels import find_level, read_levels
from data.reads.question import read_question
from data.rollup import fold
from tests.data.reads import grid_world
from tests.data.reads.conftest import World
from tests.data.reads.grid_world import CODES, NO_POPULATION, Row, measures

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2025, 3, 2), date(2025, 3, 31)
LETTERS = {"city": "X", "town": "ABC", "grid": "abcdefgz"}


async def values_of(
    conn: AsyncRows,
    level: str,
    metric: Metric,
    classes: str = "",
    unit: str = "",
    days: tuple[date, date] = (FIRST, LAST),
) -> tuple[list[float], list[bool]]:
    question = await read_question(conn, unit=unit, start=days[0].isoformat(), end=days[1].isoformat(), classes=classes)
    values = await read_choropleth(conn, question, find_level(await read_levels(conn), level), metric)
    assert values.values.dtype == np.float32
    return values.values.tolist(), values.filtered_out.tolist()


def rows_in(world: World, letter: str, classes: set[int]) -> list[Row]:
    return [
        row
        for row in world.rows
        if letter in (row.city, row.town, row.grid) and FIRST <= row.day <= LAST and row.class_id in classes
    ]


def expected(rows: list[Row], letter: str, metric: str) -> float:
    figures = measures(rows)
    due = figures.n_on_time + figures.n_late + figures.n_overdue
    return {
        "reported": figures.n,
        "open": figures.n_open,
        "overdue": figures.n_overdue,
        "closed": figures.n_closed,
        "on_time_share": figures.n_on_time / due if due else float("nan"),
        "per_km2": figures.n / 2,
        "per_1000": figures.n / 0.5 if letter != NO_POPULATION else float("nan"),
    }[metric]


@pytest.mark.parametrize("metric", ["reported", "open", "overdue", "closed", "on_time_share", "per_km2", "per_1000"])
@pytest.mark.parametrize(("classes", "ids"), [("", {1, 2, 3, 4, 5}), ("flood", {3, 5})])
@pytest.mark.parametrize("level", ["city", "town", "grid"])
async def test_values_equal_the_drawing(
    world: World, conn: AsyncRows, level: str, metric: Metric, classes: str, ids: set[int]
) -> None:
    values, filtered = await values_of(conn, level, metric, classes)
    for value, letter in zip(values, LETTERS[level], strict=True):
        wanted = float("nan") if letter == "z" else expected(rows_in(world, letter, ids), letter, metric)
        assert value == pytest.approx(wanted, rel=1e-4, nan_ok=True), letter
    assert not any(filtered)


async def test_zero_is_not_no_data(conn: AsyncRows) -> None:
    long_ago = (date(2020, 1, 1), date(2020, 1, 31))
    reported, _ = await values_of(conn, "grid", "reported", days=long_ago)
    assert reported[:7] == [0.0] * 7
    assert np.isnan(reported[7])
    share, _ = await values_of(conn, "grid", "on_time_share", days=long_ago)
    assert np.isnan(share).all()


async def test_units_outside_the_asked_one_are_filtered_out(conn: AsyncRows) -> None:
    values, filtered = await values_of(conn, "grid", "reported", unit=CODES["B"])
    assert filtered == [True, True, False, False, True, True, True, False]
    assert [bool(np.isnan(value)) for value in values] == [True, True, False, False, True, True, True, True]


def test_unknown_metric_is_refused() -> None:
    assert parse_metric("") == "reported"
    with pytest.raises(MetricUnknown) as refusal:
        parse_metric("n; DROP TABLE unit")
    assert "per_km2" in refusal.value.remedy


async def test_cache_never_shows_old_values(database_url: str) -> None:
    rows = grid_world.build(database_url, count=200)
    cache = ChoroplethCache()
    database = AsyncDatabase(database_url, min_size=1, max_size=1)
    await database.open()

    async def reported() -> tuple[float, object]:
        async with database.reading() as conn:
            question = await read_question(conn, start="2025-01-01", end="2025-03-31")
            level = find_level(await read_levels(conn), "grid")
            values = await cache.read(conn, question, level, "reported")
            return float(np.nansum(values.values)), values

    in_grids = sum(row.grid is not None for row in rows)
    pending, first = await reported()
    assert pending == in_grids
    assert (await reported())[1] is not first
    with psycopg.connect(libpq_url(database_url)) as connection:
        fold(connection)
    folded, held = await reported()
    assert folded == in_grids
    assert (await reported())[1] is held
    more = grid_world.draw_rows(np.random.default_rng(99), 260)[200:]
    with psycopg.connect(libpq_url(database_url)) as connection:
        grid_world.write_rows(connection, CityLocator.load(connection), more)
    now = in_grids + sum(row.grid is not None for row in more)
    assert (await reported())[0] == now
    with psycopg.connect(libpq_url(database_url)) as connection:
        fold(connection)
    assert (await reported())[0] == now
    await database.close()
