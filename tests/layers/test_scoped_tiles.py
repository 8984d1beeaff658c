"""Do tiles, names and overlays of a scope show its own units, places and incidents, and never those kept for others?"""

import numpy as np
import psycopg
import pytest

from data.accounts.account import acting_as
from data.cells import CityLocator, write_grid_cells
from data.rollup import fold
from data.tile_chunks import refresh_all_chunks
from data.tiles import PLANNED_ONCE_ZOOM
from geo.morton import bin_cell, morton_of
from layers import tile_source
from layers.permission import Access
from tests.support.acting import OPERATOR, of_area, of_department
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, SIDE, GridWorld
from tests.support.placed_incidents import store_classes
from tests.support.vector_tile import read_tile

PERIOD = "from=2026-03-01&to=2026-03-31"
COUNT = 400


class Incidents:
    """Incidents in memory, with the square and the department of each."""

    def __init__(self, connection: psycopg.Connection) -> None:
        rng = np.random.default_rng(8)
        class_id = store_classes(connection, ["a"])["a"]
        self.lonlat = np.array(ORIGIN) + rng.uniform(0, 0.04, (COUNT, 2))
        self.department = rng.integers(1, 3, COUNT)
        write_grid_cells(connection)
        cells = CityLocator.load(connection).place(connection, self.lonlat)
        connection.execute("SELECT ensure_incident_partition('2026-03-10 12:00+08')")
        connection.cursor().executemany(
            """
            INSERT INTO incident
                (reported_at, cell_id, grid_id, class_id, source_id, dataset_id, department_id, morton, geom)
            VALUES ('2026-03-10 12:00+08', %s, %s, %s, 1, 1, %s, %s, ST_SetSRID(ST_Point(%s, %s), 4326))
            """,
            [
                [int(cell), int(grid), class_id, int(department), int(code), lon, lat]
                for cell, grid, department, code, (lon, lat) in zip(
                    cells.cell_id,
                    cells.grid_id,
                    self.department,
                    morton_of(self.lonlat),
                    self.lonlat.tolist(),
                    strict=True,
                )
            ],
        )
        connection.execute(
            """
            INSERT INTO place (kind, code, name, cell_id, geom, geom_3857)
            SELECT 'sentry_post', code, code, id, label_point, ST_Transform(label_point, 3857)
            FROM unit WHERE level_key = 'small'
            """
        )

    @property
    def upper(self) -> np.ndarray:
        """Which lie in county U, the upper half of the drawing."""
        return self.lonlat[:, 1] > ORIGIN[1] + 2 * SIDE


@pytest.fixture(params=[True, False], ids=["packed", "not packed"])
def incidents(world: GridWorld, connection: psycopg.Connection, request: pytest.FixtureRequest) -> Incidents:
    made = Incidents(connection)
    if request.param:
        fold(connection)
        refresh_all_chunks(connection)
    return made


def _accounts(world: GridWorld):
    """Accounts with which incidents each sees."""
    upper, lower = of_area(world.ids["U"]), of_area(world.ids["L"])
    return [
        (OPERATOR, lambda made: np.ones(COUNT, bool)),
        (upper, lambda made: made.upper),
        (lower, lambda made: ~made.upper),
        (of_department(2), lambda made: made.department == 2),
        (of_department(1, world.ids["U"]), lambda made: made.upper & (made.department == 1)),
    ]


def _by_scope(scope) -> Access:
    account = scope["state"]["account"]
    return Access(f"{account.unit_id}/{account.department_id}", frozenset({"map", "places", "incidents"}))


async def _ask(app, account, address: str):
    async def acting(scope, receive, send) -> None:
        scope["state"] = {"account": account}
        await app(scope, receive, send)

    with acting_as(account):
        return await call(acting, address)


def _tile(z: int, lonlat: tuple[float, float] = (ORIGIN[0] + 0.02, ORIGIN[1] + 0.02)) -> str:
    column, row = bin_cell(morton_of(np.array([lonlat])) >> 2 * (24 - z))
    return f"{z}/{int(column[0])}/{int(row[0])}"


@pytest.mark.parametrize("most_points", [0, 5_000])
def test_incident_tiles_hold_the_own_incidents(
    database_url: str, world: GridWorld, incidents: Incidents, most_points: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_source, "MOST_POINTS", most_points)

    async def act(app, _) -> None:
        for account, own in _accounts(world):
            chosen = own(incidents)
            for z in (7, 11):
                reply = await _ask(app, account, f"/tiles/incidents/{_tile(z)}.mvt?{PERIOD}")
                (layer,) = read_tile(reply.content).values()
                here = bin_cell(morton_of(incidents.lonlat) >> 2 * (24 - z))
                inside = (np.column_stack(here) == [int(part) for part in _tile(z).split("/")[1:]]).all(axis=1)
                counted = sum(feature.properties.get("n", 1) for feature in layer.features)
                assert counted == int((chosen & inside).sum()) > 0
            hexes = (await _ask(app, account, f"/tiles/hex.json?{PERIOD}&edge=500")).json()
            # Squares that lie half outside the outline are left out of it.
            assert abs(hexes["incidents"] - int(chosen.sum())) <= 4

    with_tiles(database_url, act, access_of=_by_scope)


