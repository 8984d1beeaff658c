"""Is the period before told as it stood at the same age, and does it equal an independent recount?"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import psycopg
import pytest

from data.accounts.account import acting_as
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.reads.before import BeforeCache, grain_of, same_age_before
from data.reads.city import CityMoment
from data.reads.period import Period
from data.reads.question import Question, read_question
from data.reads.units import read_root
from data.roles import WEB, url_as
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, ZONE, Row
from tests.support.acting import OPERATOR

pytestmark = pytest.mark.anyio
OPEN = {1, 2, 3, 4, 5, 10, 11, 12}
SHIFT = """
    WITH move AS (SELECT date_trunc('minute', now()) - max(reported_at) - interval '90 minutes' AS by FROM incident)
    UPDATE incident SET
        reported_at = reported_at + move.by, handled_at = handled_at + move.by, due_at = due_at + move.by,
        closed_at = CASE WHEN status IN (6, 7, 8) AND id % 3 > 0
            THEN reported_at + move.by + (id % 500) * interval '1 hour' END
    FROM move
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def rows(database_url: str) -> list[Row]:
    """The drawn incidents, moved so that the newest were reported just now, some of them with a closing time."""
    drawn = grid_world.build(database_url, count=900)
    with psycopg.connect(libpq_url(database_url)) as connection:
        for week in range(20):
            connection.execute("SELECT ensure_incident_partition(now() - %s * interval '1 week')", [week])
        connection.execute(SHIFT)
    return drawn


@pytest.fixture
async def conn(database_url: str, rows: list[Row], anyio_backend: str) -> AsyncIterator[AsyncRows]:
    database = AsyncDatabase(url_as(database_url, WEB), min_size=1, max_size=1)
    await database.open()
    with acting_as(OPERATOR):
        async with database.reading() as connection:
            yield connection
    await database.close()


def frame_of(url: str, rows: list[Row]) -> pd.DataFrame:
    """Every incident with its times, and the letters of the drawing where it lies."""
    columns = ["id", "reported_at", "handled_at", "closed_at", "due_at", "status", "breached", "class_id"]
    with psycopg.connect(libpq_url(url)) as connection:
        found = connection.execute(f"SELECT {', '.join(columns)} FROM incident".encode()).fetchall()
    frame = pd.DataFrame(found, columns=columns)
    for column in columns[1:5]:
        frame[column] = pd.to_datetime(frame[column], utc=True)
    places = pd.DataFrame([(row.id, row.town, row.grid) for row in rows], columns=["id", "town", "grid"])
    return frame.merge(places, on="id")


def recounted(frame: pd.DataFrame, period: Period, moment: datetime) -> dict[str, float | None]:
    """The five figures at the moment, by their definitions, one column at a time."""
    then = frame[frame.reported_at.dt.tz_convert(ZONE.key).dt.date.between(period.first, period.last)]
    then = then[then.reported_at <= moment]
    ended_at = then.closed_at.fillna(then.handled_at).fillna(then.reported_at)
    ended = ~then.status.isin(OPEN) & (ended_at <= moment)
    handled = then.handled_at <= moment
    on_time = int((handled & (then.handled_at <= then.due_at)).sum())
    late = int((handled & (then.handled_at > then.due_at)).sum())
    suspended = (then.status == 12) & ~then.breached
    overdue = int((~ended & ~handled & (then.due_at <= moment) & ~suspended).sum())
    due = on_time + late + overdue
    return {
        "reported": len(then),
        "open": int((~ended).sum()),
        "overdue": overdue,
        "closed": int((ended & (then.status == 6)).sum()),
        "on_time_share": on_time / due if due else None,
    }


