"""Are zones measured like any other unit, and do zones and what is in none make the unit above?"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import psycopg
import pytest

from data.accounts.account import Account, acting_as
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.reads.before import BeforeCache
from data.reads.choropleth import read_choropleth
from data.reads.choropleth_cache import ChoroplethCache
from data.reads.errors import SelectionInvalid, UnitUnknown
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import stream_incidents
from data.reads.question import Question, read_question
from data.reads.selection import read_chosen, read_selection
from data.reads.summary import Summary, read_summary
from data.reads.units import (
    read_breadcrumb,
    read_children,
    read_root,
    read_siblings,
    read_unit,
    read_units,
    read_zones,
    search_units,
)
from data.reads.zones import read_level, read_zone_sheet
from data.release import release_all
from data.roles import WEB, url_as
from data.rollup import fold
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, IDS, Row, measures
from tests.support.acting import LEADER, OPERATOR, of_area, of_department
from tests.support.adopted_zones import adopt
from tests.support.databases import cloned_database
from tests.support.released_model import groups_of

pytestmark = pytest.mark.anyio

FIRST, LAST = date(2025, 3, 2), date(2025, 3, 31)
OLD_LAST = date(2025, 2, 20)
SINCE = date(2025, 3, 1)
NORTH, SOUTH = "440000601", "440000602"
MEMBERS = {NORTH: "ab", SOUTH: "ceg"}
OLD_MEMBERS = {NORTH: "abc", "440000603": "efg"}
CLASS_FILTERS = [None, "flood", "U-E-1-01"]
SENSITIVE, MINIMUM = 4, 2
CLASS_IDS = {None: {1, 2, 3, 4, 5}, "flood": {3, 5}, "U-E-1-01": {1}}


@dataclass(frozen=True)
class Zoned:
    """The drawn city with two plans: one of old, one in force from SINCE; d and f are in no zone."""

    url: str
    rows: list[Row]
    old: int
    new: int


def _zones(members: dict[str, str]) -> dict[tuple[str, str], list[int]]:
    return {(code, f"{letters}联防片区"): [IDS[letter] for letter in letters] for code, letters in members.items()}


@pytest.fixture(scope="module")
def zoned(server_url: str, template_name: str) -> Iterator[Zoned]:
    with cloned_database(server_url, template_name) as url:
        rows = grid_world.build(url)
        with psycopg.connect(libpq_url(url)) as connection:
            old = adopt(connection, "老方案", IDS["X"], "grid", _zones(OLD_MEMBERS), date(2025, 1, 1), SINCE)
            new = adopt(connection, "新方案", IDS["X"], "grid", _zones(MEMBERS), SINCE)
            connection.execute("UPDATE setting SET value = %s WHERE key = 'minimum_count'", [str(MINIMUM)])
            fold(connection)
            release_all(connection)
        yield Zoned(url, rows, old, new)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def account() -> Account:
    return OPERATOR


@pytest.fixture
async def conn(zoned: Zoned, account: Account, anyio_backend: str) -> AsyncIterator[AsyncRows]:
    database = AsyncDatabase(url_as(zoned.url, WEB), min_size=1, max_size=1)
    await database.open()
    with acting_as(account):
        async with database.reading() as connection:
            yield connection
    await database.close()


def rows_of(
    zoned: Zoned, letters: str, classes: str | None = None, first: date = FIRST, last: date = LAST
) -> list[Row]:
    wanted = CLASS_IDS[classes]
    return [
        row
        for row in zoned.rows
        if row.grid and row.grid in letters and first <= row.day <= last and row.class_id in wanted
    ]


async def ask(
    conn: AsyncRows, code: str, classes: str | None = None, first: date = FIRST, last: date = LAST
) -> Question:
    return await read_question(conn, unit=code, start=first.isoformat(), end=last.isoformat(), classes=classes)


async def summary_of(conn: AsyncRows, code: str, by: str, classes: str | None = None) -> Summary:
    return await read_summary(conn, await ask(conn, code, classes), by)


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("code", MEMBERS)
async def test_a_zone_is_the_sum_of_its_units(zoned: Zoned, conn: AsyncRows, code: str, classes: str | None) -> None:
    rows = rows_of(zoned, MEMBERS[code], classes)
    assert rows
    summary = await summary_of(conn, code, "child", classes)
    assert summary.measures == measures(rows)
    expected = {CODES[letter]: measures(row for row in rows if row.grid == letter) for letter in MEMBERS[code]}
    assert {item.code: item.measures for item in summary.items} == expected
    assert summary.unassigned == summary.released_here == 0


@pytest.mark.parametrize("by", ["class", "day", "status", "department", "zone"])
@pytest.mark.parametrize("classes", CLASS_FILTERS)
async def test_every_breakdown_of_a_zone_adds_up(zoned: Zoned, conn: AsyncRows, by: str, classes: str | None) -> None:
    summary = await summary_of(conn, NORTH, by, classes)
    assert summary.total == len(rows_of(zoned, MEMBERS[NORTH], classes)) > 0
    assert sum(item.measures.n for item in summary.items) + summary.unassigned == summary.total


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("letter", "XABC")
async def test_zones_and_what_is_in_none_make_the_unit_above(
    zoned: Zoned, conn: AsyncRows, letter: str, classes: str | None
) -> None:
    summary = await summary_of(conn, CODES[letter], "zone", classes)
    here = [row for row in rows_of(zoned, "abcdefg", classes) if row.lies_in(letter)]
    everything = [
        row
        for row in zoned.rows
        if row.lies_in(letter) and FIRST <= row.day <= LAST and row.class_id in CLASS_IDS[classes]
    ]
    got = {item.code: item.measures for item in summary.items if item.measures.n}
    expected = {
        code: measures(row for row in here if row.grid in letters)
        for code, letters in MEMBERS.items()
        if any(row.grid in letters for row in here)
    }
    # Grid b belongs to A and reaches into B: what lies there counts in the zone, but the zone is none of B's.
    own = {code: got[code] for code in expected if any(grid_world.PARENT[u] == letter for u in MEMBERS[code])}
    if letter == "X":
        own = expected
    assert got == {code: expected[code] for code in own}
    assert sum(item.measures.n for item in summary.items) + summary.unassigned == summary.total == len(everything)
    assert (summary.unassigned > 0) == (letter != "A")


async def test_a_past_period_has_the_plan_of_its_time(zoned: Zoned, conn: AsyncRows) -> None:
    first = date(2025, 1, 25)
    question = await ask(conn, CODES["X"], None, first, OLD_LAST)
    summary = await read_summary(conn, question, "zone")
    expected = {code: len(rows_of(zoned, u, None, first, OLD_LAST)) for code, u in OLD_MEMBERS.items()}
    assert {item.code: item.measures.n for item in summary.items} == expected
    then = (await ask(conn, NORTH, None, first, OLD_LAST)).unit
    now = (await ask(conn, NORTH)).unit
    assert then.zone is not None
    assert now.zone is not None
    assert (then.zone.plan.id, then.zone.in_force) == (zoned.old, True)
    assert (now.zone.plan.id, now.zone.in_force) == (zoned.new, True)
    assert then.zone.members == tuple(IDS[letter] for letter in "abc")


async def test_a_zone_that_was_not_in_force_says_so(zoned: Zoned, conn: AsyncRows) -> None:
    unit = (await ask(conn, SOUTH, None, date(2025, 1, 25), OLD_LAST)).unit
    assert unit.zone is not None
    assert (unit.zone.plan.id, unit.zone.in_force) == (zoned.new, False)
    with pytest.raises(UnitUnknown):
        await read_unit(conn, "440000699", "zone")


async def test_a_zone_has_its_place_in_the_tree(conn: AsyncRows) -> None:
    zone = await read_unit(conn, NORTH)
    assert (zone.level, zone.parent, zone.children) == ("zone", CODES["A"], 2)
    assert [unit.code for unit in await read_breadcrumb(conn, zone)] == [CODES["X"], CODES["A"], NORTH]
    assert (await read_unit(conn, SOUTH)).parent == CODES["X"]
    assert [unit.code for unit in await read_children(conn, zone)] == [CODES["a"], CODES["b"]]
    assert [unit.code for unit in await read_siblings(conn, zone)] == [NORTH]
    assert [unit.code for unit in await read_units(conn, [zone.id])] == [NORTH]
    assert {unit.code for unit in await read_zones(conn, await read_root(conn), LAST)} == set(MEMBERS)
    assert {unit.code for unit in await read_zones(conn, await read_unit(conn, CODES["B"]), LAST)} == {SOUTH}


@pytest.mark.parametrize("text", [NORTH, "44000060", "ab联防", "联防片区", "ablianfang", "ablf", "lianfangpianqu"])
async def test_zones_are_found_by_name_pinyin_and_code(conn: AsyncRows, text: str) -> None:
    found = [unit.code for unit in await search_units(conn, text, on=LAST)]
    assert NORTH in found
    assert [unit.code for unit in await search_units(conn, "红草", on=LAST)] == [CODES["B"]]


async def test_lists_and_the_period_before_follow(zoned: Zoned, conn: AsyncRows) -> None:
    question = await ask(conn, SOUTH, None, date(2025, 3, 17), LAST)
    rows = rows_of(zoned, MEMBERS[SOUTH], None, date(2025, 3, 17))
    listed = [row.id async for page in stream_incidents(conn, question, IncidentFilter()) for row in page]
    assert sorted(listed) == sorted(row.id for row in rows)
    before = await BeforeCache().read(conn, question)
    earlier = rows_of(zoned, MEMBERS[SOUTH], None, date(2025, 3, 2), date(2025, 3, 16))
    figures = {figure.key: figure for figure in before.figures}
    assert figures["reported"].value == len(rows)
    assert figures["reported"].previous == len(earlier) > 0


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("metric", ["reported", "open", "on_time_share", "per_km2", "per_1000"])
async def test_values_of_the_level_are_those_of_its_zones(
    zoned: Zoned, conn: AsyncRows, metric: str, classes: str | None
) -> None:
    question = await ask(conn, "", classes)
    level = await read_level(conn, "zone", LAST)
    found = await ChoroplethCache().read(conn, question, level, metric)
    assert level.count == len(found.values) == level.current == 2
    for code, letters in MEMBERS.items():
        zone = await read_unit(conn, code)
        figures = measures(rows_of(zoned, letters, classes))
        people = 500 * sum(letter != grid_world.NO_POPULATION for letter in letters)
        expected = {
            "reported": figures.n,
            "open": figures.n_open,
            "on_time_share": figures.on_time_share,
            "per_km2": figures.n / (2.0 * len(letters)),
            "per_1000": figures.n / (people / 1000),
        }[metric]
        assert found.values[zone.id - level.first_id] == pytest.approx(expected, rel=1e-4)


async def test_values_of_units_in_a_zone(zoned: Zoned, conn: AsyncRows) -> None:
    question = await ask(conn, SOUTH)
    level = await read_level(conn, "grid")
    found = await read_choropleth(conn, question, level, "reported")
    shown = {k for k in range(level.count) if not found.filtered_out[k] and not np.isnan(found.values[k])}
    assert {level.first_id + k for k in shown} == {IDS[letter] for letter in MEMBERS[SOUTH]}
    zones = await read_level(conn, "zone", LAST)
    of_zones = await ChoroplethCache().read(conn, question, zones, "reported")
    assert of_zones.filtered_out.tolist() == [zones.first_id + k != question.unit.id for k in range(zones.count)]


@pytest.mark.parametrize("classes", CLASS_FILTERS)
async def test_chosen_zones_add_up(zoned: Zoned, conn: AsyncRows, classes: str | None) -> None:
    question = await ask(conn, "", classes)
    chosen = await read_chosen(conn, [SOUTH, NORTH], "zone", LAST)
    found = await read_selection(conn, question, chosen)
    expected = [measures(rows_of(zoned, MEMBERS[unit.code], classes)) for unit in chosen.units]
    assert list(found.items) == expected
    assert found.measures.n == sum(item.n for item in expected)


async def test_zones_of_two_times_are_not_added_up(zoned: Zoned, conn: AsyncRows) -> None:
    zones = {unit.code: unit for unit in (await read_chosen(conn, ["440000603", SOUTH], "zone", LAST)).units}
    assert zones["440000603"].zone is not None
    assert not zones["440000603"].zone.in_force
    question = await ask(conn, "")
    chosen = await read_chosen(conn, list(zones), "zone", LAST)
    with pytest.raises(SelectionInvalid):
        await read_selection(conn, question, chosen)


async def test_a_later_plan_of_a_part_takes_its_place_there(zoned: Zoned) -> None:
    """A plan of town A from a later day: the zone of the city's plan that reaches into A counts no longer."""
    url = zoned.url
    with psycopg.connect(libpq_url(url)) as connection:
        later = {("440100601", "甲片区"): [IDS["a"]], ("440100602", "乙片区"): [IDS["b"]]}
        plan = adopt(connection, "城区方案", IDS["A"], "grid", later, date(2025, 6, 1))
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=1)
    await database.open()
    try:
        with acting_as(OPERATOR):
            async with database.reading() as conn:
                after = await read_zone_sheet(conn, date(2025, 6, 2))
                before = await read_zone_sheet(conn, date(2025, 5, 31))
    finally:
        await database.close()
    assert {zone.code for zone in after.zones} == {SOUTH, "440100601", "440100602"}
    assert [held.id for held in after.level.plans] == [zoned.new, plan]
    assert {zone.code for zone in before.zones} == set(MEMBERS)


