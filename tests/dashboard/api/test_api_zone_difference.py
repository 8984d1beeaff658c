"""Does the interface lay two plans over each other, and refuse what cannot be laid over each other?"""

import httpx
import pytest

ROUTE = "/api/v1/zones/difference"


@pytest.mark.anyio
async def test_zones_are_matched_and_moved_units_told(client: httpx.AsyncClient):
    answer = await client.post(ROUTE, json={"first": [0, 0, 0, 1, 1, -1], "second": [1, 1, 0, 0, 0, -1]})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "zone": [0, 0, 1, 1, 1, -1],
        "moved": [False, False, True, False, False, False],
        "kept": [0.5, 0.5, 0.0, 0.5, 0.5, 1.0],
        "changed": 1,
    }


@pytest.mark.parametrize(
    "body",
    [
        {"first": [0], "second": [0, 1]},
        {"first": [], "second": []},
        {"first": [-2], "second": [0]},
        {"first": [2_000], "second": [0]},
        {"first": [0], "second": [0], "more": 1},
        {"first": [0]},
    ],
)
@pytest.mark.anyio
async def test_plans_that_do_not_fit_are_refused(client: httpx.AsyncClient, body: dict[str, list[int]]):
    answer = await client.post(ROUTE, json=body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["remedy"]
