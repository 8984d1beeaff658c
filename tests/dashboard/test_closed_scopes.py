"""What does somebody see who may see a part? A refusal that explains itself, and nothing of the neighbours."""

from collections.abc import AsyncIterator
from typing import Any

import dash
import pytest

from dashboard.auth.route_list import listed_routes, nameless
from dashboard.auth.route_matching import needs_of_output
from data.accounts.permissions import Permission
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, LAST_DAY
from tests.support.peopled_house import House, peopled_house, server_callbacks

PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(server_url: str, template_name: str, anyio_backend: str) -> AsyncIterator[House]:
    async with peopled_house(server_url, template_name) as house:
        yield house


@pytest.mark.anyio
async def test_a_refused_page_explains_itself_by_address_and_by_a_step(house: House) -> None:
    async with house.client("operator") as client:
        page = await client.get("/admin?lang=en", headers=PAGE)
        assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
        assert "Manage accounts" in page.text
        assert 'href="/map"' in page.text
        step = await client.post("/_dash-update-component", json=_step_to("/admin"))
        assert step.status_code == 200
        assert "accounts" in step.text
        assert "admin-list" not in step.text
    async with house.client("admin") as client:
        assert "admin-list" in (await client.post("/_dash-update-component", json=_step_to("/admin"))).text


def _step_to(path: str) -> dict[str, Any]:
    """The callback by which Dash draws another page without loading it anew."""
    output = next(output for output in server_callbacks() if "_pages_content" in output)
    where = [{"id": "_pages_location", "property": name, "value": value} for name, value in
             (("pathname", path), ("search", ""))]  # fmt: skip
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    return {"output": output, "outputs": outputs, "inputs": where, "changedPropIds": ["_pages_location.pathname"]}


@pytest.mark.anyio
async def test_a_wall_gets_incidents_without_what_people_wrote(house: House) -> None:
    period = {"from": "2025-02-01", "to": LAST_DAY.isoformat()}
    async with house.client("wall") as client:
        listed = (await client.get("/api/v1/incidents", params=period)).json()["items"]
        assert listed
        assert {(item["text"], item["address"]) for item in listed} == {(None, None)}
        assert (await client.get("/api/v1/incidents", params=period | {"q": "a"})).status_code == 403
        assert (await client.get(f"/api/v1/incidents/{listed[0]['id']}")).status_code == 403
    async with house.client("operator") as client:
        listed = (await client.get("/api/v1/incidents", params=period)).json()["items"]
        assert any(item["text"] or item["address"] for item in listed)


@pytest.mark.anyio
async def test_a_neighbour_s_units_do_not_exist_on_any_route_that_takes_one(house: House) -> None:
    """Every route that the interface describes with a unit, found by its description."""
    described = house.app.openapi()["paths"]
    assert {nameless(path) for path in described} <= {path for _, path in listed_routes()}
    period = {"from": "2025-02-01", "to": LAST_DAY.isoformat(), "level": "grid", "metric": "reported"}
    tried = 0
    async with house.client("neighbour") as client:
        for path, methods in described.items():
            filled = path.replace("{kind}", "csv").replace("{key}", "handling_rate")
            named = {parameter["name"] for parameter in methods.get("get", {}).get("parameters", [])}
            for code, status in ((CODES["B"], 404), (CODES["d"], 404), (CODES["A"], 200)):
                asked = {key: value for key, value in period.items() if key in named and key != "level"}
                if "code" in named:
                    answer = await client.get(path.replace("{code}", code))
                elif "units" in named:
                    level = "grid" if len(code) > 4 else "town"
                    more = {"units": code, "level": level}
                    answer = await client.get(filled, params=asked | more)
                elif "unit" in named:
                    more = {"level": "grid"} if "export/units" in path or "choropleth" in path else {}
                    answer = await client.get(filled, params=asked | more | {"unit": code})
                else:
                    continue
                assert (path, code, answer.status_code) == (path, code, status), answer.text[:300]
                tried += 1
    assert tried >= 3 * 6


@pytest.mark.anyio
async def test_a_neighbour_s_units_are_in_no_callback(house: House) -> None:
    names = [grid_world.NAMES["B"][0], CODES["c"], CODES["d"]]
    async with house.client("neighbour") as client:
        for output in house.callbacks:
            if needs_of_output(output) <= {Permission.MAP, Permission.INCIDENTS}:
                answer = await client.post("/_dash-update-component", json=_ask(output, CODES["B"]))
                assert [name for name in names if name in answer.text] == []


def _ask(output: str, unit: str) -> dict[str, Any]:
    entry = dash.get_app().callback_map[output]
    stores = {"map-question": {"unit": unit, "from": "2025-02-01", "to": LAST_DAY.isoformat()}, "map-layers": {}}
    stores |= {"map-panel": {"panel": "list:all"}, "map-theme": {}, "map-viewport": {"rem": 16}}

    def values(items: list[Any]) -> list[dict[str, Any]]:
        return [{**item, "value": stores.get(item["id"])} for item in items]

    names = [part.rpartition(".") for part in output.strip(".").split("...")]
    outputs: Any = [{"id": name, "property": prop.partition("@")[0]} for name, _, prop in names]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": values(entry["inputs"]),
        "state": values(entry["state"]),
        "changedPropIds": [f"{item['id']}.{item['property']}" for item in entry["inputs"][:1]],
    }
