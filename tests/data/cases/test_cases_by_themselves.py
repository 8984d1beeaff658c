"""Does a suspension end when it was to, and does a late case go up the ladder, once, without anybody's doing?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import psycopg
import pytest

from data.accounts.account import acting_as
from data.cases.action import Act
from data.cases.detail import CaseDetail, read_case
from data.cases.keeper import CaseKeeper
from data.cases.queue import QueuedCase, read_counts, read_queue
from data.cases.queue_filter import Queue, QueueFilter
from data.cases.rebuild import compare
from data.engine import AsyncDatabase, libpq_url
from data.named_sql import named
from geo.status import CaseStatus
from tests.support.case_world import MONDAY_8, CaseWorld, case_world

DUE = MONDAY_8 + timedelta(hours=6, minutes=2)
"""Given to the department at 8:02; four work hours, with the two of midday between."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


async def passes(world: CaseWorld, now: datetime) -> int:
    """It is so late now; a program that has just started takes its turn, and the figures and tables agree."""
    world.clock.now = now

    def turn() -> int:
        with psycopg.connect(libpq_url(world.url), autocommit=True) as owner:
            owner.execute(named("incident_mark_breached").replace("now()", "%s").encode(), [now])
            count = CaseKeeper(world.url).turn(owner, now)
            assert owner.execute(named("rollup_differences").encode()).fetchone() == (0,)
        return count

    count = await asyncio.to_thread(turn)
    database = AsyncDatabase(world.url, min_size=1, max_size=1)
    await database.open()
    async with database.writing() as conn:
        assert (await compare(conn, now))[1] == ()
    await database.close()
    return count


async def shown(world: CaseWorld, case: int) -> CaseDetail:
    account = world.accounts["operator"]
    with acting_as(account):
        async with world.database.reading() as conn:
            detail = await read_case(conn, case, account, world.clock.now)
    world.seen[case] = detail.state.seq
    return detail


async def escalated(world: CaseWorld) -> tuple[QueuedCase, ...]:
    with acting_as(world.accounts["operator"]):
        async with world.database.reading() as conn:
            page = await read_queue(conn, QueueFilter(Queue.ESCALATED), world.clock.now, limit=10)
            counts = await read_counts(conn, QueueFilter(), world.clock.now)
    assert counts[Queue.ESCALATED] == len(page.cases)
    return page.cases


@pytest.mark.anyio
@pytest.mark.parametrize("late_h", [0, 3], ids=["at once", "after the program stood still"])
async def test_a_suspension_ends_when_it_was_to(world: CaseWorld, late_h: int) -> None:
    case = await world.dispatched()
    until = MONDAY_8 + timedelta(days=2)
    world.clock.now = MONDAY_8 + timedelta(minutes=62)
    await world.does("leader", Act.SUSPEND, case, until=until.isoformat(), reason="等待部件")
    assert (await shown(world, case)).incident.incident.due_at is None
    assert await passes(world, until - timedelta(seconds=1)) == 0
    now = until + timedelta(hours=late_h)
    assert await passes(world, now) == 1
    assert await passes(world, now) == 0
    detail = await shown(world, case)
    last = detail.events[-1]
    assert (last.act, last.at, last.account_id, last.account_role) == (Act.RESUME, now, None, "program")
    # From 8:02 to 9:03 an hour and a minute had passed; from Wednesday at 8:00 on the rest of four hours.
    assert detail.incident.incident.due_at == until + timedelta(hours=2, minutes=59)
    assert (detail.state.status, detail.state.suspended_until) == (CaseStatus.dispatched, None)


@pytest.mark.anyio
async def test_what_was_suspended_is_late_again_without_anybody_touching_it(world: CaseWorld) -> None:
    case = await world.dispatched()
    until = MONDAY_8 + timedelta(days=1)
    await world.does("leader", Act.SUSPEND, case, until=until.isoformat(), reason="等待部件")
    # Its end and its limit have both passed before the program looks.
    assert await passes(world, until + timedelta(hours=4, minutes=30)) == 1
    detail = await shown(world, case)
    assert detail.timers[-1].stands(world.clock.now) == "breached"
    with psycopg.connect(libpq_url(world.url)) as owner:
        assert owner.execute("SELECT breached FROM incident WHERE id = %s", [case]).fetchone() == (True,)


