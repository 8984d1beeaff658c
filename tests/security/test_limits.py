"""Is a request that is too large, too deep, too slow or too frequent turned away, and an honest one never?"""

import asyncio
import time

import psycopg
import pytest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.security import edge as edge_module
from dashboard.security.buckets import Buckets, Rate
from dashboard.security.edge import AccountRates, Edge, network_of
from dashboard.security.headers import SecurityHeaders
from dashboard.security.limits import KINDS, MOST_DEPTH, PAGES, SIGN_IN, limits_of
from dashboard.security.shape import RequestUnfit, require_shallow
from data.engine import AsyncDatabase, libpq_url
from data.roles import WEB, url_as
from data.statement_limit import limited_statements
from tests.security.conftest import House
from tests.support.acting import LEADER, Acting
from tests.support.whole_app import client_of

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await PlainTextResponse(str(len(message.get("body", b""))))(scope, receive, send)


def _edge(app=_echo, clock: Clock | None = None) -> Edge:
    return Edge(app, SecurityHeaders(lambda: "default-src 'none'"), Buckets(clock or Clock()))


async def test_a_body_beyond_its_limit_is_refused_announced_or_not() -> None:
    limits = limits_of("POST", "/login")
    async with client_of(_edge()) as client:
        fits = await client.post("/login", content=b"x" * limits.body_bytes)
        announced = await client.post("/login", content=b"x" * (limits.body_bytes + 1))

        async def parts():
            for _ in range(limits.body_bytes // 1_000 + 2):
                yield b"x" * 1_000

        in_parts = await client.post("/login", content=parts())
    assert (fits.status_code, fits.text) == (200, str(limits.body_bytes))
    assert announced.status_code == in_parts.status_code == 413
    assert announced.headers["connection"] == "close"


async def test_queries_paths_and_headers_have_a_length() -> None:
    async with client_of(_edge()) as client:
        assert (await client.get(f"/login?next={'x' * 8_000}")).status_code == 200
        assert (await client.get(f"/tiles/x.json?v={'x' * 9_000}")).status_code == 414
        assert (await client.get(f"/api/v1/summary?units={'4401,' * 10_000}")).status_code == 200
        assert (await client.get("/" + "x" * 3_000)).status_code == 414
        many = {f"x-{number}": "1" for number in range(120)}
        assert (await client.get("/login", headers=many)).status_code == 431
        assert (await client.get("/login", headers={"x-long": "x" * 40_000})).status_code == 431


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "a.example"), ("host", "b.example")],
        [("content-length", "3"), ("transfer-encoding", "chunked")],
        [("content-length", "3"), ("content-length", "4")],
        [("content-length", "-1")],
        [("content-length", "1e3")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
        [("host", "a.example\r\nx: y")],
        [("host", "a.example/../b")],
        [("host", "<script>")],
        [("host", "")],
    ],
)
async def test_requests_that_contradict_themselves_are_refused(headers: list[tuple[str, str]]) -> None:
    scope = {"type": "http", "method": "POST", "path": "/login", "query_string": b"", "scheme": "http"}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers]
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    await _edge()(scope, receive, send)
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("opened", [b"[", b'{"a":', b'[{"a":['])
async def test_a_json_bomb_is_not_even_parsed(opened: bytes) -> None:
    bomb = opened * 200_000
    began_s = time.perf_counter()
    with pytest.raises(RequestUnfit, match="nested too deeply"):
        require_shallow(bomb)
    assert time.perf_counter() - began_s < 3
    require_shallow(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH)
    require_shallow(b'{"text":"' + b"[{" * 5_000 + b'","b":[1,{"c":"\\"]}"}]}')
    require_shallow(b"[" + b",".join([b'{"a":[1,2],"b":{"c":[]}}'] * 20_000) + b"]")


async def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_module, "BODY_S", 0.2)

    async def trickle():
        for _ in range(50):
            yield b"x"
            await asyncio.sleep(0.05)

    async with client_of(_edge()) as client:
        assert (await client.post("/login", content=trickle())).status_code == 408


