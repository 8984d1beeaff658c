"""Is every committed change told once, under one number, to whoever may know of it, and to nobody else?"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.accounts.account import Account, acting_as
from data.cases.action import Act
from data.engine import libpq_url
from data.feed.entry import RESET, Entry
from data.feed.read import Passage, read_passage
from data.feed.tell import tell, tell_all_anew
from data.reset import empty_city
from data.rollup import fold, mark_breached
from tests.data.reads import grid_world
from tests.data.security.scoped import transaction
from tests.support.case_world import DISPUTE, FIRE, MONDAY_8, WATER, CaseWorld, case_world

REPORT = """
    INSERT INTO incident (reported_at, cell_id, class_id, source_id, dataset_id)
    SELECT %(at)s, cell.id, 1, 1, 1 FROM cell WHERE cell.grid_id = %(grid)s ORDER BY cell.id LIMIT 1
    RETURNING id
"""
VALUES = {"at": MONDAY_8, "grid": grid_world.IDS["a"]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        with owner(world) as connection:
            fold(connection)
            tell(connection)
            connection.execute("DELETE FROM feed_change")
        yield world


@contextmanager
def owner(world: CaseWorld) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(world.url)) as connection:
        yield connection


def head(world: CaseWorld) -> int:
    with owner(world) as connection:
        row = connection.execute("SELECT head FROM feed_state").fetchone()
    assert row is not None
    return int(row[0])


def told(world: CaseWorld, **limits: int) -> int:
    with owner(world) as connection:
        return tell(connection, **limits)


async def passage(world: CaseWorld, account: Account, after: int, epoch: str | None = None) -> Passage:
    with acting_as(account):
        async with world.database.reading() as conn:
            return await read_passage(conn, after, epoch)


async def seen(world: CaseWorld, who: str, after: int, unit: str | None = None) -> list[tuple[int | None, str | None]]:
    """Case and act of each entry about cases that an account reads; `gone` where the case has left it."""
    account = world.accounts[who]
    account = replace(account, unit_id=grid_world.IDS[unit]) if unit else account
    entries = (await passage(world, account, after)).entries
    return [shown(entry) for entry in entries if entry.kind == "cases"]


def shown(entry: Entry) -> tuple[int | None, str | None]:
    return entry.incident_id, "gone" if entry.gone else entry.act


@pytest.mark.anyio
async def test_a_report_and_each_act_are_told_once_with_the_number_of_the_event(world: CaseWorld) -> None:
    start = head(world)
    case = await world.handled()
    told(world)
    entries = (await passage(world, world.accounts["operator"], start)).entries
    cases = [entry for entry in entries if entry.kind == "cases"]
    assert [(entry.seq, entry.act) for entry in cases] == [(1, "report"), (2, "file"), (3, "dispatch"), (4, "handle")]
    assert {entry.incident_id for entry in cases} == {case}
    assert {entry.status for entry in cases} == {5}
    assert [entry.id for entry in cases] == list(range(start + 1, start + 5))
    await world.does("operator", Act.NOTE, case, note="已联系")
    told(world)
    later = await seen(world, "operator", cases[-1].id)
    assert later == [(case, "note")]


@pytest.mark.anyio
async def test_what_passes_its_limit_is_told_and_what_is_rolled_back_is_not(world: CaseWorld) -> None:
    case = await world.dispatched()
    start = told(world)
    with owner(world) as connection:
        connection.execute(REPORT, VALUES)
        connection.rollback()
    assert told(world) == start
    with owner(world) as connection:
        connection.execute("ALTER TABLE incident DISABLE TRIGGER incident_feed_updated")
        connection.execute(
            "UPDATE incident SET due_at = now() - interval '1 minute', breached = false WHERE id = %s", [case]
        )
        connection.execute("ALTER TABLE incident ENABLE TRIGGER incident_feed_updated")
        connection.commit()
        assert mark_breached(connection) >= 1
    told(world)
    assert (case, "breach") in await seen(world, "operator", start)
    entries = (await passage(world, world.accounts["operator"], start)).entries
    assert next(entry for entry in entries if entry.incident_id == case).seq == 3


@pytest.mark.anyio
async def test_each_department_is_told_of_its_own_cases_and_that_one_has_left(world: CaseWorld) -> None:
    start = head(world)
    case = await world.dispatched(WATER)
    told(world)
    middle = head(world)
    assert await seen(world, "fireman", start) == []
    # Filed and given away between two tellings: the department sees the case and may know how it came.
    assert [act for _, act in await seen(world, "waterman", start)] == ["report", "file", "dispatch"]
    await world.does("operator", Act.REDISPATCH, case, department=FIRE, reason="转消防")
    told(world)
    assert await seen(world, "waterman", middle) == [(case, "gone")]
    assert await seen(world, "fireman", middle) == [(case, "redispatch")]
    last = head(world)
    await world.does("operator", Act.NOTE, case, note="已联系")
    told(world)
    assert await seen(world, "waterman", last) == []
    await world.does("operator", Act.WHISTLE, case, departments=[WATER], hours=1, reason="多部门")
    told(world)
    assert await seen(world, "waterman", last) == [(case, "whistle")]


@pytest.mark.anyio
async def test_each_area_is_told_of_its_own_cases_and_sensitive_ones_take_the_right(world: CaseWorld) -> None:
    start = head(world)
    here, there = world.report(grid="a"), world.report(grid="d")
    quiet = world.report(grid="a", class_id=DISPUTE)
    told(world)
    everything = {(case, "report") for case in (here, there, quiet)}
    assert set(await seen(world, "operator", start)) == everything
    assert set(await seen(world, "operator", start, "A")) == everything - {(there, "report")}
    assert set(await seen(world, "operator", start, "B")) == {(there, "report")}
    assert set(await seen(world, "leader", start, "A")) == {(here, "report")}
    assert set(await seen(world, "leader", start)) == everything - {(quiet, "report")}
    with transaction(world.url, None) as web:
        assert web.execute("SELECT count(*) FROM feed_entry").fetchone() == (0,)


@pytest.mark.anyio
async def test_figures_are_told_when_they_have_moved_and_not_otherwise(world: CaseWorld) -> None:
    start = told(world)
    assert told(world) == start
    world.report()
    with owner(world) as connection:
        fold(connection)
        tell(connection)
    entries = (await passage(world, world.accounts["leader"], start)).entries
    assert [entry.kind for entry in entries] == ["cases", "figures"]
    assert told(world) == start + 2


@pytest.mark.anyio
async def test_a_flood_a_move_and_another_city_ask_to_read_everything_anew(world: CaseWorld) -> None:
    leader = world.accounts["leader"]
    start = told(world)
    case = world.report()
    world.report()
    assert told(world, flood=1) == start + 1
    assert not (await passage(world, leader, start)).is_whole
    after = head(world)
    with owner(world) as connection:
        connection.execute("UPDATE incident SET class_id = %s WHERE id = %s", [DISPUTE, case])
    told(world)
    moved = await passage(world, leader, after)
    assert (moved.is_whole, moved.upto) == (False, head(world))
    epoch = moved.state.epoch
    assert (await passage(world, leader, head(world), epoch)).is_whole
    with owner(world) as connection:
        tell_all_anew(connection)
        tell(connection)
        row = connection.execute("SELECT kind FROM feed_entry ORDER BY id DESC LIMIT 1").fetchone()
        assert row == (RESET,)
        empty_city(connection)
    emptied = await passage(world, leader, head(world), epoch)
    assert (emptied.is_whole, emptied.state.epoch != epoch) == (False, True)


@pytest.mark.anyio
async def test_only_so_many_entries_are_kept_and_whoever_missed_more_is_told(world: CaseWorld) -> None:
    start = head(world)
    for _ in range(6):
        world.report()
    told(world, keep=4, slack=0)
    leader = world.accounts["leader"]
    assert not (await passage(world, leader, start)).is_whole
    assert not (await passage(world, leader, head(world) + 1)).is_whole
    kept = await passage(world, leader, head(world) - 4)
    assert (kept.is_whole, len(kept.entries)) == (True, 4)
    with owner(world) as connection:
        rows = connection.execute("SELECT min(id), max(id), count(*) FROM feed_entry").fetchone()
    assert rows == (head(world) - 3, head(world), 4)


@pytest.mark.anyio
async def test_a_long_stretch_is_read_in_pieces_that_join(world: CaseWorld) -> None:
    start = head(world)
    cases = [world.report() for _ in range(7)]
    told(world)
    found, at = [], start
    with acting_as(world.accounts["operator"]):
        while at < head(world):
            async with world.database.reading() as conn:
                piece = await read_passage(conn, at, None, most=3)
            assert piece.upto > at
            found += [entry.incident_id for entry in piece.entries if entry.kind == "cases"]
            at = piece.upto
    assert found == cases


STEPS = st.lists(st.tuples(st.sampled_from(["begin", "commit", "rollback", "tell"]), st.integers(0, 4)), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_the_order_of_commits_each_change_is_told_once_and_numbers_have_no_gaps(
    order_url: str, steps: list[tuple[str, int]]
) -> None:
    """Writers begin and end in any order, and what is told in between is told of what is committed alone."""
    committed: set[int] = set()
    with ExitStack() as stack:
        teller = stack.enter_context(psycopg.connect(libpq_url(order_url), autocommit=True))
        begun = state_of(teller)
        writers = [stack.enter_context(psycopg.connect(libpq_url(order_url))) for _ in range(5)]
        held: list[set[int]] = [set() for _ in writers]
        for step, number in [*steps, *(("commit", writer) for writer in range(5)), ("tell", 0)]:
            if step == "begin":
                row = writers[number].execute(REPORT, VALUES).fetchone()
                assert row is not None
                held[number].add(row[0])
            elif step == "tell":
                with teller.transaction():
                    tell(teller)
                assert told_since(teller, begun) == sorted(committed)
            else:
                committed |= held[number] if step == "commit" else set()
                getattr(writers[number], step)()
                held[number] = set()
        numbers = teller.execute("SELECT id FROM feed_entry WHERE id > %s ORDER BY id", [begun]).fetchall()
        assert [row[0] for row in numbers] == list(range(begun + 1, state_of(teller) + 1))


def state_of(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT head FROM feed_state").fetchone()
    assert row is not None
    return int(row[0])


def told_since(connection: psycopg.Connection, begun: int) -> list[int]:
    rows = connection.execute("SELECT incident_id FROM feed_entry WHERE id > %s AND kind = 'cases'", [begun])
    return sorted(row[0] for row in rows)


@pytest.fixture
def order_url(database_url: str) -> str:
    """The drawn city, with nothing waiting to be told."""
    grid_world.build(database_url, count=4)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT ensure_incident_partition(%s)", [MONDAY_8])
        connection.execute("SELECT setval('incident_id_seq', 1000)")
        fold(connection)
        tell(connection)
    return database_url
