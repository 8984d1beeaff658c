"""Can a request lead a person, a browser or a cache astray: forged, redirected, traversing, injected, replayed?"""

import asyncio
import json
import re

import httpx
import pytest

from dashboard.auth.doors import safe_next
from tests.security.conftest import House

pytestmark = pytest.mark.anyio
PAGE = {"accept": "text/html"}
ELSEWHERE = (
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\tevil",
    "/%2f%2fevil.example", "/%5cevil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
    "http:evil.example", "/.//evil.example", " //evil.example", "\r\n//evil.example", "/map\r\nSet-Cookie: a=b",
    "https:evil.example", "/\u2028evil", "//evil.example@127.0.0.1", "/login", "/logout", "/wall/enter", "?next=x", "",
    "x" * 5_000, "/" + "a" * 5_000, "/\x00", "//[::1", "http://[", "/map#//evil.example", "ftp://evil.example/",
)  # fmt: skip
OUTSIDE = (
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "..%252fapp.py", "....//app.py", "/etc/passwd", "%2fetc%2fpasswd",
    "..\\app.py", "..%5capp.py", "a/../../factory.py", "./../factory.py", "%c0%ae%c0%ae/app.py", "app.css/../../ids.py",
    "\u2025/app.py", "app.css%00.js", "//etc/passwd", "file:///etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_nobody_is_led_to_another_site(house: House, wanted: str) -> None:
    answered = safe_next(wanted)
    assert answered.startswith("/")
    assert not answered.startswith("//")
    assert "evil" not in answered.partition("#")[0]
    async with house.client() as client:
        answer = await client.post("/login", data={"username": "leader", "password": house.password, "next": wanted})
    assert answer.status_code in (303, 413)
    target = httpx.URL("http://127.0.0.1").join(answer.headers.get("location", "/"))
    assert target.host == "127.0.0.1"
    assert "set-cookie: a" not in str(answer.headers).lower()


@pytest.mark.parametrize("path", OUTSIDE)
async def test_no_file_outside_of_the_folders_is_served(house: House, path: str) -> None:
    async with house.client("admin") as client:
        for start in ("/assets/", "/_dash-component-suites/dash/", "/_dash-component-suites/dashboard/", "/tiles/"):
            answer = await client.get(start + path)
            assert answer.status_code in (400, 404, 405, 414), (start, path, answer.status_code)
            assert "import " not in answer.text
            assert "root:" not in answer.text


async def test_no_module_of_the_program_is_served_as_a_component(house: House) -> None:
    async with house.client("admin") as client:
        for package, path in (("dashboard", "factory.py"), ("os", "os.py"), ("sys", "x"), ("dash", "dash.py")):
            assert (await client.get(f"/_dash-component-suites/{package}/{path}")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://evil.example@127.0.0.1.evil.example"},
        {"referer": "https://evil.example/127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "file://"},
    ],
)
async def test_no_other_site_can_have_something_done(house: House, headers: dict[str, str]) -> None:
    asked = [
        ("/_dash-update-component", {"output": "map-view.layers", "inputs": []}),
        ("/api/v1/tokens", {"name": "stolen"}),
        ("/api/v1/incidents", {"class": "U-E-1-01", "lon": 120.0, "lat": 30.0}),
        ("/account/choices", {"lang": "en"}),
        ("/logout", {}),
        ("/login/password", {}),
        ("/api/v1/audit/verify", {}),
    ]
    async with house.client("admin") as client:
        for path, body in asked:
            answer = await client.post(path, json=body, headers=headers)
            assert (path, answer.status_code, answer.json()["type"]) == (path, 403, "urn:minqing:problem:cross-site")
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_a_host_header_changes_no_address_that_others_get(house: House) -> None:
    async with house.client("leader") as client:
        for host in ("evil.example", "127.0.0.1:1@evil.example", "127.0.0.1\\evil.example", "a b", "<x>"):
            answer = await client.get("/map", headers=PAGE | {"host": host}, follow_redirects=False)
            assert "evil" not in answer.headers.get("location", "")
            assert answer.status_code in (200, 400)
            described = await client.get("/tiles/places.json", headers={"host": host})
            assert described.status_code == 400 or "private" in described.headers["cache-control"]


async def test_no_header_can_be_put_into_an_answer(house: House) -> None:
    texts = ("a\r\nX-Put: 1", "a%0d%0aX-Put: 1", "a\nX-Put:1", "a\u010d\u010aX-Put: 1")
    async with house.client("admin") as client:
        for text in texts:
            for path in ("/api/v1/export/units.csv", "/api/v1/export/incidents.csv", "/map", "/login", "/"):
                answer = await client.get(path, params={"unit": text, "level": text, "lang": text, "next": text})
                assert "x-put" not in answer.headers
                assert answer.status_code < 500


async def test_a_session_key_that_was_brought_along_is_never_taken_over(house: House) -> None:
    brought = "0123456789abcdef_" + "A" * 43
    async with house.client() as client:
        client.cookies.set("minqing_session", brought, domain="127.0.0.1")
        answer = await client.post("/login", data={"username": "leader", "password": house.password})
        key = re.search(r"minqing_session=([^;]+)", answer.headers["set-cookie"])
    assert key is not None
    assert key[1] != brought
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    async with house.client("leader") as before:
        assert (await before.get("/api/v1/me")).status_code == 200
    async with house.client() as client:
        client.cookies.set("minqing_session", brought, domain="127.0.0.1")
        assert (await client.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer ", "Bearer null", "Bearer mq_", "Basic YWRtaW46YWRtaW4=", "bearer mq_0123456789abcdef_" + "A" * 43,
     "Bearer ' OR 1=1 --", "Bearer " + "A" * 9_000, "Bearer mq_0123456789abcdef_" + "é" * 43, "\x00",
     "Bearer mq_../.."],
)  # fmt: skip
async def test_a_key_that_is_none_opens_nothing_and_breaks_nothing(house: House, header: str) -> None:
    async with house.client() as client:
        answer = await client.get("/api/v1/me", headers={"authorization": header.encode("latin-1")})
        assert answer.status_code == 401
    async with house.client("leader") as client:
        answer = await client.get("/api/v1/me", headers={"authorization": header.encode("latin-1")})
        assert answer.status_code == (200 if not header.lower().startswith("bearer") else 401)


