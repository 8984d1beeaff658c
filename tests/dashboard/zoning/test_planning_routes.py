"""Do the planner's routes propose, explain, replay and measure, for who may, and with the figures of a recount?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from dashboard.zoning import proposing
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase
from data.roles import WEB, url_as
from geo.zoning.stable_plan import propose_stable
from tests.data.reads.grid_world import CLASSES, CODES, IDS, LAST_DAY, ORIGIN, SIDE, ZONE, Row
from tests.support import zone_world
from tests.support.acting import OPERATOR, client_as, of_area
from tests.support.databases import cloned_database

SINCE, UNTIL = LAST_DAY - timedelta(days=55), LAST_DAY + timedelta(days=1)
PERIOD = {"since": str(SINCE), "until": str(UNTIL)}
PLANNER = Account(7, "planner", Role.PLANNER)
OTHER = Account(8, "other", Role.PLANNER)
ROOT = "/api/v1/zones"
ASKED = {"within": "44", "base": "grid", "zones": 3, **PERIOD, "rules": {"fence_level": "none"}, "seconds": 0.05}
LETTERS = "abcdefg"
THREE_ZONES = [0, 0, 1, 1, 2, 2, 2]

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def world(server_url: str, template_name: str) -> Iterator[tuple[str, list[Row]]]:
    with cloned_database(server_url, template_name) as url:
        yield url, zone_world.build(url)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def rows(world: tuple[str, list[Row]]) -> list[Row]:
    """The incidents of the period that lie in a grid."""
    return [row for row in world[1] if SINCE <= row.day < UNTIL and row.grid is not None]


class Clients:
    """Clients of one application, one for each account."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._open: list[httpx.AsyncClient] = []

    def of(self, account: Account) -> httpx.AsyncClient:
        client = client_as(self._app, account, timeout=120)
        self._open.append(client)
        return client

    async def close(self) -> None:
        for client in self._open:
            await client.aclose()


@asynccontextmanager
async def served(url: str) -> AsyncIterator[Clients]:
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=3)
    await database.open()
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    services = ApiServices(database)
    register(app, services)
    clients = Clients(app)
    yield clients
    await clients.close()
    services.zones.close()
    await database.close()


@pytest.fixture
async def clients(world: tuple[str, list[Row]], anyio_backend: str) -> AsyncIterator[Clients]:
    async with served(world[0]) as found:
        yield found


@pytest.fixture
def planner(clients: Clients) -> httpx.AsyncClient:
    return clients.of(PLANNER)


