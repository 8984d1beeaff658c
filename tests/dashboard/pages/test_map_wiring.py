"""Do the callbacks of the map page fit its layout, and does each answer on an empty city and on a drawn one?"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboard import ids
from dashboard.factory import create_app
from dashboard.routes import PAGES
from dashboard.services import Services
from data.accounts.demo import store_demo_accounts
from data.engine import AsyncDatabase
from data.roles import AUTH, WEB, url_as
from tests.data.reads import grid_world
from tests.support.databases import cloned_database

DENSITIES = ("auto", "points", "kde", "hex", "off")


@pytest.fixture(scope="module")
def drawn_url(server_url: str, template_name: str) -> Iterator[str]:
    """Address of a database with the drawn city."""
    with cloned_database(server_url, template_name) as url:
        grid_world.build(url)
        yield url


class Browser:
    """Posts callbacks as the page would."""

    def __init__(self, client: httpx.AsyncClient, dependencies: list[dict[str, Any]], password: str) -> None:
        self.client = client
        self.dependencies = dependencies
        self.password = password

    async def ask(self, output: str, changed: str | None = None, **given: Any) -> dict[str, Any]:
        """The answer of the server callback that writes `output` (component.property).

        Args:
            changed: Id of the input that has changed; None for the first.
        """
        spec = next(d for d in self.dependencies if output in d["output"] and not d["clientside_function"])
        body = {
            "output": spec["output"],
            "outputs": _outputs(spec["output"]),
            "inputs": [_value(item, given) for item in spec["inputs"]],
            "state": [_value(item, given) for item in spec["state"]],
            "changedPropIds": [
                f"{item['id']}.{item['property']}" for item in spec["inputs"] if changed in (None, item["id"])
            ][:1],
        }
        response = await self.client.post("/_dash-update-component", json=body)
        assert response.status_code == 200, response.text
        return dict(response.json()["response"])


def _outputs(text: str) -> Any:
    found = [{"id": name, "property": prop} for name, prop in _pairs(text)]
    return found if text.startswith("..") else found[0]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Component and property of each output; none for a callback that writes nothing."""
    parts = [part for part in text.strip(".").split("...") if "." in part]
    return [(name, prop.split("@")[0]) for name, _, prop in (part.rpartition(".") for part in parts)]


