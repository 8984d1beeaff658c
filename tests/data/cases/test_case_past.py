"""Do cases stand at every past moment as their events up to it say, whatever was done to them?"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data.accounts.account import acting_as
from data.accounts.errors import NotPermitted
from data.cases.action import FIELDS, Act, FieldKind
from data.cases.case_row import read_case_rows
from data.cases.detail import read_case
from data.cases.errors import CaseProblem, CaseUnknown
from data.cases.event import CaseEvent
from data.cases.first_event import first_event
from data.cases.fold import fold
from data.cases.keeper import carry_out
from data.cases.local_rules import CityRules, read_city_rules
from data.cases.log import read_logs
from data.cases.past_logs import fill_past
from data.cases.projection import standing
from data.cases.queue import read_queued
from data.cases.rebuild import compare
from data.cases.store import Command
from data.cases.timers import next_due, timer_rows
from data.engine import AsyncDatabase, libpq_url
from data.reads.incidents import read_incidents_by_id
from data.reads.question import read_question
from data.reads.replay import ReplayPeriod, Span, read_spans
from data.reads.rows import fetch_all
from tests.support.case_world import DISPUTE, FIRE, MONDAY_8, STREET, WATER, CaseWorld, case_world

pytestmark = pytest.mark.anyio
SEED, CASES, ACTS = 20250303, 14, 170
NAMES = ("operator", "operator", "leader", "waterman", "fireman")
VALUES: dict[FieldKind, list[Any]] = {
    FieldKind.TEXT: ["原因"],
    FieldKind.DEPARTMENT: [WATER, FIRE],
    FieldKind.DEPARTMENTS: [[WATER], [WATER, FIRE]],
    FieldKind.HOURS: [0.5, 8.0],
    FieldKind.CLOSE_REASON: ["fixed", "transferred"],
    FieldKind.OUTCOME: ["agreed", "failed"],
    FieldKind.FLAG: [True, False],
    FieldKind.GRADE: ["general", "major"],
    FieldKind.FILE: ["photo.jpg"],
}
RARE = frozenset({Act.NOTE, Act.ATTACH, Act.GRADE, Act.SUPERVISE, Act.ESCALATE, Act.RAISE_LEVEL, Act.VOID, Act.REJECT})


@dataclass(frozen=True, slots=True)
class _At:
    at: datetime


_THEN = b"""
SELECT id, status, breached, department_id, filed_at, dispatched_at, handled_at, closed_at, due_at, close_reason,
    closing_due_at, marks
FROM incident
ORDER BY id
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        with psycopg.connect(libpq_url(database_url)) as owner:
            owner.execute("DELETE FROM incident")
        await _live(world, Random(SEED))
        yield world


@pytest.fixture
async def owner(world: CaseWorld) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(world.url, min_size=1, max_size=1)
    await database.open()
    yield database
    await database.close()


async def _live(world: CaseWorld, chance: Random) -> None:
    """Cases come and everybody does whatever they may, while hours and days pass."""
    cases = [world.report(at=world.clock(), class_id=chance.choice([STREET, STREET, DISPUTE])) for _ in range(CASES)]
    for turn in range(ACTS):
        if turn % 10 == 9:
            await _by_itself(world, cases)
        world.clock.now += timedelta(minutes=chance.choice([0, 7, 45, 300, 1500]))
        who, case = chance.choice(NAMES), chance.choice(cases)
        command = await _possible(world, who, case, chance.choice(cases), chance)
        if command is not None:
            try:
                await world.tries(who, command)
            except (CaseProblem, NotPermitted):
                continue


async def _by_itself(world: CaseWorld, cases: list[int]) -> None:
    """What the program does: suspensions end, late cases climb the ladder."""
    url = libpq_url(world.url)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row) as conn:
        for case in cases:
            while await carry_out(conn, case, world.clock.now):
                pass


