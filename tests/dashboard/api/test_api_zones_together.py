"""Do several who draw on one plan lose no step, hear of each other, and take back what is their own?"""

import asyncio
from collections.abc import Iterator

import pytest

from data.accounts.permissions import Role
from tests.support.plan_world import (
    LEADER,
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


async def test_undo_and_redo_go_back_and_forth_without_limit_and_are_recorded(desk: Desk) -> None:
    made = await desk.make(columns(2))
    plan, seen = made["id"], [zone_of(made)]
    version = 0
    for units, to in ((["0,2"], 0), (["1,2", "2,2"], 0), (["5,4"], 4), (["0,5"], "new")):
        answer = await desk.do(plan, "moves", version, units=units, to=to)
        version = answer["version"]
        seen.append(zone_of(await desk.read(plan)))
    for before in reversed(seen[:-1]):
        answer = await desk.do(plan, "undo", version)
        version = answer["version"]
        assert zone_of(await desk.read(plan)) == before
    assert answer["steps"] == {"done": 0, "undoable": 0, "redoable": 4}
    assert (await desk.read(plan))["figures"] == made["figures"]
    assert (await desk.do(plan, "undo", version, 409))["type"] == "urn:minqing:problem:nothing-to-repeat"
    for after in seen[1:]:
        answer = await desk.do(plan, "redo", version)
        version = answer["version"]
        assert zone_of(await desk.read(plan)) == after
    assert (await desk.do(plan, "redo", version, 409))["type"] == "urn:minqing:problem:nothing-to-repeat"
    await desk.do(plan, "undo", version)
    answer = await desk.do(plan, "moves", version + 1, units=["3,2"], to=3)
    assert answer["steps"] == {"done": 4, "undoable": 4, "redoable": 0}
    steps = (await desk.ask("GET", f"/{plan}/steps"))["items"]
    assert [step["kind"] for step in steps] == ["move", "undo"] + ["redo"] * 4 + ["undo"] * 4 + ["move"] * 4
    assert [step["version"] for step in steps] == list(range(14, 0, -1))
    assert {step["who"] for step in steps} == {"planner"}


async def test_of_two_writers_at_once_one_wins_and_the_other_hears_what_happened(city: PlanWorld, desk: Desk) -> None:
    made = await desk.make(columns(2))
    plan = made["id"]
    async with house_of(city.url) as other_house, other_house.client(LEADER) as _, other_house.client(PLANNER) as other:
        await other.read(plan)
        first, second = await asyncio.gather(
            desk.http.post(f"/api/v1/zones/plans/{plan}/moves", json={"version": 0, "units": ["0,2"], "to": 0}),
            other.http.post(f"/api/v1/zones/plans/{plan}/moves", json={"version": 0, "units": ["5,4"], "to": 4}),
        )
        assert sorted([first.status_code, second.status_code]) == [200, 409]
        lost = first if first.status_code == 409 else second
        problem = lost.json()
        assert problem["type"] == "urn:minqing:problem:plan-outdated"
        assert problem["version"] == 1
        assert [(step["version"], step["kind"], step["units"]) for step in problem["since"]] == [(1, "move", 1)]
        loser, units, to = (desk, ["0,2"], 0) if lost is first else (other, ["5,4"], 4)
        again = await loser.do(plan, "moves", 1, units=units, to=to)
        assert again["version"] == 2
        # Both processes see both moves, each through its own open plan.
        assert zone_of(await desk.read(plan)) == zone_of(await other.read(plan))
        assert zone_of(await desk.read(plan))["0,2"] == 0
        assert zone_of(await desk.read(plan))["5,4"] == 4


async def test_many_writers_lose_no_step(city: PlanWorld, desk: Desk) -> None:
    made = await desk.make([0 if r < 3 else 1 for r in range(6) for _ in range(6)])
    plan = made["id"]
    async with house_of(city.url) as other_house, other_house.client(PLANNER) as other:

        async def take_out(who: Desk, code: str) -> None:
            for _ in range(60):
                version = (await who.read(plan))["version"]
                body = {"version": version, "units": [code], "to": None}
                answer = await who.http.post(f"/api/v1/zones/plans/{plan}/moves", json=body)
                if answer.status_code == 200:
                    return
                assert answer.status_code == 409, answer.text
            raise AssertionError("never got through")

        codes = [f"0,{c}" for c in range(6)]
        await asyncio.gather(*(take_out(desk if k % 2 else other, code) for k, code in enumerate(codes)))
        after = await other.read(plan)
    assert after["version"] == 6
    assert {code for code, no in zone_of(after).items() if no == -1} == set(codes)
    assert after["figures"]["unassigned"] == 6


async def test_a_request_that_is_sent_again_is_carried_out_once(desk: Desk) -> None:
    asked = {"name": "一次", "base": "small", "from": {"zones": columns(2)}}
    key = {"Idempotency-Key": "4f1c-1"}
    first = await desk.ask("POST", "", 201, json=asked, headers=key)
    second = await desk.ask("POST", "", 201, json=asked, headers=key)
    assert first["id"] == second["id"]
    move = {"json": {"version": 0, "units": ["0,2"], "to": 0}, "headers": {"Idempotency-Key": "m1"}}
    one = await desk.ask("POST", f"/{first['id']}/moves", **move)
    two = await desk.ask("POST", f"/{first['id']}/moves", **move)
    assert one == two
    assert (await desk.read(first["id"]))["version"] == 1
    bad = await desk.ask("POST", "", 400, json=asked, headers={"Idempotency-Key": "\x01"})
    assert bad["field"] == "Idempotency-Key"


async def test_waiting_readers_hear_of_a_step_at_once_and_see_who_edits(desk: Desk, house: House) -> None:
    made = await desk.make(columns(2))
    plan = made["id"]
    async with house.client(LEADER) as leader:
        waiting = asyncio.create_task(leader.ask("GET", f"/{plan}/events", params={"after": 0}))
        own = asyncio.create_task(desk.ask("GET", f"/{plan}/events", params={"after": 0}))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await desk.do(plan, "moves", 0, units=["0,2"], to=0)
        news = await asyncio.wait_for(waiting, 0.9)
        mine = await own
    assert (news["version"], [step["kind"] for step in news["steps"]]) == (1, ["move"])
    assert news["editors"] == ["planner"]
    assert (news["steps"][0]["mine"], mine["steps"][0]["mine"]) == (False, True)


async def test_another_process_s_step_is_heard_within_two_seconds(city: PlanWorld, desk: Desk) -> None:
    made = await desk.make(columns(2))
    plan = made["id"]
    async with house_of(city.url) as other_house, other_house.client(LEADER) as leader:
        waiting = asyncio.create_task(leader.ask("GET", f"/{plan}/events", params={"after": 0}))
        await asyncio.sleep(0.2)
        await desk.do(plan, "moves", 0, units=["0,2"], to=0)
        news = await asyncio.wait_for(waiting, 2.5)
    assert news["version"] == 1


async def test_undo_takes_back_one_s_own_step_and_leaves_the_other_s(house: House, desk: Desk) -> None:
    plan = (await desk.make(columns(2)))["id"]
    async with house.client(OTHER) as other:
        await desk.do(plan, "moves", 0, units=["0,2"], to=0)
        await other.do(plan, "moves", 1, units=["5,2"], to=3)
        mine = await desk.do(plan, "undo", 2)
        assert mine["changed"] == {"units": ["0,2"], "zone": [1]}
        zone = zone_of(await desk.read(plan))
        assert (zone["0,2"], zone["5,2"]) == (1, 3), "what the other did stays"
        assert mine["steps"] == {"done": 3, "undoable": 3, "redoable": 0}
        none_left = await desk.do(plan, "undo", 3, 422)
        assert (none_left["type"], none_left["reason"]) == ("urn:minqing:problem:move-refused", "of_others")
        theirs = await other.do(plan, "undo", 3)
        assert theirs["changed"] == {"units": ["5,2"], "zone": [4]}
        assert (await desk.read(plan))["zone"] == columns(2)
        steps = (await desk.ask("GET", f"/{plan}/steps"))["items"]
        assert [(step["who"], step["detail"].get("takes_back")) for step in steps] == [
            ("other", 2),
            ("planner", 1),
            ("other", None),
            ("planner", None),
        ]


async def test_a_step_on_which_the_other_built_is_not_taken_back_alone(house: House, desk: Desk) -> None:
    plan = (await desk.make(columns(2)))["id"]
    async with house.client(OTHER) as other:
        await desk.do(plan, "moves", 0, units=["0,2"], to=0)
        await other.do(plan, "moves", 1, units=["0,3"], to=0)
        refused = await desk.do(plan, "undo", 2, 422)
        assert (refused["reason"], refused["units"]) == ("built_on", ["0,2"]), "0,3 would be cut off"
        await other.do(plan, "moves", 2, units=["0,3", "0,2"], to=1)
        assert (await desk.do(plan, "undo", 3, 422))["reason"] == "built_on", "moved again since"
        for version in (3, 4, 5):
            await desk.do(plan, "undo", version, whose="anyone")
        assert (await desk.read(plan))["zone"] == columns(2)
        assert (await other.do(plan, "redo", 6, 422))["reason"] == "of_others"
        assert (await desk.do(plan, "redo", 6))["changed"]["units"] == ["0,2"]
