"""Is a plan drawn through the interface as it is asked, and refused where it would break?"""

from collections.abc import Iterator

import psycopg
import pytest

from dashboard.security.limits import EXPORT, limits_of
from data.accounts.permissions import Role
from data.engine import libpq_url
from tests.support.plan_world import (
    PLANNER,
    Desk,
    House,
    PlanWorld,
    account,
    columns,
    drawn_city,
    house_of,
    zone_of,
)

pytestmark = pytest.mark.anyio
OTHER = account("other", Role.PLANNER)


@pytest.fixture(scope="module")
def city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    with drawn_city(server_url, template_name) as world:
        yield world


async def test_a_plan_begins_with_the_zones_given_and_tells_its_figures(desk: Desk) -> None:
    plan = await desk.make(columns(2))
    assert (plan["state"], plan["version"], plan["base"], plan["stale"]) == ("draft", 0, "small", False)
    assert plan["zone"] == columns(2)
    assert [zone["members"] for zone in plan["zones"]] == [6] * 6
    assert plan["figures"]["contiguous"] is True
    assert plan["figures"]["faults"] == []
    assert plan["figures"] == plan["start_figures"]
    assert 0 < plan["figures"]["ratio"] < 1
    total = sum(zone["workload"] for zone in plan["zones"])
    assert total == 600
    first = plan["zones"][0]
    assert first["workload_share_of_mean"] == pytest.approx(first["workload"] / (600 / 6))
    # Similarity of zones, weighted by members, is the ratio of the plan.
    mean = sum(zone["similarity"] * zone["members"] for zone in plan["zones"]) / 36
    assert mean == pytest.approx(plan["figures"]["ratio"])
    assert first["name"].endswith("联防片区")
    assert len({zone["name"] for zone in plan["zones"]}) == 6
    neighbours = {zone["no"]: zone["colour"] for zone in plan["zones"]}
    assert neighbours[0] != neighbours[1] != neighbours[2]


async def test_a_move_changes_what_it_says_and_is_stored(city: PlanWorld, desk: Desk, house: House) -> None:
    made = await desk.make(columns(2))
    answer = await desk.do(made["id"], "moves", 0, units=["0,2", "1,2"], to=0)
    assert answer["version"] == 1
    assert answer["changed"] == {"units": ["0,2", "1,2"], "zone": [0, 0]}
    assert [(zone["no"], zone["members"]) for zone in answer["zones"]] == [(0, 8), (1, 4)]
    assert answer["steps"] == {"done": 1, "undoable": 1, "redoable": 0}
    after = await desk.read(made["id"])
    assert {code for code, no in zone_of(after).items() if no == 0} == {"0,2", "1,2"} | {
        f"{r},{c}" for r in range(3) for c in range(2)
    }
    assert after["figures"] == answer["figures"]
    async with house_of(city.url) as other, other.client(PLANNER) as fresh:
        again = await fresh.read(made["id"])
    assert again == after
    with psycopg.connect(libpq_url(city.url)) as owner:
        entry = owner.execute(
            "SELECT actor_name, detail, before, after FROM audit_entry "
            "WHERE object_id = %s AND action = 'zone_plan_changed'",
            [str(made["id"])],
        ).fetchone()
    assert entry is not None
    assert (entry[1]["step"], entry[1]["units"], entry[2]["zones"], entry[3]["zones"]) == ("move", 2, [1], [0])


@pytest.mark.parametrize(
    ("units", "to", "reason", "named"),
    [
        # Column 2 of zone 1 without its middle: 0,2 hangs on 0,3 alone, and that goes.
        (["0,3", "1,3", "1,2"], 2, "cuts", {"0,2"}),
        (["0,5"], 0, "not_adjacent", {"0,5"}),
        (["3,0"], 0, "fence", {"3,0"}),
        (["0,0"], 0, "empty", set()),
    ],
)
async def test_a_move_that_breaks_a_zone_names_the_units(desk: Desk, units, to, reason, named) -> None:
    made = await desk.make(columns(2))
    refused = await desk.do(made["id"], "moves", 0, 422, units=units, to=to)
    assert refused["type"] == "urn:minqing:problem:move-refused"
    assert (refused["reason"], set(refused["units"]) >= named) == (reason, True)
    preview = await desk.do(made["id"], "preview", 0, units=units, to=to)
    assert preview["refused"]["reason"] == reason
    assert preview["refused"]["units"] == refused["units"]
    assert await desk.read(made["id"]) == made


async def test_a_preview_tells_what_the_move_then_does_and_changes_nothing(desk: Desk) -> None:
    made = await desk.make(columns(2))
    preview = await desk.do(made["id"], "preview", 0, units=["0,2"], to=0)
    assert (await desk.read(made["id"]))["version"] == 0
    answer = await desk.do(made["id"], "moves", 0, units=["0,2"], to=0)
    assert preview["figures"] == answer["figures"]
    assert preview["zones"] == answer["zones"]
    delta = answer["figures"]["ratio"] - made["figures"]["ratio"]
    assert preview["delta"]["ratio"] == pytest.approx(delta)
    assert preview["delta"]["contiguous"] is True


