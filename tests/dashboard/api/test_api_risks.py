"""Do the routes of risks show the list of the scope, keep what people do about it once, and tell who was late?"""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import psycopg
import pytest

from data.engine import libpq_url
from data.feed.tell import tell
from data.risk.keeper import judge_changed
from data.risk.rule_file import read_rule_file
from data.risk.rule_store import import_rules
from tests.support.case_client import client_of
from tests.support.case_world import DISPUTE, MONDAY_8, CaseWorld, case_world

PATH = "/api/v1/risks"
pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


def judged(world: CaseWorld, *cases: int, text: str = "水库坍塌有人被困") -> None:
    """Put words into cases that make them major by the shipped rules, and judge as the folding process does."""
    with psycopg.connect(libpq_url(world.url)) as owner:
        import_rules(owner, read_rule_file())
        owner.execute("UPDATE incident SET text = %s WHERE id = ANY(%s)", [text, list(cases)])
        owner.commit()
        for _ in range(3):
            tell(owner)
            judge_changed(owner, MONDAY_8 + timedelta(minutes=1))
            owner.commit()


async def ids(client: httpx.AsyncClient, **asked: str) -> list[int]:
    answer = await client.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_a_major_case_is_on_the_list_with_rule_and_facts(world: CaseWorld) -> None:
    major, _ = world.report(), world.report()
    judged(world, major)
    async with client_of(world, "operator") as client:
        body = (await client.get(PATH)).json()
        [item] = body["items"]
        assert (item["id"], item["state"], item["seq"], item["level"]) == (major, "open", 1, "major")
        assert body["counts"] == {"open": 1, "acknowledged": 0, "closed": 0, "due": 0}
        [fired] = item["fired"]
        assert (fired["rule"], fired["facts"][0]["value"]) == ("people_in_danger", ["被困", "坍塌"])
        assert await ids(client, rule="people_in_danger", state="open") == [major]
        assert await ids(client, rule="collective") == []
        assert await ids(client, state="closed") == []
        rules = (await client.get(f"{PATH}/rules")).json()
        assert {rule["key"] for rule in rules["rules"]} == {rule.key for rule in read_rule_file().rules}
        assert rules["version"] == item["rules_version"]


async def test_from_alert_to_close_with_owner_and_review_date(world: CaseWorld) -> None:
    case = world.report()
    judged(world, case)
    async with client_of(world, "leader") as client:
        seen = (await client.post(f"{PATH}/{case}/acknowledge", json={"seq": 1})).json()
        assert (seen["state"], seen["seq"]) == ("acknowledged", 2)
        owner = {"seq": 2, "department": "water", "review_on": "2025-03-10", "note": "联系 13812345678"}
        given = (await client.post(f"{PATH}/{case}/assign", json=owner)).json()
        assert (given["owner_department"], given["owner_role"], given["review_on"]) == ("water", None, "2025-03-10")
        assert given["steps"][-1]["facts"]["note"] == "联系 ［电话］"
        assert await ids(client, owner="water", due="2025-03-10") == [case]
        assert await ids(client, due="2025-03-09") == []
        reviewed = (await client.post(f"{PATH}/{case}/review", json={"seq": 3, "note": "水位下降"})).json()
        assert (reviewed["seq"], reviewed["review_on"]) == (4, "2025-03-10")
        closed = (await client.post(f"{PATH}/{case}/close", json={"seq": 4, "reason": "settled"})).json()
        assert (closed["state"], closed["close_reason"]) == ("closed", "settled")
        assert [step["act"] for step in closed["steps"]] == ["raise", "acknowledge", "assign", "review", "close"]
        assert [step["who"] for step in closed["steps"]] == [None, *["leader"] * 4]
        late = await client.post(f"{PATH}/{case}/review", json={"seq": 5, "note": "再看"})
        assert (late.status_code, late.json()["state"]) == (422, "closed")
    with psycopg.connect(libpq_url(world.url)) as owner_conn:
        rows = owner_conn.execute("SELECT after FROM audit_entry WHERE action = 'risk_changed' ORDER BY id").fetchall()
    assert [row[0].get("state") for row in rows] == ["acknowledged", None, None, "closed"]


async def test_the_same_request_is_carried_out_once_and_who_is_late_learns_of_it(world: CaseWorld) -> None:
    case = world.report()
    judged(world, case)
    asked = {"seq": 1, "key": "k1"}
    async with client_of(world, "operator") as client:
        first = (await client.post(f"{PATH}/{case}/acknowledge", json=asked)).json()
        again = (await client.post(f"{PATH}/{case}/acknowledge", json=asked)).json()
        assert (first["again"], again["again"], again["seq"]) == (False, True, 2)
        other = await client.post(f"{PATH}/{case}/acknowledge", json={"seq": 2, "key": "k1"})
        assert other.status_code == 422
    async with client_of(world, "leader") as client:
        late = await client.post(f"{PATH}/{case}/acknowledge", json={"seq": 1, "key": "k1"})
        assert (late.status_code, late.json()["seq"]) == (409, 2)
        assert [step["who"] for step in late.json()["since"]] == ["operator"]


@pytest.mark.parametrize(
    ("act", "asked", "field"),
    [
        ("assign", {}, "department"),
        ("assign", {"department": "water", "role": "leader"}, "department"),
        ("assign", {"department": "nobody"}, "department"),
        ("assign", {"department": "water", "review_on": "2025-03-02"}, "review_on"),
        ("review", {}, "note"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_field(
    world: CaseWorld, act: str, asked: dict[str, str], field: str
) -> None:
    case = world.report()
    judged(world, case)
    async with client_of(world, "operator") as client:
        answer = await client.post(f"{PATH}/{case}/{act}", json={"seq": 1, **asked})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert (await client.get(f"{PATH}/{case}")).json()["seq"] == 1


async def test_a_risk_of_another_area_or_of_a_sensitive_class_is_not_there(world: CaseWorld) -> None:
    near, secret = world.report(grid="a"), world.report(grid="a", class_id=DISPUTE)
    judged(world, near, secret, text="有人持刀打砸，另有人被困")
    async with client_of(world, "operator") as client:
        assert await ids(client) == [secret, near]
        assert (await client.get(PATH)).json()["counts"]["open"] == 2
    async with client_of(world, "operator", "B") as client:
        assert await ids(client) == []
        assert (await client.get(f"{PATH}/{near}")).status_code == 404
        assert (await client.post(f"{PATH}/{near}/acknowledge", json={"seq": 1})).status_code == 404
    async with client_of(world, "leader") as client:
        assert await ids(client) == [near]
        assert (await client.get(PATH)).json()["counts"]["open"] == 1
        assert (await client.get(f"{PATH}/{secret}")).status_code == 404


async def test_pages_hold_each_alert_once(world: CaseWorld) -> None:
    cases = [world.report(at=MONDAY_8 + timedelta(seconds=n)) for n in range(5)]
    judged(world, *cases)
    found: list[int] = []
    cursor = ""
    async with client_of(world, "operator") as client:
        while True:
            page = (await client.get(PATH, params={"limit": "2", "cursor": cursor})).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert (await client.get(PATH, params={"cursor": "x.y"})).status_code == 400
        assert (await client.get(PATH, params={"state": "gone"})).status_code == 400
    assert sorted(found) == cases
