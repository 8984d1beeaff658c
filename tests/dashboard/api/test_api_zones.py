"""Are zones a level like any other for whoever asks by HTTP: units, figures, values, lists, files?"""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date

import httpx
import psycopg
import pytest

from data.accounts.account import Account
from data.engine import libpq_url
from tests.dashboard.api.conftest import client_of
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, IDS, Row
from tests.support.acting import OPERATOR, of_area
from tests.support.adopted_zones import adopt
from tests.support.databases import cloned_database

pytestmark = pytest.mark.anyio

NORTH, SOUTH, OLD = "440000601", "440000602", "440000603"
MEMBERS = {NORTH: "ab", SOUTH: "ceg"}
MARCH = {"from": "2025-03-02", "to": "2025-03-31"}
FEBRUARY = {"from": "2025-02-01", "to": "2025-02-20"}


@dataclass(frozen=True)
class City:
    """The drawn city with a plan of old and one in force from March on."""

    url: str
    rows: list[Row]
    plans: tuple[int, int]

    def count(self, letters: str) -> int:
        """Incidents of March in these grids."""
        days = (date(2025, 3, 2), date(2025, 3, 31))
        return sum(row.grid is not None and row.grid in letters and days[0] <= row.day <= days[1] for row in self.rows)


@pytest.fixture(scope="module")
def city(server_url: str, template_name: str) -> Iterator[City]:
    with cloned_database(server_url, template_name) as url:
        rows = grid_world.build(url)
        with psycopg.connect(libpq_url(url)) as connection:
            old = {(OLD, "全域联防片区"): [IDS[letter] for letter in "abcefg"]}
            new = {(code, f"{letters}联防片区"): [IDS[u] for u in letters] for code, letters in MEMBERS.items()}
            first = adopt(connection, "老方案", IDS["X"], "grid", old, date(2025, 1, 1), date(2025, 3, 1))
            second = adopt(connection, "新方案", IDS["X"], "grid", new, date(2025, 3, 1))
        yield City(url, rows, (first, second))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def account() -> Account:
    return OPERATOR