async def test_a_unit_above_stands_for_all_in_it_and_new_opens_a_zone(desk: Desk) -> None:
    made = await desk.make()
    assert made["figures"]["unassigned"] == 36
    answer = await desk.do(made["id"], "moves", 0, units=["A"], to="new")
    assert sorted(answer["changed"]["units"]) == sorted(f"{r},{c}" for r in range(3) for c in range(3))
    assert set(answer["changed"]["zone"]) == {0}
    answer = await desk.do(made["id"], "moves", 1, units=["c"], to="new")
    assert set(answer["changed"]["zone"]) == {1}
    answer = await desk.do(made["id"], "moves", 2, units=["0,0"], to=None)
    assert answer["changed"] == {"units": ["0,0"], "zone": [-1]}
    assert answer["figures"]["unassigned"] == 19
    unknown = await desk.do(made["id"], "moves", 3, 404, units=["9,9"], to=0)
    assert unknown["field"] == "units"
    assert (await desk.do(made["id"], "moves", 3, 404, units=["0,1"], to=7))["field"] == "zone"


async def test_merge_split_and_fill(desk: Desk) -> None:
    made = await desk.make(columns(2))
    plan = made["id"]
    merged = await desk.do(plan, "merge", 0, zones=[0, 1])
    assert [(zone["no"], zone["members"]) for zone in merged["zones"]] == [(0, 12), (1, 0)]
    split = await desk.do(plan, "split", 1, zone=0, parts=3)
    assert sum(zone["members"] for zone in split["zones"]) == 12
    assert {zone["no"] for zone in split["zones"]} == {0, 6, 7}
    assert split["figures"]["contiguous"] is True
    west, east = 115.0, 115.06
    north = 22.0 + 0.045
    across = await desk.do(plan, "split", 2, zone=2, line=[[west, north], [east, north]])
    assert [zone["members"] for zone in across["zones"]] == [4, 2]
    apart = await desk.do(plan, "merge", 3, 422, zones=[0, 3])
    assert apart["reason"] == "fence"
    whole = await desk.make([0 if r < 3 else 1 for r in range(6) for _ in range(6)])
    hole = await desk.do(whole["id"], "moves", 0, units=["1,1"], to=None)
    assert hole["figures"]["unassigned"] == 1
    filled = await desk.do(whole["id"], "fill", 1, zone=0)
    assert filled["changed"] == {"units": ["1,1"], "zone": [0]}
    assert (await desk.do(whole["id"], "fill", 2, 422, zone=0))["reason"] == "empty"


async def test_locks_hold_against_moves_and_undo(desk: Desk) -> None:
    made = await desk.make(columns(2))
    plan = made["id"]
    await desk.do(plan, "moves", 0, units=["0,2"], to=0)
    locked = await desk.do(plan, "locks", 1, zones={"0": True}, units={"3,3": True})
    assert locked["locked_units"] == ["3,3"]
    assert [zone["locked"] for zone in locked["zones"]] == [True]
    assert (await desk.do(plan, "moves", 2, 422, units=["1,2"], to=0))["reason"] == "locked"
    refused = await desk.do(plan, "moves", 2, 422, units=["3,3"], to=5)
    assert (refused["reason"], refused["units"]) == ("locked", ["3,3"])
    assert (await desk.do(plan, "undo", 2, 422))["reason"] == "locked"
    await desk.do(plan, "locks", 2, zones={"0": False}, units={"3,3": False})
    back = await desk.do(plan, "undo", 3)
    assert back["changed"] == {"units": ["0,2"], "zone": [1]}
    assert (await desk.read(plan))["locked_units"] == []


async def test_names_of_zones_and_plans_lose_numbers_of_people(desk: Desk) -> None:
    made = await desk.make(columns(2), name="方案 13812345678")
    assert "13812345678" not in made["name"]
    plan = made["id"]
    team = await desk.http.post("/api/v1/zones/teams", json={"name": "一队", "size": 6, "shifts": "两班 08–20"})
    assert team.status_code == 201, team.text
    body = {"version": 0, "name": "红岭片区", "team": team.json()["id"]}
    answer = await desk.ask("PATCH", f"/{plan}/zones/2", json=body)
    assert answer["zones"][0]["name"] == "红岭片区"
    assert answer["zones"][0]["team"] == {"id": team.json()["id"], "name": "一队"}
    body = {"version": 1, "name": None, "team": None}
    answer = await desk.ask("PATCH", f"/{plan}/zones/2", json=body)
    assert answer["zones"][0]["team"] is None
    assert answer["zones"][0]["name"].endswith("联防片区")
    renamed = await desk.ask("PATCH", f"/{plan}", json={"version": 2, "name": "秋季"})
    assert (renamed["name"], renamed["version"]) == ("秋季", 3)
    assert (await desk.ask("PATCH", f"/{plan}", 400, json={"version": 3, "name": "  "}))["field"] == "name"


