"""Is everything closed but what is listed, and does each kind of caller get the right answer?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from dashboard.auth.asked import asked_by
from dashboard.auth.doors import safe_next
from dashboard.auth.route_permissions import ROUTES, Standing
from data.accounts.administration import disable_account, find_account_id
from data.accounts.permissions import Role
from tests.dashboard.auth.conftest import BASE, PAGE, PASSWORD, House

pytestmark = pytest.mark.anyio


OPEN = {
    "/login", "/login/demo", "/login/style.css", "/logout", "/healthz", "/readyz", "/wall/enter", "/wall/enter.js",
    "/login/sso", "/login/sso/return", "/report/{code}", "/report/{code}/r/{receipt}", "/report/page.js",
    "/report/page.css",
}  # fmt: skip
PAGES = ["/map", "/", "/nothing-here", "/login/", "/LOGIN", "/api/docs", "/healthz/x", "/%6cogin2", "/wall"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
MACHINES = [
    "/api/v1/summary", "/api/unknown", "/tiles/places/1/2/3.mvt", "/_dash-update-component", "/_dash-layout",
    "/metrics", "/assets/app.css", "/open311/v2/requests.json", "/ogc/collections",
]  # fmt: skip


async def test_nobody_is_led_from_a_page_to_the_sign_in(house: House) -> None:
    async with house.client() as client:
        for path in PAGES:
            answer = await client.get(path, headers=PAGE)
            assert (path, answer.status_code) == (path, 303)
            assert answer.headers["location"].startswith("/login")
            assert answer.headers["cache-control"] == "no-store"


async def test_nobody_gets_a_problem_from_a_machine_s_path(house: House) -> None:
    async with house.client() as client:
        for path, method in product(MACHINES, METHODS):
            answer = await client.request(method, path, headers=PAGE)
            assert (path, method, answer.status_code) == (path, method, 401)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert method == "HEAD" or answer.json()["type"] == "urn:minqing:problem:not-signed-in"


async def test_what_is_no_navigation_is_not_led_anywhere(house: House) -> None:
    json, image = {"accept": "application/json"}, {"sec-fetch-dest": "image"}
    async with house.client() as client:
        for method, headers in [("POST", {}), ("GET", json), ("GET", image), ("OPTIONS", {})]:
            assert (await client.request(method, "/map", headers=headers)).status_code == 401


async def test_the_open_paths_are_these_and_no_others(house: House) -> None:
    listed = {path for (_, path), need in ROUTES.items() if need is Standing.ANYBODY}
    assert listed == OPEN
    async with house.client() as client:
        for path in ("/login", "/login/style.css", "/healthz"):
            assert (await client.get(path)).status_code == 200
        for path in OPEN:
            assert (await client.put(path)).status_code == 401
    assert house.database.reads == 0


async def test_the_way_back_is_kept(house: House) -> None:
    async with house.client() as client:
        answer = await client.get("/map?unit=4401&lang=en", headers=PAGE)
        assert answer.headers["location"] == "/login?next=%2Fmap%3Funit%3D4401%26lang%3Den"
        page = await client.get(answer.headers["location"])
    assert 'name="next" value="/map?unit=4401&amp;lang=en"' in page.text


ELSEWHERE = [
    "//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", " //evil.example", "/%2f/evil.example/..", "/%5cevil.example",
    "///evil.example", "evil.example", "http:evil.example", "/a//evil.example", "/login?next=//evil.example", "/logout",
    "", "/" + "a" * 3000, "/map\r\nSet-Cookie: a=b", '/map"onclick="', "/地图", "/\x00/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("text", [*ELSEWHERE, None])
def test_another_site_is_no_way_back(text: str | None) -> None:
    assert safe_next(text) == "/"


async def test_sign_in_never_leads_to_another_site(house: House) -> None:
    async with house.client() as client:
        for text in ELSEWHERE[::3]:
            form = {"username": "wang", "password": PASSWORD, "next": text}
            answer = await client.post("/login", data=form)
            assert (text, answer.status_code, answer.headers["location"]) == (text, 303, "/")
            shown = await client.get("/login", params={"next": text})
            assert 'name="next" value="/"' in shown.text


@pytest.mark.parametrize(
    "text", ["/map", "/map?unit=4401&from=2026-01-01", "/cases/12#notes", "/map?u=http://a//b", "/api/docs"]
)
def test_paths_of_this_site_are_kept(text: str) -> None:
    assert safe_next(text) == text


async def test_a_signed_in_browser_gets_everything_in_its_own_name(house: House) -> None:
    async with house.signed_in() as client:
        for path in ("/map", "/api/v1/summary", "/tiles/places/1/2/3.mvt", "/api/docs"):
            assert (await client.get(path)).json() == {"name": "wang", "role": "operator"}
        me = (await client.get("/api/v1/me")).json()
    assert (me["name"], me["role"], me["unit_id"]) == ("wang", "operator", None)
    assert "accounts" not in me["permissions"]


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": "http://127.0.0.1:8050.evil.example"},
    {"origin": "http://127.0.0.1:8050@evil.example"},
    {"origin": ""},
    {"origin": "http://[bad"},
    {"referer": "https://evil.example/a"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": BASE},
]
OURS = [{"origin": BASE}, {"origin": BASE, "sec-fetch-site": "same-origin"}, {"referer": BASE + "/map"}, {}]


async def test_another_site_cannot_use_the_cookie(house: House) -> None:
    async with house.signed_in() as client:
        for path, headers in product(("/_dash-update-component", "/logout", "/api/v1/tokens", "/login"), FOREIGN):
            answer = await client.post(path, headers=headers, json={"name": "x"})
            assert (path, headers, answer.status_code) == (path, headers, 403)
            assert answer.json()["type"] == "urn:minqing:problem:cross-site"
        assert (await client.get("/map")).status_code == 200


async def test_our_own_pages_can(house: House) -> None:
    async with house.signed_in() as client:
        for headers in OURS:
            answer = await client.post(
                "/_dash-update-component", headers=headers, json={"output": "map-charts.children"}
            )
            assert answer.status_code == 200


async def test_the_database_is_asked_once_for_a_burst_and_written_to_once_a_minute(house: House) -> None:
    async with house.signed_in() as client:
        reads, writes = house.database.reads, house.database.writes
        answers = await asyncio.gather(*(client.get("/tiles/places/1/2/3.mvt") for _ in range(60)))
        assert {answer.status_code for answer in answers} == {200}
        assert (house.database.reads - reads, house.database.writes - writes) == (1, 0)
        house.later(seconds=61)
        await asyncio.gather(*(client.get("/map") for _ in range(20)))
        assert house.database.writes - writes == 1
        house.later(seconds=30)
        await client.get("/map")
        assert house.database.writes - writes == 1


async def test_use_keeps_a_session_alive_and_idleness_ends_it(house: House) -> None:
    async with house.signed_in() as client:
        for _ in range(5):
            house.later(minutes=100)
            house.auth.gate.forget_account(await _id(house, "wang"))
            assert (await client.get("/map")).status_code == 200
        house.later(minutes=120)
        assert (await client.get("/api/v1/summary")).status_code == 401


async def test_a_disabled_account_is_out_at_once(house: House) -> None:
    async with house.signed_in() as client:
        assert (await client.get("/map")).status_code == 200
        account_id = await _id(house, "wang")
        async with house.database.writing() as conn:
            await disable_account(conn, account_id, house.now)
        house.auth.gate.forget_account(account_id)
        assert (await client.get("/api/v1/summary")).status_code == 401
        assert (await client.post("/login", data={"username": "wang", "password": PASSWORD})).status_code == 401


async def test_an_answer_on_its_way_does_not_outlive_the_change(house: House) -> None:
    """The account is disabled while the database's answer travels: the next request must ask again."""
    started, go_on, genuine = asyncio.Event(), asyncio.Event(), house.database.reading

    @asynccontextmanager
    async def slow() -> AsyncIterator[Any]:
        async with genuine() as conn:
            yield conn
            started.set()
            await go_on.wait()

    async with house.signed_in() as client:
        house.database.reading = slow  # type: ignore[method-assign]
        under_way = asyncio.create_task(client.get("/api/v1/summary"))
        await started.wait()
        house.database.reading = genuine  # type: ignore[method-assign]
        account_id = await _id(house, "wang")
        async with house.database.writing() as conn:
            await disable_account(conn, account_id, house.now)
        house.auth.gate.forget_account(account_id)
        assert (await client.get("/api/v1/summary")).status_code == 401
        go_on.set()
        await under_way
        assert (await client.get("/api/v1/summary")).status_code == 401


