"""Do tiles and overlays keep sensitive incidents from leaders, and show them to case workers at their grid only?"""

import numpy as np
import psycopg
import pytest

from data.accounts.account import acting_as
from data.cells import CityLocator, write_grid_cells
from data.rollup import fold
from data.tile_chunks import refresh_all_chunks
from geo.morton import bin_cell, morton_of
from layers import tile_source
from layers.permission import Access
from tests.support.acting import LEADER, OPERATOR, of_department
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, GridWorld
from tests.support.placed_incidents import store_classes
from tests.support.vector_tile import read_tile

PERIOD = "from=2026-03-01&to=2026-03-31"
COUNT = 300


@pytest.fixture(params=[True, False], ids=["packed", "not packed"])
def sensitive(world: GridWorld, connection: psycopg.Connection, request: pytest.FixtureRequest) -> int:
    """Id of the class that a third of the stored incidents have."""
    rng = np.random.default_rng(8)
    classes = store_classes(connection, ["u", "s"])
    connection.execute("UPDATE incident_class SET sensitive = true WHERE code = 's'")
    lonlat = np.array(ORIGIN) + rng.uniform(0, 0.04, (COUNT, 2))
    write_grid_cells(connection)
    cells = CityLocator.load(connection).place(connection, lonlat)
    connection.execute("SELECT ensure_incident_partition('2026-03-10 12:00+08')")
    connection.cursor().executemany(
        """
        INSERT INTO incident
            (reported_at, cell_id, grid_id, class_id, source_id, dataset_id, department_id, morton, geom)
        VALUES ('2026-03-10 12:00+08', %(cell)s, %(grid)s, %(class)s, 1, 1, 1,
            shown_code(%(class)s::smallint, %(grid)s, %(code)s), ST_SetSRID(ST_Point(%(lon)s, %(lat)s), 4326))
        """,
        [
            {
                "cell": int(cell),
                "grid": int(grid),
                "class": classes["us"[n % 3 == 0]],
                "code": int(code),
                "lon": lon,
                "lat": lat,
            }
            for n, (cell, grid, code, (lon, lat)) in enumerate(
                zip(cells.cell_id, cells.grid_id, morton_of(lonlat), lonlat.tolist(), strict=True)
            )
        ],
    )
    if request.param:
        fold(connection)
        refresh_all_chunks(connection)
    return classes["s"]


def _access(scope) -> Access:
    held = scope["state"]["account"].permissions
    return Access(",".join(sorted(held)), frozenset(str(permission) for permission in held))


async def _ask(app, account, address: str):
    async def acting(scope, receive, send) -> None:
        scope["state"] = {"account": account}
        await app(scope, receive, send)

    with acting_as(account):
        return await call(acting, address)


def _tile(z: int) -> str:
    column, row = bin_cell(morton_of(np.array([[ORIGIN[0] + 0.02, ORIGIN[1] + 0.02]])) >> 2 * (24 - z))
    return f"{z}/{int(column[0])}/{int(row[0])}"


def test_points_of_leaders_are_others_and_those_of_case_workers_stand_at_grids(
    database_url: str, world: GridWorld, sensitive: int
) -> None:
    async def act(app, _) -> None:
        shown = {}
        for account in (LEADER, OPERATOR, of_department(1)):
            reply = await _ask(app, account, f"/tiles/incidents/{_tile(7)}.mvt?{PERIOD}")
            features = read_tile(reply.content)["incidents"].features
            of_class = [feature for feature in features if feature.properties["class_id"] == sensitive]
            shown[account.role] = (len(features), len(of_class), {str(feature.parts) for feature in of_class})
        assert shown[LEADER.role] == (COUNT * 2 // 3, 0, set())
        assert shown[OPERATOR.role][:2] == (COUNT, COUNT // 3)
        assert 1 < len(shown[OPERATOR.role][2]) <= 16
        assert shown["handler"] == shown[OPERATOR.role]

    with_tiles(database_url, act, access_of=_access)


@pytest.mark.parametrize(("account", "expected"), [(LEADER, COUNT * 2 // 3), (OPERATOR, COUNT)])
def test_bins_hexagons_and_heat_count_what_the_reader_may_see(
    database_url: str, world: GridWorld, sensitive: int, account, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_source, "MOST_POINTS", 0)

    async def act(app, _) -> None:
        reply = await _ask(app, account, f"/tiles/incidents/{_tile(7)}.mvt?{PERIOD}")
        (layer,) = read_tile(reply.content).values()
        assert sum(feature.properties["n"] for feature in layer.features) == expected
        for name in ("hex", "heat"):
            overlay = (await _ask(app, account, f"/tiles/{name}.json?{PERIOD}")).json()
            assert abs(overlay["incidents"] - expected) <= 10
        alone = (await _ask(app, account, f"/tiles/hex.json?{PERIOD}&class=s")).json()
        assert (alone["incidents"] > 0) == (account is OPERATOR)

    with_tiles(database_url, act, access_of=_access)


def test_bins_of_case_workers_are_no_finer_than_small_grids(
    database_url: str, world: GridWorld, sensitive: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_source, "MOST_POINTS", 0)

    async def act(app, _) -> None:
        reply = await _ask(app, OPERATOR, f"/tiles/incidents/{_tile(7)}.mvt?{PERIOD}&class=s")
        (layer,) = read_tile(reply.content).values()
        assert len(layer.features) <= 16
        assert sum(feature.properties["n"] for feature in layer.features) == COUNT // 3

    with_tiles(database_url, act, access_of=_access)
