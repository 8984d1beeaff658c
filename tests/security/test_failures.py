"""Does an unforeseen error tell the log everything and the client nothing but where to look?"""

import json
import re

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.api.problems import add_problem_handlers
from dashboard.security.buckets import Buckets
from dashboard.security.edge import Edge
from dashboard.security.failures import Failures
from dashboard.security.headers import SecurityHeaders
from tests.security.conftest import House

pytestmark = pytest.mark.anyio
SECRET = "the inside of the program"


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/half":
        await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError(SECRET)


def _edged(app=_broken) -> httpx.AsyncClient:
    edge = Edge(app, SecurityHeaders(lambda: "default-src 'none'"), Buckets(lambda: 0.0))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(edge, raise_app_exceptions=False), base_url="http://localhost"
    )


async def test_a_program_gets_a_problem_with_the_mark_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with _edged() as client:
        answer = await client.get("/api/v1/anything")
    body = answer.json()
    assert (answer.status_code, body["type"]) == (500, "urn:minqing:problem:unexpected")
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    mark = body["instance"].rpartition(":")[2]
    assert mark in caplog.text
    assert SECRET in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_person_gets_a_page_with_the_mark_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with _edged() as client:
        for lang, words in (("zh", "页面暂时无法显示"), ("en", "This page could not be made")):
            answer = await client.get(f"/map?lang={lang}", headers={"accept": "text/html"})
            assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
            assert words in answer.text
            assert SECRET not in answer.text
            marks = [record.getMessage().rpartition(" ")[2] for record in caplog.records]
            assert any(mark in answer.text for mark in marks)


async def test_half_an_answer_is_broken_off_and_not_completed() -> None:
    with pytest.raises(RuntimeError, match=SECRET):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Failures(_broken)), base_url="http://localhost"
        ) as client:
            await client.get("/half")


async def test_nothing_of_the_failing_application_reaches_any_of_its_clients(house: House) -> None:
    """Malformed callbacks, bodies and parameters, sent to the whole application."""
    bodies = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"output":1}', b'{"output":"map-view.layers"}']
    bodies += [b'{"output":"map-view.layers","inputs":[1],"outputs":[],"changedPropIds":["x"]}']
    bodies += [b'{"output":"map-state.data","inputs":[{"id":"a"}],"outputs":{"id":"a","property":"b"}}']
    bodies += [b'{"output":"_pages_content.children","inputs":{"a":1},"state":7}', b'{"output":{"$ne":1}}']
    async with house.client("admin") as client:
        for path in ("/_dash-update-component", "/api/v1/tokens", "/api/v1/incidents", "/login", "/account/choices"):
            for body in bodies:
                answer = await client.post(path, content=body, headers={"content-type": "application/json"})
                assert answer.status_code < 500, (path, body, answer.text)
                for trace in ("Traceback", 'File "', "site-packages", "KeyError"):
                    assert trace not in answer.text


async def test_the_framework_refuses_in_our_words(house: House) -> None:
    async with house.client("admin") as client:
        answer = await client.post("/api/v1/tokens", content=b"{", headers={"content-type": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"field", "cause", "remedy"} <= set(answer.json())


async def test_an_error_of_the_framework_keeps_its_headers() -> None:
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/teapot")
    async def teapot() -> PlainTextResponse:
        raise HTTPException(418, "short and stout", {"X-Spout": "left"})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/teapot")
    assert (answer.status_code, answer.headers["x-spout"]) == (418, "left")
    assert answer.json()["cause"] == "short and stout."


async def test_dash_runs_without_tools_for_developers(house: House) -> None:
    async with house.client("leader") as client:
        page = (await client.get("/map", headers={"accept": "text/html"})).text
    config = json.loads(re.findall(r'<script id="_dash-config"[^>]*>(.*?)</script>', page)[0])
    assert config["ui"] is config["props_check"] is False
    assert "hot_reload" not in config
