"""Is a ground read once for those who see the same, and never handed to those who see less?"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from dashboard.zoning.grounds import FRESH_S, MOST_GROUNDS, Grounds
from data.accounts.account import Account, acting_as
from data.engine import AsyncDatabase, libpq_url
from data.roles import WEB, url_as
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.planning_ground import GroundQuestion, PlanningGround
from tests.data.reads.grid_world import CODES, IDS, LAST_DAY
from tests.support import zone_world
from tests.support.acting import LEADER, OPERATOR, of_area
from tests.support.adopted_zones import adopt
from tests.support.databases import cloned_database

QUESTION = GroundQuestion(IDS["X"], "grid", LAST_DAY - timedelta(days=27), LAST_DAY + timedelta(days=1))

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def url(server_url: str, template_name: str) -> Iterator[str]:
    with cloned_database(server_url, template_name) as made:
        zone_world.build(made, count=400)
        yield made


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def asked(
    database: AsyncDatabase, grounds: Grounds, account: Account, question: GroundQuestion = QUESTION
) -> PlanningGround:
    with acting_as(account):
        reading: AbstractAsyncContextManager = database.reading()
        async with reading as conn:
            return await grounds.read(conn, question)


async def test_a_ground_is_kept_for_a_scope_and_a_question(url: str) -> None:
    database, now = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=4), [0.0]
    grounds = Grounds(lambda: now[0])
    await database.open()
    first, *others = await asyncio.gather(*(asked(database, grounds, OPERATOR) for _ in range(3)))
    assert all(other is first for other in others), "who asks at once waits for the one reading"
    assert await asked(database, grounds, Account(99, "another", OPERATOR.role)) is first
    leader = await asked(database, grounds, LEADER)
    assert leader is not first
    assert leader.cases.count < first.cases.count, "a leader sees no sensitive class"
    area = await asked(database, grounds, of_area(IDS["A"]))
    assert area.codes == (CODES["a"], CODES["b"])
    assert await asked(database, grounds, OPERATOR) is first

    now[0] = FRESH_S + 1
    second = await asked(database, grounds, OPERATOR)
    assert second is not first, "incidents are read anew after a while"
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute(
            "INSERT INTO zone_link (level_key, a_code, b_code, kind, account_name) VALUES ('grid', %s, %s, 'cut', 'x')",
            [CODES["a"], CODES["b"]],
        )
    third = await asked(database, grounds, OPERATOR)
    assert len(third.units.graph.pairs()[0]) == len(second.units.graph.pairs()[0]) - 1, "a cut is seen at once"
    await database.close()


async def test_an_adoption_changes_the_plans_in_force_alone(server_url: str, template_name: str) -> None:
    with cloned_database(server_url, template_name) as url:
        zone_world.build(url, count=400)
        database, grounds = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=2), Grounds()
        await database.open()
        first = await asked(database, grounds, OPERATOR)
        assert first.units.in_force is None
        with psycopg.connect(libpq_url(url)) as connection:
            zones = {("601", "one"): [IDS["a"], IDS["b"]], ("602", "two"): [IDS["c"], IDS["d"]]}
            plan = adopt(connection, "in force", IDS["X"], "grid", zones, LAST_DAY)
        second = await asked(database, grounds, OPERATOR)
        assert second.units.in_force is not None
        assert second.units.in_force.tolist() == [0, 0, 1, 1, -1, -1, -1]
        assert (second.cases, second.terrain, second.outlines) == (first.cases, first.terrain, first.outlines)
        assert second.cases is first.cases, "nothing else was read again"
        with psycopg.connect(libpq_url(url)) as connection:
            connection.execute(
                "UPDATE zone_plan SET state = 'superseded', superseded_from = %s, changed_at = clock_timestamp() "
                "WHERE id = %s",
                [LAST_DAY + timedelta(days=1), plan],
            )
        third = await asked(database, grounds, OPERATOR)
        assert third.units.in_force is None, "a plan that was ended is seen at once"
        assert third.cases is first.cases
        await database.close()


async def test_grounds_that_nobody_asks_for_make_room(url: str) -> None:
    database, grounds = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=2), Grounds()
    await database.open()
    first = await asked(database, grounds, OPERATOR)
    for days in range(MOST_GROUNDS):
        await asked(database, grounds, OPERATOR, replace(QUESTION, since=QUESTION.since + timedelta(days=days + 1)))
    assert await asked(database, grounds, OPERATOR) is not first
    with pytest.raises(ZoneQuestionInvalid):
        await asked(database, grounds, OPERATOR, replace(QUESTION, until=QUESTION.since))
    assert await asked(database, grounds, OPERATOR), "a refusal leaves nothing locked"
    await database.close()