@pytest.mark.parametrize("account", [of_area(IDS["A"])])
async def test_a_reader_of_one_town_sees_the_own_part_of_a_zone(zoned: Zoned, conn: AsyncRows) -> None:
    zones = {unit.code: unit for unit in await read_zones(conn, await read_root(conn), LAST)}
    assert set(zones) == {NORTH}
    assert zones[NORTH].zone is not None
    assert not zones[NORTH].zone.is_partial
    summary = await summary_of(conn, NORTH, "child")
    assert not summary.not_permitted
    assert summary.measures == measures(rows_of(zoned, "ab"))
    with pytest.raises(UnitUnknown):
        await read_unit(conn, SOUTH)


@pytest.mark.parametrize("account", [of_area(IDS["C"])])
@pytest.mark.parametrize("classes", CLASS_FILTERS)
async def test_a_zone_across_the_border_of_an_area_counts_the_part_inside(
    zoned: Zoned, conn: AsyncRows, classes: str | None
) -> None:
    summary = await summary_of(conn, SOUTH, "child", classes)
    assert summary.not_permitted
    assert {item.code for item in summary.items} == {CODES["e"], CODES["g"]}
    assert summary.measures == measures(rows_of(zoned, "eg", classes))
    level = await read_level(conn, "zone", LAST)
    values = await ChoroplethCache().read(conn, await ask(conn, "", classes), level, "reported")
    assert np.isnan(values.values).all()
    assert values.not_permitted.all()
    above = await summary_of(conn, CODES["X"], "zone", classes)
    assert {item.code: item.measures for item in above.items} == {SOUTH: summary.measures}
    assert sum(item.measures.n for item in above.items) + above.unassigned == above.total


