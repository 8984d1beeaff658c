"""Are walls told what to show by whom they belong to, at one moment, and does each say that it stands?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase
from data.roles import WEB, url_as
from tests.dashboard.api.conftest import World
from tests.data.reads.grid_world import CODES, IDS, NAMES
from tests.support.acting import Acting

GROUPS = "/api/v1/wall/groups"
DISPLAYS = "/api/v1/wall/displays"
DESK = Account(8, "desk", Role.OPERATOR)
WALL = Account(9, "hall", Role.WALL)
TOWN_DESK = Account(10, "town", Role.OPERATOR, unit_id=IDS["A"], unit_code=CODES["A"])
TOWN_WALL = Account(11, "town hall", Role.WALL, unit_id=IDS["A"], unit_code=CODES["A"])
NEIGHBOUR = Account(12, "next", Role.OPERATOR, unit_id=IDS["B"], unit_code=CODES["B"])
STANDING = {"page": "0" * 32, "group": "", "scene": "overview", "state": "live", "width": 3840, "height": 2160}
STANDING |= {"software": False}
WHOLE = {"area": "", "name": ""}
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_groups(world: World) -> None:
    with psycopg.connect(world.url, autocommit=True) as owner:
        owner.execute("TRUNCATE wall_group, wall_display, feed_change")


@asynccontextmanager
async def client_of(world: World, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    database = AsyncDatabase(url_as(world.url, WEB), min_size=1, max_size=2)
    await database.open()
    app = FastAPI(openapi_url=None)
    register(app, ApiServices(database))
    transport = httpx.ASGITransport(Acting(app, account), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
        yield client
    await database.close()


async def tell(world: World, account: Account, **told: Any) -> httpx.Response:
    async with client_of(world, account) as client:
        return await client.put(GROUPS, json={"groups": [WHOLE]} | told)


async def listed(world: World, account: Account) -> list[dict[str, Any]]:
    async with client_of(world, account) as client:
        return list((await client.get(GROUPS)).raise_for_status().json()["items"])


async def stands(world: World, account: Account, **said: Any) -> dict[str, Any]:
    async with client_of(world, account) as client:
        answer = await client.post(DISPLAYS, json=STANDING | said)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def test_a_wall_hears_what_its_group_is_told_and_from_when_on(world: World) -> None:
    assert (await stands(world, WALL))["told"] is None
    before = datetime.fromisoformat((await stands(world, WALL))["as_of"])
    answer = await tell(world, DESK, scene="disputes", held=True)
    assert answer.status_code == 200, answer.text
    told = (await stands(world, WALL))["told"]
    assert (told["scene"], told["held"], told["revision"], told["by"]) == ("disputes", True, 1, "desk")
    ahead = datetime.fromisoformat(told["starts_at"]) - before
    assert timedelta(seconds=2) <= ahead < timedelta(seconds=60)
    assert (await stands(world, WALL, group="lobby"))["told"] is None


async def test_what_is_told_is_whole_and_counted(world: World) -> None:
    await tell(world, DESK, scene="disputes", held=True, follows=True)
    (group,) = (await tell(world, DESK, as_of="2025-03-01T08:30", speed=60)).json()["items"]
    told = group["told"]
    assert (told["revision"], told["scene"], told["held"], told["follows"]) == (2, None, False, False)
    assert (told["speed"], datetime.fromisoformat(told["as_of"]).timestamp()) == (60, 1740789000)


async def test_several_groups_change_at_the_same_moment(world: World) -> None:
    groups = [WHOLE, {"area": CODES["A"], "name": "lobby"}, {"area": CODES["B"], "name": ""}]
    answer = await tell(world, DESK, groups=groups, scene="overview")
    told = {(one["area"], one["name"]): one["told"] for one in answer.json()["items"]}
    assert set(told) == {("", "main"), (CODES["A"], "lobby"), (CODES["B"], "main")}
    assert len({one["starts_at"] for one in told.values()}) == 1


async def test_walls_that_stand_are_listed_with_their_groups(world: World) -> None:
    await stands(world, WALL)
    await stands(world, WALL, page="1" * 32, group=" lobby ", width=1920, height=1080, state="lost", software=True)
    await stands(world, TOWN_WALL)
    found = {(one["area"], one["name"]): one for one in await listed(world, DESK)}
    assert set(found) == {("", "main"), ("", "lobby"), (CODES["A"], "main")}
    (lobby,) = found["", "lobby"]["displays"]
    assert (lobby["name"], lobby["width"], lobby["state"], lobby["software"]) == ("hall", 1920, "lost", True)
    assert found[CODES["A"], "main"]["area_name"] == NAMES["A"][0]


async def test_a_page_that_says_so_again_is_the_same_display(world: World) -> None:
    await stands(world, WALL)
    await stands(world, WALL, scene="disputes", state="late")
    (group,) = await listed(world, DESK)
    assert [(one["scene"], one["state"]) for one in group["displays"]] == [("disputes", "late")]


async def test_an_account_is_remembered_with_a_hundred_pages_at_most(world: World) -> None:
    async with client_of(world, WALL) as client:
        for page in range(104):
            assert (await client.post(DISPLAYS, json=STANDING | {"page": f"{page:032x}"})).status_code == 200
    (group,) = await listed(world, DESK)
    assert len(group["displays"]) == 100


async def test_a_desk_drives_walls_of_its_own_area_alone(world: World) -> None:
    await stands(world, WALL)
    await stands(world, TOWN_WALL)
    (own,) = await listed(world, TOWN_DESK)
    assert (own["area"], own["area_name"], len(own["displays"])) == (CODES["A"], NAMES["A"][0], 1)
    # Its empty area is its own, so that nobody drives the city by leaving something out.
    await tell(world, TOWN_DESK, scene="overview")
    assert (await stands(world, TOWN_WALL))["told"]["by"] == "town"
    assert (await stands(world, WALL))["told"] is None
    for area in (CODES["B"], CODES["X"], "nowhere"):
        answer = await tell(world, TOWN_DESK, groups=[{"area": area, "name": ""}])
        assert (answer.status_code, answer.json()["field"]) == (404, "unit"), area
    assert await listed(world, NEIGHBOUR) == [
        {"area": CODES["B"], "area_name": NAMES["B"][0], "area_name_en": NAMES["B"][1], "name": "main", "told": None}
        | {"displays": []}
    ]


async def test_scenes_are_cast_for_the_area_that_is_told(world: World) -> None:
    async with client_of(world, DESK) as client:
        body = (await client.get("/api/v1/wall/scenes", params={"unit": CODES["A"]})).json()
        assert {scene["unit"]["code"] for scene in body["scenes"]} <= {CODES["A"], CODES["a"], CODES["b"]}
    key = f"area-{CODES['a']}"
    assert (await tell(world, DESK, area=CODES["A"], scene=key)).status_code == 200
    refused = (await tell(world, DESK, area=CODES["B"], scene=key)).json()
    assert (refused["field"], "overview" in refused["remedy"]) == ("scene", True)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"scene": "none such"}, "scene"),
        ({"speed": 60}, "speed"),
        ({"as_of": "2999-01-01"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"groups": [{"area": "", "name": "a\nb"}]}, "group"),
        ({"groups": [{"area": "", "name": "x" * 41}]}, "group"),
    ],
)
async def test_what_cannot_be_shown_is_refused_with_field_cause_and_remedy(
    world: World, told: dict[str, Any], field: str
) -> None:
    answer = await tell(world, DESK, **told)
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (400, field), answer.text
    assert problem["cause"]
    assert problem["remedy"]
    assert (await listed(world, DESK))[0]["told"] is None


async def test_a_case_that_nobody_may_see_on_a_wall_is_not_put_there(world: World) -> None:
    query = """
        SELECT min(incident.id) FROM incident JOIN incident_class AS class ON class.id = class_id GROUP BY sensitive
        ORDER BY sensitive
    """
    with psycopg.connect(world.url) as owner:
        (plain,), (sensitive,) = owner.execute(query).fetchall()
    answer = await tell(world, DESK, incident=sensitive)
    assert (answer.status_code, answer.json()["field"]) == (400, "incident")
    assert (await tell(world, DESK, incident=2**40)).status_code == 404
    answer = await tell(world, DESK, incident=plain)
    assert answer.json()["items"][0]["told"]["incident"] == plain


async def test_what_was_told_is_in_the_log_and_on_its_way_to_the_walls(world: World) -> None:
    await tell(world, DESK, scene="overview", held=True)
    await tell(world, DESK, scene="disputes", held=True)
    with psycopg.connect(world.url) as owner:
        entries = owner.execute(
            "SELECT object_kind, object_id, before, after FROM audit_entry WHERE action = 'walls_directed' ORDER BY id"
        ).fetchall()
        changes = owner.execute("SELECT kind, detail ->> 'revision' FROM feed_change ORDER BY id").fetchall()
    assert entries[-1] == ("walls", "main", {"scene": "overview"}, {"scene": "disputes"})
    assert changes == [("walls", "1"), ("walls", "2")]


async def test_personal_numbers_do_not_become_names_of_groups(world: World) -> None:
    await stands(world, WALL, group="13800138000")
    assert "13800138000" not in str(await listed(world, DESK))