async def done(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    shares = []
    for _ in range(1_200):
        state = (await client.get(f"{ROOT}/jobs/{job}")).json()
        shares.append(state["share"])
        if state["state"] not in ("queued", "compiling", "running"):
            assert shares == sorted(shares), "progress never goes back"
            return state
        await asyncio.sleep(0.05)
    raise AssertionError(state)


async def started(client: httpx.AsyncClient, path: str, body: object = None) -> str:
    answer = await client.post(f"{ROOT}{path}", json=body if body is not None else {})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job"])


async def drawn(client: httpx.AsyncClient, zone: list[int] = THREE_ZONES, **more: object) -> int:
    parameters = {**PERIOD, "rules": {"fence_level": "none"}, **more}
    body = {"within": "44", "base": "grid", "from": {"zones": zone}, "parameters": parameters}
    answer = await client.post(f"{ROOT}/plans", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def test_a_proposal_is_looked_for_and_becomes_a_plan(planner: httpx.AsyncClient) -> None:
    job = await started(planner, "/plans/propose", ASKED)
    state = await done(planner, job)
    assert state["state"] == "done", state
    assert state["units"] == [CODES[letter] for letter in LETTERS]
    assert sorted(set(state["zone"])) == [0, 1, 2]
    assert state["figures"]["contiguous"]
    assert state["figures"]["zones"] == 3
    assert all(len(point) == 3 for point in state["curve"])
    assert (await planner.get(f"{ROOT}/jobs/{job}?after={state['plans']}")).json()["zone"] is None
    again = await done(planner, await started(planner, "/plans/propose", ASKED))
    assert again["zone"] == state["zone"], "same seed, same answer"
    made = await planner.post(f"{ROOT}/plans", json={"from": {"job": job}})
    assert made.status_code == 201, made.text
    assert made.json()["zone"] == state["zone"]
    assert made.json()["parameters"]["since"] == str(SINCE)


async def test_the_most_stable_plan_is_looked_for_told_refused_and_stored_alike(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []

    def watched(*given: Any, **more: Any) -> Any:
        searched.append(more["seconds"])
        return propose_stable(*given, **more)

    monkeypatch.setattr(proposing, "propose_stable", watched)
    asked = {**ASKED, "seconds": 0.3, "stable": True}
    job = await started(planner, "/plans/propose", asked)
    state = await done(planner, job)
    assert state["state"] == "done", state
    assert searched == [0.3]
    assert (state["figures"]["zones"], state["figures"]["contiguous"]) == (3, True)
    assert state["curve"]
    again = await done(planner, await started(planner, "/plans/propose", asked))
    assert again["zone"] == state["zone"], "same seed, same answer"
    made = (await planner.post(f"{ROOT}/plans", json={"from": {"job": job}})).json()
    assert made["zone"] == state["zone"]
    assert made["parameters"]["stable"] is True
    rules = {"together": [[CODES["a"], CODES["b"]]], "apart": [[CODES["a"], CODES["b"]]], "fence_level": "none"}
    refused = await done(planner, await started(planner, "/plans/propose", {**asked, "rules": rules}))
    assert (refused["state"], refused["refusal"]["rule"]) == ("refused", "apart")
    long = await started(planner, "/plans/propose", {**asked, "seconds": 60})
    await asyncio.sleep(0.3)
    assert (await planner.delete(f"{ROOT}/jobs/{long}")).json()["state"] == "cancelled"


async def test_a_question_without_an_answer_is_refused_with_a_remedy(planner: httpx.AsyncClient) -> None:
    rules = {"together": [[CODES["a"], CODES["b"]]], "apart": [[CODES["a"], CODES["b"]]], "fence_level": "none"}
    state = await done(planner, await started(planner, "/plans/propose", {**ASKED, "rules": rules}))
    assert state["state"] == "refused"
    assert state["refusal"]["rule"] == "apart"
    assert set(state["refusal"]["units"]) >= {CODES["a"], CODES["b"]}
    assert state["refusal"]["remedy"]


async def test_jobs_of_others_do_not_exist(clients: Clients, planner: httpx.AsyncClient) -> None:
    job = await started(planner, "/plans/propose", ASKED)
    for method in ("GET", "DELETE"):
        answer = await clients.of(OTHER).request(method, f"{ROOT}/jobs/{job}")
        assert answer.status_code == 404
    assert (await done(planner, job))["state"] == "done"


async def test_a_long_search_is_cancelled(planner: httpx.AsyncClient) -> None:
    job = await started(planner, "/plans/propose", {**ASKED, "seconds": 60})
    await asyncio.sleep(0.3)
    answer = await planner.delete(f"{ROOT}/jobs/{job}")
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"zones": None}, 400, "zones"),
        ({"zones": 3, "floor": 5.0}, 400, "rules.zones"),
        ({"base": "village"}, 400, "level"),
        ({"within": "99"}, 404, "unit"),
        ({"since": "2025-03-31", "until": "2025-03-01"}, 400, "since"),
        ({"rules": {"together": [["4401001", "nobody"]]}}, 400, "rules.unit of a rule"),
        ({"rules": {"together": [["4401001"]]}}, 400, "rules.together"),
        ({"rules": {"tolerance": 0.1, "most_members": 1, "least_members": 2}}, 400, "rules.most_members"),
        ({"weights": {"classes": -1}}, 400, "weights.classes"),
        ({"seconds": 900}, 400, "seconds"),
        ({"unknown": 1}, 400, "unknown"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    planner: httpx.AsyncClient, change: dict[str, object], status: int, field: str
) -> None:
    answer = await planner.post(f"{ROOT}/plans/propose", json={**ASKED, **change})
    assert answer.status_code == status, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["remedy"]


async def test_a_planner_of_a_town_plans_there_and_nowhere_else(clients: Clients) -> None:
    town = clients.of(Account(9, "town", Role.PLANNER, IDS["C"], unit_code="4403"))
    state = await done(town, await started(town, "/plans/propose", {**ASKED, "within": "", "zones": 2}))
    assert state["units"] == [CODES[letter] for letter in "efg"]
    for within in ("44", "4401"):
        answer = await town.post(f"{ROOT}/plans/propose", json={**ASKED, "within": within})
        assert answer.status_code == 404, "of the city it sees a part only"
    plan = await drawn(clients.of(PLANNER))
    for path in ("reasons?zone=0", "coverage", "next-moves"):
        assert (await town.get(f"{ROOT}/plans/{plan}/{path}")).status_code == 404
    for path in ("stability", "replay"):
        assert (await town.post(f"{ROOT}/plans/{plan}/{path}", json={})).status_code == 404
    assert (await town.get(f"{ROOT}/plans/{10**12}/coverage")).status_code in (400, 404)


async def test_reasons_of_a_zone_and_of_a_pair(clients: Clients, rows: list[Row]) -> None:
    operator = clients.of(OPERATOR)
    plan = await drawn(operator)
    card = (await operator.get(f"{ROOT}/plans/{plan}/reasons?zone=2")).json()
    assert card["units"] == [CODES[letter] for letter in "efg"]
    assert card["stability"] is None
    assert 0 <= card["closer_than"] <= 1
    assert {tuple(pair) for pair in card["pairs"]} == {(CODES["e"], CODES["f"]), (CODES["e"], CODES["g"])}
    assert all(trait["title_zh"] and trait["part"] for trait in (*card["shared"], *card["differing"]))
    pair = (await operator.get(f"{ROOT}/plans/{plan}/reasons?pair={CODES['a']},{CODES['e']}")).json()
    assert (pair["adjacent"], pair["together"]) == (True, False)
    far = (await operator.get(f"{ROOT}/plans/{plan}/reasons?pair={CODES['a']},{CODES['d']}")).json()
    assert (far["adjacent"], far["near_border"]["count"]) == (False, 0)
    for query in ("", "?zone=9", f"?pair={CODES['a']}", f"?pair={CODES['a']},nobody", f"?zone=0&pair={CODES['a']},b"):
        assert (await operator.get(f"{ROOT}/plans/{plan}/reasons{query}")).status_code in (400, 404)


async def test_cases_near_the_common_border_are_counted_in_metres(clients: Clients, rows: list[Row]) -> None:
    operator = clients.of(OPERATOR)
    plan = await drawn(operator)
    # a and b meet along the line two squares from the left, in the upper two rows.
    metres_a_degree = 111_320 * np.cos(np.radians(29.99))
    plain = [r for r in rows if r.grid in "ab" and not CLASSES[r.class_id - 1][4]]
    distance = np.array([abs(r.lonlat[0] - ORIGIN[0] - 2 * SIDE) * metres_a_degree for r in plain if r.lonlat])
    assert len(distance) == len(plain)
    for within_m in (150, 400):
        path = f"{ROOT}/plans/{plan}/reasons?pair={CODES['a']},{CODES['b']}&within_m={within_m}"
        near = (await operator.get(path)).json()["near_border"]
        assert near["of"] == len(plain)
        assert abs(near["count"] - int((distance <= within_m).sum())) <= 1, "positions are rounded to two metres"
        assert near["count"] == sum(group["n"] for group in near["groups"])
        assert near["border_m"] == pytest.approx(2 * 1_108, rel=0.02)
    assert 0 < near["count"] < near["of"]


async def test_who_may_not_see_a_class_gets_no_reason_from_it(clients: Clients) -> None:
    plan = await drawn(clients.of(OPERATOR))
    told = (await clients.of(PLANNER).get(f"{ROOT}/plans/{plan}/reasons?zone=0")).text
    assert "neighbour" not in told


async def test_stability_tells_of_neighbours_and_stays_known(planner: httpx.AsyncClient) -> None:
    plan = await drawn(planner)
    state = await done(planner, await started(planner, f"/plans/{plan}/stability?resamples=20"))
    assert state["state"] == "done", state
    result = state["result"]
    assert result["plans"] + result["refused"] == 20
    pairs = dict(zip(zip(result["first"], result["second"], strict=True), result["together"], strict=True))
    assert len(pairs) == len(zone_world.NEIGHBOURS)
    assert all(0 <= share <= 1 for share in pairs.values())
    card = (await planner.get(f"{ROOT}/plans/{plan}/reasons?pair={CODES['a']},{CODES['b']}")).json()
    assert card["stability"] == pairs[CODES["a"], CODES["b"]]
    zone = (await planner.get(f"{ROOT}/plans/{plan}/reasons?zone=2")).json()
    inner = [pairs[CODES["e"], CODES["f"]], pairs[CODES["e"], CODES["g"]]]
    assert zone["stability"] == pytest.approx(sum(inner) / 2, abs=1e-4)


async def test_a_replay_counts_by_zone_shift_and_week(clients: Clients, rows: list[Row]) -> None:
    operator = clients.of(OPERATOR)
    plan, other = await drawn(operator), await drawn(operator, [0, 0, 0, 0, 0, 0, 1])
    body = {"shifts": ["00:00", "12:00"], "against": other}
    state = await done(operator, await started(operator, f"/plans/{plan}/replay", body))
    assert state["state"] == "done", state
    found, days = state["result"], 56
    zone = dict(zip(LETTERS, THREE_ZONES, strict=True))
    for entry in found["zones"]:
        own = [row for row in rows if zone[row.grid or ""] == entry["no"]]
        morning = sum(row.reported_at.astimezone(ZONE).hour < 12 for row in own)
        assert entry["work"] == len(own)
        assert entry["load"] == pytest.approx([morning / days, (len(own) - morning) / days], abs=1e-4)
    weekly = np.zeros((8, 3))
    for row in rows:
        weekly[(row.day - SINCE).days // 7, zone[row.grid or ""]] += 1
    np.testing.assert_allclose(found["weeks"]["balance"], weekly.max(axis=1) / weekly.mean(axis=1), atol=1e-4)
    assert found["weeks"]["first_day"][1] == str(SINCE + timedelta(days=7))
    balance = found["comparison"][0]
    assert balance["figure"] == "balance"
    assert balance["verdict"] == "better", "three even zones against six grids and one"
    assert balance["difference"] == pytest.approx(balance["a"] - balance["b"], abs=1e-4)
    assert found["against"]["plan"] == other
    assert 0 < found["distance_m"] <= found["far_m"]
    refused = await operator.post(f"{ROOT}/plans/{plan}/replay", json={"shifts": ["25:00"]})
    assert (refused.status_code, refused.json()["field"]) == (400, "shifts")


async def test_coverage_is_the_share_within_the_radius(clients: Clients, rows: list[Row]) -> None:
    operator = clients.of(OPERATOR)
    plan = await drawn(operator)
    card = (await operator.get(f"{ROOT}/plans/{plan}/coverage?kinds=police_room")).json()
    first, second, third = card["zones"]
    assert first["area"] == first["people"] == first["cases"] == 0
    assert second["posts"] == {"police_room": 1}
    # 1.2 km around the middle of the upper row of d: a circle cut by the upper edge, half a square above its centre.
    east, north = (np.array([965.0, 1_108.0])).tolist()
    xs, ys = np.meshgrid(np.linspace(-2.5 * east, 2.5 * east, 2_001), np.linspace(-1.5 * north, 0.5 * north, 1_601))
    inside = xs**2 + ys**2 <= 1_200**2
    c = (xs < -0.5 * east) & ((ys > -0.5 * north) | (xs < 5))
    in_zone = inside & ((xs >= -0.5 * east) | c)
    step_m2 = (5 * east / 2_000) * (2 * north / 1_600)
    # c and d have ten squares together; the drawn area of each unit is told apart from its shape.
    share_d = (in_zone & (xs >= -0.5 * east)).sum() * step_m2 / (6 * east * north)
    assert second["people"] is not None
    assert share_d / 2 < second["people"] < share_d, "half of the people live in c, of which little is reached"
    plain = [row for row in rows if row.grid in "cd"]
    assert second["n"] == len([row for row in plain if row.lonlat])
    assert 0 < second["cases"] < 1
    assert third["cases"] is not None
    assert (await operator.get(f"{ROOT}/plans/{plan}/coverage?kinds=moon")).status_code == 400


async def test_next_moves_are_told_by_code(planner: httpx.AsyncClient) -> None:
    plan = await drawn(planner, [0, 0, 1, 1, 2, 2, -1])
    answer = (await planner.get(f"{ROOT}/plans/{plan}/next-moves?n=3")).json()
    assert answer["version"] == 0
    best = answer["items"][0]
    assert (best["unit"], best["home"], best["to"], best["mends"]) == (CODES["g"], -1, 2, True)
    assert len(answer["items"]) <= 3


async def test_an_area_sees_its_own_plans_alone(clients: Clients) -> None:
    plan = await drawn(clients.of(PLANNER))
    area = clients.of(of_area(IDS["A"], "4401"))
    assert (await area.get(f"{ROOT}/plans/{plan}/coverage")).status_code == 404