@pytest.mark.parametrize("days", [1, 7, 30])
@pytest.mark.parametrize(("letter", "classes"), [("X", None), ("A", None), ("b", None), ("B", {1}), ("e", {1})])
async def test_the_period_before_equals_a_recount_at_the_same_age(
    database_url: str, rows: list[Row], conn: AsyncRows, letter: str, classes: set[int] | None, days: int
) -> None:
    today = datetime.now(ZONE).date()
    start = (today - timedelta(days=days - 1)).isoformat()
    question = await read_question(
        conn, unit=CODES[letter], start=start, end=today.isoformat(), classes="U-E-1-01" if classes else None
    )
    found = await BeforeCache().read(conn, question)
    frame = frame_of(database_url, rows)
    frame = frame if letter == "X" else frame[(frame.town == letter) | (frame.grid == letter)]
    frame = frame[frame.class_id.isin(classes)] if classes else frame
    assert found.known
    assert {figure.key: figure.previous for figure in found.figures} == recounted(frame, found.period, found.as_of)
    assert found.as_of < question.moment.as_of - timedelta(days=days) + timedelta(seconds=1)
    for figure in found.figures:
        both = None not in (figure.value, figure.previous)
        assert figure.change == (figure.value - figure.previous if both else None)


async def test_the_same_age_differs_from_the_present_state(database_url: str, rows: list[Row], conn: AsyncRows) -> None:
    """Else the comparison would say no more than the naive one."""
    today = datetime.now(ZONE).date()
    question = await read_question(conn, start=(today - timedelta(days=6)).isoformat(), end=today.isoformat())
    found = await BeforeCache().read(conn, question)
    now = recounted(frame_of(database_url, rows), found.period, question.moment.as_of)
    closed = next(figure for figure in found.figures if figure.key == "closed")
    assert closed.previous is not None
    assert closed.previous < (now["closed"] or 0)


async def test_nothing_is_compared_with_a_time_without_data(conn: AsyncRows) -> None:
    today = datetime.now(ZONE).date()
    question = await read_question(conn, start=(today - timedelta(days=600)).isoformat(), end=today.isoformat())
    found = await BeforeCache().read(conn, question)
    assert not found.known
    assert {figure.previous for figure in found.figures} == {None}
    assert found.figures[0].value


async def test_a_late_import_is_noticed_at_once(database_url: str, conn: AsyncRows) -> None:
    today = datetime.now(ZONE).date()
    asked = {"start": (today - timedelta(days=29)).isoformat(), "end": today.isoformat()}
    kept = BeforeCache()
    question = await read_question(conn, **asked)
    first = await kept.read(conn, question)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            """
            DELETE FROM incident WHERE (id, reported_at) IN (
                SELECT id, reported_at FROM incident WHERE reported_at BETWEEN %s AND %s LIMIT 3
            )
            """,
            [first.period.start(ZONE) + timedelta(days=1), first.period.start(ZONE) + timedelta(days=20)],
        )
    database = AsyncDatabase(url_as(database_url, WEB), min_size=1, max_size=1)
    await database.open()
    with acting_as(OPERATOR):
        async with database.reading() as later:
            second = await kept.read(later, await read_question(later, **asked))
    await database.close()
    assert second.figures[0].previous == (first.figures[0].previous or 0) - 3


@pytest.mark.parametrize(("days", "minutes"), [(1, 1), (7, 7), (30, 30), (90, 60), (365, 60)])
async def test_the_past_moment_has_a_grain_that_grows_with_the_period(conn: AsyncRows, days: int, minutes: int) -> None:
    period = Period(date(2026, 6, 30) - timedelta(days=days - 1), date(2026, 6, 30))
    assert grain_of(period) == timedelta(minutes=minutes)
    now = datetime(2026, 6, 30, 7, 59, 59, tzinfo=UTC)
    moment = CityMoment(now, ZONE.key, {}, 1, 1, False, date(2020, 1, 1), date(2026, 6, 30))
    then = same_age_before(Question(moment, await read_root(conn), period))
    assert timedelta(0) <= now - timedelta(days=days) - then < grain_of(period)