def test_a_bucket_gives_what_it_holds_and_fills_at_its_rate() -> None:
    clock, rate = Clock(), Rate(at_once=3, per_s=2)
    buckets = Buckets(clock)
    assert [buckets.take("a", rate) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a", rate) == pytest.approx(0.5)
    assert buckets.take("b", rate) == 0
    clock.now_s = 0.5
    assert buckets.take("a", rate) == 0
    assert buckets.take("a", rate) > 0
    clock.now_s = 1_000
    assert [buckets.take("a", rate) == 0 for _ in range(4)] == [True, True, True, False]


def test_strangers_cannot_fill_the_memory() -> None:
    buckets = Buckets(Clock(), most=100)
    for number in range(1_000):
        buckets.take(number, Rate(1, 1))
    assert len(buckets) == 100


async def test_sign_ins_from_one_address_are_slowed_down_and_those_of_others_are_not() -> None:
    clock = Clock()
    edge = _edge(clock=clock)
    assert SIGN_IN.of_address is not None
    async with client_of(edge, peer="192.0.2.1") as client:
        statuses = [(await client.post("/login")).status_code for _ in range(int(SIGN_IN.of_address.at_once) + 1)]
        refused = await client.post("/login")
    assert statuses == [200] * (len(statuses) - 1) + [429]
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    async with client_of(edge, peer="192.0.2.2") as client:
        assert (await client.post("/login")).status_code == 200
    clock.now_s += 1.1 / SIGN_IN.of_address.per_s
    async with client_of(edge, peer="192.0.2.1") as client:
        assert (await client.post("/login")).status_code == 200


async def test_exports_of_one_account_are_slowed_down() -> None:
    app = Acting(AccountRates(_echo, Buckets(Clock())), LEADER)
    limits = limits_of("GET", "/api/v1/export/incidents.csv")
    async with client_of(app) as client:
        statuses = [
            (await client.get("/api/v1/export/incidents.csv")).status_code
            for _ in range(int(limits.of_account.at_once) + 1)
        ]
        assert statuses == [200] * (len(statuses) - 1) + [429]
        assert (await client.get("/tiles/places/3/6/3.mvt")).status_code == 200


def test_the_table_is_stricter_where_work_is_dearer() -> None:
    export, tiles = limits_of("GET", "/export/map.html"), limits_of("GET", "/tiles/a/1/1/1.mvt")
    assert export.of_account.per_s < limits_of("GET", "/api/v1/summary").of_account.per_s < tiles.of_account.per_s
    assert limits_of("POST", "/login/demo") is SIGN_IN
    assert limits_of("GET", "/map") is PAGES
    assert all(limits.statement_s <= 3_600 for _, _, limits in KINDS)


def test_a_house_with_many_ipv6_addresses_is_one_asker() -> None:
    networks = {
        network_of({"client": (address, 1)}) for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")
    }
    assert networks == {"2001:db8::/64", "2001:db8:0:1::/64"}


async def test_a_statement_that_takes_too_long_is_given_up_with_an_answer(house: House, drawn_url: str) -> None:
    database = AsyncDatabase(url_as(drawn_url, WEB), min_size=1, max_size=1)
    await database.open()
    with limited_statements(0.1), pytest.raises(psycopg.errors.QueryCanceled):
        async with database.reading() as conn:
            await conn.execute("SELECT pg_sleep(5)")
    async with database.reading() as conn:
        row = await (await conn.execute("SHOW statement_timeout")).fetchone()
    await database.close()
    assert row == {"statement_timeout": "0"}


async def test_the_work_of_a_client_that_has_gone_ends_in_the_database_too(drawn_url: str) -> None:
    database = AsyncDatabase(url_as(drawn_url, WEB), min_size=1, max_size=1)
    await database.open()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        async with database.reading() as conn:
            await conn.execute("SELECT pg_sleep(25), 'a client that goes'")
        await JSONResponse({})(scope, receive, send)

    gone = asyncio.Event()

    async def receive() -> dict:
        if not gone.is_set():
            gone.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(0.5)
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "GET", "path": "/api/v1/summary", "query_string": b"", "headers": []}
    began_s = time.monotonic()
    await _edge(slow)(scope | {"scheme": "http", "client": ("127.0.0.1", 1)}, receive, send)
    assert time.monotonic() - began_s < 10
    with psycopg.connect(libpq_url(drawn_url)) as owner:
        running = owner.execute(
            """
            SELECT count(*)
            FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE '%a client that goes%' AND pid <> pg_backend_pid()
            """
        )
        assert running.fetchone() == (0,)
    async with database.reading() as conn:
        assert await (await conn.execute("SELECT 1 AS one")).fetchone() == {"one": 1}
    await database.close()


async def test_an_exhausted_pool_says_when_to_come_back(drawn_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.engine.WAIT_S", 0.2)
    database = AsyncDatabase(url_as(drawn_url, WEB), min_size=1, max_size=1)
    await database.open()

    async def asks(scope: Scope, receive: Receive, send: Send) -> None:
        async with database.reading():
            await JSONResponse({})(scope, receive, send)

    async with database.reading(), client_of(_edge(asks)) as client:
        answer = await client.get("/api/v1/summary")
    await database.close()
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:minqing:problem:database-busy")
    assert int(answer.headers["retry-after"]) >= 1
