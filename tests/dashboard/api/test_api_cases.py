"""Do the routes of cases show queues and cases of the asker's scope, and do acts on them, once and in order?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import psycopg
import pytest

from data.cases.action import Act
from data.cases.keeper import CaseKeeper
from data.engine import libpq_url
from tests.support.case_client import client_of
from tests.support.case_world import DISPUTE, FIRE, MONDAY_8, ROADS, WATER, CaseWorld, case_world

PATH = "/api/v1/cases"


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


def by_itself(world: CaseWorld) -> int:
    """What happens to cases without anybody's doing, by now."""
    with psycopg.connect(libpq_url(world.url), autocommit=True) as owner:
        return CaseKeeper(world.url).turn(owner, world.clock.now)


async def ids(client: httpx.AsyncClient, **asked: object) -> list[int]:
    answer = await client.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.anyio
async def test_a_case_shows_its_state_log_limits_and_what_can_be_done(world: CaseWorld) -> None:
    case = world.report()
    async with client_of(world, "operator") as client:
        bare = (await client.get(f"{PATH}/{case}")).json()
        assert (bare["state"]["seq"], bare["state"]["status"]) == (1, "reported")
        assert [(event["act"], event["who"]) for event in bare["events"]] == [("report", None)]
        [acceptance] = bare["timers"]
        assert (acceptance["stage"], acceptance["state"]) == ("acceptance", "within")
        assert acceptance["due_at"] == "2025-03-03T08:15:00+08:00"
        acts = {act["act"]: act for act in bare["acts"]}
        assert acts["file"] == {
            "act": "file", "possible": True, "reason": None, "fields": {"note": {"kind": "text", "required": False}}
        }  # fmt: skip
        assert (acts["close"]["possible"], acts["close"]["reason"]) == (False, "state")
        assert acts["supervise"]["reason"] == "role"
        asked = {"act": "file", "seq": 1, "facts": {"note": "电话 13800138000"}, "key": "a"}
        done = (await client.post(f"{PATH}/{case}/transitions", json=asked)).json()
        assert (done["state"]["status"], done["event"]["who"], done["again"]) == ("filed", "operator", False)
        assert "13800138000" not in done["event"]["facts"]["note"]
        again = (await client.post(f"{PATH}/{case}/transitions", json=asked)).json()
        assert (again["again"], again["event"], again["state"]) == (True, done["event"], done["state"])
        asked = {"act": "dispatch", "seq": 2, "facts": {"department": "water"}}
        done = (await client.post(f"{PATH}/{case}/transitions", json=asked)).json()
        assert done["state"]["department_id"] == WATER
        shown = (await client.get(f"{PATH}/{case}")).json()
        assert [timer["done_at"] is None for timer in shown["timers"]] == [False, False, True]
        assert shown["incident"]["department"] == "water"
        world.clock.now = MONDAY_8 + timedelta(days=2)
        assert (await client.get(f"{PATH}/{case}")).json()["told"] == []
        assert await asyncio.to_thread(by_itself, world) == 3
        late = (await client.get(f"{PATH}/{case}")).json()
        assert (late["timers"][-1]["state"], late["told"]) == ("breached", ["department", "county", "city"])


@pytest.mark.anyio
async def test_who_is_too_late_reads_what_happened_meanwhile(world: CaseWorld) -> None:
    case = await world.dispatched()
    async with client_of(world, "operator") as one, client_of(world, "waterman") as other:
        answers = await asyncio.gather(
            one.post(f"{PATH}/{case}/transitions", json={"act": "escalate", "seq": 3, "facts": {"reason": "超时"}}),
            other.post(f"{PATH}/{case}/transitions", json={"act": "accept", "seq": 3}),
        )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    told = lost.json()
    assert told["type"] == "urn:minqing:problem:case-moved"
    assert (told["seq"], told["field"]) == (4, "seq")
    event = won.json()["event"]
    [since] = told["since"]
    assert (since["seq"], since["act"], since["who"]) == (4, event["act"], event["who"])
    assert event["who"] in told["cause"]


