"""Does the route of scenes answer for the viewer's own area, and say what is wrong with a newer file?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase
from data.roles import WEB, url_as
from data.wall.book import SceneBook
from data.wall.reading import FILE
from tests.dashboard.api.conftest import World
from tests.data.reads.grid_world import CODES, IDS, NAMES
from tests.support.acting import Acting

PATH = "/api/v1/wall/scenes"
WALL = Account(9, "hall", Role.WALL)
pytestmark = pytest.mark.anyio


async def asked(world: World, account: Account, book: SceneBook) -> dict[str, Any]:
    async for client in _clients(world, account, book):
        answer = await client.get(PATH)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
    raise AssertionError


async def _clients(world: World, account: Account, book: SceneBook) -> AsyncIterator[httpx.AsyncClient]:
    database = AsyncDatabase(url_as(world.url, WEB), min_size=1, max_size=2)
    await database.open()
    app = FastAPI(openapi_url=None)
    register(app, ApiServices(database, scenes=book))
    transport = httpx.ASGITransport(Acting(app, account), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
        yield client
    await database.close()


def maps(body: dict[str, Any]) -> dict[str, str]:
    """Level of the map by scene."""
    return {
        scene["key"]: panel["level"] for scene in body["scenes"] for panel in scene["panels"] if panel["kind"] == "map"
    }


async def test_a_wall_of_the_city_goes_through_its_parts_in_levels_of_this_city(world: World) -> None:
    body = await asked(world, WALL, SceneBook())
    areas = [scene for scene in body["scenes"] if scene["key"].startswith("area-")]
    assert [scene["title"]["zh"] for scene in areas] == [NAMES[letter][0] for letter in "ABC"]
    assert [scene["unit"]["address"] for scene in areas] == [CODES[letter] for letter in "ABC"]
    overview = body["scenes"][0]
    assert (overview["key"], overview["unit"]["address"], overview["unit"]["level"]) == ("overview", "", "city")
    assert set(maps(body).values()) == {"grid"}
    assert (body["problem"], body["time_zone"]) == (None, "Asia/Shanghai")
    assert body["night"] == {"starts_at": "22:00", "ends_at": "06:00", "dimmed_by": 0.35}
    assert [shift["starts_at"] for shift in body["shifts"]] == ["00:00", "08:00", "16:00"]


async def test_a_wall_of_a_town_shows_that_town_alone(world: World) -> None:
    town = Account(9, "hall", Role.WALL, unit_id=IDS["A"], unit_code=CODES["A"])
    body = await asked(world, town, SceneBook())
    assert body["scenes"][0]["unit"]["code"] == CODES["A"]
    assert body["scenes"][0]["unit"]["address"] == CODES["A"]
    names = {scene["key"] for scene in body["scenes"]}
    assert {f"area-{CODES[letter]}" for letter in "ab"} <= names
    assert not any(CODES[letter] in key for key in names for letter in "BC")


async def test_every_field_of_a_panel_is_told(world: World) -> None:
    (panel, *_) = (await asked(world, WALL, SceneBook()))["scenes"][0]["panels"]
    assert panel["kind"] == "figure"
    assert panel["ages"] == {"late_s": 12, "lost_s": 40}
    assert {"title", "source", "action", "days", "metric", "light", "classes", "place", "share"} <= panel.keys()


async def test_a_mistake_in_a_newer_file_is_told_and_the_scenes_stay(world: World, tmp_path: Path) -> None:
    own = tmp_path / "scenes.yaml"
    book = SceneBook(own)
    before = await asked(world, WALL, book)
    own.write_text(FILE.read_text("utf-8").replace("metric: reported", "metric: rained", 1), "utf-8")
    after = await asked(world, WALL, book)
    assert "'rained' is unknown" in after["problem"]
    assert (after["scenes"], after["version"]) == (before["scenes"], before["version"])
