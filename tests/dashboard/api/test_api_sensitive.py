"""Can a leader get behind what is released of sensitive classes by drilling down, filtering, subtracting, exporting?"""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from itertools import product

import httpx
import psycopg
import pytest

from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import libpq_url
from data.release import release_all
from data.rollup import fold
from data.rollup_packs import make_packs
from tests.dashboard.api.conftest import World, client_of
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CLASSES, CODES, IDS, LEVEL, PARENT, Row
from tests.support.acting import LEADER, OPERATOR
from tests.support.databases import cloned_database
from tests.support.released_model import Group, groups_of

pytestmark = pytest.mark.anyio

MINIMUM = 5
SENSITIVE = {3, 4, 5}
CLASS_CODES = {number + 1: entry[0] for number, entry in enumerate(CLASSES)}
MONDAY = date(2025, 3, 10)
WEEKS = [(MONDAY + timedelta(days=7 * week), MONDAY + timedelta(days=7 * week + 6)) for week in range(4)]
PERIODS = [*WEEKS, (WEEKS[0][0], WEEKS[3][1]), (WEEKS[1][0] + timedelta(days=1), WEEKS[2][1] - timedelta(days=1))]
FILTERS: list[set[int] | None] = [None, {4}, {5}, {4, 5}, {1, 4}, {1, 2}, {1, 2, 3, 4, 5}]
UNITS = [letter for letter in IDS if letter != "z"]
CHOICES = list(product(UNITS, PERIODS, FILTERS))[::2]


@pytest.fixture(scope="module")
def world(server_url: str, template_name: str) -> Iterator[World]:
    with cloned_database(server_url, template_name) as url:
        rows = grid_world.build(url, seed=11, count=1_000)
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            connection.execute("UPDATE incident_class SET sensitive = true WHERE code IN ('S-P-2-01', 'U-C-2-01')")
            with connection.transaction():
                fold(connection)
            release_all(connection)
            make_packs(connection, 30, quiet_s=0.0)
        yield World(url, rows)


