"""Can anybody get what they may not? Everything that the running application answers to, tried by everybody.

Routes, callbacks, map layers and kinds of live messages are enumerated from the application itself, never from a list
that somebody would have to remember. What the table of permissions does not list fails here, and so does a line of it
behind which nothing stands.
"""

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import dash
import pytest
from fastapi import FastAPI

from dashboard.auth.callback_body import judge_message
from dashboard.auth.refusals import may
from dashboard.auth.route_list import RoutesUnlisted, listed_routes, require_listed, routes_of
from dashboard.auth.route_matching import need_of, needs_of_output
from dashboard.auth.route_permissions import FEED, LIVE, MESSAGES, OUTPUTS, ROUTES, Need, Standing
from dashboard.routes import PAGES
from data.accounts.account import Account
from data.accounts.permissions import Permission, Role
from data.feed.entry import FeedKind
from tests.support.peopled_house import House, peopled_house
from tests.support.whole_app import BASE

FILLED = {"{path:path}": "x", "{code}": "4401", "{kind}": "csv", "incidents.{kind}": "incidents.csv"}
FILLED |= {f"{name}.{{format}}": f"{name}.json" for name in ("services", "requests")}
FILLED |= {f"{{{name}}}.{{format}}": "1.json" for name in ("id", "service_code", "token")}
FILLED |= {"units.{kind}": "units.csv", "{package}": "dash", "{incident_id}": "1"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(server_url: str, template_name: str, anyio_backend: str) -> AsyncIterator[House]:
    async with peopled_house(server_url, template_name) as house:
        yield house


def _filled(path: str) -> str:
    return "/".join(FILLED.get(part, "1" if part.startswith("{") else part) for part in path.split("/")) or "/"


def _is_allowed(role: Role, need: Need | None) -> bool:
    return need is not None and may(Account(1, role.value, role), need)


HTTP = sorted((method, path) for method, path in ROUTES if method != LIVE)
CLOSED = [(method, path) for method, path in HTTP if ROUTES[method, path] is not Standing.ANYBODY]


@pytest.mark.anyio
async def test_the_table_lists_every_route_and_nothing_else(house: House) -> None:
    pages = {("GET", page.path) for page in PAGES}
    assert (routes_of(house.app) | pages) - listed_routes() == set()
    assert listed_routes() - (routes_of(house.app) | pages) == set()
    assert len(CLOSED) >= 35


def test_the_lines_say_what_they_should() -> None:
    """Rules that stand outside the table, against a line that was written in a hurry."""
    looks = {Permission.MAP, Permission.INCIDENTS, Permission.PLACES, Permission.ZONES, *Standing}
    own = {"/account/choices", "/login", "/login/demo", "/login/password", "/logout", "/wall/enter"}
    # Anybody reports by a code that hangs in a grid.
    own |= {"/report/{code}"}
    own |= {"/_dash-update-component"}
    for (method, path), need in ROUTES.items():
        if "export" in path:
            assert need in (Permission.EXPORT, Permission.AUDIT), path
        if method not in ("GET", LIVE) and path not in own:
            assert need not in looks, path
        if path.startswith("/api/v1/") and path != "/api/v1/me":
            assert isinstance(need, Permission), path
    assert ROUTES["GET", "/metrics"] is Permission.METRICS
    assert ROUTES["GET", "/admin"] is Permission.ACCOUNTS
    assert ROUTES["GET", "/api/v1/incidents/{id}"] is Permission.INCIDENT_DETAILS
    assert OUTPUTS["admin-"] is Permission.ACCOUNTS


@pytest.mark.anyio
async def test_an_application_with_an_unlisted_route_does_not_start(house: House) -> None:
    bare = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    bare.add_api_route("/api/v1/new-thing", lambda: None, methods=["POST"])
    with pytest.raises(RoutesUnlisted, match=r"POST /api/v1/new-thing.*Add what is needed"):
        require_listed(bare)


@pytest.mark.anyio
async def test_the_table_lists_every_callback_and_nothing_else(house: House) -> None:
    assert [output for output in house.callbacks if needs_of_output(output) is None] == []
    assert len(house.callbacks) >= 17
    parts = [part for output in house.callbacks for part in output.strip(".").split("...")]
    assert [start for start in OUTPUTS if not any(part.startswith(start) for part in parts)] == []


@pytest.mark.anyio
async def test_the_table_lists_every_kind_of_live_message_and_nothing_else(house: House) -> None:
    """Dash takes the kinds apart in one function; its text is the only list of them that there is."""
    source = inspect.getsource(type(dash.get_app().backend).serve_websocket_callback)
    assert set(re.findall(r'msg_type == "(\w+)"', source)) == set(MESSAGES)


@pytest.mark.anyio
async def test_every_layer_declares_a_permission_that_exists(house: House) -> None:
    assert len(house.layers) >= 8
    assert {permission for _, _, permission in house.layers} <= {str(permission) for permission in Permission}


@pytest.mark.anyio
async def test_nobody_gets_past_the_door(house: House) -> None:
    addresses = {_filled(path) for _, path in CLOSED} | {"/no-such-page", "/api/no-such", "/_dash-unknown"}
    layers = {f"/tiles/{_tile(url)}" for _, url, _ in house.layers}
    got = {}
    async with house.client(None) as client:
        for path in sorted(addresses | layers):
            for method in ("GET", "POST", "PUT", "DELETE"):
                is_open = need_of(method, path) is Standing.ANYBODY
                answer = await client.request(method, path, headers={"accept": "*/*"})
                got[method, path] = answer.status_code if not is_open else 401
    # Open311 has one status for a key that is missing or worthless.
    refused = {True: (403,), False: (303, 401)}
    assert {
        asked: status for asked, status in got.items() if status not in refused[asked[1].startswith("/open311/")]
    } == {}


@pytest.mark.anyio
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_the_routes_that_it_may_and_no_other(house: House, role: Role) -> None:
    wrong = {}
    async with house.client(role.value) as client:
        for method, path in CLOSED:
            if path == "/_dash-update-component":
                continue
            answer = await client.request(method, _filled(path))
            status = answer.status_code if "problem:route-unknown" not in answer.text[:200] else 599
            fits = status not in (401, 403, 405) if _is_allowed(role, ROUTES[method, path]) else status == 403
            if not fits or status >= 500:
                wrong[method, path] = status
        assert (await client.get("/no-such-page")).status_code == 404
        assert (await client.put("/map")).status_code == 405
    assert wrong == {}


@pytest.mark.anyio
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_runs_the_callbacks_that_it_may_and_no_other(house: House, role: Role) -> None:
    wrong = {}
    async with house.client(role.value) as client:
        for output in (*house.callbacks, "no-such-component.children", "..map-view.layers...admin-list.children.."):
            needs = needs_of_output(output)
            allowed = needs is not None and all(_is_allowed(role, need) for need in needs)
            answer = await client.post("/_dash-update-component", json={"output": output, "inputs": []})
            if (answer.status_code != 403) is not allowed:
                wrong[output] = answer.status_code
    assert wrong == {}


@pytest.mark.anyio
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_sends_the_live_messages_that_it_may_and_no_other(house: House, role: Role) -> None:
    account = Account(1, role.value, role)
    for kind in (*MESSAGES, "no_such_kind", None):
        for output in house.callbacks:
            text = json.dumps({"type": kind, "payload": {"output": output}})
            needs = needs_of_output(output) if kind == "callback_request" else frozenset({Standing.SIGNED_IN})
            allowed = kind in MESSAGES and needs is not None and all(_is_allowed(role, need) for need in needs)
            assert judge_message(account, {"type": "websocket.receive", "text": text}).is_good is allowed


@pytest.mark.anyio
async def test_a_live_connection_ends_at_a_message_that_is_not_permitted(house: House) -> None:
    request = {"type": "callback_request", "payload": {"output": "admin-chosen.data"}}
    assert await _live(house, "operator", request) == 4405
    assert await _live(house, "operator", {"type": "no_such_kind"}) == 4405
    assert await _live(house, None, {"type": "heartbeat"}) == 4401
    assert await _live(house, None, {"type": "subscribe", "kinds": ["figures"]}, path="/live") == 4401
    assert await _live(house, "operator", {"type": "heartbeat"}) is None


@pytest.mark.anyio
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_listens_to_the_kinds_of_the_feed_that_it_may_and_to_no_other(house: House, role: Role) -> None:
    assert set(FEED) == {kind.value for kind in FeedKind}
    for kind, need in FEED.items():
        message = {"type": "subscribe", "kinds": [kind]}
        code = await _live(house, role.value, message, path="/live")
        assert (kind, code) == (kind, None if _is_allowed(role, need) else 4405)
    for message in ({"type": "subscribe", "kinds": ["no_such_kind"]}, {"type": "callback_request"}):
        assert await _live(house, role.value, message, path="/live") == 4405


async def _live(
    house: House, name: str | None, message: dict[str, Any], path: str = "/_dash-ws-callback"
) -> int | None:
    """The code with which a live connection is closed after a message; None where it is answered."""
    headers = [(b"host", b"127.0.0.1"), (b"origin", BASE.encode())]
    headers += [(b"cookie", f"minqing_session={house.cookies[name]}".encode())] if name else []
    scope = {"type": "websocket", "path": path, "scheme": "ws", "headers": headers}
    scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "subprotocols": []}
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    for sent in ({"type": "websocket.connect"}, {"type": "websocket.receive", "text": json.dumps(message)}):
        incoming.put_nowait(sent)
    task = asyncio.create_task(house.app(scope, incoming.get, outgoing.put))  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        assert (await outgoing.get())["type"] == "websocket.accept"
        said = await outgoing.get()
        incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await task
    return int(said["code"]) if said["type"] == "websocket.close" else None