async def test_nobody_gives_more_than_was_asked_for(house: House) -> None:
    """Mass assignment: fields that a client has no business with are refused, not passed over in silence."""
    async with house.client("leader") as client:
        for extra in ({"account_id": 1}, {"role": "admin"}, {"expires_at": "2999-01-01"}, {"secret": "x"}):
            answer = await client.post("/api/v1/tokens", json={"name": "mine"} | extra)
            assert answer.status_code == 400, extra
        wider = await client.post("/api/v1/tokens", json={"name": "mine", "scopes": ["accounts", "audit"]})
        if wider.status_code == 201:
            token = wider.json()["token"]
    async with house.client() as client:
        if wider.status_code == 201:
            me = (await client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})).json()
            assert me["permissions"] == []
    async with house.client("operator") as client:
        report = {"class": "U-E-1-01", "lon": 120.005, "lat": 29.985}
        for extra in ({"id": 7}, {"status": "closed"}, {"cell_id": 1}, {"reporter_phone": "1"}, {"__proto__": {}}):
            answer = await client.post("/api/v1/incidents", json=report | extra)
            assert answer.status_code == 422, (extra, answer.text)


async def test_a_live_connection_from_another_site_is_closed(house: House) -> None:
    for origin, expected in (("https://evil.example", 4403), ("http://127.0.0.1", None), ("null", 4403)):
        headers = [(b"host", b"127.0.0.1"), (b"origin", origin.encode())]
        headers.append((b"cookie", f"minqing_session={house.cookies['leader']}".encode()))
        assert await _closed(house, headers, json.dumps({"type": "heartbeat"})) == expected


async def test_a_live_message_that_is_too_large_or_too_deep_ends_the_connection(house: House) -> None:
    headers = [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")]
    headers.append((b"cookie", f"minqing_session={house.cookies['leader']}".encode()))
    for text in ("x" * 4_000_001, "[" * 100_000):
        assert await _closed(house, headers, text) == "ended"


async def _closed(house: House, headers: list[tuple[bytes, bytes]], text: str) -> int | str | None:
    """Code with which a live connection is closed after a message; None where it is answered."""
    scope = {"type": "websocket", "path": "/_dash-ws-callback", "scheme": "ws", "headers": headers}
    scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "subprotocols": []}
    given = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": text}]
    said: list[dict] = []

    async def receive() -> dict:
        if given:
            return given.pop(0)
        await asyncio.sleep(0.5)
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: dict) -> None:
        said.append(message)

    await house.app(scope, receive, send)  # type: ignore[arg-type]
    codes = [message["code"] for message in said if message["type"] == "websocket.close"]
    if codes:
        return codes[0]
    return None if any(message["type"] == "websocket.send" for message in said) else "ended"
