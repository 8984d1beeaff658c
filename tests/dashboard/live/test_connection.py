"""Does each viewer get what is its own, in time, once, and again after whatever happened in between?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from dashboard.security.live_caps import CLOSE_TOO_MANY, LiveCap
from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.cases.action import Act
from data.engine import AsyncDatabase, libpq_url
from data.feed.tell import tell
from data.rollup import fold
from data.settings import LiveCaps
from tests.data.reads.grid_world import CODES
from tests.support.case_world import DISPUTE, FIRE, WATER, CaseWorld, case_world
from tests.support.live_socket import live
from tests.support.whole_app import client_of, sign_in, started

PASSWORD = "vuk7 orze plym tadi"
PEOPLE = {
    "city": NewAccount("city", Role.OPERATOR),
    "north": NewAccount("north", Role.OPERATOR, CODES["A"]),
    "boss": NewAccount("boss", Role.LEADER, CODES["A"]),
    "wet": NewAccount("wet", Role.HANDLER, None, None, "water"),
    "hot": NewAccount("hot", Role.HANDLER, None, None, "fire"),
}


@dataclass
class House:
    """The application over the drawn city, keys to it, and the folding process by hand."""

    app: Any
    world: CaseWorld
    cookies: dict[str, str]
    owner: psycopg.AsyncConnection[Any] = field(repr=False)

    async def told(self) -> int:
        """Let the folding process make one turn."""
        return await asyncio.to_thread(_turn, self.world.url)


def _turn(url: str) -> int:
    with psycopg.connect(libpq_url(url)) as connection:
        fold(connection)
        return tell(connection)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(database_url: str, anyio_backend: str) -> AsyncIterator[House]:
    async with case_world(database_url) as world, _served(world) as house:
        yield house


@asynccontextmanager
async def _served(world: CaseWorld) -> AsyncIterator[House]:
    accounts = AsyncDatabase(world.url, min_size=1, max_size=1)
    await accounts.open()
    async with accounts.writing() as conn:
        for new in PEOPLE.values():
            await add_account(conn, new, PASSWORD, datetime.now(UTC))
    await accounts.close()
    await asyncio.to_thread(_turn, world.url)
    async with (
        started(world.url) as app,
        await psycopg.AsyncConnection.connect(libpq_url(world.url), autocommit=True) as owner,
    ):
        yield House(app, world, {name: await sign_in(app, name, PASSWORD) for name in PEOPLE}, owner)


@pytest.mark.anyio
async def test_two_accounts_each_hear_of_their_own_area_and_department_only(house: House) -> None:
    world = house.world
    async with (
        live(house.app, house.cookies["city"], "cases") as city,
        live(house.app, house.cookies["north"], "cases") as north,
        live(house.app, house.cookies["boss"], "cases") as boss,
        live(house.app, house.cookies["wet"], "cases") as wet,
        live(house.app, house.cookies["hot"], "cases") as hot,
    ):
        for socket in (city, north, boss, wet, hot):
            assert (await socket.hear())["type"] == "snapshot"
        here, there = await world.dispatched(WATER, grid="a"), await world.dispatched(FIRE, grid="d")
        quiet = await world.dispatched(WATER, grid="a", class_id=DISPUTE)
        await house.told()
        heard = {
            "city": await city.hear_cases({here, there, quiet}),
            "north": await north.hear_cases({here, quiet}),
            "boss": await boss.hear_cases({here}),
            "wet": await wet.hear_cases({here, quiet}),
            "hot": await hot.hear_cases({there}),
        }
    found = {name: {one["id"] for one in told} for name, told in heard.items()}
    assert found == {
        "city": {here, there, quiet}, "north": {here, quiet}, "boss": {here}, "wet": {here, quiet}, "hot": {there},
    }  # fmt: skip
    for told in heard.values():
        assert len({(one["id"], one["seq"]) for one in told}) == len(told)
        assert {one["state"] for one in told} == {"dispatched"}


@pytest.mark.anyio
async def test_a_viewer_that_was_away_goes_on_where_it_was_and_an_unknown_number_starts_anew(house: House) -> None:
    world, cookie = house.world, house.cookies["city"]
    async with live(house.app, cookie, "cases") as socket:
        begun = await socket.hear()
        first = world.report()
        await house.told()
        delta = await socket.hear("delta")
        assert [one["id"] for one in delta["cases"]] == [first]
        assert delta["after"] == begun["upto"]
    missed = [world.report() for _ in range(3)]
    await house.told()
    async with live(house.app, cookie, "cases", last=delta["upto"], epoch=begun["epoch"]) as socket:
        caught_up = await socket.hear("delta")
        assert [one["id"] for one in caught_up["cases"]] == missed
        assert caught_up["after"] == delta["upto"]
    for last, epoch in ((delta["upto"], "another"), (10_000, begun["epoch"]), (-1, begun["epoch"])):
        async with live(house.app, cookie, "cases", last=last, epoch=epoch) as socket:
            assert (await socket.hear())["type"] == "snapshot"


@pytest.mark.anyio
async def test_a_listener_that_is_killed_loses_nothing(house: House) -> None:
    world = house.world
    async with live(house.app, house.cookies["city"], "cases") as socket:
        await socket.hear("snapshot")
        cases = set()
        for _ in range(3):
            killed = await _kill_listener(house)
            assert killed == 1
            cases.add(world.report())
            await house.told()
            told = await socket.hear_cases({max(cases)})
            assert [one["id"] for one in told] == [max(cases)]


async def _kill_listener(house: House) -> int:
    """Waits until the listener is there, and ends its connection."""
    async with asyncio.timeout(15):
        while True:
            cursor = await house.owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'minqing feed'"
            )
            rows = await cursor.fetchall()
            if rows:
                return len(rows)
            await asyncio.sleep(0.05)


@pytest.mark.anyio
async def test_a_sleeping_client_slows_nobody_and_reads_everything_anew_when_it_wakes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.live.mailbox.MOST_WAITING", 5)
    world = house.world
    async with (
        live(house.app, house.cookies["city"], "cases") as asleep,
        live(house.app, house.cookies["city"], "cases") as awake,
    ):
        await asleep.hear("snapshot")
        await awake.hear("snapshot")
        asleep.sleep()
        for _ in range(4):
            some = {world.report() for _ in range(4)}
            await house.told()
            assert {one["id"] for one in await awake.hear_cases(some)} == some
        asleep.wake()
        said = await asleep.hear()
        # What was being sent when it fell asleep still arrives.
        said = said if said["type"] == "snapshot" else await asleep.hear()
        assert said["type"] == "snapshot"
        newest = world.report()
        await house.told()
        assert [one["id"] for one in await asleep.hear_cases({newest})] == [newest]


@pytest.mark.anyio
async def test_pushes_come_at_most_once_a_second_and_silence_is_broken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, clock = house.world, asyncio.get_running_loop().time
    async with live(house.app, house.cookies["city"], "cases") as socket:
        await socket.hear("snapshot")
        cases, moments = set(), []
        for _ in range(6):
            cases.add(world.report())
            await house.told()
            await asyncio.sleep(0.2)
        told: list[dict[str, Any]] = []
        while len(told) < len(cases):
            told += (await socket.hear("delta"))["cases"]
            moments.append(clock())
        assert [one["id"] for one in told] == sorted(cases)
        assert len(moments) <= 3
    monkeypatch.setattr("dashboard.live.connection.BEAT_S", 0.1)
    async with live(house.app, house.cookies["city"], "cases") as socket:
        snapshot = await socket.hear("snapshot")
        beat = await socket.hear("beat")
        assert (beat["after"], beat["upto"]) == (snapshot["upto"], snapshot["upto"])
        assert beat["lag_ms"] >= 0
        later = await socket.hear("beat")
        assert later["lag_ms"] > beat["lag_ms"]
        await house.told()
        lags = [(await socket.hear("beat"))["lag_ms"] for _ in range(5)]
        assert min(lags) < later["lag_ms"]


@pytest.mark.anyio
async def test_a_connection_ends_with_the_session_and_from_another_site_never_begins(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.live.connection.BEAT_S", 0.1)
    async with live(house.app, house.cookies["city"], "cases", origin="http://elsewhere.test") as socket:
        assert (await socket.hear(), socket.closed) == ({}, 4403)
    async with live(house.app, None, "cases") as socket:
        assert (await socket.hear(), socket.closed) == ({}, 4401)
    async with live(house.app, house.cookies["hot"], "cases", "alerts") as socket:
        assert (await socket.hear(), socket.closed) == ({}, 4405)
    async with live(house.app, house.cookies["city"], "cases") as socket:
        await socket.hear("snapshot")
        async with client_of(house.app, house.cookies["city"]) as client:
            assert (await client.post("/logout", headers={"origin": "http://127.0.0.1"})).status_code == 303
        while await socket.hear():
            continue
        assert socket.closed == 4401


@pytest.mark.anyio
async def test_an_open_page_keeps_no_session_alive(house: House) -> None:
    seen = "SELECT last_seen_at FROM login_session ORDER BY last_seen_at DESC"
    await house.owner.execute("UPDATE login_session SET last_seen_at = last_seen_at - interval '10 minutes'")
    before = await (await house.owner.execute(seen)).fetchall()
    async with live(house.app, house.cookies["city"], "cases") as socket:
        await socket.hear("snapshot")
    assert await (await house.owner.execute(seen)).fetchall() == before


@pytest.mark.anyio
async def test_a_case_that_is_given_away_is_told_as_gone(house: House) -> None:
    world = house.world
    case = await world.dispatched(WATER)
    await house.told()
    async with (
        live(house.app, house.cookies["wet"], "cases") as wet,
        live(house.app, house.cookies["hot"], "cases") as hot,
    ):
        await wet.hear("snapshot")
        await hot.hear("snapshot")
        await world.does("operator", Act.REDISPATCH, case, department=FIRE, reason="转消防")
        await house.told()
        assert [(one["act"], one["state"]) for one in await wet.hear_cases({case})] == [("gone", None)]
        assert [(one["act"], one["state"]) for one in await hot.hear_cases({case})] == [("redispatch", "dispatched")]


@pytest.mark.anyio
async def test_too_many_connections_of_an_account_or_an_address_are_refused_until_one_ends(
    house: House, database_url: str
) -> None:
    caps = LiveCaps(per_account=2, per_address=3)
    city, north = house.cookies["city"], house.cookies["north"]
    async with started(database_url, live_caps=caps) as app, live(app, city, "cases") as first:
        assert (await first.hear())["type"] == "snapshot"
        async with live(app, city, "cases") as second:
            assert (await second.hear())["type"] == "snapshot"
            async with live(app, city, "cases") as third:
                assert await third.hear() == {}
                assert third.closed == CLOSE_TOO_MANY
                assert third.reason == "This account has 2 live connections open. Close some windows."
            async with live(app, north, "cases") as other:
                assert (await other.hear())["type"] == "snapshot"
                async with live(app, north, "cases") as beyond:
                    assert await beyond.hear() == {}
                    assert beyond.reason == "This address has 3 live connections open. Close some windows."
        async with live(app, city, "cases") as again:
            assert (await again.hear())["type"] == "snapshot"
        assert (await first.hear())["type"] == "beat"


@pytest.mark.anyio
async def test_refused_and_ended_connections_are_not_counted() -> None:
    waiting = asyncio.Event()

    async def held(scope: Any, receive: Any, send: Any) -> None:
        await waiting.wait()

    cap = LiveCap(held, LiveCaps(per_account=1, per_address=1))
    for number in range(50):
        waiting.clear()
        scope = {"type": "websocket", "client": (f"10.0.0.{number}", 1), "state": {}}
        task = asyncio.create_task(cap(scope, asyncio.Queue().get, asyncio.Queue().put))
        await asyncio.sleep(0)
        assert len(cap) == 2
        waiting.set()
        await task
        assert len(cap) == 0
