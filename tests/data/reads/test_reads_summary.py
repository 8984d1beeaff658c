"""Do summaries equal a recount of the drawn incidents, and do parts add up to totals?"""

from dataclasses import replace
from datetime import date

import numpy as np
import psycopg
import pytest

from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.reads.measures import Measures
from data.reads.question import read_question
from data.reads.summary import Summary, read_summary
from tests.data.reads import grid_world
from tests.data.reads.conftest import World
from tests.data.reads.grid_world import CLASSES, CODES, PARENT, Row, measures

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2025, 3, 2), date(2025, 3, 31)
UNITS = "XABCabcdefg"
CLASS_FILTERS = [None, "flood", "U-E-1-01", "safety,roads"]
CLASS_IDS = {None: {1, 2, 3, 4, 5}, "flood": {3, 5}, "U-E-1-01": {1}, "safety,roads": {3, 4, 5}}


def expected_rows(world: World, letter: str, classes: str | None, first: date = FIRST, last: date = LAST) -> list[Row]:
    wanted = CLASS_IDS[classes]
    return [row for row in world.rows if row.lies_in(letter) and first <= row.day <= last and row.class_id in wanted]


async def summary_of(conn: AsyncRows, letter: str, by: str, classes: str | None = None) -> Summary:
    question = await read_question(
        conn, unit=CODES[letter], start=FIRST.isoformat(), end=LAST.isoformat(), classes=classes
    )
    return await read_summary(conn, question, by)


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("letter", UNITS)
async def test_total_and_children_equal_a_recount_of_the_drawing(
    world: World, conn: AsyncRows, letter: str, classes: str | None
) -> None:
    rows = expected_rows(world, letter, classes)
    assert rows
    summary = await summary_of(conn, letter, "child", classes)
    assert summary.measures == measures(rows)
    children = _children_in_drawing(letter, rows)
    got = {item.code: item.measures for item in summary.items if item.measures.n}
    assert got == {CODES[child]: measures(lying) for child, lying in children.items()}
    assert sum(item.measures.n for item in summary.items) + summary.unassigned == summary.total == len(rows)


def _children_in_drawing(letter: str, rows: list[Row]) -> dict[str, list[Row]]:
    children: dict[str, list[Row]] = {}
    for row in rows:
        child = row.town if letter == "X" else row.grid
        if child:
            children.setdefault(child, []).append(row)
    return children


async def test_a_child_across_the_border_is_shared_out(world: World, conn: AsyncRows) -> None:
    summary = await summary_of(conn, "B", "child")
    guest = next(item for item in summary.items if item.code == CODES["b"])
    assert PARENT["b"] == "A"
    assert guest.shared
    assert guest.measures.n == sum(row.grid == "b" for row in expected_rows(world, "B", None)) > 0
    own = await summary_of(conn, "A", "child")
    at_home = next(item for item in own.items if item.code == CODES["b"])
    assert not at_home.shared
    assert at_home.measures.n == sum(row.grid == "b" for row in expected_rows(world, "A", None)) > 0


async def test_what_lies_in_no_unit_counts_for_the_city_as_unassigned(world: World, conn: AsyncRows) -> None:
    summary = await summary_of(conn, "X", "child")
    rows = expected_rows(world, "X", None)
    assert summary.in_no_unit == sum(row.city is row.town is row.grid is None for row in rows) > 0
    assert summary.unassigned == sum(row.town is None for row in rows) > summary.in_no_unit
    assert summary.not_permitted == 0


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("letter", "XBe")
async def test_by_class_equals_a_recount(world: World, conn: AsyncRows, letter: str, classes: str | None) -> None:
    summary = await summary_of(conn, letter, "class", classes)
    rows = expected_rows(world, letter, classes)
    expected = {
        CLASSES[class_id - 1][0]: measures(row for row in rows if row.class_id == class_id)
        for class_id in {row.class_id for row in rows}
    }
    assert {item.code: item.measures for item in summary.items} == expected
    assert summary.unassigned == 0


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("letter", "XBe")
async def test_by_day_has_every_day(world: World, conn: AsyncRows, letter: str, classes: str | None) -> None:
    summary = await summary_of(conn, letter, "day", classes)
    rows = expected_rows(world, letter, classes)
    assert [item.code for item in summary.items] == [f"2025-03-{day:02d}" for day in range(2, 32)]
    for item in summary.items:
        assert item.measures == measures(row for row in rows if row.day.isoformat() == item.code)


@pytest.mark.parametrize("letter", "XBe")
async def test_by_status_and_department_equal_a_recount(world: World, conn: AsyncRows, letter: str) -> None:
    rows = expected_rows(world, letter, None)
    by_status = await summary_of(conn, letter, "status")
    closed = next(item for item in by_status.items if item.code == "closed")
    assert closed.measures == measures(row for row in rows if row.status == 6)
    assert sum(item.measures.n for item in by_status.items) == len(rows)
    by_department = await summary_of(conn, letter, "department")
    assert by_department.unassigned == sum(row.department_id is None for row in rows) > 0
    fire = next(item for item in by_department.items if item.code == "fire")
    assert fire.measures == measures(row for row in rows if row.department_id == 2)


async def test_the_five_figures_and_their_shares_of_what_was_reported(world: World, conn: AsyncRows) -> None:
    summary = await summary_of(conn, "A", "child")
    now = measures(expected_rows(world, "A", None))
    figures = {figure.key: figure for figure in summary.figures}
    assert figures["reported"].value == now.n
    assert {key: figure.share for key, figure in figures.items()} == {
        "reported": None,
        "open": now.n_open / now.n,
        "overdue": now.n_overdue / now.n,
        "closed": now.n_closed / now.n,
        "on_time_share": None,
    }
    assert figures["on_time_share"].value == now.n_on_time / (now.n_on_time + now.n_late + now.n_overdue)
    assert [figure.formula for figure in summary.figures] == [f"formula.{key}" for key in figures]


async def test_summary_follows_updates_and_deletes_before_any_fold(database_url: str) -> None:
    rng = np.random.default_rng(11)
    rows = grid_world.build(database_url, seed=3, count=300)
    kept = [row for row in rows if row.id % 7]
    changed = [replace(row, status=int(rng.integers(1, 13)), breached=row.id % 2 == 0) for row in kept]
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("DELETE FROM incident WHERE id %% 7 = 0", {})
        connection.cursor().executemany(
            "UPDATE incident SET status = %s, breached = %s WHERE id = %s",
            [(row.status, row.breached, row.id) for row in changed],
        )
    database = AsyncDatabase(database_url, min_size=1, max_size=1)
    await database.open()
    async with database.reading() as conn:
        for letter in UNITS:
            wanted = expected_rows(World(database_url, changed), letter, None)
            for by in ("child", "class", "day", "status", "department"):
                summary = await summary_of(conn, letter, by)
                assert summary.measures == measures(wanted)
                assert sum(item.measures.n for item in summary.items) + summary.unassigned == len(wanted)
    await database.close()


def test_share_of_nothing_is_no_number() -> None:
    assert Measures(n=3, n_open=3).on_time_share is None
    assert Measures(n=4, n_on_time=3, n_late=1).on_time_share == 0.75
