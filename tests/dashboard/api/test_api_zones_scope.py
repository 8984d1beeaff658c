"""Are plans, zones, comments, links and teams where the scope of the asker lets them be?"""

from collections.abc import Iterator

import psycopg
import pytest

from data.accounts.permissions import Role
from data.engine import libpq_url
from tests.support.plan_world import (
    Desk,
    House,
    PlanWorld,
    account,
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


async def test_a_neighbour_s_plan_does_not_exist(city: PlanWorld, house: House, desk: Desk, leader: Desk) -> None:
    upper = account("upper", Role.PLANNER, city, "U")
    lower = account("lower", Role.ADMIN, city, "L")
    async with house.client(upper) as own, house.client(lower) as neighbour:
        made = await own.make([0] * 9 + [1] * 9)
        assert made["within"] == "U"
        plan = made["id"]
        body = {"version": 0, "units": ["0,0"], "to": 1}
        day = today_in(city).isoformat()
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
    adopted = await adopted_plan(desk, leader, columns(2), today_in(city))
    async with house.client(account("upper", Role.PLANNER, city, "U")) as own:
        for path in ("", "/steps", "/comments", "/events?after=0"):
            await own.ask("GET", f"/{adopted['id']}{path}", 404)
        assert (await own.ask("GET", ""))["items"] == []
        await own.ask("POST", "", 404, json={"name": "x", "from": {"plan": adopted["id"]}})


async def test_adopted_zones_are_seen_where_they_touch_the_scope(city: PlanWorld, desk: Desk, leader: Desk) -> None:
    """What other readers rest on: rows of zones, members and the plan's dates, and nothing of drafts."""
    adopted = await adopted_plan(desk, leader, columns(2), today_in(city))
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
    noted = rows_in(city, "SELECT detail FROM audit_entry WHERE action = 'zone_plan_commented' ORDER BY id")
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