async def test_a_made_up_cookie_opens_nothing(house: House) -> None:
    async with house.client() as client:
        for cookie in ("", "x", "0123456789abcdef_" + "A" * 43, "'; DROP TABLE account;--", "é", "_" * 500):
            headers = {"cookie": f"minqing_session={cookie}".encode()}
            assert (await client.get("/api/v1/summary", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("error", "kind"),
    [(psycopg.OperationalError("refused"), "database-unreachable"), (PoolTimeout("none free"), "database-busy")],
)
async def test_a_database_that_does_not_answer_lets_nobody_in(house: House, error: Exception, kind: str) -> None:
    def broken() -> Any:
        raise error

    async with house.signed_in() as client:
        house.database.reading = broken  # type: ignore[method-assign]
        answer = await client.get("/api/v1/summary")
        assert (answer.status_code, answer.json()["type"]) == (503, f"urn:minqing:problem:{kind}")
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("scheme", "host", "secure"),
    [("http", "127.0.0.1:8050", False), ("http", "localhost:8050", False), ("http", "[::1]:8050", False),
     ("https", "127.0.0.1:8050", True), ("http", "city.example", True), ("http", "192.168.1.5:8050", True),
     ("http", "", True)],
)  # fmt: skip
def test_a_cookie_is_kept_from_plain_http_beyond_this_machine(scheme: str, host: str, secure: bool) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": scheme, "headers": [(b"host", host.encode())]}
    assert asked_by(scope).needs_secure_cookie is secure


