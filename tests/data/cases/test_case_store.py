"""Is what is done to a case written once, by one of several, with all that follows from it, and never changed again?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import errors

from data.accounts.account import acting_as
from data.accounts.errors import NotPermitted
from data.cases.action import Act
from data.cases.errors import CaseKeyReused, CaseMoved, CaseRefused, CaseUnknown
from data.cases.queue import read_queue
from data.cases.queue_filter import Queue, QueueFilter
from data.cases.rebuild import compare
from data.cases.store import Command
from data.engine import AsyncDatabase, libpq_url
from data.named_sql import named
from data.reset import empty_city
from data.rollup import mark_breached
from data.scope import RowScope
from tests.data.security.scoped import row_scope, transaction
from tests.support.case_world import FIRE, MONDAY_8, WATER, CaseWorld, case_world


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


def ask(url: str, statement: str, *values: object) -> list[tuple]:
    with psycopg.connect(libpq_url(url)) as owner:
        return owner.execute(statement.encode(), values).fetchall()


async def agrees(world: CaseWorld) -> None:
    """Tables equal the logs, figures equal a recount."""
    database = AsyncDatabase(world.url, min_size=1, max_size=1)
    await database.open()
    async with database.writing() as conn:
        count, differences = await compare(conn, world.clock.now)
    await database.close()
    assert differences == ()
    assert count == ask(world.url, "SELECT count(DISTINCT incident_id) FROM case_event")[0][0]
    assert ask(world.url, named("rollup_differences")) == [(0,)]


@pytest.mark.anyio
async def test_the_first_act_writes_the_report_down_and_moves_the_figures(world: CaseWorld) -> None:
    case = await world.dispatched()
    rows = ask(world.url, "SELECT seq, act, account_name FROM case_event WHERE incident_id = %s ORDER BY seq", case)
    assert rows == [(1, "report", None), (2, "file", "operator"), (3, "dispatch", "operator")]
    [(status, due_at, department)] = ask(
        world.url, "SELECT status, due_at, department_id FROM incident WHERE id = %s", case
    )
    # Dispatched at 8:02 with four work hours: two minutes are left after the break at noon.
    assert (status, department, due_at) == (3, WATER, MONDAY_8 + timedelta(hours=6, minutes=2))
    await world.does("waterman", Act.HANDLE, case, result="已排水")
    await world.does("operator", Act.CLOSE, case, close_reason="fixed")
    closed = ask(world.url, "SELECT sum(n_closed), sum(n_on_time) FROM rollup_pending WHERE subject_id = 10000001")
    # The view has a row for all classes and one for the class.
    assert closed[0][0] in (1, 2)
    await agrees(world)


@pytest.mark.anyio
async def test_of_two_at_once_one_wins_and_the_other_is_told(world: CaseWorld) -> None:
    case = await world.dispatched()
    seq = world.seen[case]
    tries = [
        world.tries("waterman", Command(case, Act.ACCEPT, {}, seq)),
        world.tries("operator", Command(case, Act.REDISPATCH, {"department": FIRE, "reason": "错派"}, seq)),
        world.tries("leader", Command(case, Act.SUPERVISE, {"reason": "市民关注"}, seq)),
        world.tries("operator", Command(case, Act.ESCALATE, {"reason": "超时"}, seq)),
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    won = [result for result in results if not isinstance(result, BaseException)]
    lost = [result for result in results if isinstance(result, CaseMoved)]
    hidden = [result for result in results if isinstance(result, CaseUnknown)]
    assert len(won) == 1
    # Given to the fire brigade, the case is no longer one that the water bureau sees.
    assert len(lost) + len(hidden) == 3
    for moved in lost:
        assert moved.seq == seq + 1
        [since] = moved.facts["since"]  # type: ignore[misc]
        assert since["act"] == won[0].event.act.value
        assert since["who"] == won[0].event.account_name
    assert ask(world.url, "SELECT count(*) FROM case_event WHERE incident_id = %s", case) == [(seq + 1,)]
    await agrees(world)


@pytest.mark.anyio
async def test_the_same_key_is_carried_out_once_and_answers_the_same(world: CaseWorld) -> None:
    case = world.report()
    command = Command(case, Act.FILE, {}, 1, "k-1")
    first, *others = await asyncio.gather(*(world.tries("operator", command) for _ in range(4)))
    again = await world.tries("operator", command)
    assert sorted([first.again, *(other.again for other in others)]) == [False, True, True, True]
    for done in (*others, again):
        assert (done.event.seq, done.event.at, done.state) == (first.event.seq, first.event.at, first.state)
    assert ask(world.url, "SELECT count(*) FROM case_event WHERE incident_id = %s", case) == [(2,)]
    with pytest.raises(CaseKeyReused):
        await world.tries("operator", Command(case, Act.REJECT, {"reason": "查无此事"}, 1, "k-1"))
    with pytest.raises(CaseKeyReused):
        await world.tries("operator", Command(world.report(), Act.FILE, {}, 1, "k-1"))
    # A key is the account's own.
    other = await world.tries("leader", Command(case, Act.SUPERVISE, {"reason": "市民关注"}, 2, "k-1"))
    assert other.event.seq == 3
    # What happened meanwhile does not change the answer.
    late = await world.tries("operator", command)
    assert (late.again, late.event.seq, late.state) == (True, 2, first.state)


@pytest.mark.anyio
async def test_every_act_of_the_table_is_written(world: CaseWorld) -> None:
    does, until = world.does, (MONDAY_8 + timedelta(days=30)).isoformat()
    a = world.report()
    await does("operator", Act.ASK_PRE_FILING_CHECK, a)
    await does("operator", Act.ANSWER_PRE_FILING_CHECK, a, found=True, result="属实")
    await does("operator", Act.FILE, a, note="电话 13800138000")
    await does("operator", Act.DISPATCH, a, department=WATER)
    await does("operator", Act.GRADE, a, grade="major")
    await does("operator", Act.ATTACH, a, file="a.jpg")
    await does("waterman", Act.RETURN, a, reason="不属于本部门")
    await does("operator", Act.DISPATCH, a, department=FIRE)
    await does("operator", Act.REDISPATCH, a, department=WATER, reason="错派")
    await does("waterman", Act.ACCEPT, a)
    await does("waterman", Act.ASK_EXTENSION, a, hours=2, reason="等待备件")
    await does("leader", Act.REFUSE_EXTENSION, a, reason="可当日完成")
    await does("waterman", Act.ASK_EXTENSION, a, hours=2, reason="等待备件")
    await does("leader", Act.GRANT_EXTENSION, a)
    await does("leader", Act.SUSPEND, a, until=until, reason="待立项")
    await does("operator", Act.RESUME, a)
    await does("leader", Act.SUPERVISE, a, reason="市民关注")
    await does("operator", Act.ESCALATE, a, reason="超时")
    await does("operator", Act.RAISE_LEVEL, a, reason="调解不成")
    await does("operator", Act.WHISTLE, a, departments=["water", FIRE], hours=1, reason="多部门")
    await does("fireman", Act.REPORT_IN, a)
    await does("waterman", Act.REPORT_IN, a)
    await does("waterman", Act.MEDIATE, a, outcome="agreed", result="签订协议")
    await does("waterman", Act.HANDLE, a, result="已排水")
    await does("operator", Act.ASK_PRE_CLOSING_CHECK, a)
    await does("operator", Act.ANSWER_PRE_CLOSING_CHECK, a, found=False)
    await does("operator", Act.REWORK, a, reason="仍有积水")
    await does("waterman", Act.HANDLE, a, result="已排水")
    await does("operator", Act.CLOSE, a, close_reason="fixed")
    await does("waterman", Act.APPEAL, a, reason="道路封闭")
    await does("leader", Act.REFUSE_APPEAL, a, reason="理由不足")
    await does("operator", Act.REOPEN, a, reason="复发")
    b = await world.closed()
    await does("waterman", Act.APPEAL, b, reason="道路封闭")
    await does("leader", Act.GRANT_APPEAL, b)
    c, d, e, f = (world.report() for _ in range(4))
    await does("operator", Act.MERGE, c, into=a)
    await does("operator", Act.UNMERGE, c, reason="并非重复")
    await does("operator", Act.REJECT, c, reason="查无此事")
    await does("operator", Act.VOID, d, reason="误报")
    await does("operator", Act.SOLVE_ON_SPOT, e, result="已劝离")
    await does("operator", Act.NOTE, f, note="联系人身份证 11010519491231002X")
    acts = {row[0] for row in ask(world.url, "SELECT DISTINCT act FROM case_event")}
    assert acts == {act.value for act in Act}
    texts = str(ask(world.url, "SELECT facts FROM case_event"))
    assert "13800138000" not in texts
    assert "11010519491231002X" not in texts
    [(grid,)] = ask(world.url, "SELECT facts -> 'grid' FROM case_event WHERE act = 'ask_pre_filing_check'")
    assert grid == 30_000_001
    assert ask(world.url, "SELECT count(*) FROM audit_entry WHERE action = 'case_changed'")[0][0] == sum(
        seq - 1 for seq in world.seen.values()
    )
    await agrees(world)


@pytest.mark.anyio
async def test_a_refused_act_leaves_nothing(world: CaseWorld) -> None:
    case = world.report()
    with pytest.raises(CaseRefused) as caught:
        await world.does("operator", Act.CLOSE, case, close_reason="fixed")
    assert caught.value.facts["reason"] == "state"
    with pytest.raises(NotPermitted, match="case_transition"):
        await world.does("planner", Act.FILE, case)
    await world.does("operator", Act.FILE, case)
    for department in (99, "no-such", True):
        with pytest.raises(CaseRefused) as caught:
            await world.does("operator", Act.DISPATCH, case, department=department)
        assert (caught.value.field, caught.value.why) == ("facts.department", "field_invalid")
    for into, why in ((10**9, "field_invalid"), (await world.closed(), "into_settled"), (case, "itself")):
        with pytest.raises(CaseRefused) as caught:
            await world.does("operator", Act.MERGE, case, into=into)
        assert caught.value.why == why
    assert ask(world.url, "SELECT count(*) FROM case_event WHERE incident_id = %s", case) == [(2,)]


@pytest.mark.anyio
async def test_merged_cases_are_closed_and_opened_again_with_the_one_that_they_repeat(world: CaseWorld) -> None:
    parent, child = await world.handled(), await world.dispatched(FIRE, grid="c")
    grandchild, left = world.report(grid="d"), world.report()
    await world.does("operator", Act.MERGE, grandchild, into=child)
    await world.does("operator", Act.MERGE, child, into=parent)
    await world.does("operator", Act.MERGE, left, into=parent)
    await world.does("operator", Act.UNMERGE, left, reason="并非重复")

    def statuses() -> list[int]:
        ids = [parent, child, grandchild, left]
        return [ask(world.url, "SELECT status FROM incident WHERE id = %s", case)[0][0] for case in ids]

    assert statuses() == [5, 9, 9, 1]
    # Who closes it sees neither the other department's case nor the other town.
    command = Command(parent, Act.CLOSE, {"close_reason": "fixed"}, world.seen[parent])
    done = await world.tries("waterman", command, unit="A")
    world.seen[parent] = done.event.seq
    assert statuses() == [6, 6, 6, 1]
    await world.does("operator", Act.REOPEN, parent, reason="复发")
    assert statuses() == [2, 9, 9, 1]
    world.seen[child] += 2
    await world.does("operator", Act.UNMERGE, child, reason="并非重复")
    assert statuses() == [2, 3, 9, 1]
    # Its limit goes on: the hour in the other case did not count.
    [(due_at, paused)] = ask(
        world.url, "SELECT due_at, paused FROM case_timer WHERE incident_id = %s AND stage = 'handling'", child
    )
    assert (due_at > MONDAY_8 + timedelta(hours=6), paused) == (True, False)
    await agrees(world)


@pytest.mark.anyio
async def test_a_limit_that_passes_is_marked_and_an_extension_takes_the_mark_away(world: CaseWorld) -> None:
    case = await world.dispatched()
    world.clock.now = MONDAY_8 + timedelta(days=1)
    with psycopg.connect(libpq_url(world.url)) as owner:
        mark_breached(owner)
    assert ask(world.url, "SELECT breached FROM incident WHERE id = %s", case) == [(True,)]
    await world.does("waterman", Act.ASK_EXTENSION, case, hours=20, reason="等待备件")
    await world.does("leader", Act.GRANT_EXTENSION, case)
    assert ask(world.url, "SELECT breached FROM incident WHERE id = %s", case) == [(False,)]
    await agrees(world)


@pytest.mark.anyio
async def test_a_return_stops_the_limit_and_the_next_dispatch_lets_it_go_on(world: CaseWorld) -> None:
    case = await world.dispatched()
    await world.does("waterman", Act.RETURN, case, reason="不属于本部门")
    handling = "SELECT due_at, paused FROM case_timer WHERE incident_id = %s AND stage = 'handling'"
    due = "SELECT due_at, breached FROM incident WHERE id = %s"
    assert (ask(world.url, handling, case), ask(world.url, due, case)) == ([(None, True)], [(None, False)])
    world.clock.now += timedelta(minutes=59)
    await world.does("operator", Act.DISPATCH, case, department=FIRE)
    # Given at 8:02, returned at 8:03, given again at 9:03: the hour between did not count.
    ends = MONDAY_8 + timedelta(hours=7, minutes=2)
    assert (ask(world.url, handling, case), ask(world.url, due, case)) == ([(ends, False)], [(ends, False)])
    await agrees(world)


@pytest.mark.anyio
async def test_a_row_of_an_import_goes_on_with_the_end_that_it_had(world: CaseWorld) -> None:
    """Whether the class says the same or not, writing a case down changes no due time."""
    case, other, reopened = world.report(), world.report(), world.report()
    start, end = MONDAY_8 + timedelta(minutes=20), MONDAY_8 + timedelta(hours=6, minutes=20)
    closed = MONDAY_8 + timedelta(hours=9)
    fill = """
        UPDATE incident SET status = %s, dispatched_at = %s, due_at = %s, department_id = 1, closed_at = %s
        WHERE id = %s
    """
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute(fill, [4, start, end, None, case])
        owner.execute(fill, [10, start, end + timedelta(minutes=7), None, other])
        owner.execute(fill, [6, start, end, closed, reopened])
    world.clock.now = closed
    await world.does("operator", Act.NOTE, case, note="已联系")
    await world.does("operator", Act.ESCALATE, other, reason="超时")
    await world.does("operator", Act.NOTE, reopened, note="已联系")
    rows = ask(world.url, "SELECT due_at FROM incident WHERE id = ANY(%s) ORDER BY id", [case, other, reopened])
    # The second one is returned: nobody knows since when, so its limit stands still.
    assert rows == [(end,), (None,), (end,)]
    clocks = ask(world.url, "SELECT clock FROM case_timer WHERE incident_id = ANY(%s) ORDER BY 1", [case, other])
    assert clocks == [("urgent_hour",), ("work_hour",)]
    await world.does("operator", Act.REOPEN, reopened, reason="复发")
    assert ask(world.url, "SELECT status, due_at, breached FROM incident WHERE id = %s", reopened) == [(2, None, False)]
    await agrees(world)


@pytest.mark.anyio
async def test_a_filed_row_of_an_import_has_a_limit_for_its_dispatch(world: CaseWorld) -> None:
    case = world.report()
    filed = MONDAY_8 + timedelta(minutes=30)
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute("UPDATE incident SET status = 2, filed_at = %s WHERE id = %s", [filed, case])
    with acting_as(world.accounts["operator"]):
        async with world.database.reading() as conn:
            page = await read_queue(conn, QueueFilter(Queue.TO_DISPATCH), world.clock.now, limit=5)
    [timer] = [one.timer for one in page.cases if one.incident.id == case]
    # Fifteen minutes of work time, shipped as the rule.
    assert timer is not None
    assert (timer.stage, timer.started_at, timer.due_at) == ("dispatch", filed, filed + timedelta(minutes=15))
    await world.does("operator", Act.DISPATCH, case, department=WATER)
    rows = ask(world.url, "SELECT stage, done_at IS NULL FROM case_timer WHERE incident_id = %s ORDER BY no", case)
    assert rows == [("dispatch", False), ("handling", True)]
    await agrees(world)


@pytest.mark.anyio
async def test_nobody_changes_or_removes_what_happened(world: CaseWorld) -> None:
    case = await world.dispatched()
    statements = (
        "UPDATE case_event SET at = now()",
        "DELETE FROM case_event",
        "TRUNCATE case_event",
        "UPDATE case_event SET facts = '{}' WHERE seq = 2",
    )
    for statement in statements:
        with psycopg.connect(libpq_url(world.url)) as owner, pytest.raises(errors.InsufficientPrivilege):
            owner.execute(statement.encode())
        with transaction(world.url, row_scope("X", None)) as web, pytest.raises(errors.InsufficientPrivilege):
            web.execute(statement.encode())
    forged = """
        INSERT INTO case_event (incident_id, seq, reported_at, at, act, account_id, facts)
        SELECT incident_id, %s, reported_at, %s, 'note', %s, '{}' FROM case_event WHERE incident_id = %s AND seq = 1
    """
    own, other = world.accounts["operator"].id, world.accounts["leader"].id
    late = datetime.now(UTC)
    for seq, at, account, error in (
        (9, late, own, errors.IntegrityConstraintViolation),
        (4, MONDAY_8 - timedelta(days=9), own, errors.IntegrityConstraintViolation),
        (4, late, other, errors.InsufficientPrivilege),
    ):
        scope = RowScope(None, None, own, sees_sensitive=True)
        with transaction(world.url, scope) as web, pytest.raises(error):
            web.execute(forged.encode(), [seq, at, account, case])
    assert ask(world.url, "SELECT count(*) FROM case_event WHERE incident_id = %s", case) == [(3,)]


@pytest.mark.anyio
async def test_a_neighbour_s_case_does_not_exist_and_a_called_department_sees_it(world: CaseWorld) -> None:
    case = await world.dispatched(WATER)
    note = Command(case, Act.NOTE, {"note": "已联系"}, 3)
    for who, unit in (("fireman", None), ("operator", "B"), ("waterman", "B")):
        with pytest.raises(CaseUnknown):
            await world.tries(who, note, unit=unit)
    await world.does("operator", Act.WHISTLE, case, departments=[FIRE], hours=1, reason="多部门")
    await world.does("fireman", Act.NOTE, case, note="已出发")
    with pytest.raises(CaseUnknown):
        await world.tries("fireman", Command(case, Act.REPORT_IN, {}, 5), unit="B")
    with pytest.raises(CaseRefused) as caught:
        await world.does("fireman", Act.VOID, case, reason="误报")
    assert caught.value.why == "department"
    await world.does("fireman", Act.REPORT_IN, case)
    with transaction(world.url, row_scope("B", None)) as web:
        for table in ("case_event", "case_timer", "case_call"):
            assert web.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)
    with transaction(world.url, None) as web:
        assert web.execute("SELECT count(*) FROM case_event").fetchone() == (0,)
    with transaction(world.url, row_scope("A", WATER)) as web:
        assert web.execute("SELECT count(*) FROM case_event").fetchone() == (6,)
    await agrees(world)


@pytest.mark.anyio
async def test_with_its_city_the_log_goes_and_is_append_only_again(world: CaseWorld) -> None:
    await world.dispatched()
    with psycopg.connect(libpq_url(world.url)) as owner:
        empty_city(owner)
    assert ask(world.url, "SELECT count(*) FROM case_event") == [(0,)]
    with psycopg.connect(libpq_url(world.url)) as owner, pytest.raises(errors.InsufficientPrivilege):
        owner.execute("TRUNCATE case_event")