@pytest.mark.anyio
async def test_who_resumes_earlier_ends_it_and_the_program_does_not_again(world: CaseWorld) -> None:
    case = await world.dispatched()
    until = MONDAY_8 + timedelta(days=1)
    await world.does("leader", Act.SUSPEND, case, until=until.isoformat(), reason="等待部件")
    await world.does("operator", Act.RESUME, case)
    await world.does("waterman", Act.HANDLE, case, result="已修复")
    assert await passes(world, until + timedelta(days=1)) == 0


@pytest.mark.anyio
async def test_a_late_case_goes_up_step_by_step_and_each_step_is_written_once(world: CaseWorld) -> None:
    case = await world.dispatched()
    assert (await shown(world, case)).incident.incident.due_at == DUE
    steps = ((1, "department"), (4, "county"), (24, "city"))
    for step, (hours, to) in enumerate(steps, 1):
        reached = DUE + timedelta(hours=hours)
        assert await passes(world, reached - timedelta(seconds=1)) == 0
        assert await passes(world, reached) == 1
        assert await passes(world, reached) == 0
        detail = await shown(world, case)
        last = detail.events[-1]
        assert (last.act, last.account_id, last.account_role) == (Act.ESCALATE, None, "program")
        assert last.facts == {"to": to, "step": step, "due_at": last.facts["due_at"]}
        assert datetime.fromisoformat(last.facts["due_at"]) == DUE
        assert detail.told == tuple(to for _, to in steps[:step])
        [queued] = await escalated(world)
        assert (queued.incident.id, queued.told, queued.seq) == (case, step, last.seq)
    assert await passes(world, DUE + timedelta(days=30)) == 0
    with psycopg.connect(libpq_url(world.url)) as owner:
        entries = owner.execute("SELECT actor_kind FROM audit_entry WHERE detail ->> 'act' = 'escalate'").fetchall()
    assert entries == [("program",)] * 3


@pytest.mark.anyio
async def test_after_a_long_stop_all_steps_are_taken_in_their_order(world: CaseWorld) -> None:
    case = await world.dispatched()
    assert await passes(world, DUE + timedelta(days=3)) == 3
    detail = await shown(world, case)
    assert [event.facts["to"] for event in detail.events[-3:]] == ["department", "county", "city"]


@pytest.mark.anyio
async def test_more_time_begins_the_ladder_anew_and_handling_leaves_it(world: CaseWorld) -> None:
    case = await world.dispatched()
    assert await passes(world, DUE + timedelta(hours=4)) == 2
    await shown(world, case)
    await world.does("waterman", Act.ASK_EXTENSION, case, hours=8, reason="等待备件")
    await world.does("leader", Act.GRANT_EXTENSION, case)
    assert ((await shown(world, case)).told, await escalated(world)) == ((), ())
    assert await passes(world, DUE + timedelta(days=1, hours=1)) == 1
    detail = await shown(world, case)
    assert (detail.told, detail.state.escalated) == (("department",), 3)
    await world.does("waterman", Act.HANDLE, case, result="已排水")
    assert await escalated(world) == ()
    assert await passes(world, DUE + timedelta(days=30)) == 0


@pytest.mark.anyio
async def test_nothing_happens_to_what_is_suspended_merged_or_handled_elsewhere(world: CaseWorld) -> None:
    suspended, merged, into = [await world.dispatched() for _ in range(3)]
    elsewhere = world.report()
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute("UPDATE incident SET status = 4, due_at = %s WHERE id = %s", [DUE, elsewhere])
    world.clock.now = DUE + timedelta(minutes=10)
    until = DUE + timedelta(days=60)
    await world.does("leader", Act.SUSPEND, suspended, until=until.isoformat(), reason="等待部件")
    await world.does("operator", Act.MERGE, merged, into=into)
    await world.does("waterman", Act.HANDLE, into, result="已排水")
    assert await passes(world, DUE + timedelta(days=30)) == 0
