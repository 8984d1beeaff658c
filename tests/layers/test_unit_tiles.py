"""Are unit tiles true to the boundaries, and served as a cache expects?"""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import psycopg
import pytest
import shapely

from data import tile_pieces
from data.tile_pieces import cut_units
from geo.morton import bin_cell, morton_of
from layers import tile_source
from layers.permission import Access
from layers.tile_app import TileApp
from tests.support.acting import of_area
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, SIDE, GridWorld
from tests.support.vector_tile import read_tile


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    column, row = bin_cell(morton_of(np.array([[lon, lat]])) >> 2 * (24 - z))
    return int(column[0]), int(row[0])


def path_of(layer: str, world: GridWorld, z: int, query: str = "rev=1") -> str:
    x, y = tile_at(*world.point_in(0, 0), z)
    return f"/tiles/{layer}/{z}/{x}/{y}.mvt?{query}"


def to_lonlat(point: tuple[int, int], z: int, x: int, y: int) -> tuple[float, float]:
    across, down = ((x + point[0] / 4096) / 2**z, (y + point[1] / 4096) / 2**z)
    return across * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down))))


def test_a_tile_carries_all_small_grids_by_id_and_nothing_else(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        reply = await call(app, path_of("units-small", world, 8))
        layer = read_tile(reply.content)["units-small"]
        assert sorted(f.id for f in layer.features) == [40_000_001 + k for k in range(16)]
        assert all(f.properties == {} for f in layer.features)
        assert layer.extent == 4096

    with_tiles(database_url, act)


def test_shapes_lie_where_the_units_lie_and_neighbours_share_their_corners(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        z = 12
        found: dict[int, shapely.Polygon] = {}
        corners: dict[int, set[tuple[float, float]]] = {}
        for lon in np.arange(ORIGIN[0], ORIGIN[0] + 0.08, 0.04):
            for lat in np.arange(ORIGIN[1], ORIGIN[1] + 0.08, 0.04):
                x, y = tile_at(lon, lat, z)
                reply = await call(app, f"/tiles/units-small/{z}/{x}/{y}.mvt")
                for feature in read_tile(reply.content)["units-small"].features if reply.status == 200 else []:
                    ring = [to_lonlat(p, z, x, y) for p in feature.parts[0]]
                    shape = shapely.Polygon(ring)
                    if feature.id not in found or shape.area > found[feature.id].area:
                        found[feature.id] = shape
                        corners[feature.id] = set(ring)
        first, second = world.ids["0,0"], world.ids["0,1"]
        expected = shapely.box(ORIGIN[0], ORIGIN[1] + 3 * SIDE, ORIGIN[0] + SIDE, ORIGIN[1] + 4 * SIDE)
        assert found[first].symmetric_difference(expected).area < 0.01 * expected.area
        assert len(corners[first] & corners[second]) == 2

    with_tiles(database_url, act)


def test_tiles_of_pieces_show_the_same_as_tiles_of_shapes(
    database_url: str, world: GridWorld, connection: psycopg.Connection
) -> None:
    paths = [path_of(f"units-{level}", world, z) for level in ("small", "medium", "county") for z in (9, 11, 14)]
    shapes: list[dict[str, dict[int, shapely.Geometry]]] = []

    async def act(app, _) -> None:
        shapes.append({path: inside_tile((await call(app, path)).content) for path in paths})

    with_tiles(database_url, act)
    assert cut_units(connection) == 16 + 4 + 2 + 1
    assert cut_units(connection) == 0
    # What a tile shows now can only come from the pieces.
    connection.execute("ALTER TABLE unit DISABLE TRIGGER unit_tiles_outdated")
    connection.execute("UPDATE unit SET geom_3857 = ST_Translate(geom_3857, 500000, 0)")
    with_tiles(database_url, act)
    from_shapes, from_pieces = shapes
    for path in paths:
        assert from_shapes[path].keys() == from_pieces[path].keys(), path
        for unit, shape in from_shapes[path].items():
            assert shape.symmetric_difference(from_pieces[path][unit]).area <= 0.01 * shape.area, path


def test_a_changed_shape_is_on_the_tile_at_once(
    database_url: str, world: GridWorld, connection: psycopg.Connection
) -> None:
    cut_units(connection)
    x, y = tile_at(*world.point_in(0, 0), 8)
    changed = world.ids["0,0"]
    widths: list[float] = []

    async def act(app, _) -> None:
        features = read_tile((await call(app, f"/tiles/units-small/8/{x}/{y}.mvt")).content)["units-small"].features
        assert len(features) == 16
        ring = next(feature.parts[0] for feature in features if feature.id == changed)
        widths.append(max(place[0] for place in ring) - min(place[0] for place in ring))

    with_tiles(database_url, act)
    connection.execute(
        "UPDATE unit SET geom_3857 = ST_Scale(geom_3857, ST_Point(3, 1, 3857), ST_Centroid(geom_3857)) WHERE id = %s",
        [changed],
    )
    with_tiles(database_url, act)
    assert cut_units(connection) == 1
    with_tiles(database_url, act)
    before, from_shape, from_piece = widths
    assert before > 20
    assert from_shape == from_piece
    assert abs(from_piece - 3 * before) <= 2


def test_a_shape_over_too_many_tiles_is_made_by_the_database(
    database_url: str, world: GridWorld, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_pieces, "MOST_TILES", 2)
    assert cut_units(connection) == 16 + 4 + 2 + 1
    assert cut_units(connection) == 0
    rows = connection.execute("SELECT unit_id, from_zoom FROM unit_tile_gap WHERE settled").fetchall()
    assert 8 < dict(rows)[world.ids["X"]] <= 14
    highest = connection.execute(
        "SELECT max(zoom) FROM unit_tile_piece WHERE unit_id = %s", [world.ids["X"]]
    ).fetchone()
    assert highest == (dict(rows)[world.ids["X"]] - 1,)

    async def act(app, _) -> None:
        for z in range(8, 15):
            land = read_tile((await call(app, path_of("backdrop", world, z))).content)["land"]
            assert [feature.id for feature in land.features] == [world.ids["X"]], z

    with_tiles(database_url, act)


def test_a_tile_over_the_byte_cap_is_made_on_a_coarser_grid(
    database_url: str, world: GridWorld, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_units(connection)
    sizes: list[int] = []

    async def act(app, _) -> None:
        tile = read_tile((await call(app, path_of("units-small", world, 12))).content)["units-small"]
        sizes.append(tile.extent)

    with_tiles(database_url, act)
    monkeypatch.setattr(tile_source, "MOST_BYTES", 100)
    with_tiles(database_url, act)
    assert sizes == [4096, 256]


def inside_tile(content: bytes) -> dict[int, shapely.Geometry]:
    """Shape of each unit as far as it lies in the tile; every outer ring has to run clockwise on the screen."""
    (layer,) = read_tile(content).values()
    found = {}
    for feature in layer.features:
        shape = shapely.Polygon(feature.parts[0])
        assert shape.is_valid
        assert shapely.LinearRing(feature.parts[0]).is_ccw, "counter-clockwise where y grows upward"
        clipped = shape.intersection(shapely.box(0, 0, 4096, 4096))
        if clipped.area > 1:
            found[feature.id] = clipped
    return found


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_revision_keeps_its_units_for_ever(
    database_url: str, world: GridWorld, connection: psycopg.Connection, is_cut: bool
) -> None:
    cut_units(connection)
    connection.execute("INSERT INTO boundary_revision (source) VALUES ('later')")
    connection.execute("UPDATE unit SET ended_revision_id = 2 WHERE id = %s", [world.ids["0,0"]])
    if is_cut:
        assert cut_units(connection) == 1

    async def act(app, _) -> None:
        for revision, count in ((1, 16), (2, 15)):
            reply = await call(app, path_of("units-small", world, 8, f"rev={revision}"))
            assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert len(read_tile(reply.content)["units-small"].features) == count
        newest = await call(app, path_of("units-small", world, 8, ""))
        assert len(read_tile(newest.content)["units-small"].features) == 15
        assert newest.headers["cache-control"] == "no-cache"
        names = await call(app, "/tiles/names-small.json?rev=2")
        assert names.json()["first_id"] == 40_000_001
        assert names.json()["names"][:2] == [None, "0,1"]
        to_come = await call(app, path_of("units-small", world, 8, "rev=3"))
        assert to_come.status == 400
        assert to_come.json()["field"] == "rev"

    with_tiles(database_url, act)


def test_a_reader_of_an_area_gets_its_units_alone(
    database_url: str, world: GridWorld, connection: psycopg.Connection
) -> None:
    area = of_area(world.ids["A"])
    own = {world.ids[code] for code in ("0,0", "0,1", "1,0", "1,1")}
    shown: list[set[int]] = []

    async def act(app, _) -> None:
        features = read_tile((await call(app, path_of("units-small", world, 8))).content)["units-small"].features
        shown.append({feature.id for feature in features})
        above = read_tile((await call(app, path_of("units-county", world, 8))).content)["units-county"].features
        assert [feature.id for feature in above] == [world.ids["U"]]

    with_tiles(database_url, act, account=area)
    cut_units(connection)
    with_tiles(database_url, act, account=area)
    connection.execute("UPDATE unit SET geom_3857 = geom_3857 WHERE id = %s", [world.ids["3,3"]])
    with_tiles(database_url, act, account=area)
    assert shown == [own, own, own]


def test_the_backdrop_is_the_whole_city_and_zones_are_empty(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        land = read_tile((await call(app, path_of("backdrop", world, 8))).content)["land"]
        assert [feature.id for feature in land.features] == [world.ids["X"]]
        zones = await call(app, path_of("zones", world, 8))
        assert (zones.status, zones.body) == (204, b"")
        far = await call(app, "/tiles/units-small/8/0/0.mvt?rev=1")
        assert (far.status, far.body) == (204, b"")

    with_tiles(database_url, act)


def test_what_does_not_exist_is_said_so(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        for path, status in {
            "/tiles/units-nothing/8/0/0.mvt": 404,
            "/tiles/units-small/8/256/0.mvt": 404,
            "/tiles/units-small/15/0/0.mvt": 404,
            "/tiles/units-small/8/0.mvt": 404,
            "/tiles/units-small/8/0/0.png": 404,
            "/tiles/heat/8/0/0.mvt": 404,
            "/tiles/heat/15/0/0.png": 404,
            "/tiles/heat.geojson": 404,
            "/tiles/hex/8/0/0.png": 404,
            "/tiles/hex.png": 404,
            "/tiles/names-nothing.json": 404,
            "/tiles/places.png": 404,
            "/tiles/units-small/8/0/0.mvt?rev=-1": 400,
            "/tiles/incidents/8/0/0.mvt?from=yesterday": 400,
            "/tiles/incidents/8/0/0.mvt?class=none": 400,
            "/tiles/incidents/8/0/0.mvt?unit=none": 404,
            "/tiles/hex/8/0/0.mvt?edge=1": 400,
            "/tiles/heat/8/0/0.png?theme=pink": 400,
            "/tiles/heat/8/0/0.png?bandwidth=1": 400,
            "/tiles/heat.png?bandwidth=1": 400,
            "/tiles/heat.png?unit=none": 404,
        }.items():
            reply = await call(app, path)
            assert reply.status == status, path
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.json()["status"] == status
            assert reply.json()["cause"], path
            assert reply.json()["remedy"], path
        assert (await call(app, "/tiles/places.json", method="POST")).status == 405

    with_tiles(database_url, act)


def test_an_answer_is_tagged_and_compressed_for_who_takes_it(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        path = path_of("units-small", world, 8)
        full = await call(app, path)
        assert full.headers["content-encoding"] == "gzip"
        assert full.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert int(full.headers["content-length"]) == len(full.body)
        plain = await call(app, path, headers={"accept-encoding": "br, gzip;q=0"})
        assert "content-encoding" not in plain.headers
        assert plain.body == full.content
        again = await call(app, path, headers={"if-none-match": full.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        assert (await call(app, path, headers={"if-none-match": '"other"'})).status == 200
        assert (await call(app, path, method="HEAD")).body == b""
        mounted = await call(app, path, root_path="/tiles")
        assert mounted.body == full.body
        assert app.counters().cache.misses == 1
        assert app.counters().not_modified == 1

    with_tiles(database_url, act)


def test_many_who_ask_at_once_cost_one_query(database_url: str, world: GridWorld) -> None:
    async def act(_, database) -> None:
        used = 0

        class Counting:
            @asynccontextmanager
            async def reading(self):
                nonlocal used
                used += 1
                async with database.reading() as conn:
                    yield conn

            @asynccontextmanager
            async def single(self):
                nonlocal used
                used += 1
                async with database.single() as conn:
                    yield conn

        app = TileApp(Counting())
        await call(app, "/tiles/backdrop/0/0/0.mvt?rev=1")
        before = used
        replies = await asyncio.gather(*(call(app, path_of("units-small", world, 8)) for _ in range(20)))
        assert {reply.status for reply in replies} == {200}
        assert len({reply.body for reply in replies}) == 1
        assert used == before + 1
        assert app.counters().cache.joined == 19

    with_tiles(database_url, act)


def test_a_reader_without_the_right_gets_no_tile(database_url: str, world: GridWorld) -> None:
    def access_of(scope) -> Access:
        is_guest = any(name == b"x-guest" for name, _ in scope["headers"])
        return Access("guest", frozenset({"map"})) if is_guest else Access()

    async def act(app, _) -> None:
        path = path_of("places", world, 8)
        assert (await call(app, path)).status == 204
        refused = await call(app, path, headers={"x-guest": "1"})
        assert refused.status == 403
        assert (await call(app, path_of("units-small", world, 8), headers={"x-guest": "1"})).status == 200

    with_tiles(database_url, act, access_of=access_of)


def test_every_tiled_layer_describes_itself(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        units = [f"units-{level}" for level in ("city", "county", "medium", "small")]
        for layer in ("backdrop", *units, "incidents", "places", "zones", "hex"):
            document = (await call(app, f"/tiles/{layer}.json")).json()
            assert document["tilejson"] == "3.0.0"
            assert document["vector_layers"]
            assert document["minzoom"] <= document["maxzoom"]
            np.testing.assert_allclose(document["bounds"], [115.0, 22.0, 115.04, 22.04])
            address = document["tiles"][0]
            assert address.startswith(f"http://city.test/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt")
            filled = address.removeprefix("http://city.test").format(z=0, x=0, y=0)
            assert (await call(app, filled)).status in (200, 204)
        live = (await call(app, "/tiles/incidents.json?from=2026-01-01&class=group-a")).json()
        assert live["tiles"][0].endswith("?from=2026-01-01&class=group-a")

    with_tiles(database_url, act)


def test_labels_stand_inside_their_units(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        reply = await call(app, "/tiles/labels-medium.json?rev=1")
        features = reply.json()["features"]
        assert [f["id"] for f in features] == [world.ids[letter] for letter in "ABcd"]
        assert [f["properties"]["name"] for f in features] == list("ABcd")
        lon, lat = features[0]["geometry"]["coordinates"]
        assert ORIGIN[0] < lon < ORIGIN[0] + 2 * SIDE
        assert ORIGIN[1] + 2 * SIDE < lat < ORIGIN[1] + 4 * SIDE
        assert "immutable" in reply.headers["cache-control"]

    with_tiles(database_url, act)
