"""Does every error become a problem with field, cause and remedy, and nothing of the program's inside?"""

import logging

import httpx
import psycopg
import pytest

from data.engine import libpq_url
from tests.dashboard.api.conftest import World, client_of

pytestmark = pytest.mark.anyio

CASES = [
    ("/api/v1/units/nowhere", 404, "unit-unknown", "unit"),
    ("/api/v1/units?parent=nowhere", 404, "unit-unknown", "unit"),
    ("/api/v1/summary?unit=nowhere", 404, "unit-unknown", "unit"),
    ("/api/v1/summary?from=2025-13-01", 400, "period-invalid", "from"),
    ("/api/v1/summary?from=2025-03-02&to=2025-03-01", 400, "period-invalid", "from"),
    ("/api/v1/summary?class=nothing", 400, "class-unknown", "class"),
    ("/api/v1/summary?by=colour", 400, "breakdown-unknown", "by"),
    ("/api/v1/summary?as_of=2999-01-01", 400, "moment-unavailable", "as_of"),
    ("/api/v1/choropleth", 400, "malformed", "level"),
    ("/api/v1/choropleth?level=province", 400, "level-unknown", "level"),
    ("/api/v1/choropleth?level=grid&metric=luck", 400, "metric-unknown", "metric"),
    ("/api/v1/choropleth.bin?level=grid&class=nothing", 400, "class-unknown", "class"),
    ("/api/v1/incidents?status=broken", 400, "status-unknown", "status"),
    ("/api/v1/incidents?cursor=%25", 400, "cursor-invalid", "cursor"),
    ("/api/v1/incidents?limit=0", 400, "value-unusable", "limit"),
    ("/api/v1/incidents?bbox=1,2", 400, "value-unusable", "bbox"),
    ("/api/v1/incidents?ids=a", 400, "value-unusable", "ids"),
    ("/api/v1/incidents/999999999", 404, "incident-unknown", "id"),
    ("/api/v1/incidents/first", 400, "malformed", "id"),
    ("/api/v1/units/search?q=a&limit=1000", 400, "malformed", "limit"),
    ("/api/v1/export/incidents.csv?unit=nowhere", 404, "unit-unknown", "unit"),
    ("/api/v1/export/incidents.pdf", 400, "malformed", "kind"),
    ("/api/v1/export/units.csv?level=grid&metric=luck", 400, "metric-unknown", "metric"),
    ("/api/v1/nothing-here", 404, "route-unknown", "path"),
]


@pytest.mark.parametrize(("path", "status", "key", "field"), CASES)
async def test_problem(client: httpx.AsyncClient, path: str, status: int, key: str, field: str) -> None:
    response = await client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:minqing:problem:{key}"
    assert (body["status"], body["field"]) == (status, field)
    assert body["cause"]
    assert body["remedy"]
    assert body["detail"] == f"{body['cause']} {body['remedy']}"
    assert "Traceback" not in response.text


@pytest.mark.parametrize("text", ["\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "'" * 3_000])
async def test_odd_texts_are_refused_not_crashed_on(client: httpx.AsyncClient, text: str) -> None:
    for path, name in [("/api/v1/summary", "unit"), ("/api/v1/units/search", "q"), ("/api/v1/incidents", "q")]:
        response = await client.get(path, params={name: text})
        assert response.status_code in (200, 400, 404), response.text


async def test_empty_database_says_how_to_fill_it(database_url: str, anyio_backend: str) -> None:
    async for client in client_of(database_url):
        for path in ("/api/v1/units", "/api/v1/summary", "/api/v1/choropleth?level=grid", "/api/v1/incidents"):
            response = await client.get(path)
            assert response.status_code == 409, path
            assert "Load a city" in response.json()["remedy"]
        assert (await client.get("/api/v1/levels")).json()["items"] == []
        assert (await client.get("/readyz")).status_code == 200


async def test_figures_that_disagree_are_withheld(
    database_url: str, anyio_backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.data.reads import grid_world

    grid_world.build(database_url, count=100)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("UPDATE rollup_day SET n = n + 1 WHERE class_id = -1 AND subject_id = 20000001")
    async for client in client_of(database_url):
        with caplog.at_level(logging.ERROR):
            response = await client.get(
                "/api/v1/summary", params={"unit": "4401", "by": "class", "from": "2025-01-01", "to": "2025-03-31"}
            )
        assert response.status_code == 500
        assert response.json()["type"] == "urn:minqing:problem:figures-disagree"
        assert "Rebuild the rollups" in response.json()["remedy"]
        assert "figures-disagree" in caplog.text


async def test_lost_database_is_said_and_recovered_from(world: World, client: httpx.AsyncClient) -> None:
    async def broken(*_: object) -> None:
        raise psycopg.OperationalError("connection to secret-host failed: password for steward")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.api.units.read_levels", broken)
        response = await client.get("/api/v1/levels")
        assert response.status_code == 503
        assert "secret" not in response.text
        assert response.json()["remedy"]
    assert (await client.get("/api/v1/levels")).status_code == 200