async def _possible(world: CaseWorld, who: str, case: int, into: int, chance: Random) -> Command | None:
    account = world.accounts[who]
    with acting_as(account):
        try:
            async with world.database.reading() as conn:
                detail = await read_case(conn, case, account, world.clock.now)
        except CaseUnknown:
            return None
    can = [act for act, refused in detail.acts.items() if refused is None]
    act = chance.choice([act for act in can if act not in RARE] * 4 + can or [Act.NOTE])
    facts: dict[str, Any] = {}
    for name, spec in FIELDS[act].items():
        if spec.kind is FieldKind.CASE:
            facts[name] = into
        elif spec.kind is FieldKind.MOMENT:
            facts[name] = (world.clock.now + timedelta(days=chance.randint(1, 90))).isoformat()
        elif spec.required or chance.random() < 0.5:
            facts[name] = chance.choice(VALUES[spec.kind])
    return Command(case, act, facts, detail.state.seq, None)


def _at(url: str, moment: datetime) -> dict[int, dict[str, Any]]:
    """How all cases stood, as the database tells."""
    with psycopg.connect(libpq_url(url), row_factory=dict_row) as conn:
        conn.execute("SELECT set_config('minqing.as_of', %s, true)", [moment.isoformat()])
        conn.execute("SET LOCAL search_path = past, public")
        return {row.pop("id"): row for row in conn.execute(_THEN).fetchall()}


def _followed(logs: dict[int, list[CaseEvent]], moment: datetime, rules: CityRules) -> dict[int, dict[str, Any]]:
    """How they stood, folded from the events up to the moment alone."""
    found = {}
    for case, events in logs.items():
        known = [event for event in events if event.at <= moment]
        if known:
            state = fold(known)
            stood = standing(state, timer_rows(state, rules), moment)
            found[case] = asdict(stood if len(known) > 1 else replace(stood, marks=0))
    return found


def _asked_for(row: dict[str, Any]) -> dict[str, Any]:
    """Without breaches of what is handled or finished: nobody asks for them at a past moment."""
    if row["status"] in (6, 7, 8, 9) or row["handled_at"] is not None:
        return row | {"breached": None}
    return row


async def test_every_moment_equals_the_fold_of_the_events_up_to_it(world: CaseWorld, owner: AsyncDatabase) -> None:
    async with owner.reading() as conn:
        rules = await read_city_rules(conn)
        logs = await read_logs(conn, range(1, 5000))
    turns = sorted({event.at for events in logs.values() for event in events})
    near = timedelta(microseconds=1)
    chance = Random(SEED)
    moments = [turn + step for turn in turns[::3] for step in (-near, timedelta(), near)]
    moments += [MONDAY_8 + timedelta(minutes=chance.randint(0, 60 * 24 * 30)) for _ in range(25)]
    assert len({event.act for events in logs.values() for event in events}) >= 14, "next to nothing was done"
    compared = 0
    for moment in moments:
        then, follows = _at(world.url, moment), _followed(logs, moment, rules)
        assert set(follows) <= set(then), moment
        for case, row in follows.items():
            assert _asked_for(then[case]) == _asked_for(row), (moment, case)
            compared += 1
    assert compared > 500


async def test_spans_are_in_one_state_at_a_time_and_in_that_of_the_moment(
    world: CaseWorld, owner: AsyncDatabase
) -> None:
    async with owner.reading() as conn:
        question = await read_question(conn)
        turns = [row.at for row in await fetch_all(conn, _At, "SELECT DISTINCT at FROM case_event ORDER BY at")]
        period = ReplayPeriod(turns[0] - timedelta(hours=1), turns[-1] + timedelta(hours=1))
        page = await read_spans(conn, question, period, after=None, limit=5000)
        small, after = [], None
        while True:
            part = await read_spans(conn, question, period, after=after, limit=7)
            small += part.spans
            after = part.next
            if after is None:
                break
    assert page.next is None
    assert small == list(page.spans)
    assert {span.kind for span in page.spans} == {"opened", "overdue", "handled", "closed", "reopened", "changed"}
    of_case: dict[int, list[Span]] = {}
    for span in page.spans:
        of_case.setdefault(span.id, []).append(span)
    for spans in of_case.values():
        assert spans[0].at == spans[0].reported_at
        assert [span.until for span in spans[:-1]] == [span.at for span in spans[1:]], "neither a gap nor an overlap"
    chance = Random(SEED)
    for moment in [*chance.sample(turns, 40), *(turn - timedelta(microseconds=1) for turn in chance.sample(turns, 20))]:
        then = _at(world.url, moment)
        shown = {
            span.id: span for span in page.spans if span.at <= moment and (span.until is None or moment < span.until)
        }
        assert shown.keys() == then.keys()
        for case, span in shown.items():
            assert span.phase == _phase(then[case]), (moment, case)