@pytest.mark.anyio
async def test_refusals_name_the_reason_and_the_field(world: CaseWorld) -> None:
    case = world.report()
    async with client_of(world, "operator") as client:

        async def post(**asked: object) -> tuple[int, dict]:
            answer = await client.post(f"{PATH}/{case}/transitions", json={"seq": 1, **asked})
            return answer.status_code, answer.json()

        status, told = await post(act="close", facts={"close_reason": "fixed"})
        assert (status, told["reason"], told["state"]) == (422, "state", "reported")
        status, told = await post(act="reject")
        assert (status, told["reason"], told["field"]) == (422, "field_missing", "facts.reason")
        status, told = await post(act="reject", facts={"reason": "查无此事", "colour": "red"})
        assert (status, told["reason"], told["fact"]) == (422, "field_invalid", "colour")
        assert (await post(act="supervise", facts={"reason": "市民关注"}))[0] == 403
        assert (await post(act="attach", facts={"file": "../../etc/passwd"}))[0] == 400
        assert (await post(act="dance"))[0] == 400
        assert (await post(act="file", seq=7))[0] == 409
        assert (await client.get(f"{PATH}/999999")).json()["type"] == "urn:minqing:problem:case-unknown"
        for params in ({"queue": "x"}, {"state": "x"}, {"deadline": "x"}, {"sort": "x"}, {"cursor": "x"},
                       {"department": "x"}, {"class": "x"}):  # fmt: skip
            answer = await client.get(PATH, params=params)
            assert (answer.status_code, answer.json()["field"]) == (400, next(iter(params)))
        assert (await client.get(PATH, params={"unit": "x"})).status_code == 404


@pytest.mark.anyio
async def test_a_neighbour_s_and_another_department_s_cases_do_not_exist(world: CaseWorld) -> None:
    here, there = await world.dispatched(WATER), await world.dispatched(FIRE, grid="c")
    dispute = await world.dispatched(WATER, class_id=DISPUTE)
    for who, unit, seen in (
        ("operator", None, {here, there, dispute}),
        ("operator", "B", {there}),
        ("waterman", None, {here, dispute}),
        ("fireman", "A", set()),
        ("leader", None, {here, there}),
    ):
        async with client_of(world, who, unit) as client:
            listed = {case for case in await ids(client, queue="in_hand") if case >= 1000}
            assert (who, unit, listed) == (who, unit, seen)
            for case in (here, there, dispute):
                shown = await client.get(f"{PATH}/{case}")
                assert (who, case, shown.status_code) == (who, case, 200 if case in seen else 404)
                asked = {"act": "note", "seq": 99, "facts": {"note": "x"}}
                tried = await client.post(f"{PATH}/{case}/transitions", json=asked)
                assert (who, case, tried.status_code) == (who, case, 409 if case in seen else 404)
    await world.does("operator", Act.WHISTLE, here, departments=[FIRE], hours=1, reason="多部门")
    async with client_of(world, "fireman") as client:
        assert await ids(client, queue="called") == [here]
        assert here not in await ids(client, queue="open")
        shown = (await client.get(f"{PATH}/{here}")).json()
        assert {act["act"] for act in shown["acts"] if act["possible"]} == {"report_in", "note", "attach"}
        assert (await client.get(f"{PATH}/queues")).json()["items"]["called"] == 1
    async with client_of(world, "fireman", "B") as client:
        assert await ids(client, queue="called") == []
        assert (await client.get(f"{PATH}/{here}")).status_code == 404


