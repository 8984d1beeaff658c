"""What does the interface tell of past moments, and what of what happened between two of them?"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import psycopg
import pytest

from dashboard.api.case_replay import KINDS, PHASES
from data.engine import libpq_url
from tests.dashboard.api.conftest import World, client_of
from tests.data.reads.grid_world import CODES, IDS, ZONE, Row
from tests.support.acting import LEADER, of_area, of_department

pytestmark = pytest.mark.anyio
MOMENT = "2025-03-12T10:00:00+08:00"
PERIOD = {"from": "2025-02-20", "to": "2025-03-20"}
WEEK = {"from": "2025-03-05", "to": "2025-03-12"}


def there(rows: list[Row], moment: str = MOMENT) -> list[Row]:
    """Incidents of the period that had been reported by then."""
    at = datetime.fromisoformat(moment)
    first = datetime(2025, 2, 20, tzinfo=ZONE)
    return [row for row in rows if first <= row.reported_at <= at]


@pytest.fixture
async def leader(world: World, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(world.url, LEADER):
        yield client


async def asked(client: httpx.AsyncClient, path: str, **params: str) -> dict:
    answer = await client.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_figures_of_a_past_moment_say_that_they_are(world: World, client: httpx.AsyncClient) -> None:
    then = await asked(client, "summary", as_of=MOMENT, **PERIOD)
    now = await asked(client, "summary", **PERIOD)
    assert (then["replay"], now["replay"]) == (True, False)
    assert datetime.fromisoformat(then["as_of"]) == datetime.fromisoformat(MOMENT)
    assert then["total"] == len(there(world.rows)) < now["total"]
    assert sum(item["n"] for item in then["items"]) + then["unassigned"] == then["total"]
    assert then["leaves_out_sensitive"] is False


async def test_the_sign_of_an_offset_may_have_become_a_space(client: httpx.AsyncClient) -> None:
    plain = await client.get(f"/api/v1/summary?as_of={MOMENT}&from=2025-02-20&to=2025-03-20")
    city = await asked(client, "summary", as_of=MOMENT[:-6], **PERIOD)
    assert plain.status_code == 200
    assert plain.json()["total"] == city["total"]


async def test_the_map_and_the_list_stand_at_the_same_moment(world: World, client: httpx.AsyncClient) -> None:
    values = await asked(client, "choropleth", level="town", as_of=MOMENT, **PERIOD)
    towns = [sum(row.town == town for row in there(world.rows)) for town in "ABC"]
    assert (values["values"][:3], values["replay"]) == (towns, True)
    binary = await client.get("/api/v1/choropleth.bin", params={"level": "town", "as_of": MOMENT, **PERIOD})
    assert binary.headers["x-replay"] == "true"
    listed = await asked(client, "incidents", as_of=MOMENT, limit="500", **PERIOD)
    assert listed["replay"] is True
    assert len(listed["items"]) == len(there(world.rows))
    now = {row.id: row for row in world.rows}
    for item in listed["items"]:
        handled = now[item["id"]].handled_at
        was_handled = handled is not None and handled <= datetime.fromisoformat(MOMENT)
        assert (item["handled_at"] is not None) is was_handled


async def test_an_export_is_that_of_the_moment(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/export/incidents.csv", params={"as_of": MOMENT, **PERIOD})
    assert len(answer.text.strip().splitlines()) - 1 == len(there(world.rows))


async def test_who_may_not_see_sensitive_classes_is_told_that_they_are_left_out(
    world: World, leader: httpx.AsyncClient
) -> None:
    found = await asked(leader, "summary", as_of=MOMENT, **PERIOD)
    assert found["total"] == sum(row.class_id != 4 for row in there(world.rows))
    assert (found["leaves_out_sensitive"], found["released_here"]) == (True, 0)
    refused = await leader.get("/api/v1/summary", params={"as_of": MOMENT, "class": "S-D-1-01", **PERIOD})
    assert (refused.status_code, refused.json()["field"]) == (400, "as_of")
    played = await asked(leader, "replay", **WEEK)
    assert played["leaves_out_sensitive"] is True
    assert 4 not in played["spans"]["class"]


async def test_a_past_moment_does_not_stay_on_the_connection(world: World, client: httpx.AsyncClient) -> None:
    before = await asked(client, "summary", **PERIOD)
    for _ in range(6):
        await asked(client, "summary", as_of=MOMENT, **PERIOD)
    assert (await asked(client, "summary", **PERIOD))["total"] == before["total"]


async def test_a_replay_comes_page_by_page_and_tells_places_and_durations(
    world: World, client: httpx.AsyncClient
) -> None:
    whole = await asked(client, "replay", **WEEK)
    assert (whole["replay"], whole["next"], whole["time_zone"]) == (True, None, "Asia/Shanghai")
    assert (tuple(whole["phases"]), tuple(whole["kinds"])) == (PHASES, KINDS)
    parts, cursor = [], ""
    while True:
        page = await asked(client, "replay", limit="40", cursor=cursor, **WEEK)
        parts += page["spans"]["id"]
        cursor = page["next"]
        if cursor is None:
            break
    spans = whole["spans"]
    assert parts == spans["id"]
    assert spans["at"] == sorted(spans["at"])
    length = (datetime.fromisoformat(whole["end"]) - datetime.fromisoformat(whole["start"])) / timedelta(milliseconds=1)
    closed = PHASES.index("closed")
    for at, until, phase in zip(spans["at"], spans["until"], spans["phase"], strict=True):
        assert at < length
        assert (at if phase == closed else until or length) >= 0
        assert until is None or until > at
    opened = [k for k, kind in enumerate(spans["kind"]) if KINDS[kind] == "opened" and spans["at"][k] >= 0]
    first, last = (datetime.fromisoformat(whole[end]) for end in ("start", "end"))
    assert {spans["id"][k] for k in opened} == {row.id for row in world.rows if first <= row.reported_at < last}
    places = {row.id: row.lonlat for row in world.rows if row.class_id != 4}
    for k in opened:
        if spans["id"][k] in places:
            lonlat = places[spans["id"][k]]
            assert (spans["lon"][k] is None) == (lonlat is None)
            assert lonlat is None or abs(spans["lon"][k] - lonlat[0]) < 1e-6


async def test_a_replay_is_of_the_unit_and_classes_that_are_asked_for(world: World, client: httpx.AsyncClient) -> None:
    within = await asked(client, "replay", within=CODES["A"], **{"class": "U-E-1-01"}, **WEEK)
    rows = {row.id: row for row in world.rows}
    assert within["spans"]["id"]
    assert {(rows[one].town, rows[one].class_id) for one in within["spans"]["id"]} == {("A", 1)}


async def test_an_area_plays_back_its_own_cases_alone(world: World, anyio_backend: str) -> None:
    async for client in client_of(world.url, of_area(IDS["B"], CODES["B"])):
        found = await asked(client, "replay", **WEEK)
        towns = {row.id: row.town for row in world.rows}
        assert {towns[one] for one in found["spans"]["id"]} == {"B"}
        assert (await client.get("/api/v1/replay", params={"within": CODES["A"], **WEEK})).status_code == 404


async def test_a_department_s_past_is_that_of_its_own_cases(world: World, anyio_backend: str) -> None:
    own = [row for row in there(world.rows) if row.department_id == 1]
    async for client in client_of(world.url, of_department(1)):
        found = await asked(client, "summary", as_of=MOMENT, by="status", **PERIOD)
        listed = await asked(client, "incidents", as_of=MOMENT, limit="500", **PERIOD)
        played = await asked(client, "replay", **WEEK)
    assert found["total"] == len(own) == len(listed["items"])
    departments = {row.id: row.department_id for row in world.rows}
    assert {departments[one] for one in played["spans"]["id"]} == {1}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2025-01-01", "to": "2025-06-30"}, "from"),
        ({"from": "2025-03-12T10:00:00", "to": "2025-03-12T09:00:00"}, "from"),
        ({"from": "2999-01-01", "to": "2999-01-02"}, "from"),
        ({"from": "2025-03-12T99:00:00", "to": "2025-03-12"}, "from"),
        ({"from": "2025-03-12", "to": "2025-03-11"}, "from"),
        ({"from": "2025-03-12", "to": "soon"}, "to"),
        ({"from": "1990-01-01", "to": "1990-01-02"}, "to"),
        ({"limit": "20001"}, "limit"),
        ({"cursor": "???"}, "cursor"),
    ],
)
async def test_what_cannot_be_played_back_is_refused(
    client: httpx.AsyncClient, params: dict[str, str], field: str
) -> None:
    answer = await client.get("/api/v1/replay", params=params)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


@pytest.mark.parametrize("text", ["tomorrow", "2025-03-12T10:61", "1990-01-01T00:00:00+08:00", "0001-01-01", "x' OR 1"])
@pytest.mark.parametrize("path", ["summary", "choropleth", "incidents", "figures", "export/incidents.csv"])
async def test_a_moment_of_which_nothing_is_known_is_refused(client: httpx.AsyncClient, path: str, text: str) -> None:
    answer = await client.get(f"/api/v1/{path}", params={"as_of": text, "level": "town"})
    assert (answer.status_code, answer.json()["field"]) == (400, "as_of"), answer.text
    assert answer.json()["remedy"]


async def test_a_replay_names_the_parameter_that_names_no_unit(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/replay", params={"within": "nowhere", **WEEK})
    assert (answer.status_code, answer.json()["field"]) == (404, "within")


async def test_figures_of_handling_say_that_they_are_of_the_past(client: httpx.AsyncClient) -> None:
    for path in ("figures", "league", "summary/before", "figures/handling_rate/cases"):
        found = await asked(client, path, as_of=MOMENT, **PERIOD)
        assert (path, found["replay"]) == (path, True)
        assert datetime.fromisoformat(found["as_of"]) == datetime.fromisoformat(MOMENT)
        assert (await asked(client, path, **PERIOD))["replay"] is False


async def test_a_past_moment_and_a_present_one_use_the_same_columns(world: World) -> None:
    """What is added to the table of incidents has to be added to how it stood."""
    columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
    with psycopg.connect(libpq_url(world.url)) as conn:
        for name in (
            "incident",
            "rollup",
            "rollup_pending",
            "rollup_delta",
            "released_figure",
            "rollup_pack",
            "figure_day",
        ):
            now, then = (
                {row[0] for row in conn.execute(columns, [schema, name]).fetchall()} for schema in ("public", "past")
            )
            assert now == then, name
