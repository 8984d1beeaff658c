"""Do zone tiles show the zones of the plans that they name, for ever, and to each reader only what may be seen?"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg

from geo.morton import bin_cell, morton_of
from tests.support.acting import OPERATOR, of_area
from tests.support.adopted_zones import adopt
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import GridWorld
from tests.support.vector_tile import read_tile

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def adopt_two(connection: psycopg.Connection, world: GridWorld) -> tuple[int, int]:
    """A plan of old with one zone, and one in force with two."""
    upper, lower = [world.ids["A"], world.ids["B"]], [world.ids["c"], world.ids["d"]]
    changed = TODAY - timedelta(days=10)
    old = {("X601", "全部"): upper + lower}
    first = adopt(connection, "老方案", world.ids["X"], "medium", old, TODAY - timedelta(days=99), changed)
    new = {("X602", "上"): upper, ("X603", "下"): lower}
    return first, adopt(connection, "新方案", world.ids["X"], "medium", new, changed)


def ids_of(connection: psycopg.Connection, *codes: str) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM zone WHERE code = ANY(%s) ORDER BY id", [list(codes)])]


def path_at(world: GridWorld, z: int, query: str = "") -> str:
    point = np.array([world.point_in(1, 1)])
    column, row = bin_cell(morton_of(point) >> 2 * (24 - z))
    return f"/tiles/zones/{z}/{int(column[0])}/{int(row[0])}.mvt{query}"


def test_tiles_carry_the_zones_of_the_plan_by_id(
    database_url: str, connection: psycopg.Connection, world: GridWorld
) -> None:
    first, second = adopt_two(connection, world)

    async def act(app, _) -> None:
        described = (await call(app, "/tiles/zones.json")).json()
        assert described["tilejson"] == "3.0.0"
        assert described["tiles"][0].endswith(f"/tiles/zones/{{z}}/{{x}}/{{y}}.mvt?plan={second}")
        assert [plan["name"] for plan in described["plans"]] == ["新方案"]
        then = (await call(app, f"/tiles/zones.json?to={TODAY - timedelta(days=20)}")).json()
        assert [plan["name"] for plan in then["plans"]] == ["老方案"]
        now = await call(app, path_at(world, 8, f"?plan={second}"))
        layer = read_tile(now.content)["zones"]
        assert sorted(f.id for f in layer.features) == ids_of(connection, "X602", "X603")
        assert all(f.properties == {} for f in layer.features)
        assert "immutable" in now.headers["cache-control"]
        past = await call(app, path_at(world, 8, f"?plan={first}"))
        assert [f.id for f in read_tile(past.content)["zones"].features] == ids_of(connection, "X601")
        names = (await call(app, f"/tiles/names-zone.json?plan={second}")).json()
        assert names == {"first_id": ids_of(connection, "X602")[0], "names": ["上", "下"]}

    with_tiles(database_url, act)


def test_a_plan_that_is_not_adopted_is_refused_and_a_new_one_is_noticed(
    database_url: str, connection: psycopg.Connection, world: GridWorld
) -> None:
    async def act(app, _) -> None:
        refused = await call(app, path_at(world, 8, "?plan=1"))
        assert refused.status == 400
        assert (await call(app, path_at(world, 8))).status == 204
        _, second = adopt_two(connection, world)
        app.forget()
        open_ended = await call(app, path_at(world, 8))
        assert len(read_tile(open_ended.content)["zones"].features) == 2
        assert "immutable" not in open_ended.headers["cache-control"]
        assert (await call(app, path_at(world, 8, f"?plan={second}"))).status == 200

    with_tiles(database_url, act)


def test_heat_of_a_zone_counts_the_zone(database_url: str, connection: psycopg.Connection, world: GridWorld) -> None:
    adopt_two(connection, world)

    async def act(app, _) -> None:
        described = await call(app, f"/tiles/heat.json?unit=X602&from={TODAY}&to={TODAY}")
        assert described.status == 200
        assert described.json()["incidents"] == 0
        missing = await call(app, f"/tiles/heat.json?unit=X699&from={TODAY}&to={TODAY}")
        assert missing.status == 404

    with_tiles(database_url, act)


def test_a_reader_of_one_county_sees_its_zones(
    database_url: str, connection: psycopg.Connection, world: GridWorld
) -> None:
    _, second = adopt_two(connection, world)
    for account, codes in ((of_area(world.ids["U"]), ("X602",)), (OPERATOR, ("X602", "X603"))):
        expected = ids_of(connection, *codes)

        async def act(app, _, expected: list[int] = expected) -> None:
            reply = await call(app, path_at(world, 8, f"?plan={second}"))
            assert sorted(f.id for f in read_tile(reply.content)["zones"].features) == expected

        with_tiles(database_url, act, account=account)
