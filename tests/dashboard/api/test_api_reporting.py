"""Do the routes behind the form of a new case suggest, find and place, each within what the account may see?"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import psycopg
import pytest

from data.engine import libpq_url
from tests.dashboard.api.conftest import World, client_of
from tests.data.reads.grid_world import CODES, IDS
from tests.support.acting import LEADER, of_area
from tests.support.databases import cloned_database

pytestmark = pytest.mark.anyio
IN_A, IN_D = (120.005, 29.985), (120.075, 29.985)
SECRET = "邻居半夜敲打暖气管"


@pytest.fixture(scope="module")
def told(world: World, server_url: str) -> Iterator[str]:
    """The drawn city with places in two towns, and texts of a plain and of a sensitive class."""
    name = psycopg.conninfo.conninfo_to_dict(libpq_url(world.url))["dbname"]
    with cloned_database(server_url, str(name)) as url:
        with psycopg.connect(libpq_url(url)) as connection:
            for code, label, point in (("P-1", "城区警务室", IN_A), ("P-2", "红草警务室", IN_D)):
                connection.execute(
                    "INSERT INTO place (kind, code, name, cell_id, geom, geom_3857) SELECT 'police_room', %(code)s, "
                    "%(label)s, incident.cell_id, point, ST_Transform(point, 3857) FROM "
                    "(SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) AS made, incident "
                    "WHERE incident.grid_id = %(grid)s LIMIT 1",
                    {"code": code, "label": label, "lon": point[0], "lat": point[1]}
                    | {"grid": IDS["a" if code == "P-1" else "d"]},
                )
            connection.execute(
                "UPDATE incident SET text = %s WHERE class_id = (SELECT id FROM incident_class WHERE sensitive)",
                [SECRET],
            )
        yield url


@pytest.fixture
async def asker(told: str, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(told):
        yield client


async def suggested(client: httpx.AsyncClient, text: str) -> dict[str, object]:
    answer = await client.post("/api/v1/classes/suggest", json={"text": text})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def learnt(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client, once the reports have been learnt from: the first question is answered from the catalog alone."""
    for _ in range(200):
        if (await suggested(client, "路面积水"))["items"]:
            return client
        await asyncio.sleep(0.05)
    pytest.fail("the reports are never learnt from")


async def test_a_text_gets_classes_with_the_words_that_made_them(asker: httpx.AsyncClient) -> None:
    body = await suggested(await learnt(asker), "路面积水，请打13812345678")
    assert body["items"]
    assert body["masked"] == {"phone": 1}
    codes = [one["code"] for one in (await asker.get("/api/v1/classes")).json()["items"] if not one["sensitive"]]
    assert body["items"][0]["class"] in codes
    assert 0 < body["items"][0]["p"] <= 1


async def test_texts_of_sensitive_classes_teach_nobody_anything(told: str, asker: httpx.AsyncClient) -> None:
    assert (await suggested(await learnt(asker), SECRET))["items"] == []
    async for leader in client_of(told, LEADER):
        assert (await suggested(await learnt(leader), SECRET))["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"text": "x", "name": "y"}, {"text": 3}, {"text": "长" * 4_001}, {"text": "x", "limit": 11}]
)
async def test_what_is_no_text_is_refused(asker: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await asker.post("/api/v1/classes/suggest", json=body)).status_code == 400


async def test_places_are_found_by_name_and_pinyin_within_the_own_area(told: str, asker: httpx.AsyncClient) -> None:
    both = (await asker.get("/api/v1/places", params={"q": "jingwushi"})).json()["items"]
    assert {one["name"] for one in both} == {"城区警务室", "红草警务室"}
    first = (await asker.get("/api/v1/places", params={"q": "城区"})).json()["items"][0]
    assert (first["code"], first["unit"]) == ("P-1", CODES["a"])
    assert (first["lon"], first["lat"]) == pytest.approx(IN_A)
    async for client in client_of(told, of_area(IDS["A"], CODES["A"])):
        own = (await client.get("/api/v1/places", params={"q": "警务室"})).json()["items"]
        assert [one["code"] for one in own] == ["P-1"]


async def test_a_renamed_place_is_found_by_its_new_name(told: str, asker: httpx.AsyncClient) -> None:
    assert (await asker.get("/api/v1/places", params={"q": "城区警务室"})).json()["items"]
    with psycopg.connect(libpq_url(told)) as connection:
        connection.execute("UPDATE place SET name_en = 'Old Gate' , name = '老城门岗' WHERE code = 'P-1'")
    try:
        found = (await asker.get("/api/v1/places", params={"q": "lcmg"})).json()["items"]
        assert [one["code"] for one in found] == ["P-1"]
    finally:
        with psycopg.connect(libpq_url(told)) as connection:
            connection.execute("UPDATE place SET name_en = '', name = '城区警务室' WHERE code = 'P-1'")


async def test_a_point_tells_its_units_within_the_own_area(told: str, asker: httpx.AsyncClient) -> None:
    lon, lat = IN_A
    path = f"/api/v1/units/at?lon={lon}&lat={lat}"
    assert [one["code"] for one in (await asker.get(path)).json()["items"]] == [CODES["X"], CODES["A"], CODES["a"]]
    async for client in client_of(told, of_area(IDS["B"], CODES["B"])):
        assert CODES["a"] not in [one["code"] for one in (await client.get(path)).json()["items"]]


@pytest.mark.parametrize("query", ["lon=10&lat=10", "lon=180&lat=90", "lon=-180&lat=-90", "lon=0&lat=0"])
async def test_a_point_outside_lies_in_no_unit(asker: httpx.AsyncClient, query: str) -> None:
    answer = await asker.get(f"/api/v1/units/at?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == []


@pytest.mark.parametrize("query", ["", "lon=1", "lon=x&lat=1", "lon=nan&lat=1", "lon=181&lat=1", "lon=inf&lat=1"])
async def test_what_is_no_point_is_refused(asker: httpx.AsyncClient, query: str) -> None:
    assert (await asker.get(f"/api/v1/units/at?{query}")).status_code == 400
