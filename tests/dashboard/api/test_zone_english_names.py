"""Do zones carry the English names of their units wherever a plan is told: in answers, on paper, in files?"""

import csv
import io
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from data.engine import libpq_url
from tests.support.plan_world import LEADER, PLANS, Desk, PlanWorld, columns, drawn_city, house_of

pytestmark = pytest.mark.anyio

ZONE = "Hongling Joint-defence Zone"


@pytest.fixture(scope="module")
def city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    """The city in which the grid with the most people of zones 0 and 1 has an English name, the same for both."""
    with drawn_city(server_url, template_name) as world:
        with psycopg.connect(libpq_url(world.url)) as owner:
            owner.execute(
                "UPDATE unit SET name_en = 'Hongling Village', population = 1000000 "
                "WHERE code IN ('0,0', '0,2') AND level_key = 'small'"
            )
            owner.execute("UPDATE unit SET name_en = 'Drawn City' WHERE level_key = 'city'")
        yield world


async def test_answers_have_it_where_units_have_one(desk: Desk) -> None:
    plan = await desk.make(columns(2))
    names = [zone["name_en"] for zone in plan["zones"]]
    assert names == [ZONE, f"{ZONE} 2", "", "", "", ""], "numbered apart; empty where no unit has one"
    moved = await desk.do(plan["id"], "moves", 0, units=["1,2"], to=0)
    assert [zone["name_en"] for zone in moved["zones"]] == names[:2]
    looked = await desk.do(plan["id"], "preview", 1, units=["1,2"], to=1)
    assert [zone["name_en"] for zone in looked["zones"]] == names[:2]
    covered = await desk.ask("GET", f"/{plan['id']}/coverage")
    assert [zone["name_en"] for zone in covered["zones"]] == names
    assert (await desk.ask("GET", f"/{plan['id']}/reasons", params={"zone": 1}))["name_en"] == names[1]
    own = await desk.ask("PATCH", f"/{plan['id']}/zones/0", json={"version": 1, "name": "北门片区"})
    assert (own["zones"][0]["name"], own["zones"][0]["name_en"]) == ("北门片区", ""), "an own name is not translated"


async def test_files_and_report_have_it(desk: Desk) -> None:
    plan = await desk.make(columns(2))
    text = (await desk.http.get(f"{PLANS}/{plan['id']}/export/csv")).content.decode("utf-8-sig")
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["0,1"]["zone_en"], rows["0,1"]["name_en"]) == (ZONE, "")
    assert (rows["0,2"]["zone_en"], rows["0,2"]["name_en"]) == (f"{ZONE} 2", "Hongling Village")
    assert rows["5,5"]["zone_en"] == ""
    told = (await desk.http.get(f"{PLANS}/{plan['id']}/export/geojson")).json()
    assert [zone["zone_en"] for zone in told["zones"]] == [ZONE, f"{ZONE} 2", "", "", "", ""]
    assert told["plan"]["within_name_en"] == "Drawn City"
    english = (await desk.http.get(f"{PLANS}/{plan['id']}/evidence.html", params={"lang": "en"})).text
    chinese = (await desk.http.get(f"{PLANS}/{plan['id']}/evidence.html")).text
    for said in (ZONE, "Hongling Village", "Drawn City"):
        assert said in english, said
        assert said not in chinese, said


async def test_it_stays_with_the_zone_from_the_adoption_on(city: PlanWorld, desk: Desk) -> None:
    plan = await desk.make(columns(2))
    await desk.do(plan["id"], "review", 0)
    async with house_of(city.url) as house, house.client(LEADER) as leader:
        adopted = await leader.do(plan["id"], "adopt", 1, **{"from": date(2025, 3, 1).isoformat()})
        assert [zone["name_en"] for zone in adopted["zones"]][:3] == [ZONE, f"{ZONE} 2", ""]
        shown = (await leader.http.get(f"/api/v1/units/{adopted['zones'][1]['code']}")).json()
    assert shown["name_en"] == f"{ZONE} 2"
    copy = await desk.ask("POST", "", 201, json={"name": "明年", "from": {"plan": plan["id"]}})
    assert [zone["name_en"] for zone in copy["zones"]][:3] == [ZONE, f"{ZONE} 2", ""]
    named = await desk.ask("PATCH", f"/{copy['id']}/zones/1", json={"version": 0, "name": "东门片区"})
    assert (named["zones"][0]["name"], named["zones"][0]["name_en"]) == ("东门片区", "")
