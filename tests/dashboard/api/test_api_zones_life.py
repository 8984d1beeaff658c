"""Does a plan go from draft to review into force and out of it, and is it where the scope lets it be?"""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta

import psycopg
import pytest

from data.accounts.permissions import Role
from data.engine import libpq_url
from tests.support.plan_world import (
    LEADER,
    PLANNER,
    PLANS,
    Desk,
    House,
    PlanWorld,
    account,
    columns,
    drawn_city,
    house_of,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    with drawn_city(server_url, template_name) as world:
        yield world


@pytest.fixture
async def house(city: PlanWorld, anyio_backend: str) -> AsyncIterator[House]:
    async with house_of(city.url) as house:
        yield house


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with house.client(PLANNER) as desk:
        yield desk


@pytest.fixture
async def leader(house: House) -> AsyncIterator[Desk]:
    async with house.client(LEADER) as desk:
        yield desk


def _today(city: PlanWorld) -> date:
    return _all(city, "SELECT (now() AT TIME ZONE city_time_zone())::date")[0][0]


def _all(city: PlanWorld, query: str, *values: object) -> list[tuple]:
    with psycopg.connect(libpq_url(city.url)) as owner:
        return owner.execute(query, values).fetchall()


async def _adopted(desk: Desk, leader: Desk, zones: list[int], day: date, **more) -> dict:
    made = await desk.make(zones, **more)
    review = await desk.do(made["id"], "review", 0)
    return await leader.do(made["id"], "adopt", review["version"], **{"from": day.isoformat()})


async def test_a_plan_is_handed_in_commented_on_and_adopted(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    made = await desk.make(columns(2))
    plan, today = made["id"], _today(city)
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
    actions = _all(city, "SELECT action FROM audit_entry WHERE object_id = %s ORDER BY id", str(plan))
    assert [action for (action,) in actions] == [
        "zone_plan_made", "zone_plan_reviewed", "zone_plan_returned", "zone_plan_changed", "zone_plan_reviewed",
        "zone_plan_adopted",
    ]  # fmt: skip


async def test_adopted_zones_have_the_shape_of_their_units(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    plan = await _adopted(desk, leader, columns(3), _today(city))
    rows = _all(
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
    today = _today(city)
    old = await _adopted(desk, leader, columns(2), today)
    tomorrow = today + timedelta(days=1)
    # Zone 0 takes two grids of zone 1, and the lower county becomes one zone.
    zones = [no if no < 3 else 3 for no in columns(2)]
    zones[2] = zones[8] = 0
    new = await _adopted(desk, leader, zones, tomorrow)
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
    periods = _all(city, "SELECT id, adopted_from, superseded_from, state FROM zone_plan ORDER BY id")
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
    today = _today(city)
    whole = await _adopted(desk, leader, columns(2), today)
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
    day = _today(city) - timedelta(days=200)
    assert (await _adopted(desk, leader, columns(2), day))["adopted_from"] == day.isoformat()


async def test_a_plan_with_faults_or_units_left_over_is_not_adopted(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    day = {"from": _today(city).isoformat()}
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
    stale = await leader.do(made["id"], "adopt", 1, 409, **{"from": _today(city).isoformat()})
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


async def test_a_neighbour_s_plan_does_not_exist(city: PlanWorld, house: House, desk: Desk, leader: Desk) -> None:
    upper = account("upper", Role.PLANNER, city, "U")
    lower = account("lower", Role.ADMIN, city, "L")
    async with house.client(upper) as own, house.client(lower) as neighbour:
        made = await own.make([0] * 9 + [1] * 9)
        assert made["within"] == "U"
        plan = made["id"]
        body = {"version": 0, "units": ["0,0"], "to": 1}
        day = _today(city).isoformat()
        asked = [
            ("GET", "", None), ("GET", "/steps", None), ("GET", "/events?after=0", None), ("GET", "/comments", None),
            ("POST", "/moves", body), ("POST", "/preview", body), ("POST", "/undo", {"version": 0}),
            ("POST", "/review", {"version": 0}), ("POST", "/withdraw", {"version": 0}),
            ("POST", "/adopt", {"version": 0, "from": day}), ("POST", "/end", {"version": 0, "from": day}),
            ("POST", "/comments", {"text": "x"}), ("PATCH", "", {"version": 0, "name": "x"}), ("DELETE", "", None),
            ("PATCH", "/zones/0", {"version": 0, "name": "x"}), ("POST", "/locks", {"version": 0}),
            ("POST", "/merge", {"version": 0, "zones": [0, 1]}), ("POST", "/comments/1/resolve", {}),
        ]  # fmt: skip
        for method, path, content in asked:
            answer = await neighbour.http.request(method, f"/api/v1/zones/plans/{plan}{path}", json=content)
            assert (path, answer.status_code) == (path, 404), answer.text
        assert (await neighbour.ask("GET", ""))["items"] == []
        copied = {"name": "x", "from": {"plan": plan}}
        await neighbour.ask("POST", "", 404, json=copied)
        # Neither has a plan of the city: it reaches beyond the area.
        beyond = await neighbour.ask("POST", "", 403, json={"base": "small", "within": "X"})
        assert beyond["type"] == "urn:minqing:problem:outside-area"
        whole = await desk.make(columns(2))
        await own.ask("GET", f"/{whole['id']}", 404)
        # Units of the neighbour are none of the own plan's.
        await own.do(plan, "moves", 0, 404, units=["3,0"], to=0)
        assert (await own.read(plan))["version"] == 0


async def test_a_plan_in_force_above_is_not_opened_by_those_inside(
    city: PlanWorld, house: House, desk: Desk, leader: Desk
) -> None:
    """Its zones are seen, its figures and its history are of units beyond the scope."""
    adopted = await _adopted(desk, leader, columns(2), _today(city))
    async with house.client(account("upper", Role.PLANNER, city, "U")) as own:
        for path in ("", "/steps", "/comments", "/events?after=0"):
            await own.ask("GET", f"/{adopted['id']}{path}", 404)
        assert (await own.ask("GET", ""))["items"] == []
        await own.ask("POST", "", 404, json={"name": "x", "from": {"plan": adopted["id"]}})


async def test_adopted_zones_are_seen_where_they_touch_the_scope(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    """What other readers rest on: rows of zones, members and the plan's dates, and nothing of drafts."""
    adopted = await _adopted(desk, leader, columns(2), _today(city))
    await desk.make(columns(3))
    seen = {}
    for code in ("U", "L", "A", "0,0"):
        with psycopg.connect(libpq_url(city.url)) as web:
            web.execute("SET ROLE minqing_web")
            web.execute("SET SESSION AUTHORIZATION minqing_web")
            for key, value in (("unit_id", city.ids[code]), ("department_id", 0), ("account_id", 1)):
                web.execute(f"SET LOCAL minqing.{key} = '{value}'".encode())
            seen[code] = (
                web.execute("SELECT plan_id, no FROM zone ORDER BY 1, 2").fetchall(),
                web.execute("SELECT count(*) FROM zone_member").fetchone()[0],
                web.execute("SELECT id FROM zone_plan").fetchall(),
                web.execute("SELECT count(*) FROM zone_step").fetchone()[0],
            )
    plan = adopted["id"]
    assert seen == {
        "U": ([(plan, 0), (plan, 1), (plan, 2)], 18, [(plan,)], 0),
        "L": ([(plan, 3), (plan, 4), (plan, 5)], 18, [(plan,)], 0),
        "A": ([(plan, 0), (plan, 1)], 9, [(plan,)], 0),
        "0,0": ([(plan, 0)], 1, [(plan,)], 0),
    }


async def test_comments_are_pinned_settled_and_masked(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    made = await desk.make(columns(2))
    path = f"/{made['id']}/comments"
    key = {"Idempotency-Key": "c1"}
    first = await leader.ask("POST", path, 201, json={"text": "桥头联系 13812345678", "zone": 1}, headers=key)
    again = await leader.ask("POST", path, 201, json={"text": "桥头联系 13812345678", "zone": 1}, headers=key)
    assert first == again
    assert "13812345678" not in first["text"]
    assert (first["who"], first["zone"], first["resolved_at"]) == ("leader", 1, None)
    await desk.ask("POST", path, 201, json={"text": "这里", "lon": 115.01, "lat": 22.01})
    await desk.ask("POST", path, 201, json={"text": "这格", "unit": "0,0"})
    assert (await desk.ask("POST", path, 404, json={"text": "?", "zone": 6}))["field"] == "zone"
    assert (await desk.ask("POST", path, 404, json={"text": "?", "unit": "9,9"}))["field"] == "unit"
    assert (await desk.ask("POST", path, 400, json={"text": "?", "unit": "0,0", "zone": 1}))["field"] == "zone"
    assert (await desk.ask("POST", path, 400, json={"text": "  "}))["field"] == "text"
    await desk.ask("POST", path, 400, json={"text": "a\u0000b"})
    settled = await desk.ask("POST", f"{path}/{first['id']}/resolve", json={})
    assert settled["resolved_by"] == "planner"
    reopened = await desk.ask("POST", f"{path}/{first['id']}/resolve", json={"resolved": False})
    assert reopened["resolved_at"] is None
    items = (await desk.ask("GET", path))["items"]
    assert [(one["zone"], one["unit"], one["lon"]) for one in items] == [
        (1, None, None), (None, None, 115.01), (None, "0,0", None),
    ]  # fmt: skip
    await desk.ask("POST", f"{path}/99/resolve", 404, json={})
    noted = _all(city, "SELECT detail FROM audit_entry WHERE action = 'zone_plan_commented' ORDER BY id")
    assert [detail["did"] for (detail,) in noted] == ["added", "added", "added", "resolved", "opened again"]
    assert "桥头" not in str(noted)


async def test_links_and_cuts_change_what_is_adjacent(city: PlanWorld, house: House, desk: Desk) -> None:
    links = "/api/v1/zones/links"
    made = await desk.make([0] * 18 + [1] * 18, parameters={"rules": {"fence_level": "none"}})
    assert made["figures"]["contiguous"] is True
    cuts = [{"a": f"2,{c}", "b": f"1,{c}", "kind": "cut", "reason": "高速 13812345678"} for c in range(6)]
    stored = (await desk.http.put(links, json={"base": "small", "pairs": cuts})).json()
    assert [(pair["a"], pair["b"]) for pair in stored["pairs"]] == [(f"1,{c}", f"2,{c}") for c in range(6)]
    assert "13812345678" not in str(stored)
    # The open plan is read anew: its zone is parted now.
    assert (await desk.read(made["id"]))["figures"]["contiguous"] is False
    bridge = [*cuts[1:], {"a": "0,0", "b": "2,5", "kind": "link", "reason": "桥"}]
    await desk.http.put(links, json={"base": "small", "pairs": bridge})
    assert (await desk.read(made["id"]))["figures"]["contiguous"] is True
    lower = account("lower", Role.PLANNER, city, "L")
    async with house.client(lower) as neighbour:
        assert (await neighbour.http.get(links, params={"base": "small"})).json()["pairs"] == []
        assert (await neighbour.http.put(links, json={"base": "small", "pairs": []})).status_code == 200
        wrong = await neighbour.http.put(links, json={"base": "small", "pairs": cuts[:1]})
        assert wrong.status_code == 400
    assert len((await desk.http.get(links, params={"base": "small"})).json()["pairs"]) == 6
    for pairs, word in (([cuts[0], cuts[0]], "twice"), ([cuts[0] | {"b": "2,0"}], "one unit")):
        answer = await desk.http.put(links, json={"base": "small", "pairs": pairs})
        assert (answer.status_code, word in answer.json()["cause"]) == (400, True)
    assert (await desk.http.get(links, params={"base": "street"})).status_code == 400


async def test_teams_have_no_persons_and_belong_to_an_area(city: PlanWorld, house: House, desk: Desk) -> None:
    teams = "/api/v1/zones/teams"
    made = await desk.http.post(teams, json={"name": "一队 13812345678", "size": 6}, headers={"Idempotency-Key": "t"})
    again = await desk.http.post(teams, json={"name": "一队 13812345678", "size": 6}, headers={"Idempotency-Key": "t"})
    assert made.json() == again.json()
    assert "13812345678" not in made.text
    assert (await desk.http.post(teams, json={"name": "x", "size": 6, "leader": "王"})).status_code == 400
    team = made.json()["id"]
    upper = account("upper", Role.PLANNER, city, "U")
    async with house.client(upper) as own:
        mine = (await own.http.post(teams, json={"name": "县一队", "size": 3})).json()
        assert mine["within"] == "U"
        listed = (await own.http.get(teams)).json()["items"]
        assert {one["id"] for one in listed} == {team, mine["id"]}
        refused = await own.http.patch(f"{teams}/{team}", json={"size": 9})
        assert (refused.status_code, refused.json()["field"]) == (404, "team")
        changed = await own.http.patch(f"{teams}/{mine['id']}", json={"size": 4, "ended": True})
        assert (changed.json()["size"], changed.json()["ended_at"] is None) == (4, False)
        assert [one["id"] for one in (await own.http.get(teams)).json()["items"]] == [team]
    lower = account("lower", Role.PLANNER, city, "L")
    async with house.client(lower) as neighbour:
        assert [one["id"] for one in (await neighbour.http.get(teams)).json()["items"]] == [team]