_ROLLED = b"""
SELECT sum(n), sum(n_open), sum(n_closed) FROM rollup
WHERE class_id = 0 AND subject_id = (SELECT min(id) FROM unit WHERE parent_id IS NULL)
"""
_COUNTED = b"SELECT count(*), count(*) FILTER (WHERE is_open(status)), count(*) FILTER (WHERE status = 6) FROM incident"


async def test_figures_of_every_moment_are_the_count_of_how_cases_stood(world: CaseWorld, owner: AsyncDatabase) -> None:
    async with owner.reading() as conn:
        turns = [row.at for row in await fetch_all(conn, _At, "SELECT DISTINCT at FROM case_event ORDER BY at")]
    late = 0
    with psycopg.connect(libpq_url(world.url)) as conn:
        for moment in turns:
            conn.execute("SELECT set_config('minqing.as_of', %s, true)", [moment.isoformat()])
            conn.execute("SET LOCAL search_path = past, public")
            assert conn.execute(_ROLLED).fetchone() == conn.execute(_COUNTED).fetchone(), moment
            late += conn.execute(
                "SELECT count(*) FROM moved WHERE now_status IN (6, 7, 8, 9) AND is_changed"
            ).fetchone()[0]
            conn.rollback()
    assert late > 10


async def test_a_list_of_a_past_moment_shows_the_limits_of_then(world: CaseWorld, owner: AsyncDatabase) -> None:
    async with owner.reading() as conn:
        rules = await read_city_rules(conn)
        logs = await read_logs(conn, range(1, 5000))
    turns = sorted({event.at for events in logs.values() for event in events})
    seen = set()
    for moment in turns[5::9]:
        known = {case: [event for event in log if event.at <= moment] for case, log in logs.items()}
        ids = [case for case, events in known.items() if events]
        async with owner.reading() as conn:
            question = await read_question(conn, as_of=moment.isoformat())
            found = await read_incidents_by_id(conn, ids, [logs[case][0].at for case in ids])
            queued = await read_queued(conn, list(found.values()), question.moment.as_of)
            rows = await read_case_rows(conn, ids)
        assert len(queued) == len(ids)
        for one in queued:
            events = known[one.incident.id]
            state = fold(events if len(events) > 1 else [first_event(rows[one.incident.id], rules)])
            timers = timer_rows(state, rules)
            told = max((timer.told for timer in timers if timer.done_at is None), default=0)
            assert (one.seq, one.timer, one.told) == (len(events), next_due(timers), told), (moment, one.incident.id)
            seen.add((one.seq < len(logs[one.incident.id]), one.timer is not None, one.told > 0))
    assert seen >= {(True, True, False), (True, False, False), (True, True, True)}


def _phase(row: dict[str, Any]) -> str:
    if row["status"] in (6, 7, 8, 9):
        return "closed"
    if row["handled_at"] is not None:
        return "handled"
    return "overdue" if row["breached"] else "open"


async def test_what_is_lost_is_built_anew_from_the_logs(world: CaseWorld, owner: AsyncDatabase) -> None:
    with psycopg.connect(libpq_url(world.url)) as conn:
        before = conn.execute("SELECT * FROM case_past ORDER BY 1, 2").fetchall()
        conn.execute("DELETE FROM case_past")
        conn.execute("INSERT INTO setting (key, value) VALUES ('case_past_due', 'true')")
    assert len(before) > 60
    async with owner.writing() as conn:
        assert {one.part for one in (await compare(conn, world.clock.now))[1]} >= {"past"}
    assert await fill_past(owner.writing)
    assert not await fill_past(owner.writing)
    with psycopg.connect(libpq_url(world.url)) as conn:
        assert conn.execute("SELECT * FROM case_past ORDER BY 1, 2").fetchall() == before
