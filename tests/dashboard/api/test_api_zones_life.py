"""Does a plan go from draft to review into force and out of it?"""

import re
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from data.engine import libpq_url
from tests.support.plan_world import (
    PLANS,
    Desk,
    PlanWorld,
    adopted_plan,
    columns,
    drawn_city,
    rows_in,
    today_in,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    with drawn_city(server_url, template_name) as world:
        yield world


async def test_a_plan_is_handed_in_commented_on_and_adopted(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    made = await desk.make(columns(2))
    plan, today = made["id"], today_in(city)
    early = await leader.do(plan, "adopt", 0, 409, **{"from": today.isoformat()})
    assert (early["type"], early["state"]) == ("urn:minqing:problem:plan-settled", "draft")
    review = await desk.do(plan, "review", 0)
    assert (review["state"], review["hash"]) == ("review", made["hash"])
    assert (await desk.do(plan, "moves", 1, 409, units=["0,2"], to=0))["state"] == "review"
    returned = await leader.do(plan, "return", 1, reason="再看看 13812345678")
    assert returned["state"] == "draft"
    moved = await desk.do(plan, "moves", 2, units=["0,2"], to=0)
    review = await desk.do(plan, "review", moved["version"])
    adopted = await leader.do(plan, "adopt", review["version"], **{"from": today.isoformat()})
    assert (adopted["state"], adopted["adopted_from"], adopted["adopted_by"]) == (
        "adopted",
        today.isoformat(),
        "leader",
    )
    assert [zone["code"] for zone in adopted["zones"]] == [f"ZX-{601 + k}" for k in range(6)]
    steps = (await desk.ask("GET", f"/{plan}/steps"))["items"]
    states = [step["detail"]["after"]["state"] for step in steps if step["kind"] == "state"]
    assert states == ["adopted", "review", "draft", "review"]
    assert "13812345678" not in str(steps)
    actions = rows_in(city, "SELECT action FROM audit_entry WHERE object_id = %s ORDER BY id", str(plan))
    assert [action for (action,) in actions] == [
        "zone_plan_made", "zone_plan_reviewed", "zone_plan_returned", "zone_plan_changed", "zone_plan_reviewed",
        "zone_plan_adopted",
    ]  # fmt: skip


async def test_adopted_zones_have_the_shape_of_their_units(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    plan = await adopted_plan(desk, leader, columns(3), today_in(city))
    rows = rows_in(
        city,
        """
        SELECT zone.no, ST_IsValid(zone.geom) AND ST_IsValid(zone.geom_3857), ST_SRID(zone.geom_3857),
            ST_Area(ST_SymDifference(zone.geom, own.geom)), zone.name, zone.area_m2, own.area_m2,
            ST_Within(zone.label_point, zone.geom), ST_NumGeometries(zone.geom)
        FROM zone
        JOIN (
            SELECT no, ST_Union(geom) AS geom, sum(area_m2) AS area_m2
            FROM zone_member JOIN unit ON unit.id = unit_id
            WHERE plan_id = %s GROUP BY no
        ) AS own USING (no)
        WHERE zone.plan_id = %s
        """,
        plan["id"],
        plan["id"],
    )
    assert len(rows) == 4
    for _, is_valid, srid, difference, name, area, own_area, has_label, parts in rows:
        assert (is_valid, srid, has_label, parts) == (True, 3857, True, 1)
        assert difference < 1e-12
        assert area == own_area
        assert name.endswith("联防片区")
    # The database itself refuses to change what was adopted.
    with psycopg.connect(libpq_url(city.url)) as owner, pytest.raises(psycopg.errors.CheckViolation, match="no draft"):
        owner.execute("UPDATE zone_member SET no = 0 WHERE plan_id = %s", [plan["id"]])


async def test_a_plan_follows_the_one_before_it_and_zones_that_go_on_keep_their_codes(
    city: PlanWorld, desk: Desk, leader: Desk
) -> None:
    today = today_in(city)
    old = await adopted_plan(desk, leader, columns(2), today)
    tomorrow = today + timedelta(days=1)
    # Zone 0 takes two grids of zone 1, and the lower county becomes one zone.
    zones = [no if no < 3 else 3 for no in columns(2)]
    zones[2] = zones[8] = 0
    new = await adopted_plan(desk, leader, zones, tomorrow)
    codes = {zone["no"]: zone["code"] for zone in new["zones"]}
    before = {zone["no"]: zone["code"] for zone in old["zones"]}
    assert [codes[no] for no in (0, 1, 2)] == [before[no] for no in (0, 1, 2)]
    assert codes[3] not in before.values()
    # Until tomorrow the old plan is in force.
    ended = await desk.read(old["id"])
    assert (ended["state"], ended["superseded_from"], ended["superseded_by"]) == (
        "adopted", tomorrow.isoformat(), new["id"],
    )  # fmt: skip
    assert (await desk.read(new["id"]))["adopted_from"] == tomorrow.isoformat()
    periods = rows_in(city, "SELECT id, adopted_from, superseded_from, state FROM zone_plan ORDER BY id")
    assert periods == [
        (old["id"], today, tomorrow, "superseded"), (new["id"], tomorrow, None, "adopted"),
    ]  # fmt: skip
    # Not in force yet: it can be given up, and the old one goes on.
    gone = await leader.do(new["id"], "end", new["version"], **{"from": tomorrow.isoformat()})
    assert (gone["state"], gone["adopted_from"], gone["zones"][0]["code"]) == ("withdrawn", None, None)
    again = await desk.read(old["id"])
    assert (again["state"], again["superseded_from"], again["superseded_by"]) == ("adopted", None, None)
    # And a plan in force ends on a day to come, not on one that is past.
    late = await leader.do(old["id"], "end", again["version"], 400, **{"from": (today - timedelta(1)).isoformat()})
    assert late["field"] == "from"
    ended = await leader.do(old["id"], "end", again["version"], **{"from": tomorrow.isoformat()})
    assert ended["superseded_from"] == tomorrow.isoformat()


async def test_no_unit_is_in_two_zones_in_force_on_any_day(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    today = today_in(city)
    whole = await adopted_plan(desk, leader, columns(2), today)
    part = await desk.make([0] * 9 + [1] * 9, within="U")
    await desk.do(part["id"], "review", 0)
    refused = await leader.do(part["id"], "adopt", 1, 409, **{"from": today.isoformat()})
    assert (refused["type"], refused["plan"]) == ("urn:minqing:problem:plan-overlaps", whole["id"])
    past = await desk.make(columns(3))
    await desk.do(past["id"], "review", 0)
    refused = await leader.do(past["id"], "adopt", 1, 409, **{"from": (today - timedelta(30)).isoformat()})
    assert refused["type"] == "urn:minqing:problem:plan-overlaps"
    day = (today + timedelta(5)).isoformat()
    assert (await leader.do(past["id"], "adopt", 1, **{"from": day}))["adopted_from"] == day
    # The database refuses two at a time even without the program.
    with psycopg.connect(libpq_url(city.url)) as owner, pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute("UPDATE zone_plan SET adopted_from = %s WHERE id = %s", [today, past["id"]])


async def test_a_first_plan_may_count_from_the_past(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    day = today_in(city) - timedelta(days=200)
    assert (await adopted_plan(desk, leader, columns(2), day))["adopted_from"] == day.isoformat()


async def test_a_plan_with_faults_or_units_left_over_is_not_adopted(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    day = {"from": today_in(city).isoformat()}
    broken = await desk.make([0 if c in (0, 5) and r < 3 else 1 if r < 3 else 2 for r in range(6) for c in range(6)])
    assert [fault["kind"] for fault in broken["figures"]["faults"]] == ["broken"]
    await desk.do(broken["id"], "review", 0)
    refused = await leader.do(broken["id"], "adopt", 1, 422, **day)
    assert (refused["type"], refused["faults"][0]["kind"]) == ("urn:minqing:problem:plan-unfit", "broken")
    left = columns(2)
    left[0] = -1
    plan = await desk.make(left)
    await desk.do(plan["id"], "review", 0)
    refused = await leader.do(plan["id"], "adopt", 1, 422, **day)
    assert (refused["unassigned"], refused["units"]) == (1, ["0,0"])
    assert (await leader.do(plan["id"], "adopt", 1, allow_unassigned=True, **day))["state"] == "adopted"
    empty = await desk.make()
    assert (await desk.do(empty["id"], "review", 0, 422))["field"] == "zones"
    bounded = await desk.make(columns(2), parameters={"zones": 6, "rules": {"most_members": 5}})
    assert {fault["kind"] for fault in bounded["figures"]["faults"]} == {"too_many_members"}


async def test_a_plan_is_not_adopted_over_changed_boundaries(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    made = await desk.make(columns(2))
    await desk.do(made["id"], "review", 0)
    with psycopg.connect(libpq_url(city.url)) as owner:
        owner.execute("INSERT INTO boundary_revision (source) VALUES ('later')")
        owner.execute("UPDATE unit SET ended_revision_id = 2 WHERE code = '0,0' AND level_key = 'small'")
        owner.execute(
            """
            INSERT INTO unit (id, level_key, code, name, parent_id, path, area_m2, geom, geom_3857, label_point,
                revision_id)
            SELECT 40000037, level_key, code, name, parent_id, path[1:3] || 40000037, area_m2, geom, geom_3857,
                label_point, 2
            FROM unit WHERE code = '0,0' AND level_key = 'small'
            """
        )
    stale = await leader.do(made["id"], "adopt", 1, 409, **{"from": today_in(city).isoformat()})
    assert stale["type"] == "urn:minqing:problem:plan-stale"
    shown = await desk.read(made["id"])
    assert (shown["stale"], shown["zone"], shown["zones"][0]["members"]) == (True, made["zone"], 6)
    assert all(zone["name"].endswith("联防片区") for zone in shown["zones"])
    out = await desk.http.get(f"{PLANS}/{made['id']}/export/geojson")
    assert out.status_code == 200, out.text
    told = out.json()
    assert (told["plan"]["boundary_revision"], told["plan"]["present_revision"]) == (1, 2)
    assert (told["plan"]["older_boundaries"], told["plan"]["sha256"]) == (True, made["hash"])
    assert [told["plan"][name] for name in ("zones", "unassigned")] == [6, 0]
    assert told["plan"]["ratio"] == pytest.approx(made["figures"]["ratio"], abs=1e-6)
    rows = [feature["properties"] for feature in told["features"]]
    assert {row["code"]: row["zone"] for row in rows} == {
        c: z + 1 for c, z in zip(made["units"], made["zone"], strict=True)
    }
    assert {(row["revision"], row["workload"], row["fence"]) for row in rows} == {(1, None, "U"), (1, None, "L")}
    assert all(feature["geometry"]["coordinates"] for feature in told["features"])
    assert {(zone["workload"], zone["pieces"], zone["members"]) for zone in told["zones"]} == {(None, None, 6)}
    for kind in ("gpkg", "shp.zip", "xlsx", "csv"):
        assert (await desk.http.get(f"{PLANS}/{made['id']}/export/{kind}")).status_code == 200, kind
    report = (await desk.http.get(f"{PLANS}/{made['id']}/evidence.html", params={"lang": "en"})).text
    assert "divides the units of boundary revision 1; the present one is 2" in report
    assert "nan" not in re.sub(r"<script.*?</script>", "", report, flags=re.DOTALL)
    copy = await desk.ask("POST", "", 201, json={"name": "新", "from": {"plan": made["id"]}})
    # The unit is found again by its code; by its new id it is the last one.
    assert copy["unit_ids"][-1] == 40000037
    zone = dict(zip(copy["units"], copy["zone"], strict=True))
    assert zone["0,0"] == zone["0,1"]


async def test_withdrawn_plans_can_be_read_and_not_drawn(desk: Desk) -> None:
    made = await desk.make(columns(2))
    assert (await desk.http.delete(f"/api/v1/zones/plans/{made['id']}")).status_code == 204
    shown = await desk.read(made["id"])
    assert shown["state"] == "withdrawn"
    assert (await desk.do(made["id"], "moves", 1, 409, units=["0,2"], to=0))["state"] == "withdrawn"
    assert (await desk.do(made["id"], "review", 1, 409))["state"] == "withdrawn"
    listed = await desk.ask("GET", "", params={"state": "draft,review"})
    assert made["id"] not in [plan["id"] for plan in listed["items"]]
    listed = await desk.ask("GET", "", params={"state": "withdrawn", "within": "X", "base": "small"})
    assert [plan["id"] for plan in listed["items"]] == [made["id"]]