@pytest.fixture
async def client(city: City, account: Account, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(city.url, account):
        yield client


async def get(client: httpx.AsyncClient, path: str, **params: str):
    response = await client.get(f"/api/v1{path}", params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def test_zones_are_listed_by_day_and_place(city: City, client: httpx.AsyncClient) -> None:
    items = (await get(client, "/units", level="zone", on="2025-03-31"))["items"]
    assert [item["code"] for item in items] == [NORTH, SOUTH]
    assert items[0]["plan"] == {
        "id": city.plans[1],
        "name": "新方案",
        "adopted_from": "2025-03-01",
        "superseded_from": None,
    }
    then = (await get(client, "/units", level="zone", on="2025-02-20"))["items"]
    assert [(item["code"], item["plan"]["name"]) for item in then] == [(OLD, "老方案")]
    in_b = (await get(client, "/units", level="zone", parent=CODES["B"], on="2025-03-31"))["items"]
    assert [item["code"] for item in in_b] == [SOUTH]
    below = (await get(client, "/units", parent=NORTH, on="2025-03-31"))["items"]
    assert [item["code"] for item in below] == [CODES["a"], CODES["b"]]
    assert "plan" not in below[0]
    detail = await get(client, f"/units/{SOUTH}", on="2025-03-31")
    assert [item["code"] for item in detail["breadcrumb"]] == [CODES["X"], SOUTH]
    assert len(detail["below"]) == detail["children"] == 3
    levels = await get(client, "/levels")
    assert (levels["zones"]["key"], levels["zones"]["current"]) == ("zone", 2)


async def test_figures_add_up_from_the_city_to_a_grid(city: City, client: httpx.AsyncClient) -> None:
    whole = await get(client, "/summary", by="zone", **MARCH)
    assert [plan["name"] for plan in whole["plans"]] == ["新方案"]
    by_code = {item["code"]: item["n"] for item in whole["items"]}
    assert by_code == {code: city.count(letters) for code, letters in MEMBERS.items()}
    assert whole["total"] == sum(by_code.values()) + whole["unassigned"]
    zone = await get(client, "/summary", unit=SOUTH, **MARCH)
    assert (zone["total"], zone["level"]) == (by_code[SOUTH], "zone")
    assert zone["total"] == sum(item["n"] for item in zone["items"])
    grid = await get(client, "/summary", unit=zone["items"][0]["code"], **MARCH)
    assert grid["total"] == zone["items"][0]["n"]
    chosen = await get(client, "/summary", units=f"{NORTH},{SOUTH}", level="zone", **MARCH)
    assert chosen["total"] == sum(by_code.values())
    before = await get(client, "/summary/before", unit=SOUTH, **{"from": "2025-03-17", "to": "2025-03-31"})
    assert before["known"]


async def test_values_of_a_past_period_are_those_of_the_plan_of_its_time(city: City, client: httpx.AsyncClient) -> None:
    now = await get(client, "/choropleth", level="zone", **MARCH)
    assert now["values"] == [city.count("ab"), city.count("ceg")]
    then = await get(client, "/choropleth", level="zone", **FEBRUARY)
    assert [plan["name"] for plan in then["plans"]] == ["老方案"]
    assert len(then["values"]) == 1
    none = await get(client, "/choropleth", level="zone", **{"from": "2024-11-01", "to": "2024-11-30"})
    assert (none["values"], none["plans"]) == ([], [])
    still = await get(client, "/summary", unit=SOUTH, **FEBRUARY)
    assert still["plans"][0]["name"] == "新方案"
    assert not (await get(client, f"/units/{SOUTH}", on="2025-02-20"))["in_force"]


async def test_lists_go_page_by_page_and_into_files(city: City, client: httpx.AsyncClient) -> None:
    ids: list[int] = []
    cursor = ""
    while True:
        page = await get(client, "/incidents", unit=SOUTH, limit="40", cursor=cursor, **MARCH)
        ids += [item["id"] for item in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert len(ids) == len(set(ids)) == city.count("ceg") > 40
    in_none = await get(client, "/incidents", part="no-zone", limit="500", **MARCH)
    in_zone = await get(client, "/incidents", part=SOUTH, limit="500", **MARCH)
    assert len(in_zone["items"]) == city.count("ceg")
    assert not {item["id"] for item in in_none["items"]} & set(ids)
    whole = await get(client, "/summary", by="zone", **MARCH)
    assert len(in_none["items"]) == whole["unassigned"]
    response = await client.get("/api/v1/export/incidents.csv", params={"unit": SOUTH, **MARCH})
    assert len(list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))) == city.count("ceg")
    response = await client.get("/api/v1/export/units.csv", params={"level": "zone", **MARCH})
    rows = list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
    assert {row["code"]: float(row["reported"]) for row in rows} == {c: city.count(u) for c, u in MEMBERS.items()}
    assert {row["state"] for row in rows} == {"figure"}
    response = await client.get("/api/v1/export/units.geojson", params={"level": "zone", **MARCH})
    assert [feature["geometry"]["type"] for feature in response.json()["features"]] == ["MultiPolygon"] * 2
    response = await client.get("/api/v1/export/selection.csv", params={"units": NORTH, "level": "zone", **MARCH})
    assert NORTH in response.text


async def test_a_file_of_zones_names_the_plan_of_each(client: httpx.AsyncClient) -> None:
    drawn_on = str((await get(client, "/units"))["boundary_revision"])
    for period, plan, until in ((MARCH, "新方案", ""), (FEBRUARY, "老方案", "2025-03-01")):
        told = (await get(client, "/choropleth", level="zone", **period))["plans"]
        assert [one["name"] for one in told] == [plan]
        response = await client.get("/api/v1/export/units.csv", params={"level": "zone", **period})
        rows = list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
        assert rows
        for row in rows:
            assert (row["plan_id"], row["plan"]) == (str(told[0]["id"]), plan)
            assert (row["adopted_from"], row["superseded_from"]) == (told[0]["adopted_from"], until)
            assert row["revision"] == drawn_on
        response = await client.get("/api/v1/export/units.geojson", params={"level": "zone", **period})
        assert response.json()["about"]["plans"] == told
        assert {feature["properties"]["plan_id"] for feature in response.json()["features"]} == {told[0]["id"]}
    response = await client.get("/api/v1/export/units.csv", params={"level": "grid", **MARCH})
    assert "plan" not in response.text.splitlines()[0]


async def test_zones_are_found_and_unknown_ones_are_not(client: httpx.AsyncClient) -> None:
    found = await get(client, "/units/search", q="ceglianfang")
    assert [item["code"] for item in found["items"]] == [SOUTH]
    response = await client.get("/api/v1/summary", params={"unit": "440000699"})
    assert response.status_code == 404


@pytest.mark.parametrize("account", [of_area(IDS["A"])])
async def test_zones_of_others_do_not_exist(client: httpx.AsyncClient) -> None:
    assert [item["code"] for item in (await get(client, "/units", level="zone", on="2025-03-31"))["items"]] == [NORTH]
    for path in (f"/units/{SOUTH}", f"/summary?unit={SOUTH}", f"/incidents?unit={SOUTH}"):
        assert (await client.get(f"/api/v1{path}")).status_code == 404


@pytest.mark.parametrize("account", [of_area(IDS["C"])])
async def test_a_zone_that_reaches_beyond_the_area_says_so(city: City, client: httpx.AsyncClient) -> None:
    zone = await get(client, f"/units/{SOUTH}", on="2025-03-31")
    assert zone["is_partial"]
    assert zone["children"] == 2
    summary = await get(client, "/summary", unit=SOUTH, **MARCH)
    assert summary["not_permitted"]
    assert summary["total"] == city.count("eg")
    values = await get(client, "/choropleth", level="zone", **MARCH)
    assert values["values"] == [None]
    assert values["not_permitted"] == [[zone["id"], zone["id"]]]