@pytest.mark.parametrize("account", [LEADER])
@pytest.mark.parametrize("classes", [None, "S-D-1-01", "safety"])
async def test_of_sensitive_classes_a_zone_has_what_is_released_for_its_units(
    zoned: Zoned, conn: AsyncRows, classes: str | None
) -> None:
    wanted = {None: {1, 2, 3, 4, 5}, "S-D-1-01": {4}, "safety": {4, 5}}[classes]
    groups = [
        g for g in groups_of(zoned.rows, {SENSITIVE}, MINIMUM) if FIRST <= g.sunday <= LAST and g.class_id in wanted
    ]

    def shown(letters: str) -> int:
        plain = [r for r in zoned.rows if r.grid and r.grid in letters and FIRST <= r.day <= LAST]
        counted = sum(len(group.rows) for group in groups for letter in letters if letter in group.units)
        return sum(row.class_id in wanted - {SENSITIVE} for row in plain) + counted

    assert any(letter in group.units for group in groups for letter in "abceg")
    for code, letters in MEMBERS.items():
        for by in ("child", "class", "day"):
            summary = await summary_of(conn, code, by, classes)
            assert summary.total == shown(letters)
            assert summary.question.minimum_count == MINIMUM
    above = await summary_of(conn, CODES["X"], "zone", classes)
    assert {item.code: item.measures.n for item in above.items} == {code: shown(u) for code, u in MEMBERS.items()}
    assert above.released_here == sum(len(g.rows) for g in groups) - sum(
        len(g.rows) for g in groups for letter in "abcdefg" if letter in g.units
    )
    assert above.total == sum(item.measures.n for item in above.items) + above.unassigned + above.released_here
    chosen = await read_chosen(conn, list(MEMBERS), "zone", LAST)
    found = await read_selection(conn, await ask(conn, "", classes), chosen)
    assert [item.n for item in found.items] == [shown(MEMBERS[unit.code]) for unit in chosen.units]
    level = await read_level(conn, "zone", LAST)
    values = await ChoroplethCache().read(conn, await ask(conn, "", classes), level, "reported")
    if classes == "S-D-1-01":
        few = [unit.id for unit in chosen.units if not shown(MEMBERS[unit.code])]
        assert list(values.suppressed) == few
    else:
        assert values.values.tolist() == [shown(MEMBERS[unit.code]) for unit in chosen.units]


@pytest.mark.parametrize("account", [of_department(1), of_department(1, IDS["C"])])
async def test_a_handler_sees_the_departments_part(zoned: Zoned, conn: AsyncRows, account: Account) -> None:
    summary = await summary_of(conn, SOUTH, "class")
    letters = "eg" if account.unit_id else "ceg"
    assert summary.not_permitted
    assert summary.total == sum(row.department_id == 1 for row in rows_of(zoned, letters)) > 0
