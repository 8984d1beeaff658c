"""Is every address of the whole application closed to a visitor who has not signed in?"""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

from dashboard.factory import create_app
from dashboard.services import Services
from data.engine import AsyncDatabase

OPEN = {"/login", "/login/demo", "/login/password", "/login/style.css", "/logout", "/healthz", "/readyz"}
FILLED = {"{path:path}": "x", "{path}": "x"}


def _addresses(routes: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    for route in routes:
        path = prefix + str(getattr(route, "path", ""))
        if isinstance(route, Mount):
            yield f"{path}/units-small/10/1/1.mvt"
            yield from _addresses(list(route.routes), path)
        elif hasattr(route, "effective_route_contexts"):
            yield from (context.path for context in route.effective_route_contexts())
        elif path:
            yield path


def _filled(path: str) -> str:
    parts = [FILLED.get(part, "1" if part.startswith("{") else part) for part in path.split("/")]
    return "/".join(parts) or "/"


@pytest.fixture
def app(database_url: str) -> FastAPI:
    return create_app(Services(AsyncDatabase(database_url, min_size=1, max_size=2), lambda: datetime.now(UTC)))


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_nobody_gets_past_the_door(app: FastAPI, method: str) -> None:
    addresses = {_filled(path) for path in _addresses(list(app.router.routes))}
    closed = sorted((addresses | {"/map", "/no-such-page"}) - OPEN)
    assert len(closed) >= 30
    assert {"/", "/_dash-update-component", "/api/v1/summary", "/metrics"} <= set(closed)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        got = {path: (await client.request(method, path, headers={"accept": "*/*"})).status_code for path in closed}
    assert {path: status for path, status in got.items() if status not in (303, 401)} == {}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
