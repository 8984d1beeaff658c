"""Do health, metrics and the description of the interface tell the truth?"""

import re

import httpx
import pytest

from dashboard.api.fold_watch import FoldWatch
from dashboard.api.request_meter import RequestMeter

pytestmark = pytest.mark.anyio


def test_lag_counts_only_while_the_same_fold_is_awaited() -> None:
    watch = FoldWatch()
    assert watch.lag_s(7, True, 100.0) == 0
    assert watch.lag_s(7, True, 112.5) == 12.5
    assert watch.lag_s(8, True, 113.0) == 0
    assert watch.lag_s(8, True, 114.0) == 1
    assert watch.lag_s(8, False, 115.0) == 0
    assert watch.lag_s(8, True, 200.0) == 0


def test_histogram_is_cumulative() -> None:
    meter = RequestMeter()
    for seconds in (0.004, 0.005, 0.2, 99.0):
        meter.observe("GET", "/x", 200, seconds)
    text = "\n".join(meter.lines())
    assert 'le="0.005"} 2' in text
    assert 'le="0.25"} 3' in text
    assert 'le="10.0"} 3' in text
    assert 'le="+Inf"} 4' in text
    assert 'duration_seconds_sum{route="/x"} 99.209' in text
    assert 'requests_total{method="GET",route="/x",status="200"} 4' in text


async def test_health_and_readiness(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"


async def test_stale_rollups_are_not_ready(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client.get("/readyz")).status_code == 200
    monkeypatch.setattr("dashboard.api.health.MAX_FOLD_LAG_S", -1.0)
    stale = await client.get("/readyz")
    assert stale.status_code == 503
    assert stale.json()["type"] == "urn:minqing:problem:rollups-stale"


async def test_metrics_count_by_template_not_by_address(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/units/4401")
    await client.get("/api/v1/units/nowhere")
    text = (await client.get("/metrics")).text
    assert re.search(r'requests_total\{method="GET",route="/api/v1/units/\{code\}",status="200"\} 1', text), text
    assert re.search(r'requests_total\{method="GET",route="/api/v1/units/\{code\}",status="404"\} 1', text)
    assert "nowhere" not in text
    assert "minqing_database_up 1" in text


async def test_description_covers_the_routes(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    for path in ("units", "units/search", "units/{code}", "levels", "classes", "scenarios", "summary", "choropleth"):
        assert f"/api/v1/{path}" in paths
    names = {parameter["name"] for parameter in paths["/api/v1/summary"]["get"]["parameters"]}
    assert names == {"unit", "units", "level", "from", "to", "class", "as_of", "by", "figures"}


async def test_docs_page_needs_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    for path in ("/api/docs", "/api/docs.js", "/api/docs.css"):
        response = await client.get(path)
        assert response.status_code == 200
        assert response.text
        assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", response.text)
