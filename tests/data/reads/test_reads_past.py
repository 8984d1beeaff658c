"""Does everything stand at a past moment as an independent recount says, and is the present moment the present?"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import psycopg
import pytest

from data.accounts.account import acting_as
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.reads.breakdown import Breakdown
from data.reads.choropleth import read_choropleth
from data.reads.errors import MomentUnavailable
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import read_incidents
from data.reads.levels import find_level, read_levels
from data.reads.question import Question, read_question
from data.reads.replay import ReplayPeriod, read_spans
from data.reads.summary import Summary, read_summary, values_of
from data.roles import WEB, url_as
from data.rollup import fold
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, ZONE, Row
from tests.data.reads.test_reads_before import SHIFT, frame_of, recounted
from tests.support.acting import LEADER, OPERATOR

pytestmark = pytest.mark.anyio
AGES = [timedelta(), timedelta(hours=7), timedelta(days=9), timedelta(days=33), timedelta(days=60)]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=[False, True], ids=["pending", "folded"])
def rows(database_url: str, request: pytest.FixtureRequest) -> list[Row]:
    """The drawn incidents, the newest reported just now; some of them have a closing time."""
    drawn = grid_world.build(database_url, count=700)
    with psycopg.connect(libpq_url(database_url)) as connection:
        for week in range(20):
            connection.execute("SELECT ensure_incident_partition(now() - %s * interval '1 week')", [week])
        connection.execute(SHIFT)
        connection.execute(
            "UPDATE incident SET breached = COALESCE(due_at <= now() AND COALESCE(due_at < handled_at, true), false)"
            " AND (status <> 12 OR id % 2 = 0)"
        )
    if request.param:
        with psycopg.connect(libpq_url(database_url)) as connection:
            fold(connection)
    return drawn


@pytest.fixture
async def database(database_url: str, rows: list[Row], anyio_backend: str) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(url_as(database_url, WEB), min_size=1, max_size=1)
    await database.open()
    yield database
    await database.close()


async def asked(conn: AsyncRows, age: timedelta, unit: str = "X", classes: str = "") -> Question:
    moment = datetime.now(ZONE) - age - timedelta(seconds=1)
    start = (moment - timedelta(days=29)).date().isoformat()
    end = (moment + timedelta(days=5)).date().isoformat()
    return await read_question(conn, unit=CODES[unit], start=start, end=end, classes=classes, as_of=moment.isoformat())


def told(summary: Summary) -> dict[str, float | None]:
    return {figure.key: figure.value for figure in summary.figures}


@pytest.mark.parametrize("age", AGES, ids=str)
async def test_a_past_moment_equals_a_recount(
    database_url: str, rows: list[Row], database: AsyncDatabase, age: timedelta
) -> None:
    frame = frame_of(database_url, rows)
    for letter, classes in (("X", ""), ("A", ""), ("b", ""), ("B", "U-E-1-01"), ("e", "U-E-1-01")):
        with acting_as(OPERATOR):
            async with database.reading() as conn:
                question = await asked(conn, age, letter, classes)
                found = await read_summary(conn, question)
        here = frame if letter == "X" else frame[(frame.town == letter) | (frame.grid == letter)]
        here = here[here.class_id == 1] if classes else here
        assert told(found) == recounted(here, question.period, question.moment.as_of), letter
        assert question.moment.is_replay


@pytest.mark.parametrize("age", AGES[1:3], ids=str)
async def test_every_breakdown_adds_up_to_the_same_total(
    database_url: str, rows: list[Row], database: AsyncDatabase, age: timedelta
) -> None:
    kinds: tuple[Breakdown, ...] = ("child", "class", "day", "status", "department")
    frame = frame_of(database_url, rows)
    with acting_as(OPERATOR):
        async with database.reading() as conn:
            question = await asked(conn, age)
            found = {by: await read_summary(conn, question, by) for by in kinds}
    for by, summary in found.items():
        assert sum(item.measures.n for item in summary.items) + summary.unassigned == summary.total, by
    days = frame.reported_at.dt.tz_convert(ZONE.key).dt.date
    for item in found["day"].items:
        one = recounted(frame[days == date.fromisoformat(item.code)], question.period, question.moment.as_of)
        assert values_of(item.measures) == one


async def test_the_map_has_the_same_values_as_the_units(
    rows: list[Row], database: AsyncDatabase, database_url: str
) -> None:
    frame = frame_of(database_url, rows)
    with acting_as(OPERATOR):
        async with database.reading() as conn:
            question = await asked(conn, AGES[2])
            level = find_level(await read_levels(conn), "grid")
            found = await read_choropleth(conn, question, level, "open")
    for letter in "abcdef":
        if CODES.get(letter) and letter in set(frame.grid):
            one = recounted(frame[frame.grid == letter], question.period, question.moment.as_of)
            assert found.values[grid_world.IDS[letter] - level.first_id] == one["open"]


async def test_the_present_moment_is_the_present(rows: list[Row], database: AsyncDatabase, database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("DELETE FROM incident WHERE GREATEST(handled_at, closed_at) > now()")
    with acting_as(OPERATOR):
        async with database.reading() as conn:
            live = await read_summary(conn, await read_question(conn), "status")
        async with database.reading() as conn:
            now = live.question.moment.as_of.isoformat()
            again = await read_summary(conn, await read_question(conn, as_of=now), "status")
        async with database.reading() as conn:
            after = await read_summary(conn, await read_question(conn), "status")
    assert told(again) == told(live) == told(after)
    assert {item.code: item.measures for item in again.items} == {item.code: item.measures for item in live.items}
    assert not after.question.moment.is_replay


async def test_a_list_tells_nothing_that_came_later(rows: list[Row], database: AsyncDatabase) -> None:
    with acting_as(OPERATOR):
        async with database.reading() as conn:
            question = await asked(conn, AGES[2])
            summary = await read_summary(conn, question)
            page = await read_incidents(conn, question, IncidentFilter(), limit=500)
            opened = await read_incidents(conn, question, IncidentFilter(figures=frozenset({"overdue"})), limit=500)
    moment = question.moment.as_of
    assert len(page.incidents) == summary.total > 20
    for incident in page.incidents:
        moments = (incident.reported_at, incident.filed_at, incident.dispatched_at, incident.handled_at)
        assert all(one is None or one <= moment for one in (*moments, incident.closed_at))
    assert len(opened.incidents) == summary.measures.n_overdue > 0


async def test_who_may_not_see_sensitive_classes_is_told_nothing_of_them(
    rows: list[Row], database: AsyncDatabase, database_url: str
) -> None:
    frame = frame_of(database_url, rows)
    with acting_as(LEADER):
        async with database.reading() as conn:
            question = await asked(conn, AGES[2])
            found = await read_summary(conn, question, "day")
        with pytest.raises(MomentUnavailable, match="released"):
            async with database.reading() as conn:
                await asked(conn, AGES[2], classes="S-D-1-01")
    assert question.leaves_out_sensitive
    assert told(found) == recounted(frame[frame.class_id != 4], question.period, question.moment.as_of)
    assert set(frame.class_id) > {4}


@pytest.mark.parametrize(
    "text", ["tomorrow", "2999-01-01T00:00:00+08:00", "2026-13-01T00:00", "9999-12-31T23:59:59-12:00"]
)
async def test_what_is_no_past_moment_is_refused(rows: list[Row], database: AsyncDatabase, text: str) -> None:
    with acting_as(LEADER):
        async with database.reading() as conn:
            with pytest.raises(MomentUnavailable):
                await read_question(conn, as_of=text)


@pytest.mark.parametrize("letter", ["X", "A", "b"])
async def test_a_replay_has_at_each_moment_what_the_figures_count(
    rows: list[Row], database: AsyncDatabase, letter: str
) -> None:
    with acting_as(OPERATOR):
        async with database.reading() as conn:
            question = await read_question(conn, unit=CODES[letter])
            end = question.moment.as_of - timedelta(hours=2)
            start = end - timedelta(days=20)
            page = await read_spans(conn, question, ReplayPeriod(start, end), after=None, limit=20_000)
            first = question.moment.first_day
        assert first is not None
        for share in (0.01, 0.3, 0.55, 0.8, 0.99):
            moment = start + (end - start) * share
            async with database.reading() as conn:
                asked_then = {"start": first.isoformat(), "end": moment.astimezone(ZONE).date().isoformat()}
                then = await read_question(conn, unit=CODES[letter], as_of=moment.isoformat(), **asked_then)
                found = await read_summary(conn, then, "day")
            shown = [span for span in page.spans if span.at <= moment and (span.until is None or moment < span.until)]
            assert sum(span.phase != "closed" for span in shown) == found.measures.n_open > 0
            assert sum(span.phase == "overdue" for span in shown) == found.measures.n_overdue
    reported = [span for span in page.spans if span.kind == "opened" and span.at >= start]
    assert len(reported) > 10
    assert len({span.id for span in reported}) == len(reported)