@pytest.fixture
async def leader(world: World, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(world.url, LEADER):
        yield client


@pytest.fixture
async def operator(world: World, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(world.url, OPERATOR):
        yield client


def _texts(unit: str, period: tuple[date, date], classes: set[int] | None, **more: str) -> dict[str, str]:
    texts = {"unit": CODES[unit], "level": LEVEL[unit], "from": str(period[0]), "to": str(period[1])} | more
    return texts if classes is None else texts | {"class": ",".join(CLASS_CODES[number] for number in sorted(classes))}


async def _get(client: httpx.AsyncClient, path: str, **query: str) -> dict:
    answer = await client.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _plain(rows: list[Row], unit: str, period: tuple[date, date], classes: set[int] | None) -> int:
    wanted = (set(CLASS_CODES) if classes is None else classes) - SENSITIVE
    return sum(row.class_id in wanted and row.lies_in(unit) and period[0] <= row.day <= period[1] for row in rows)


def _released(groups: list[Group], unit: str, period: tuple[date, date], classes: set[int] | None) -> int:
    chosen = [
        group
        for group in groups
        if unit in group.units
        and period[0] <= group.sunday <= period[1]
        and (classes is None or group.class_id in classes)
    ]
    return sum(len(group.rows) for group in chosen)


async def test_every_figure_is_the_plain_one_and_whole_groups(world: World, leader: httpx.AsyncClient) -> None:
    groups = groups_of(world.rows, SENSITIVE, MINIMUM)
    seen: set[bool] = set()
    for unit, period, classes in CHOICES:
        body = await _get(leader, "summary", **_texts(unit, period, classes))
        plain, released = (
            _plain(world.rows, unit, period, classes),
            _released(groups, unit, period, classes),
        )
        assert body["total"] == plain + released, (unit, period, classes)
        assert body["minimum_count"] == (MINIMUM if classes is None or classes & SENSITIVE else None)
        seen.add(released > 0)
    assert seen == {True, False}


@pytest.mark.parametrize("by", ["child", "class", "day", "status", "department"])
async def test_parts_add_up_and_no_part_or_rest_is_a_small_number(
    world: World, leader: httpx.AsyncClient, operator: httpx.AsyncClient, by: str
) -> None:
    undivided = 0
    for unit, period, classes in CHOICES:
        texts = _texts(unit, period, classes, by=by)
        body, exact = await _get(leader, "summary", **texts), await _get(operator, "summary", **texts)
        parts = sum(item["n"] for item in body["items"])
        assert body["total"] == parts + body["unassigned"] + body["released_here"]
        assert body["released_here"] == 0 or body["released_here"] >= MINIMUM
        assert exact["released_here"] == 0
        assert exact["minimum_count"] is None
        assert not any(item["suppressed"] for item in exact["items"])
        undivided += body["released_here"]
        if by == "class":
            codes = {item["code"]: item for item in body["items"]}
            for number in SENSITIVE & {n for n, code in CLASS_CODES.items() if code in codes}:
                assert codes[CLASS_CODES[number]]["n"] >= MINIMUM
                assert codes[CLASS_CODES[number]]["suppressed"]
    assert (undivided > 0) == (by != "day")


async def test_subtracting_everything_from_everything_gives_whole_groups(
    world: World, leader: httpx.AsyncClient
) -> None:
    """Every figure of sensitive classes, and every difference of two of which one holds the other, is 0 or enough."""
    figures: dict[tuple, int] = {}
    for unit, period, classes in CHOICES:
        total = (await _get(leader, "summary", **_texts(unit, period, classes)))["total"]
        key = (unit, period, frozenset(classes or {0, *CLASS_CODES}))
        figures[key] = total - _plain(world.rows, unit, period, classes)
    compared = 0
    for (unit, period, classes), outer in figures.items():
        assert outer == 0 or outer >= MINIMUM
        for (below, inner_period, fewer), inner in figures.items():
            is_inside = below == unit or PARENT[below] == unit or (PARENT[below] and PARENT[PARENT[below]] == unit)
            is_within = period[0] <= inner_period[0] and inner_period[1] <= period[1]
            if is_inside and is_within and fewer <= classes:
                assert outer - inner == 0 or outer - inner >= MINIMUM
                compared += 1
        siblings = [figures[child, period, classes] for child in UNITS if PARENT[child] == unit]
        assert outer - sum(siblings) == 0 or outer - sum(siblings) >= MINIMUM
    assert compared > 1_000


@pytest.mark.parametrize("level", ["city", "town", "grid"])
async def test_choropleths_and_selections_tell_the_same(world: World, leader: httpx.AsyncClient, level: str) -> None:
    groups = groups_of(world.rows, SENSITIVE, MINIMUM)
    units = [unit for unit in UNITS if LEVEL[unit] == level]
    for period, classes in product(PERIODS, FILTERS):
        body = await _get(leader, "choropleth", **(_texts("X", period, classes) | {"level": level}))
        texts = _texts("X", period, classes, units=",".join(CODES[unit] for unit in units))
        del texts["unit"]
        chosen = await _get(leader, "summary", **(texts | {"level": level}))
        of_code = {item["code"]: item["n"] for item in chosen["items"]}
        suppressed = {item["code"]: item["suppressed"] for item in chosen["items"]}
        for unit in units:
            value = body["values"][IDS[unit] - body["first_id"]]
            released = _released(groups, unit, period, classes)
            # The map has a unit's own cells; the whole city's figures have also what lies in no unit.
            plain = _plain(world.rows, unit, period, classes) if unit != "X" else None
            is_withheld = classes is not None and classes <= SENSITIVE and released == 0
            assert (IDS[unit] in body["suppressed"]) == is_withheld
            assert unit == "X" or suppressed[CODES[unit]] == is_withheld
            assert value is None if is_withheld else plain is None or value == plain + released
            assert unit == "X" or of_code[CODES[unit]] == plain + released


async def test_none_and_few_look_the_same(world: World, leader: httpx.AsyncClient) -> None:
    """A grid without any sensitive incident in a week, and one with a few that are not shown there."""
    groups = groups_of(world.rows, SENSITIVE, MINIMUM)
    looks: dict[bool, set[str]] = {True: set(), False: set()}
    for unit, period in product([u for u in UNITS if LEVEL[u] == "grid"], WEEKS):
        if _released(groups, unit, period, {4}) == 0:
            few = any(
                row.class_id == 4 and row.lies_in(unit) and period[0] <= row.day <= period[1] for row in world.rows
            )
            body = await _get(leader, "summary", **_texts(unit, period, {4}, by="class"))
            looks[few].add(str([body[name] for name in ("total", "items", "figures", "unassigned", "released_here")]))
    assert looks[True]
    assert looks[True] == looks[False] or not looks[False]
    assert len(looks[True] | looks[False]) == 1


async def test_single_incidents_do_not_exist_for_a_leader(
    world: World, leader: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    period = {"from": "2025-01-01", "to": "2025-12-31"}
    hidden = {row.id for row in world.rows if row.class_id in SENSITIVE}
    asked = {"ids": ",".join(map(str, sorted(hidden)[:900])), "q": f"X-{min(hidden)}", "class": "S-D-1-01"}
    for name, text in asked.items():
        assert (await _get(leader, "incidents", **period, **{name: text}))["items"] == []
        assert (await _get(operator, "incidents", **period, **{name: text}))["items"] != []
    assert (await leader.get(f"/api/v1/incidents/{min(hidden)}")).status_code == 404
    for kind in ("csv", "geojson"):
        answer = await leader.get(f"/api/v1/export/incidents.{kind}", params=period)
        assert not any(f"X-{number}," in answer.text or f'"X-{number}"' in answer.text for number in hidden)
        assert "X-" in answer.text
    listed: list[int] = []
    cursor = ""
    while cursor is not None:
        page = await _get(leader, "incidents", limit="500", cursor=cursor, **period)
        listed += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert set(listed) == {row.id for row in world.rows} - hidden


async def test_case_workers_see_sensitive_incidents_at_their_grid(world: World, operator: httpx.AsyncClient) -> None:
    period = {"from": "2025-01-01", "to": "2025-12-31"}
    answer = await operator.get("/api/v1/export/incidents.csv", params=period | {"class": "S-D-1-01"})
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows
    with psycopg.connect(libpq_url(world.url)) as owner:
        labels = {
            (round(x, 9), round(y, 9))
            for x, y in owner.execute("SELECT ST_X(label_point), ST_Y(label_point) FROM unit WHERE level_key = 'grid'")
        }
    shown = {(round(float(row["lon"]), 9), round(float(row["lat"]), 9)) for row in rows if row["lon"]}
    assert shown
    assert shown <= labels
    assert {row["address"] for row in rows} == {""}


async def test_exports_of_figures_are_those_of_the_screen(leader: httpx.AsyncClient) -> None:
    query = {"level": "grid", "from": str(WEEKS[0][0]), "to": str(WEEKS[0][1]), "class": "S-D-1-01"}
    body = await _get(leader, "choropleth", **query)
    answer = await leader.get("/api/v1/export/units.csv", params=query)
    exported = {row["id"]: row["reported"] for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))}
    for place, value in enumerate(body["values"]):
        text = exported.get(str(body["first_id"] + place))
        assert text is None or (text == "" if value is None else float(text) == value)
    assert body["suppressed"]


@pytest.mark.parametrize("by", ["child", "day", "status"])
async def test_a_zero_that_may_be_a_few_says_so(
    leader: httpx.AsyncClient, operator: httpx.AsyncClient, by: str
) -> None:
    query = _texts("X", WEEKS[0], {4}, by=by)
    told = await _get(leader, "summary", **query)
    assert all(item["suppressed"] for item in told["items"] if item["n"] == 0)
    assert not any(item["suppressed"] for item in told["items"] if item["n"])
    exact = await _get(operator, "summary", **query)
    assert not any(item["suppressed"] for item in exact["items"])
    mixed = await _get(leader, "summary", **_texts("X", WEEKS[0], None, by=by))
    assert not any(item["suppressed"] for item in mixed["items"])


async def test_files_tell_zero_no_data_and_withheld_apart(
    leader: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    week = {"from": str(WEEKS[0][0]), "to": str(WEEKS[0][1]), "class": "S-D-1-01"}
    query = {"level": "grid", "metric": "on_time_share"} | week
    states: dict[str, set[str]] = {}
    for name, reader in (("leader", leader), ("operator", operator)):
        answer = await reader.get("/api/v1/export/units.csv", params=query)
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        states[name] = {row["state"] for row in rows}
        assert all((row["on_time_share"] == "") == (row["state"] != "figure") for row in rows)
    assert states["operator"] == {"figure", "no_data"}
    assert "suppressed" in states["leader"]
    units = ",".join(CODES[unit] for unit in UNITS if LEVEL[unit] == "grid")
    answer = await leader.get("/api/v1/export/selection.csv", params=week | {"units": units, "level": "grid"})
    chosen = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["suppressed"] for row in chosen} >= {"True"}
    assert all((row["n"] == row["open"] == "") == (row["suppressed"] == "True") for row in chosen)


async def test_an_area_and_a_narrowed_token_are_protected_too(world: World) -> None:
    groups = groups_of(world.rows, SENSITIVE, MINIMUM)
    of_area = Account(5, "area", Role.LEADER, IDS["C"], unit_code=CODES["C"])
    narrowed = Account(6, "token", Role.OPERATOR, limited_to=frozenset(LEADER.permissions))
    for account, units in ((of_area, ["C", "e", "f", "g"]), (narrowed, UNITS)):
        async for client in client_of(world.url, account):
            for unit, period, classes in product(units, PERIODS, FILTERS):
                body = await _get(client, "summary", **_texts(unit, period, classes))
                expected = _plain(world.rows, unit, period, classes) + _released(groups, unit, period, classes)
                assert body["total"] == expected, (account.name, unit, period, classes)
    async for client in client_of(world.url, of_area):
        for period, classes, by in product(PERIODS, FILTERS, ("child", "class", "day", "status")):
            above = await _get(client, "summary", **_texts("X", period, classes, by=by))
            assert (
                above["total"]
                == sum(item["n"] for item in above["items"]) + above["unassigned"] + above["released_here"]
            )
            assert above["released_here"] == 0 or above["released_here"] >= MINIMUM


async def test_the_period_before_counts_what_has_a_past(leader: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
    texts = _texts("X", WEEKS[3], {4})
    assert not (await _get(leader, "summary/before", **texts))["known"]
    assert (await _get(operator, "summary/before", **texts))["known"]


@pytest.mark.parametrize("path", ["figures", "figures/days", "league"])
async def test_figures_of_handling_say_that_they_leave_sensitive_classes_out(
    leader: httpx.AsyncClient, operator: httpx.AsyncClient, path: str
) -> None:
    period = {"from": str(WEEKS[0][0]), "to": str(WEEKS[3][1])}
    plain = {"class": ",".join(CLASS_CODES[number] for number in (1, 2))}
    assert (await _get(leader, path, **period))["leaves_out_sensitive"] is True
    assert (await _get(leader, path, **period, **plain))["leaves_out_sensitive"] is False
    assert (await _get(operator, path, **period))["leaves_out_sensitive"] is False