@pytest.mark.anyio
async def test_queues_filters_and_pages(world: CaseWorld) -> None:
    new = [world.report(at=MONDAY_8 - timedelta(hours=number), class_id=ROADS) for number in range(5)]
    water, fire = await world.dispatched(WATER), await world.dispatched(FIRE)
    handled, closed = await world.handled(), await world.closed()
    await world.does("operator", Act.ASK_PRE_FILING_CHECK, new[0])
    await world.does("waterman", Act.ASK_EXTENSION, water, hours=2, reason="等待备件")
    # Nobody has to decide any more on time for what is closed, nor on what was decided.
    too_late, decided, appealed = await world.dispatched(), await world.dispatched(), await world.closed()
    for case in (too_late, decided):
        await world.does("waterman", Act.ASK_EXTENSION, case, hours=2, reason="等待备件")
    await world.does("leader", Act.REFUSE_EXTENSION, decided, reason="不必")
    await world.does("waterman", Act.HANDLE, too_late, result="已排水")
    await world.does("operator", Act.CLOSE, too_late, close_reason="fixed")
    await world.does("waterman", Act.APPEAL, appealed, reason="责任不在我")
    async with client_of(world, "operator") as client:
        mine = {*new, water, fire, handled, closed}

        async def found(**asked: object) -> set[int]:
            return set(await ids(client, **asked)) & mine

        assert await found() == mine - {closed}
        assert await found(queue="all") == mine
        assert await found(queue="new") == set(new)
        assert await found(queue="in_hand") == {water, fire}
        assert await found(queue="in_hand", department="fire") == {fire}
        assert await found(queue="to_verify") == {handled}
        assert await found(queue="checks") == {new[0]}
        assert await found(queue="approvals") == {water}
        assert {too_late, decided, appealed} & set(await ids(client, queue="approvals")) == {appealed}
        assert await found(state="closed,handled", queue="all") == {handled, closed}
        assert await found(**{"class": "U-C-2-01"}) == set(new)
        assert await found(unit="4402") == set()
        assert await found(unit="4401", queue="new") == set(new)
        assert await found(q="积水", queue="new") == set(new)
        assert await found(q="没有", queue="new") == set()
        pages, cursor = [], ""
        while True:
            answer = (await client.get(PATH, params={"limit": 2, "class": "U-C-2-01", "cursor": cursor})).json()
            pages.append([item["id"] for item in answer["items"] if item["id"] in mine])
            cursor = answer["next"]
            if not cursor:
                break
        assert [case for page in pages for case in page] == new
        assert [case for case in await ids(client, sort="oldest", **{"class": "U-C-2-01"}) if case in mine] == new[::-1]
        due, cursor = [], ""
        while True:
            answer = (await client.get(PATH, params={"limit": 1, "sort": "due", "cursor": cursor})).json()
            due += [(item["due_at"] or "9", item["id"]) for item in answer["items"]]
            cursor = answer["next"]
            if not cursor:
                break
        assert due == sorted(due)
        assert {case for _, case in due} & mine == mine - {closed}
        for hours, deadline in ((0, "within"), (5.5, "approaching"), (30, "breached")):
            world.clock.now = MONDAY_8 + timedelta(hours=hours, minutes=20)
            assert {water, fire} & await found(deadline=deadline) == {water, fire}
            items = (await client.get(PATH, params={"queue": "in_hand"})).json()["items"]
            assert {item["timer"]["state"] for item in items if item["id"] in mine} == {deadline}
        counts = (await client.get(f"{PATH}/queues", params={"class": "U-C-2-01"})).json()["items"]
        assert counts["new"] == len(await ids(client, queue="new", **{"class": "U-C-2-01"}))


@pytest.mark.anyio
async def test_several_are_dispatched_at_once_each_by_itself(world: CaseWorld) -> None:
    cases = [world.report() for _ in range(4)]
    for case in cases[:3]:
        await world.does("operator", Act.FILE, case)
    await world.does("operator", Act.NOTE, cases[2], note="已联系")
    asked = {
        "act": "dispatch",
        "facts": {"department": "fire"},
        "cases": [{"id": case, "seq": 2} for case in cases[:3]] + [{"id": cases[3], "seq": 1}, {"id": 10**9, "seq": 1}],
        "key": "morning",
    }
    async with client_of(world, "operator") as client:
        answer = (await client.post(f"{PATH}/transitions", json=asked)).json()
        assert (answer["done"], answer["refused"]) == (2, 3)
        kinds = [item["problem"] and item["problem"]["type"].rpartition(":")[2] for item in answer["items"]]
        assert kinds == [None, None, "case-moved", "act-refused", "case-unknown"]
        assert [since["act"] for since in answer["items"][2]["problem"]["since"]] == ["note"]
        again = (await client.post(f"{PATH}/transitions", json=asked)).json()
        assert [item["done"] for item in again["items"]] == [item["done"] for item in answer["items"]]
        refused = await client.post(f"{PATH}/transitions", json=asked | {"act": "close"})
        assert refused.status_code == 400
    with psycopg.connect(libpq_url(world.url)) as owner:
        made = owner.execute("SELECT count(*) FROM case_event WHERE act = 'dispatch'").fetchone()
    assert made == (2,)