def _tile(url: str) -> str:
    return url.replace("{z}", "10").replace("{x}", "853").replace("{y}", "422")


@pytest.mark.anyio
async def test_each_layer_is_served_by_its_own_permission(house: House) -> None:
    for role in Role:
        async with house.client(role.value) as client:
            for key, url, permission in house.layers:
                for path in (_tile(url), f"{key}.json"):
                    status = (await client.get(f"/tiles/{path}")).status_code
                    assert (role, path, status == 403) == (role, path, not _is_allowed(role, Permission(permission)))
                    assert status < 500


@pytest.mark.anyio
async def test_a_token_narrows_routes_layers_and_callbacks(house: House) -> None:
    async with house.client(None, "map") as client:
        for key, url, permission in house.layers:
            assert (key, (await client.get(f"/tiles/{_tile(url)}")).status_code == 403) == (key, permission != "map")
        assert (await client.get("/api/v1/summary")).status_code == 200
        refused = await client.get("/api/v1/export/incidents.csv")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:minqing:problem:not-permitted")
        assert "export" in refused.json()["cause"]
        answer = await client.post("/_dash-update-component", json={"output": "map-newest.children"})
        assert answer.status_code == 403
    async with house.client(None, "incidents") as client:
        assert (await client.get("/tiles/incidents/10/853/422.mvt")).status_code == 403
        assert (await client.get("/api/v1/incidents")).status_code == 200
    async with house.client(None, "export") as client:
        assert (await client.get("/api/v1/incidents")).status_code == 403
