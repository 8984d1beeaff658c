"""Do incident tiles show exactly the incidents that are chosen, as points or counted by bin?"""

import numpy as np
import psycopg
import pytest

from data.engine import AsyncDatabase, libpq_url
from data.tile_chunks import TileDays, refresh_all_chunks, refresh_chunks
from geo.morton import bin_cell, bin_of, morton_of
from layers import tile_source
from layers.permission import Access
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, SIDE, GridWorld
from tests.support.placed_incidents import place_in_cells, store_classes, store_incidents
from tests.support.vector_tile import read_tile

DAYS = [f"2026-03-{day:02d}" for day in range(1, 11)]


class City:
    """Incidents in memory, to count again what tiles say."""

    def __init__(self, connection: psycopg.Connection, count: int) -> None:
        rng = np.random.default_rng(5)
        self.classes = store_classes(connection, ["a", "b", "c"])
        self.lonlat = np.array(ORIGIN) + rng.uniform(0, 0.04, (count, 2))
        self.day = rng.integers(0, len(DAYS), count)
        self.class_id = rng.choice(list(self.classes.values()), count)
        # Half past midnight in Shanghai is the day before in UTC.
        moments = [f"{DAYS[d]} 00:30+08" for d in self.day]
        self.ids = store_incidents(connection, self.lonlat, moments, self.class_id)


def tile_of(z: int) -> tuple[int, int]:
    column, row = bin_cell(morton_of(np.array([[ORIGIN[0] + 0.02, ORIGIN[1] + 0.02]])) >> 2 * (24 - z))
    return int(column[0]), int(row[0])


def address(z: int, query: str) -> str:
    x, y = tile_of(z)
    return f"/tiles/incidents/{z}/{x}/{y}.mvt?{query}"


def expected_bins(city: City, z: int, chosen: np.ndarray) -> dict[tuple[int, int], int]:
    x, y = tile_of(z)
    code = morton_of(city.lonlat)
    column, row = bin_cell(code >> 2 * (24 - z))
    inside = chosen & (column == x) & (row == y)
    across, down = bin_cell(bin_of(code[inside], z, 6))
    cells, counts = np.unique(np.column_stack((across, down)), axis=0, return_counts=True)
    return {(int(a), int(d)): int(n) for (a, d), n in zip(cells, counts, strict=True)}