@pytest.mark.anyio
async def test_a_limit_tells_when_it_stood_still_and_returned_cases_have_a_queue(world: CaseWorld) -> None:
    case, near = await world.dispatched(WATER), await world.dispatched(FIRE)
    world.clock.now = MONDAY_8 + timedelta(hours=1)
    await world.does("waterman", Act.RETURN, case, reason="不属本部门")
    async with client_of(world, "operator") as client:
        shown = (await client.get(f"{PATH}/{case}")).json()
        timers = shown["timers"]
        [handling] = [timer for timer in timers if timer["stage"] == "handling"]
        assert handling["pauses"] == [{"begin": shown["events"][-1]["at"], "end": None}]
        assert [timer["pauses"] for timer in timers if timer["stage"] != "handling"] == [[]] * (len(timers) - 1)
        assert case in await ids(client, queue="returned")
        assert near not in await ids(client, queue="returned")
        before = (await client.get(f"{PATH}/queues")).json()["items"]
        assert {"all", "merged"} & before.keys() == set()
        for queue in ("returned", "breached"):
            assert before[queue] == len(await ids(client, queue=queue))
        assert near not in await ids(client, queue="breached")
        world.clock.now = MONDAY_8 + timedelta(hours=30)
        assert near in await ids(client, queue="breached")
        assert near not in await ids(client, queue="approaching")
        after = (await client.get(f"{PATH}/queues")).json()["items"]
        assert after["breached"] == len(await ids(client, queue="breached"))


def entries(world: CaseWorld) -> list[tuple[str, str | None]]:
    """What the audit log says, and of which part of a case."""
    with psycopg.connect(libpq_url(world.url)) as owner:
        return owner.execute("SELECT action, detail ->> 'part' FROM audit_entry ORDER BY id").fetchall()


@pytest.mark.anyio
async def test_what_lies_around_a_case_is_part_of_looking_at_it(world: CaseWorld) -> None:
    case, near, _far = world.report(), await world.dispatched(), world.report(grid="c")
    before = len(entries(world))
    async with client_of(world, "operator") as client:
        assert (await client.get(f"{PATH}/{case}")).status_code == 200
        around = (await client.get(f"{PATH}/{case}/same-place")).json()
        assert (await client.get(f"{PATH}/{case}/duplicates")).status_code == 200
        assert (await client.get(f"{PATH}/999999/same-place")).status_code == 404
    rows = [(item["id"], item["seq"], item["told"]) for item in around["items"]]
    # Besides the city's own older one; not the case itself, nor what lies elsewhere.
    assert rows == [(near, 3, 0), (2, 1, 0)]
    expected = [("case_viewed", None), ("case_viewed", "same_place"), ("case_viewed", "duplicates")]
    assert entries(world)[before:] == expected


@pytest.mark.anyio
async def test_events_keep_the_role_of_who_acted_whatever_it_is_later(world: CaseWorld) -> None:
    case = await world.dispatched()
    await world.does("waterman", Act.ACCEPT, case)
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute("UPDATE account SET role = 'leader', department_id = NULL WHERE name = 'waterman'")
    world.clock.now = MONDAY_8 + timedelta(days=2)
    assert await asyncio.to_thread(by_itself, world) == 3
    async with client_of(world, "operator") as client:
        events = (await client.get(f"{PATH}/{case}")).json()["events"]
    roles = [(event["act"], event["who"], event["role"]) for event in events]
    assert roles[:4] == [
        ("report", None, None), ("file", "operator", "operator"), ("dispatch", "operator", "operator"),
        ("accept", "waterman", "handler"),
    ]  # fmt: skip
    assert roles[4:] == [("escalate", None, "program")] * 3


@pytest.mark.anyio
async def test_rows_behind_a_figure_can_be_acted_on_as_they_are(world: CaseWorld) -> None:
    await world.dispatched()
    world.clock.now = MONDAY_8 + timedelta(days=2)
    await asyncio.to_thread(by_itself, world)
    async with client_of(world, "operator") as client:
        asked = {"from": "2025-03-03", "to": "2025-03-03", "part": "denominator"}
        listed = (await client.get("/api/v1/figures/escalation_rate/cases", params=asked)).json()["items"]
        assert [(item["seq"], item["told"]) for item in listed] == [(6, 3)]
        cases = [{"id": item["id"], "seq": item["seq"]} for item in listed]
        asked = {"act": "escalate", "facts": {"reason": "超期"}, "cases": cases}
        done = (await client.post(f"{PATH}/transitions", json=asked)).json()
    assert (done["done"], done["refused"]) == (1, 0)
