"""Are candidates for a case, and for a report before it is filed, those that a person would look at first, and why?"""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from data.engine import libpq_url
from tests.support.case_client import client_of
from tests.support.case_world import DISPUTE, MONDAY_8, ROADS, STREET, CaseWorld, case_world

LON, LAT = 120.005, 30.035
METRE = 1 / 111_320
SAME_GROUP = 2
pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


def put(world: CaseWorld, case: int, north_m: float, text: str = "菜市场东门有暴露垃圾未清理") -> int:
    """Give a report a place so many metres north of the others', and words."""
    with psycopg.connect(libpq_url(world.url)) as owner:
        values = {"lon": LON, "lat": LAT + north_m * METRE, "id": case, "text": text}
        owner.execute(
            "UPDATE incident SET text = %(text)s, geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) "
            "WHERE id = %(id)s",
            values,
        )
        owner.execute(
            "UPDATE incident SET morton = shown_code(class_id, grid_id, point_code(geom)) WHERE id = %s", [case]
        )
    return case


async def test_the_nearest_soonest_and_most_alike_comes_first_and_others_not_at_all(world: CaseWorld) -> None:
    asked = put(world, world.report(at=MONDAY_8 + timedelta(hours=3)), 0)
    likely = put(world, world.report(at=MONDAY_8 + timedelta(hours=2)), 10)
    group = put(world, world.report(at=MONDAY_8 - timedelta(hours=17), class_id=SAME_GROUP), 10, "建筑垃圾堆放")
    later = put(world, world.report(at=MONDAY_8 + timedelta(hours=20)), 30)
    put(world, world.report(at=MONDAY_8 + timedelta(hours=2)), 300)
    put(world, world.report(at=MONDAY_8 - timedelta(days=9)), 10)
    put(world, world.report(at=MONDAY_8 + timedelta(hours=2), class_id=ROADS), 10)
    async with client_of(world, "operator") as client:
        body = (await client.get(f"/api/v1/cases/{asked}/duplicates")).json()
    items = {item["id"]: item for item in body["items"]}
    assert [item["id"] for item in body["items"]] == [likely, later, group]
    first = items[likely]
    assert (first["likely"], first["same_class"], first["minutes"], first["similarity"]) == (True, True, 60.0, 1.0)
    assert first["distance_m"] == pytest.approx(10, abs=0.2)
    assert [reason["key"] for reason in first["reasons"]] == ["near", "soon", "same_class", "similar_text"]
    assert items[later]["minutes"] == -17 * 60
    assert items[group]["likely"] is False
    assert items[group]["reasons"][2]["key"] == "same_group"
    assert first["incident"]["text"].startswith("菜市场")


async def test_a_report_is_compared_before_it_is_filed_and_nothing_is_stored(world: CaseWorld) -> None:
    known = put(world, world.report(at=MONDAY_8), 10)
    asked = {"class": "U-E-1-01", "lon": LON, "lat": LAT, "text": "菜市场有暴露垃圾"}
    async with client_of(world, "operator") as client:
        body = (await client.post("/api/v1/duplicates", json=asked)).json()
        assert [(item["id"], item["likely"]) for item in body["items"]] == [(known, True)]
        moved = asked | {"lat": LAT + 0.01}
        assert (await client.post("/api/v1/duplicates", json=moved)).json()["items"] == []
        late = asked | {"reported_at": "2025-03-09T08:00:00"}
        assert (await client.post("/api/v1/duplicates", json=late)).json()["items"] == []
    with psycopg.connect(libpq_url(world.url)) as owner:
        assert owner.execute("SELECT count(*) FROM incident WHERE id > 1000").fetchone() == (1,)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"class": "X-1"}, "class"),
        ({"lon": None}, "lon"),
        ({"lat": None}, "lat"),
        ({"reported_at": "0001-01-01T00:00:00Z"}, "reported_at"),
    ],
)
async def test_what_cannot_be_compared_is_refused_by_its_field(
    world: CaseWorld, change: dict[str, object], field: str
) -> None:
    asked = {"class": "U-E-1-01", "lon": LON, "lat": LAT} | change
    async with client_of(world, "operator") as client:
        answer = await client.post("/api/v1/duplicates", json=asked)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_sensitive_reports_are_compared_by_small_grid_and_only_for_who_may_see_them(world: CaseWorld) -> None:
    asked = put(world, world.report(at=MONDAY_8 + timedelta(hours=1), class_id=DISPUTE), 0)
    other = put(world, world.report(at=MONDAY_8, class_id=DISPUTE), 200)
    async with client_of(world, "operator") as client:
        [item] = (await client.get(f"/api/v1/cases/{asked}/duplicates")).json()["items"]
        assert (item["id"], item["distance_m"], item["reasons"][0]["key"]) == (other, None, "same_grid")
    async with client_of(world, "leader") as client:
        assert (await client.get(f"/api/v1/cases/{asked}/duplicates")).status_code == 404


async def test_candidates_of_another_area_are_not_told(world: CaseWorld) -> None:
    asked = put(world, world.report(at=MONDAY_8 + timedelta(hours=1), grid="a"), 0)
    put(world, world.report(at=MONDAY_8, grid="c", class_id=STREET), 10)
    async with client_of(world, "operator", "A") as client:
        assert (await client.get(f"/api/v1/cases/{asked}/duplicates")).json()["items"] == []
    async with client_of(world, "operator", "B") as client:
        assert (await client.get(f"/api/v1/cases/{asked}/duplicates")).status_code == 404
    async with client_of(world, "operator") as client:
        assert len((await client.get(f"/api/v1/cases/{asked}/duplicates")).json()["items"]) == 1