@pytest.mark.parametrize("most_points", [0, 5_000])
def test_a_plan_that_a_connection_keeps_shows_each_account_its_own(
    database_url: str, world: GridWorld, incidents: Incidents, most_points: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tiles so near that their statements are planned once, for accounts that take turns on the same connections."""
    monkeypatch.setattr(tile_source, "MOST_POINTS", most_points)
    spots = [tuple(incidents.lonlat[np.flatnonzero(half)[0]]) for half in (incidents.upper, ~incidents.upper)]

    async def act(app, _) -> None:
        shown = 0
        for turn in range(4):
            # Nothing may come from the cache of tiles: each turn asks for other days, with the same incidents.
            period = f"from=2026-03-0{turn + 1}&to=2026-03-31"
            for account, own in _accounts(world)[:: 1 if turn % 2 else -1]:
                for z, spot in [(z, spot) for z in (PLANNED_ONCE_ZOOM, 14, 16) for spot in spots]:
                    tile = _tile(z, spot)
                    here = bin_cell(morton_of(incidents.lonlat) >> 2 * (24 - z))
                    inside = (np.column_stack(here) == [int(part) for part in tile.split("/")[1:]]).all(axis=1)
                    reply = await _ask(app, account, f"/tiles/incidents/{tile}.mvt?{period}")
                    layers = read_tile(reply.content).values()
                    counted = sum(feature.properties.get("n", 1) for layer in layers for feature in layer.features)
                    assert counted == int((own(incidents) & inside).sum()), (account, z)
                    shown += counted
        assert shown > 0

    with_tiles(database_url, act, access_of=_by_scope)


@pytest.mark.parametrize("rev", ["", "?rev=1"])
def test_units_names_labels_and_places_are_those_of_the_area(
    database_url: str, world: GridWorld, incidents: Incidents, rev: str
) -> None:
    halves = {None: 16, world.ids["U"]: 8, world.ids["L"]: 8}

    async def act(app, _) -> None:
        for account, _own in _accounts(world):
            expected = halves[account.unit_id]
            tile = await _ask(app, account, f"/tiles/units-small/{_tile(8)}.mvt{rev}")
            ids = {feature.id for feature in read_tile(tile.content)["units-small"].features}
            assert len(ids) == expected
            counties = await _ask(app, account, f"/tiles/units-county/{_tile(8)}.mvt{rev}")
            seen = {feature.id for feature in read_tile(counties.content)["units-county"].features}
            assert seen == ({account.unit_id} if account.unit_id else {world.ids["U"], world.ids["L"]})
            labels = (await _ask(app, account, f"/tiles/labels-small.json{rev}")).json()
            assert {feature["id"] for feature in labels["features"]} == ids
            names = (await _ask(app, account, f"/tiles/names-small.json{rev}")).json()["names"]
            assert sum(name is not None for name in names) == expected
            places = await _ask(app, account, f"/tiles/places/{_tile(8)}.mvt")
            assert len(read_tile(places.content)["places"].features) == expected

    with_tiles(database_url, act, access_of=_by_scope)


def test_what_an_account_gets_is_kept_by_its_own_browser_alone(
    database_url: str, world: GridWorld, incidents: Incidents
) -> None:
    async def act(app, _) -> None:
        for address in (f"/tiles/units-small/{_tile(8)}.mvt?rev=1", f"/tiles/places/{_tile(8)}.mvt"):
            first, second = [await _ask(app, account, address) for account in (OPERATOR, of_area(world.ids["U"]))]
            assert first.headers["etag"] != second.headers["etag"]
            assert first.headers["cache-control"].startswith("private")
            assert "cookie" in first.headers["vary"]

    with_tiles(database_url, act, access_of=_by_scope)


def test_an_overlay_of_the_neighbour_is_unknown(database_url: str, world: GridWorld, incidents: Incidents) -> None:
    async def act(app, _) -> None:
        for name in ("heat", "hex"):
            reply = await _ask(app, of_area(world.ids["U"]), f"/tiles/{name}.json?{PERIOD}&unit=L")
            assert reply.status == 404

    with_tiles(database_url, act, access_of=_by_scope)
