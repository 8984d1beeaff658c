"""Does a list of a part, of no part, or of chosen units hold exactly the incidents that the figure counts?"""

import csv
import io

import httpx
import pytest

from tests.dashboard.api.conftest import World
from tests.data.reads.grid_world import CODES

pytestmark = pytest.mark.anyio
MARCH = {"from": "2025-03-02", "to": "2025-03-31"}


async def listed(client: httpx.AsyncClient, **asked: str) -> list[int]:
    """Ids of all pages."""
    found: list[int] = []
    cursor = ""
    while True:
        response = await client.get(
            "/api/v1/incidents", params=MARCH | asked | {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        )
        assert response.status_code == 200, response.text
        body = response.json()
        found += [item["id"] for item in body["items"]]
        if not body["next"]:
            return found
        cursor = body["next"]


async def exported(client: httpx.AsyncClient, **asked: str) -> list[int]:
    response = await client.get("/api/v1/export/incidents.csv", params=MARCH | asked)
    assert response.status_code == 200, response.text
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))]


@pytest.mark.parametrize("unit", ["", CODES["A"], CODES["B"], CODES["C"]])
async def test_parts_and_no_part_divide_the_list_of_a_unit(world: World, client: httpx.AsyncClient, unit: str) -> None:
    body = (await client.get("/api/v1/summary", params=MARCH | {"unit": unit})).json()
    whole = await listed(client, unit=unit)
    assert len(whole) == body["total"] > 7
    pieces: list[int] = []
    for part, n in [*((item["code"], item["n"]) for item in body["items"]), ("none", body["unassigned"])]:
        piece = await listed(client, unit=unit, part=part)
        assert len(piece) == n, part
        assert await exported(client, unit=unit, part=part) == piece
        pieces += piece
    assert sorted(pieces) == sorted(whole)


async def test_chosen_units_list_what_each_of_them_lists(client: httpx.AsyncClient) -> None:
    codes = [CODES["a"], CODES["e"], CODES["d"]]
    asked = {"units": ",".join(codes), "level": "grid"}
    together = await listed(client, **asked)
    assert sorted(together) == sorted([one for code in codes for one in await listed(client, unit=code)])
    assert await exported(client, **asked) == together
    open_only = await listed(client, status="open", **asked)
    summary = (await client.get("/api/v1/summary", params=MARCH | asked)).json()
    assert (len(together), len(open_only)) == (summary["total"], summary["figures"]["open"]["value"])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"part": CODES["d"], "unit": CODES["A"]}, 404),
        ({"part": "nowhere"}, 404),
        ({"part": CODES["A"], "units": CODES["B"]}, 400),
        ({"unit": CODES["A"], "units": CODES["B"]}, 400),
        ({"units": f"{CODES['A']},{CODES['a']}"}, 400),
        ({"units": "nowhere"}, 404),
    ],
)
async def test_what_is_no_part_and_no_choice_is_refused(
    client: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    for path in ("/api/v1/incidents", "/api/v1/export/incidents.csv"):
        response = await client.get(path, params=asked)
        assert response.status_code == status, response.text
        assert response.json()["remedy"]