async def test_the_hash_says_who_is_together_whatever_the_numbers(desk: Desk) -> None:
    one = await desk.make(columns(2))
    swapped = {0: 5, 5: 0}
    two = await desk.make([swapped.get(no, no) for no in columns(2)])
    three = await desk.make(columns(3))
    assert one["hash"] == two["hash"] != three["hash"]
    moved = await desk.do(one["id"], "moves", 0, units=["0,2"], to=0)
    assert moved["version"] == 1
    assert (await desk.read(one["id"]))["hash"] != two["hash"]
    await desk.do(one["id"], "undo", 1)
    assert (await desk.read(one["id"]))["hash"] == two["hash"]


async def test_posts_are_offered_by_name(city: PlanWorld, desk: Desk) -> None:
    plan = (await desk.make(columns(2)))["id"]
    assert await desk.ask("GET", f"/{plan}/posts") == {"items": []}
    with psycopg.connect(libpq_url(city.url)) as owner:
        for code, name, kind in (
            ("P2", "东哨卡", "sentry_post"),
            ("P1", "西警务室", "police_room"),
            ("P3", "水库", "reservoir"),
        ):
            owner.execute(
                """
                INSERT INTO place (kind, code, name, name_en, cell_id, geom, geom_3857)
                SELECT %s, %s, %s, 'Gate', cell.id, unit.label_point, ST_Transform(unit.label_point, 3857)
                FROM unit JOIN cell ON unit.id = ANY(cell.unit_ids) WHERE unit.code = '0,2' LIMIT 1
                """,
                [kind, code, name],
            )
    found = (await desk.ask("GET", f"/{plan}/posts"))["items"]
    assert [(post["code"], post["name"], post["unit"]) for post in found] == [
        ("P2", "东哨卡", "0,2"),
        ("P1", "西警务室", "0,2"),
    ]
    assert {post["name_en"] for post in found} == {"Gate"}
    answer = await desk.ask("PATCH", f"/{plan}/zones/1", json={"version": 0, "post": "P1"})
    assert answer["zones"][0]["post"] == {"code": "P1", "name": "西警务室", "name_en": "Gate"}


async def test_a_copy_takes_zones_and_names_over(desk: Desk) -> None:
    made = await desk.make(columns(2), parameters={"zones": 6, "rules": {"apart": [["0,0", "5,5"]]}})
    await desk.ask("PATCH", f"/{made['id']}/zones/1", json={"version": 0, "name": "中间片区"})
    copy = await desk.ask("POST", "", 201, json={"name": "副本", "from": {"plan": made["id"]}})
    assert (copy["zone"], copy["base"], copy["version"]) == (made["zone"], "small", 0)
    assert copy["zones"][1]["name"] == "中间片区"
    assert copy["parameters"]["rules"]["apart"] == [["0,0", "5,5"]]
    part = await desk.ask("POST", "", 201, json={"name": "县", "within": "U", "from": {"plan": made["id"]}})
    assert part["units"] == [f"{r},{c}" for r in range(3) for c in range(6)]
    assert [zone["name"] for zone in part["zones"]][1] == "中间片区"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": {"zones": [0]}}, "zones"),
        ({"from": {"zones": [0, 1], "units": ["0,0"]}}, "zones"),
        ({"from": {"zones": [0], "units": ["9,9"]}}, "units"),
        ({"from": {"empty": True, "plan": 1}}, "from"),
        ({"base": "street"}, "level"),
        ({"base": ""}, "base"),
        ({"parameters": {"since": "yesterday"}}, "since"),
    ],
)
async def test_what_cannot_become_a_plan_is_refused_by_field(desk: Desk, asked, field) -> None:
    body = {"name": "x", "base": "small"} | asked
    assert (await desk.ask("POST", "", 400, json=body))["field"] == field


def test_whole_plans_and_fast_previews_pass_the_limits_of_requests() -> None:
    plans = "/api/v1/zones/plans"
    for path in (plans, f"{plans}/7/moves", f"{plans}/7/locks", f"{plans}/7/preview", "/api/v1/zones/links"):
        limits = limits_of("POST", path)
        # 60,000 codes of 15 digits, quoted, with a comma.
        assert (limits.body_bytes >= 60_000 * 18, limits.of_account.per_s >= 30) == (True, True), path
    assert limits_of("GET", f"{plans}/7/events").ends_with_client
    assert limits_of("GET", f"{plans}/7/export/csv") is EXPORT