HEARTBEAT = '{"type": "heartbeat"}'


class Socket:
    """One WebSocket connection, driven by hand."""

    def __init__(self, house: House, cookie: str | None, origin: str | None = BASE, bearer: str | None = None) -> None:
        headers = [(b"host", b"127.0.0.1:8050")]
        headers += [(b"cookie", f"minqing_session={cookie}".encode())] if cookie else []
        headers += [(b"origin", origin.encode())] if origin else []
        headers += [(b"authorization", f"Bearer {bearer}".encode())] if bearer else []
        scope = {"type": "websocket", "path": "/_dash-ws-callback", "scheme": "ws", "headers": headers}
        scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "subprotocols": []}
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(house.app(scope, self.incoming.get, self.outgoing.put))  # type: ignore[arg-type]

    async def said(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return await self.outgoing.get()

    async def echo(self, text: str) -> dict[str, Any]:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})
        return await self.said()

    async def close(self) -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 5)


async def test_a_live_connection_of_nobody_ends_with_a_code_that_the_page_can_read(house: House) -> None:
    for cookie, origin, code in [
        (None, BASE, 4401),
        ("0123456789abcdef_" + "A" * 43, BASE, 4401),
        (None, "https://evil.example", 4403),
    ]:
        socket = Socket(house, cookie, origin)
        assert (await socket.said())["type"] == "websocket.accept"
        closed = await socket.said()
        assert (closed["type"], closed["code"]) == ("websocket.close", code)
        await asyncio.wait_for(socket.task, 5)


async def test_a_live_connection_of_another_site_is_refused_though_it_carries_the_cookie(house: House) -> None:
    async with house.signed_in() as client:
        socket = Socket(house, client.cookies["minqing_session"], "https://evil.example")
        assert [(await socket.said()).get("code") for _ in range(2)] == [None, 4403]
        await asyncio.wait_for(socket.task, 5)


async def test_a_live_connection_ends_when_its_session_does(house: House) -> None:
    async with house.signed_in() as client:
        socket = Socket(house, client.cookies["minqing_session"])
        assert (await socket.said())["type"] == "websocket.accept"
        assert (await socket.echo(HEARTBEAT))["text"] == f"wang: {HEARTBEAT}"
        await client.post("/logout")
    closed = await socket.echo(HEARTBEAT)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4401)
    await asyncio.wait_for(socket.task, 5)


async def test_every_role_comes_in_by_one_click_on_this_machine_only(house: House) -> None:
    for role in Role:
        async with house.client() as client:
            answer = await client.post(
                "/login/demo", data={"role": role.value, "next": "/map"}, headers={"origin": BASE}
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "/map")
            assert (await client.get("/map")).json()["role"] == role.value


async def test_nobody_else_is_offered_or_given_the_one_click(house: House) -> None:
    for base, peer, headers in [
        (BASE, "192.168.1.9", {}),
        ("http://city.example:8050", "127.0.0.1", {}),
        (BASE, "127.0.0.1", {"x-forwarded-for": "203.0.113.7"}),
        (BASE, "127.0.0.1", {"forwarded": "for=203.0.113.7"}),
    ]:
        async with house.client(base, peer) as client:
            assert "/login/demo" not in (await client.get("/login", headers=headers)).text
            answer = await client.post("/login/demo", data={"role": "admin"}, headers=headers)
            assert answer.status_code == 401
            assert "minqing_session" not in answer.headers.get("set-cookie", "")
    async with house.client() as client:
        assert "/login/demo" in (await client.get("/login")).text
        assert (await client.post("/login/demo", data={"role": "wang"})).status_code == 401


async def _id(house: House, name: str) -> int:
    async with house.database.reading() as conn:
        return await find_account_id(conn, name)
