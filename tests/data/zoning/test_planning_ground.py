"""Is the planning problem of a city what its drawing and its incidents say, and no more than the asker may see?"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import psycopg
import pytest

from data.accounts.account import Account, acting_as
from data.engine import AsyncDatabase, libpq_url
from data.reads.errors import LevelUnknown
from data.roles import WEB, url_as
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.planning_ground import GroundQuestion, PlanningGround, read_ground
from data.zoning.profile_columns import ProfileWeights
from data.zoning.workload import Workload
from geo.zoning.profile import (
    LEAST_RELIABILITY,
    rate_reliability,
    share_reliability,
    smoothed_rates,
    smoothed_shares,
)
from tests.data.reads.grid_world import CLASSES, CODES, IDS, LAST_DAY, ZONE, Row
from tests.support import zone_world
from tests.support.acting import LEADER, OPERATOR, of_area, of_department
from tests.support.adopted_zones import adopt
from tests.support.databases import cloned_database

LETTERS = "abcdefg"
LAST = LAST_DAY - timedelta(days=7)
SINCE, UNTIL = LAST - timedelta(days=41), LAST + timedelta(days=1)
QUESTION = GroundQuestion(IDS["X"], "grid", SINCE, UNTIL)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def world(server_url: str, template_name: str) -> Iterator[tuple[str, list[Row]]]:
    with cloned_database(server_url, template_name) as url:
        yield url, zone_world.build(url)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def url(world: tuple[str, list[Row]]) -> str:
    return world[0]


@pytest.fixture
def rows(world: tuple[str, list[Row]]) -> list[Row]:
    """The incidents of the period."""
    return [row for row in world[1] if SINCE <= row.day < UNTIL]


@asynccontextmanager
async def reading(url: str, account: Account) -> AsyncIterator[object]:
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=1)
    await database.open()
    with acting_as(account):
        async with database.reading() as conn:
            yield conn
    await database.close()


async def ground_of(url: str, question: GroundQuestion = QUESTION, account: Account = OPERATOR) -> PlanningGround:
    async with reading(url, account) as conn:
        return await read_ground(conn, question)


def pairs_of(ground: PlanningGround) -> set[str]:
    letter = {CODES[one]: one for one in LETTERS}
    first, second, _ = ground.units.graph.pairs()
    return {letter[ground.codes[a]] + letter[ground.codes[b]] for a, b in zip(first, second, strict=True)}


async def test_units_and_borders_are_those_of_the_drawing(url: str) -> None:
    ground = await ground_of(url)
    assert ground.codes == ground.units.ids == tuple(CODES[letter] for letter in LETTERS), "an ended unit is no unit"
    assert ground.unit_ids.tolist() == [IDS[letter] for letter in LETTERS]
    assert ground.parents.tolist() == [IDS[town] for town in "AABBCCC"]
    assert ground.ancestors[0].tolist() == [IDS["X"], IDS["A"]]
    assert pairs_of(ground) == set(zone_world.NEIGHBOURS)
    side_m = 1_060
    _, _, length = ground.units.graph.pairs()
    by_pair = dict(zip(sorted(zone_world.NEIGHBOURS), length, strict=True))
    for pair, sides in zone_world.NEIGHBOURS.items():
        # A side of a square is 965 m from west to east and 1,108 m from north to south at 30° N.
        assert sides * 0.9 * side_m < by_pair[pair] < sides * 1.1 * side_m
    assert ground.terrain.perimeter_m[0] == pytest.approx(4 * 965 + 4 * 1_108, rel=0.01)


async def test_no_zone_may_leave_the_town_unless_asked(url: str) -> None:
    ground = await ground_of(url)
    inside = {pair for pair in zone_world.NEIGHBOURS if pair in ("ab", "cd", "ef", "eg")}
    graph = ground.units.inside_fence()
    assert len(graph.pairs()[0]) == len(ground.terrain.graph.pairs()[0]) == len(inside)
    free = await ground_of(url, replace(QUESTION, fence="none"))
    assert free.units.fence is None
    assert len(free.terrain.graph.pairs()[0]) == len(zone_world.NEIGHBOURS)
    towns = await ground_of(url, replace(QUESTION, base="town"))
    assert towns.units.fence is None, "units as large as the fence would stay alone"


async def test_work_is_what_was_reported_in_the_period(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url)
    expected = [len(zone_world.seen_in(rows, letter)) for letter in LETTERS]
    assert ground.units.workload.tolist() == expected
    assert min(expected) > 0
    assert ground.cases.days == 42
    assert ground.cases.weeks == 6
    one_day = await ground_of(url, replace(QUESTION, since=LAST))
    on_it = [row for row in rows if row.day == LAST]
    counts = [len(zone_world.seen_in(on_it, letter)) for letter in LETTERS]
    assert one_day.units.workload.tolist() == counts
    assert one_day.without_cases == tuple(CODES[a] for a, n in zip(LETTERS, counts, strict=True) if not n) != ()


async def test_profile_is_shares_rates_hours_and_load(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url)
    mine = [zone_world.seen_in(rows, letter) for letter in LETTERS]
    groups = list(dict.fromkeys(group for _, _, _, group, _ in CLASSES))
    keys = [column.key for column in ground.columns]
    assert keys[: len(groups)] == [f"classes:{group}" for group in groups]

    def counted(of) -> np.ndarray:
        return np.array([[sum(of(row) == value for row in own) for value in values] for own in mine], np.float64)

    values = groups
    shares = smoothed_shares(counted(lambda row: CLASSES[row.class_id - 1][3]))
    np.testing.assert_allclose(ground.figures[:, : len(groups)], shares)
    values = ["urban", "safety"]
    families = counted(lambda row: CLASSES[row.class_id - 1][1])
    people = np.array([500.0] * 6 + [0.0])
    at = keys.index("rates:urban")
    np.testing.assert_allclose(ground.figures[:, at], smoothed_rates(families[:, 0], people))
    assert ground.without_people == (CODES["g"],)
    overall = 1_000 * families[:, 0].sum() / people.sum()
    assert ground.figures[6, at] == pytest.approx(overall), "where nobody was counted the area's rate stands"
    values = list(range(6))
    bands = smoothed_shares(counted(lambda row: row.reported_at.astimezone(ZONE).hour // 4))
    np.testing.assert_allclose(ground.figures[:, keys.index("hours:00–04") : keys.index("hours:20–24") + 1], bands)
    values = [True, False]
    opened = smoothed_shares(counted(lambda row: row.status in (1, 2, 3, 4, 5, 10, 11, 12)))
    np.testing.assert_allclose(ground.figures[:, keys.index("load:open")], opened[:, 0])
    late = smoothed_shares(
        counted(lambda r: r.status in (1, 2, 3, 4, 5, 10, 11, 12) and r.breached and r.handled_at is None)
    )
    np.testing.assert_allclose(ground.figures[:, keys.index("load:overdue")], late[:, 0])
    np.testing.assert_allclose(ground.units.attributes.mean(axis=0), 0, atol=1e-9)
    assert ground.wishes().attributes is not None


async def test_a_part_of_weight_0_counts_nothing(url: str) -> None:
    ground = await ground_of(url, replace(QUESTION, weights=ProfileWeights(0, 1, 0, 0)))
    counting = {column.part for column, weight in zip(ground.columns, ground.weights, strict=True) if weight > 0}
    assert counting == {"rates"}
    assert (ground.terrain.scores != 0).any(axis=0).sum() == 2


async def test_each_column_weighs_by_its_reliability(url: str) -> None:
    ground = await ground_of(url)
    np.testing.assert_array_equal(ground.weights, ground.maker.profile(ground.maker.tally(ground.cases)).weights)
    groups, rng = len(ground.maker.groups), np.random.default_rng(3)
    counts = rng.integers(20, 60, (7, groups + 8)).astype(np.float64)
    counts[:, 0] = [5, 200, 10, 180, 0, 150, 20]
    profile = ground.maker.profile(counts)
    part = np.array([column.part for column in ground.columns])
    sure = np.maximum(share_reliability(counts[:, :groups]), LEAST_RELIABILITY)
    np.testing.assert_allclose(profile.weights[part == "classes"] ** 2, sure / groups)
    assert sure[0] > 0.9
    urban = counts[:, [group.family == "urban" for group in ground.maker.groups] + [False] * 8].sum(axis=1)
    expected = 0.5 / 2 * max(rate_reliability(urban, ground.people), LEAST_RELIABILITY)
    assert profile.weights[part == "rates"][0] ** 2 == pytest.approx(expected)


async def test_weeks_add_up_to_the_period(url: str) -> None:
    ground = await ground_of(url)
    weekly = ground.maker.weekly(ground.cases)
    assert weekly.shape[:2] == (6, 7)
    np.testing.assert_array_equal(weekly.sum(axis=0), ground.maker.tally(ground.cases))
    cut = await ground_of(url, replace(QUESTION, until=UNTIL - timedelta(days=3)))
    assert cut.maker.weekly(cut.cases).shape[0] == 5, "the days after the last whole week are left out"


async def test_what_the_asker_may_not_see_is_not_there(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url, account=LEADER)
    assert ground.units.workload.tolist() == [len(zone_world.seen_in(rows, a, sensitive=False)) for a in LETTERS]
    assert "classes:neighbour" not in [column.key for column in ground.columns]
    own = await ground_of(url, account=of_area(IDS["A"], "4401"))
    assert own.codes == (CODES["a"], CODES["b"])
    water = await ground_of(url, account=of_department(1))
    of_water = [row for row in rows if row.department_id == 1]
    assert water.units.workload.tolist() == [len(zone_world.seen_in(of_water, a)) for a in LETTERS]


async def test_links_and_cuts_by_hand_change_the_borders(url: str) -> None:
    a, d, e, b = (CODES[letter] for letter in "adeb")
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute(
            "INSERT INTO zone_link (level_key, a_code, b_code, kind, account_name)"
            " VALUES ('grid', %s, %s, 'link', 'x'), ('grid', %s, %s, 'cut', 'x')",
            [a, d, b, e],
        )
    try:
        ground = await ground_of(url)
    finally:
        with psycopg.connect(libpq_url(url)) as connection:
            connection.execute("DELETE FROM zone_link")
    assert pairs_of(ground) == set(zone_world.NEIGHBOURS) - {"be"} | {"ad"}
    assert ground.outlines.graph.pairs()[0].size == len(zone_world.NEIGHBOURS)


async def test_the_plan_in_force_today_is_known(url: str) -> None:
    zones = {("440100601", "甲"): [IDS["a"], IDS["b"]], ("440100602", "乙"): [IDS["c"]]}
    old = {("440100603", "丙"): [IDS["e"]]}
    with psycopg.connect(libpq_url(url)) as connection:
        adopt(connection, "old", IDS["X"], "grid", old, date(2019, 1, 1), date(2020, 1, 1))
        adopt(connection, "now", IDS["X"], "grid", zones, date(2020, 1, 1))
    in_force = (await ground_of(url)).units.in_force
    assert in_force is not None
    assert in_force.tolist() == [0, 0, 1, -1, -1, -1, -1]


async def test_the_nearest_post_and_its_distance(url: str) -> None:
    ground = await ground_of(url)
    assert [row.code for row in ground.posts.rows] == ["SP1", "PR1"]
    assert ground.posts.radius_m.tolist() == [1_000.0, 1_200.0], "the kind's radius where the place states none"
    assert ground.posts.unit.tolist() == [0, 3]
    assert ground.units.post is not None
    assert ground.units.post[[0, 3]].tolist() == [0, 1]
    place = ground.units.place_m[0] - ground.posts.place_m[0]
    assert ground.post_distance_m[0] == pytest.approx(float(np.hypot(*place)))
    assert ground.post_distance_m[0] < 1_600, "the point of a unit lies within it"
    rooms = await ground_of(url, replace(QUESTION, posts=("police_room",)))
    assert rooms.units.post is not None
    assert set(rooms.units.post.tolist()) == {0}
    none = await ground_of(url, replace(QUESTION, posts=("reservoir",)))
    assert none.units.post is None
    assert np.isinf(none.post_distance_m).all()


async def test_hours_of_work_are_those_usual_for_the_class(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url, replace(QUESTION, workload=Workload.HOURS))
    inside = [row for row in rows if row.grid is not None]
    spent: dict[int, list[float]] = {}
    for row in inside:
        if row.handled_at is not None:
            spent.setdefault(row.class_id, []).append((row.handled_at - row.reported_at) / timedelta(hours=1))
    usual = {class_id: float(np.median(hours)) for class_id, hours in spent.items()}
    assert len(usual) == len(CLASSES)
    expected = [sum(usual[row.class_id] for row in zone_world.seen_in(rows, letter)) for letter in LETTERS]
    np.testing.assert_allclose(ground.units.workload, expected, rtol=1e-6)


async def test_positions_are_where_the_incidents_lie(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url)
    lonlat = ground.cases.lonlat
    truth = sorted(row.lonlat for row in rows if row.grid is not None and row.lonlat is not None)
    assert len(truth) == ground.cases.count
    np.testing.assert_allclose(lonlat[np.lexsort((lonlat[:, 1], lonlat[:, 0]))][:, 0], np.array(truth)[:, 0], atol=2e-5)


async def test_local_minutes_start_at_the_first_midnight(url: str, rows: list[Row]) -> None:
    ground = await ground_of(url)
    midnight = datetime.combine(SINCE, datetime.min.time(), ZONE)
    expected = sorted((row.reported_at - midnight) // timedelta(minutes=1) for row in rows if row.grid is not None)
    assert sorted(ground.cases.minute.tolist()) == expected


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (replace(QUESTION, until=SINCE), "since"),
        (replace(QUESTION, since=date(2015, 1, 1)), "since"),
        (replace(QUESTION, weights=ProfileWeights(0, 0, 0, 0)), "weights"),
        (replace(QUESTION, weights=ProfileWeights(-1)), "weights"),
        (replace(QUESTION, fence="grid"), "fence"),
        (replace(QUESTION, within=IDS["a"]), "base"),
    ],
)
async def test_a_question_that_cannot_be_answered_names_its_field(
    url: str, question: GroundQuestion, field: str
) -> None:
    with pytest.raises(ZoneQuestionInvalid) as caught:
        await ground_of(url, question)
    assert caught.value.field == field


async def test_an_unknown_level_is_named(url: str) -> None:
    with pytest.raises(LevelUnknown):
        await ground_of(url, replace(QUESTION, base="village"))