def _value(item: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
    return {**item, "value": given.get(item["id"].replace("-", "_"))}


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[None]:
    """The application between start and stop, as a server runs it."""
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(app(scope, inbox.get, outbox.put))
    for step in ("startup", "shutdown"):
        await inbox.put({"type": f"lifespan.{step}"})
        message = await outbox.get()
        assert message["type"] == f"lifespan.{step}.complete", message
        if step == "startup":
            yield
    await task


async def browser_on(url: str) -> AsyncIterator[Browser]:
    database, accounts = (AsyncDatabase(url_as(url, role), min_size=1, max_size=2) for role in (WEB, AUTH))
    app = create_app(Services(database, lambda: datetime.now(UTC), accounts=accounts))
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        async with accounts.writing() as connection:
            demo = await store_demo_accounts(connection, None, datetime.now(UTC))
        signed_in = await client.post("/login", data={"username": "leader", "password": demo.password})
        assert signed_in.status_code == 303
        yield Browser(client, (await client.get("/_dash-dependencies")).json(), demo.password)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def empty(database_url: str, anyio_backend: str) -> AsyncIterator[Browser]:
    async for browser in browser_on(database_url):
        yield browser


@pytest.fixture
async def drawn(drawn_url: str, anyio_backend: str) -> AsyncIterator[Browser]:
    async for browser in browser_on(drawn_url):
        yield browser


QUESTION: dict[str, str] = {"lang": "zh"}
SCREEN = {"rem": 16}


def text(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


async def layout_ids(browser: Browser, path: str, search: str = "") -> set[str]:
    """Ids of the components on a page, in the form in which callbacks name them."""
    body = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": search},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
    response = await browser.client.post("/_dash-update-component", json=body)
    assert response.status_code == 200, response.text
    return set(_ids_within(response.json()))


def _ids_within(node: Any) -> Iterator[str]:
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and isinstance(node.get("props"), dict) and isinstance(node["props"].get("id"), str):
        yield node["props"]["id"]
    for part in parts:
        yield from _ids_within(part)


def _named(text: str) -> bool:
    """Whether an id is one of ours that stands in a layout from the start; families come with answers."""
    return not text.startswith(("_pages", "{"))


@pytest.mark.anyio
async def test_every_callback_refers_to_what_is_in_the_layout(drawn: Browser):
    signed_in = await drawn.client.post("/login", data={"username": "admin", "password": drawn.password})
    assert signed_in.status_code == 303
    by_page = {page.path: await layout_ids(drawn, page.path) for page in PAGES}
    by_page["/map"] |= await layout_ids(drawn, "/map", "?unit=X")
    assert all(len(found) >= 5 for found in by_page.values()), {path: len(found) for path, found in by_page.items()}
    wanted = 0
    for spec in drawn.dependencies:
        named = {name for name, _ in _pairs(spec["output"])}
        named |= {item["id"] for item in [*spec["inputs"], *spec["state"]]}
        named = {name for name in named if _named(name)}
        wanted += len(named)
        # What a callback reads and writes stands on one page: across pages it would wait for ever.
        assert not named or any(named <= found for found in by_page.values()), named
    assert wanted > 25


@pytest.mark.anyio
async def test_an_empty_database_says_how_to_load_a_city(empty: Browser):
    answer = await empty.ask(f"{ids.NOTICE}.children", map_question=QUESTION)
    assert "python app.py demo" in text(answer)
    assert "数据库中还没有城市" in text(answer)


@pytest.mark.anyio
async def test_the_map_gets_sources_layers_values_and_a_legend(drawn: Browser):
    answer = await drawn.ask(f"{ids.MAP}.layers", map_question=QUESTION, map_layers={}, map_theme={})
    props = answer[ids.MAP]
    fills = [layer for layer in props["layers"] if layer["kind"] == "unit-fill"]
    assert len(fills) == 1
    assert {entry["layer"] for entry in props["values"]} == {fills[0]["id"]}
    assert all(
        source["type"] != "vector" or source["tiles"][0].startswith("/tiles/") for source in props["sources"].values()
    )
    assert props["view"]["fly"] is False
    assert answer[ids.LEGEND]["children"]


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.anyio
async def test_every_way_to_draw_incidents_answers(drawn: Browser, density: str):
    asked = {"layer": density, "show": "places,zones"}
    answer = await drawn.ask(f"{ids.MAP}.layers", map_question=QUESTION, map_layers=asked, map_theme={})
    kinds = {layer["kind"]: layer for layer in answer[ids.MAP]["layers"]}
    assert ("heat" in kinds, "hex" in kinds) == (density == "kde", density == "hex")
    assert kinds["points"]["visible"] is (density in ("auto", "points"))


@pytest.mark.parametrize("metric", ["reported", "open", "overdue", "closed", "on_time_share", "per_km2", "per_1000"])
@pytest.mark.parametrize("scheme", ["quantile", "natural", "fixed"])
@pytest.mark.anyio
async def test_every_metric_and_scheme_answers(drawn: Browser, metric: str, scheme: str):
    question = QUESTION | {"metric": metric, "scheme": scheme}
    asked = {"map_question": question, "map_layers": {}, "map_theme": {"theme": "light"}}
    answer = await drawn.ask(f"{ids.MAP}.layers", **asked)
    value = answer[ids.MAP]["values"][0]
    assert len(value["breaks"]) in (len(value["colors"]), len(value["colors"]) - 1)


@pytest.mark.anyio
async def test_figures_ranking_and_totals_come_from_one_snapshot(drawn: Browser):
    answer = await drawn.ask(f"{ids.FIGURES}.children", map_question=QUESTION)
    assert len(answer[ids.FIGURES]["children"]) == 5
    assert "未归属" in text(answer[ids.TOTALS])
    assert "排名" in text(answer[ids.RANKING])


@pytest.mark.anyio
async def test_figures_that_are_brought_up_to_date_keep_their_comparison(drawn: Browser):
    asked = await drawn.ask(f"{ids.FIGURES}.children", map_question=QUESTION)
    live = await drawn.ask(f"{ids.FIGURES}.children", changed=ids.LIVE, map_question=QUESTION, map_live=1)
    assert text(asked[ids.FIGURES]).count("…") == 5
    assert "…" not in text(live[ids.FIGURES])


@pytest.mark.anyio
async def test_charts_timeline_newest_and_choices_answer(drawn: Browser):
    charts = await drawn.ask(f"{ids.CHARTS}.children", map_question=QUESTION, map_theme={}, map_viewport=SCREEN)
    timeline = await drawn.ask(f"{ids.TIMELINE}.children", map_question=QUESTION)
    newest = await drawn.ask(f"{ids.NEWEST}.children", map_question=QUESTION)
    choices = await drawn.ask(f"{ids.CLASS}.data", map_question=QUESTION)
    assert "逐日趋势" in text(charts)
    assert timeline[ids.SPAN]["data"]["range"] == timeline[ids.BRUSH]["value"]
    assert "data-list" in text(newest)
    assert choices[ids.CLASS]["data"]


@pytest.mark.anyio
async def test_an_unknown_unit_is_a_notice_not_a_crash(drawn: Browser):
    answer = await drawn.ask(f"{ids.NOTICE}.children", map_question=QUESTION | {"unit": "nowhere"})
    assert "nowhere" in text(answer)
    assert "清除条件" in text(answer)


@pytest.mark.parametrize("figure", ["all", "open", "overdue", "closed", "due"])
@pytest.mark.anyio
async def test_every_list_panel_answers(drawn: Browser, figure: str):
    answer = await drawn.ask(f"{ids.DRAWER}.opened", map_panel={"panel": f"list:{figure}"}, map_question=QUESTION)
    assert answer[ids.DRAWER]["opened"] is True
    assert "/api/v1/export/incidents.csv" in text(answer)


@pytest.mark.anyio
async def test_an_incident_that_is_gone_says_so(drawn: Browser):
    answer = await drawn.ask(f"{ids.DRAWER}.opened", map_panel={"panel": "incident:999999"}, map_question=QUESTION)
    assert "没有找到这条记录" in text(answer)


@pytest.mark.anyio
async def test_browser_files_are_compressed_kept_and_guarded(drawn: Browser):
    page = (await drawn.client.get("/map?lang=en&theme=light")).text
    assert '<html lang="en"' in page
    assert 'data-mantine-color-scheme="light"' in page
    script = next(part.split('"')[0] for part in page.split('src="')[1:] if "dash_renderer" in part)
    response = await drawn.client.get(script, headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert "immutable" in response.headers["cache-control"]
    for outside in (
        "/_dash-component-suites/dash/dash.py",
        "/_dash-component-suites/os/path.py",
        "/assets/%2e%2e/factory.py",
    ):
        assert (await drawn.client.get(outside)).status_code == 404


@pytest.mark.anyio
async def test_the_offline_file_is_made_from_the_query(drawn: Browser):
    response = await drawn.client.get("/export/map.html?lang=zh")
    assert response.status_code == 200
    assert response.headers["content-disposition"].startswith("attachment")
    assert "https://" not in response.text.replace("https://www.w3.org", "").replace("https://leafletjs.com", "")