def shown_bins(content: bytes) -> dict[tuple[int, int], int]:
    tile = read_tile(content)
    assert list(tile) == ["incident-bins"]
    shown = {}
    for feature in tile["incident-bins"].features:
        ((x, y),) = feature.parts[0]
        assert (x % 64, y % 64) == (32, 32)
        shown[x // 64, y // 64] = feature.properties["n"]
    assert len(shown) == len(tile["incident-bins"].features)
    return shown


@pytest.fixture
def city(world: GridWorld, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(tile_source, "MOST_POINTS", 100)
    return City(connection, 3_000)


ZOOMS = (7, 10, 11, 12, 13, 14, 15, 16)


async def check(app, city: City, query: str, chosen: np.ndarray, zooms=ZOOMS) -> int:
    binned = 0
    for z in zooms:
        expected = expected_bins(city, z, chosen)
        reply = await call(app, address(z, query))
        if sum(expected.values()) > 100:
            assert shown_bins(reply.content) == expected, (z, query)
            binned += 1
        else:
            points = read_tile(reply.content).get("incidents")
            assert len(points.features if points else []) == sum(expected.values()), (z, query)
    return binned


def test_bins_equal_a_recount_before_and_after_packing(
    database_url: str, city: City, connection: psycopg.Connection
) -> None:
    everything = np.ones(len(city.day), bool)

    async def act(app, _) -> None:
        assert await check(app, city, "from=2026-03-01&to=2026-03-10", everything) >= 6
        assert await check(app, city, "from=2026-03-03&to=2026-03-05", (city.day >= 2) & (city.day <= 4)) >= 4
        without_b = city.class_id != city.classes["b"]
        assert await check(app, city, "from=2026-03-01&to=2026-03-10&class=a,c", without_b) >= 4

    with_tiles(database_url, act)
    assert refresh_all_chunks(connection) > 0
    assert connection.execute("SELECT count(*) FROM incident_chunk_mark").fetchone() == (0,)
    assert connection.execute("SELECT sum(n) FROM incident_chunk").fetchone() == (3_000,)
    with_tiles(database_url, act)


def test_changes_after_packing_show_at_once(database_url: str, city: City, connection: psycopg.Connection) -> None:
    refresh_all_chunks(connection)
    connection.execute("UPDATE incident SET status = 6 WHERE id % 2 = 0")
    assert connection.execute("SELECT count(*) FROM incident_chunk_mark").fetchone() == (0,), "a status moves no place"
    gone = np.isin(city.ids, city.ids[:300])
    connection.execute("DELETE FROM incident WHERE id = ANY(%s)", [city.ids[:300]])
    moved = city.lonlat[300:400] = city.lonlat[300:400][::-1].copy()
    connection.execute(
        """
        UPDATE incident SET morton = new.morton, geom = ST_SetSRID(ST_Point(new.lon, new.lat), 4326)
        FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[]) AS new (id, morton, lon, lat)
        WHERE incident.id = new.id
        """,
        [city.ids[300:400], morton_of(moved).tolist(), moved[:, 0].tolist(), moved[:, 1].tolist()],
    )
    city.class_id[400:500] = city.classes["a"]
    connection.execute("UPDATE incident SET class_id = %s WHERE id = ANY(%s)", [city.classes["a"], city.ids[400:500]])

    async def act(app, _) -> None:
        await check(app, city, "from=2026-03-01&to=2026-03-10", ~gone)
        await check(app, city, "from=2026-03-01&to=2026-03-10&class=a", ~gone & (city.class_id == city.classes["a"]))

    with_tiles(database_url, act)
    assert refresh_chunks(connection, 3) == 3
    with_tiles(database_url, act)
    refresh_all_chunks(connection)
    with_tiles(database_url, act)


def test_an_incident_committed_while_packs_are_made_is_not_lost(
    database_url: str, city: City, connection: psycopg.Connection
) -> None:
    with psycopg.connect(libpq_url(database_url)) as writer:
        store_incidents(writer, city.lonlat[:200], ["2026-03-02 12:00+08"] * 200, [city.classes["b"]] * 200)
        refresh_all_chunks(connection)
    city.lonlat = np.concatenate((city.lonlat, city.lonlat[:200]))

    async def act(app, _) -> None:
        await check(app, city, "from=2026-03-01&to=2026-03-10", np.ones(3_200, bool))

    with_tiles(database_url, act)


def test_rows_stored_past_the_triggers_are_marked_by_the_writer(
    database_url: str, city: City, connection: psycopg.Connection
) -> None:
    refresh_all_chunks(connection)
    extra = city.lonlat[:150]
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        store_incidents(connection, extra, ["2026-03-04 09:00+08"] * 150, [city.classes["b"]] * 150)
        day = np.full(150, (np.datetime64("2026-03-04") - np.datetime64("1970-01-01")).astype(int), np.int32)
        gathered = TileDays()
        for part in (slice(0, 100), slice(50, 150)):
            gathered.add(morton_of(extra[part]), day[part])
        gathered.mark(connection)
    city.lonlat = np.concatenate((city.lonlat, extra))

    async def act(app, _) -> None:
        await check(app, city, "from=2026-03-01&to=2026-03-10", np.ones(3_150, bool), zooms=(10, 12, 14))

    with_tiles(database_url, act)


def test_few_incidents_are_points_with_id_class_and_status(
    database_url: str, city: City, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_source, "MOST_POINTS", 5_000)

    async def act(app, _) -> None:
        reply = await call(app, address(10, "from=2026-03-02&to=2026-03-02"))
        points = read_tile(reply.content)["incidents"].features
        assert sorted(f.id for f in points) == sorted(i for i, d in zip(city.ids, city.day, strict=True) if d == 1)
        at = {incident: k for k, incident in enumerate(city.ids)}
        x, _ = tile_of(10)
        for feature in points:
            assert feature.properties == {"class_id": city.class_id[at[feature.id]], "status": 1}
            lon = (x + feature.parts[0][0][0] / 4096) / 1024 * 360 - 180
            assert abs(lon - city.lonlat[at[feature.id], 0]) < 360 / 1024 / 4096

    with_tiles(database_url, act)


def test_points_that_would_be_too_large_are_counted(
    database_url: str, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_source, "MOST_POINTS", 5_000)
    monkeypatch.setattr(tile_source, "MOST_POINT_BYTES", 4_000)
    everything = np.ones(len(city.day), bool)

    async def act(app, _) -> None:
        query = "from=2026-03-01&to=2026-03-10"
        assert shown_bins((await call(app, address(10, query))).content) == expected_bins(city, 10, everything)
        few = await call(app, address(10, "from=2026-03-02&to=2026-03-02&class=a"))
        assert list(read_tile(few.content)) == ["incidents"]
        assert len(few.body) <= 4_000

    with_tiles(database_url, act)


def test_hidden_classes_are_on_no_tile(database_url: str, city: City, connection: psycopg.Connection) -> None:
    refresh_all_chunks(connection)
    connection.execute("DELETE FROM incident WHERE id = ANY(%s)", [city.ids[:5]])
    hidden = city.classes["b"]
    shown = (city.class_id != hidden) & ~np.isin(city.ids, city.ids[:5])
    access = Access("some", None, frozenset({hidden}))

    async def act(app, _) -> None:
        await check(app, city, "from=2026-03-01&to=2026-03-10", shown)
        await check(app, city, "from=2026-03-01&to=2026-03-10&class=b", np.zeros(3_000, bool), zooms=(10,))

    with_tiles(database_url, act, access_of=lambda _: access)


def test_a_new_incident_is_on_the_tile_when_the_figures_move(
    database_url: str, city: City, connection: psycopg.Connection
) -> None:
    now = 0.0

    async def act(app, _: AsyncDatabase) -> None:
        nonlocal now
        query = "from=2026-03-01&to=2026-03-10"
        before = await call(app, address(10, query))
        store_incidents(connection, city.lonlat[:1], ["2026-03-05 10:00+08"], [city.classes["a"]])
        connection.execute("UPDATE rollup_state SET version = version + 1")
        now += 1.1
        after = await call(app, address(10, query), headers={"if-none-match": before.headers["etag"]})
        assert after.status == 200
        assert sum(shown_bins(after.content).values()) == sum(shown_bins(before.content).values()) + 1
        again = await call(app, address(10, query), headers={"if-none-match": after.headers["etag"]})
        assert again.status == 304

    with_tiles(database_url, act, clock=lambda: now)


def test_a_unit_shows_what_lists_and_figures_count_in_it(
    database_url: str, city: City, world: GridWorld, connection: psycopg.Connection
) -> None:
    place_in_cells(connection)
    # A grid of A of which a part lies in B, as its cell says.
    straddling = world.ids["0,1"]
    path = [world.ids[code] for code in ("X", "U", "B")] + [straddling]
    connection.execute(
        "INSERT INTO cell (id, grid_id, unit_ids, subjects) VALUES (99, %s, %s, %s)", [straddling, path, path]
    )
    connection.execute("UPDATE incident SET cell_id = 99 WHERE cell_id = %s AND id %% 2 = 0", [straddling])
    refresh_all_chunks(connection)
    place = np.floor((city.lonlat - ORIGIN) / SIDE).astype(int)
    column, row = place[:, 0], 3 - place[:, 1]
    moved = (row == 0) & (column == 1) & (np.array(city.ids) % 2 == 0)
    in_a, in_b = (row < 2) & (column < 2) & ~moved, (row < 2) & (column >= 2) | moved
    period = "from=2026-03-01&to=2026-03-10"

    async def act(app, _) -> None:
        assert await check(app, city, f"{period}&unit=A", in_a) >= 4
        assert await check(app, city, f"{period}&unit=B&level=medium", in_b) >= 4
        assert await check(app, city, f"{period}&unit=0,0", (row == 0) & (column == 0)) >= 1
        everything = np.ones(len(city.day), bool)
        assert await check(app, city, f"{period}&unit=X", everything) >= 6
        chosen = in_a & (city.class_id == city.classes["a"]) & (city.day == 3)
        await check(app, city, "from=2026-03-04&to=2026-03-04&class=a&unit=A", chosen)
        facts = (await call(app, f"/tiles/incidents.json?{period}&unit=A&level=medium")).json()
        assert facts["tiles"][0].endswith("?unit=A&level=medium&from=2026-03-01&to=2026-03-10")

    with_tiles(database_url, act)


def test_a_past_moment_shows_what_there_was_as_it_stood(
    database_url: str, city: City, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_all_chunks(connection)
    connection.execute(
        "UPDATE incident SET status = 6, handled_at = '2026-03-06 12:00+08', closed_at = '2026-03-06 12:00+08'"
    )
    period = "from=2026-03-01&to=2026-03-10"
    by_then = city.day <= 4

    async def act(app, _) -> None:
        assert await check(app, city, f"{period}&as_of=2026-03-05T20:00:00", by_then) >= 4
        for moment, status in (("2026-03-06T11:59:59", 1), ("2026-03-06T12:00:00", 6)):
            monkeypatch.setattr(tile_source, "MOST_POINTS", 5_000)
            reply = await call(app, address(10, f"from=2026-03-02&to=2026-03-02&as_of={moment}%2B08:00"))
            points = read_tile(reply.content)["incidents"].features
            assert [feature.properties["status"] for feature in points] == [status] * int((city.day == 1).sum())
        refused = await call(app, address(10, f"{period}&as_of=2999-01-01"))
        assert refused.status == 400
        assert (await call(app, f"/tiles/incidents.json?{period}&as_of=2999-01-01")).status == 400
        facts = (await call(app, f"/tiles/incidents.json?{period}&as_of=2026-03-05T20:00:00")).json()
        assert "as_of=2026-03-05T20%3A00%3A00" in facts["tiles"][0]

    with_tiles(database_url, act)
