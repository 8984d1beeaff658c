"""Are heat surfaces and hexagons true to the incidents they are made of?"""

import asyncio
import struct
import zlib

import numpy as np
import psycopg
import pytest

from data.tile_chunks import refresh_all_chunks
from geo.morton import bin_cell, morton_of
from layers.heat import colours_of
from layers.png import write_png
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, SIDE, GridWorld
from tests.support.placed_incidents import place_in_cells, store_classes, store_incidents
from tests.support.vector_tile import read_tile

PERIOD = "from=2026-03-01&to=2026-03-31"


def read_png(content: bytes) -> np.ndarray:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    columns, rows = struct.unpack(">II", content[16:24])
    at, packed = 8, b""
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(rows, 1 + 4 * columns)
    assert (lines[:, 0] == 1).all()
    return np.cumsum(lines[:, 1:].reshape(rows, columns, 4), axis=1, dtype=np.uint8)


@pytest.fixture
def places(world: GridWorld, connection: psycopg.Connection) -> np.ndarray:
    rng = np.random.default_rng(3)
    hot = np.array(world.point_in(0, 0)) + rng.normal(0, 0.0004, (400, 2))
    spread = np.array(ORIGIN) + rng.uniform(0, 4 * SIDE, (100, 2))
    lonlat = np.concatenate((hot, spread))
    class_id = store_classes(connection, ["a"])["a"]
    store_incidents(connection, lonlat, ["2026-03-04 12:00+08"] * 500, [class_id] * 500)
    place_in_cells(connection)
    refresh_all_chunks(connection)
    return lonlat


def test_a_picture_comes_back_as_it_was_written() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 4)).astype(np.uint8)
    np.testing.assert_array_equal(read_png(write_png(pixels)), pixels)


def test_the_hottest_place_is_where_the_incidents_are(database_url: str, places: np.ndarray, world: GridWorld) -> None:
    async def act(app, _) -> None:
        facts = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=500&theme=light")).json()
        assert facts["bandwidth_m"] == 500
        assert facts["legend"]["notes"] == ["核密度半径 500 m"]
        assert facts["incidents"] == 500
        assert facts["image"].startswith("http://city.test/tiles/heat.png?")
        reply = await call(app, facts["image"].removeprefix("http://city.test"))
        assert reply.headers["content-type"] == "image/png"
        pixels = read_png(reply.body)
        lightness = pixels[..., :3].astype(int).sum(axis=2) + 1000 * (pixels[..., 3] == 0)
        row, column = np.unravel_index(lightness.argmin(), lightness.shape)
        west, south, east, north = facts["bounds"]
        hottest = (
            west + (column + 0.5) / pixels.shape[1] * (east - west),
            north - (row + 0.5) / pixels.shape[0] * (north - south),
        )
        assert np.hypot(*(np.array(hottest) - world.point_in(0, 0))) < 0.001

    with_tiles(database_url, act)


def test_a_smaller_unit_has_the_same_density_and_is_cut_at_its_border(
    database_url: str, places: np.ndarray, world: GridWorld
) -> None:
    async def act(app, _) -> None:
        city = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=400")).json()
        medium = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=400&unit=A")).json()
        assert medium["highest_per_km2"] == pytest.approx(city["highest_per_km2"], rel=0.03)
        image = (await call(app, f"/tiles/heat.png?{PERIOD}&bandwidth=400&unit=L")).body
        assert (read_png(image)[..., 3] > 0).any()
        low = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=400&unit=L")).json()
        assert low["bounds"][3] == pytest.approx(ORIGIN[1] + 2 * SIDE, abs=1e-3)

    with_tiles(database_url, act)


def test_no_incidents_make_a_clear_picture(database_url: str, world: GridWorld) -> None:
    async def act(app, _) -> None:
        reply = await call(app, f"/tiles/heat.png?{PERIOD}&bandwidth=500")
        assert reply.status == 200
        assert (read_png(reply.body)[..., 3] == 0).all()

    with_tiles(database_url, act)


def test_nothing_is_transparent_and_the_highest_is_the_top_of_the_ramp() -> None:
    rgba = colours_of(np.array([[0.0, 1.0, 10.0]]), "light")
    assert rgba[0, 0, 3] == 0
    assert rgba[0, 2].tolist()[:3] == [0x80, 0x00, 0x26]
    assert rgba[0, 1, 3] < rgba[0, 2, 3]


def inside(world: GridWorld, lonlat: np.ndarray, letter: str) -> int:
    """How many of the places (n, 2) lie in a medium grid of two by two squares."""
    row, column = {"A": (1, 0), "B": (1, 2), "c": (3, 0), "d": (3, 2)}[letter]
    corner = np.array(world.point_in(row, column, 0, 0))
    return int(((lonlat >= corner) & (lonlat <= corner + 2 * SIDE)).all(axis=1).sum())


def test_hexagons_hold_every_incident_once(database_url: str, places: np.ndarray, world: GridWorld) -> None:
    async def act(app, _) -> None:
        facts = (await call(app, f"/tiles/hex.json?{PERIOD}&edge=500&lang=en")).json()
        assert facts["incidents"] == 500
        assert facts["legend"]["notes"] == ["Hexagon edge 500 m"]
        collection = (await call(app, facts["data"].removeprefix("http://city.test"))).json()
        assert sum(f["properties"]["n"] for f in collection["features"]) == 500
        assert all(len(f["geometry"]["coordinates"][0]) == 7 for f in collection["features"])
        assert sum(entry["count"] for entry in facts["legend"]["entries"]) == len(collection["features"])
        small = await call(app, f"/tiles/hex.geojson?{PERIOD}&edge=500&unit=A")
        assert sum(f["properties"]["n"] for f in small.json()["features"]) == inside(world, places, "A")

    with_tiles(database_url, act)


def tiles_of(facts: dict, z: int) -> list[tuple[str, int, int]]:
    """Path, column and row of the tiles of a TileJSON that its bounds touch."""
    west, south, east, north = facts["bounds"]
    column, row = bin_cell(morton_of(np.array([[west, north], [east, south]])) >> 2 * (24 - z))
    path = facts["tiles"][0].removeprefix("http://city.test")
    return [
        (path.format(z=z, x=x, y=y), x, y)
        for x in range(int(column[0]), int(column[1]) + 1)
        for y in range(int(row[0]), int(row[1]) + 1)
    ]


def shown_at(x: int, y: int, z: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the middles of the pixels of a raster tile (256,) each."""
    middles = (np.arange(256) + 0.5) / 256
    lon = (x + middles) / 2**z * 360 - 180
    return lon, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + middles) / 2**z))))


def test_heat_tiles_mean_the_same_at_every_zoom(database_url: str, places: np.ndarray, world: GridWorld) -> None:
    async def act(app, _) -> None:
        facts = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=500&theme=light&lang=en")).json()
        assert facts["tilejson"] == "3.0.0"
        assert facts["tileSize"] == 256
        assert "vector_layers" not in facts
        assert facts["tiles"][0].startswith("http://city.test/tiles/heat/{z}/{x}/{y}.png?from=2026-03-01")
        hottest = np.array(world.point_in(0, 0))
        for z in (11, 13, 14):
            darkest = []
            for path, x, y in tiles_of(facts, z):
                reply = await call(app, path)
                if reply.status == 204:
                    continue
                assert reply.headers["content-type"] == "image/png"
                pixels = read_png(reply.body)
                assert pixels.shape == (256, 256, 4)
                lon, lat = shown_at(x, y, z)
                outside = (lat[:, None] > ORIGIN[1] + 4 * SIDE + 2e-4) | (lon[None, :] < ORIGIN[0] - 2e-4)
                assert (pixels[outside][:, 3] == 0).all()
                lightness = pixels[..., :3].astype(int).sum(axis=2) + 1000 * (pixels[..., 3] == 0)
                row, column = np.unravel_index(lightness.argmin(), lightness.shape)
                darkest.append((lightness.min(), lon[column], lat[row]))
            least, *place = min(darkest)
            assert least <= sum((0x80, 0, 0x26)) + 12, "the top of the ramp is the highest density at every zoom"
            assert np.hypot(*(place - hottest)) < 0.0015
        far = await call(app, f"/tiles/heat/14/0/0.png?{PERIOD}")
        assert far.status == 204

    with_tiles(database_url, act)


def test_hexagon_tiles_show_every_hexagon_with_its_count(
    database_url: str, places: np.ndarray, world: GridWorld
) -> None:
    async def act(app, _) -> None:
        facts = (await call(app, f"/tiles/hex.json?{PERIOD}&edge=500&unit=A")).json()
        assert facts["vector_layers"] == [
            {"id": "hex", "fields": {"n": "number of incidents in the hexagon"}, "minzoom": 0, "maxzoom": 14}
        ]
        collection = (await call(app, facts["data"].removeprefix("http://city.test"))).json()["features"]
        for z in (9, 12, 14):
            counts: dict[int, int] = {}
            for path, x, _ in tiles_of(facts, z):
                content = (await call(app, path)).content
                for feature in read_tile(content)["hex"].features if content else []:
                    counts[feature.id] = feature.properties["n"]
                    lon = (np.array(feature.parts[0]).mean(axis=0)[0] / 4096 + x) / 2**z * 360 - 180
                    middle = np.mean(collection[feature.id - 1]["geometry"]["coordinates"][0][:6], axis=0)
                    if len(feature.parts[0]) == 6:
                        assert abs(lon - middle[0]) < 2e-4
                    assert max(abs(part) for ring in feature.parts for place in ring for part in place) < 2 * 4096
            assert counts == {feature["id"]: feature["properties"]["n"] for feature in collection}, z

    with_tiles(database_url, act)


def test_dozens_of_tiles_cost_one_computation(database_url: str, places: np.ndarray) -> None:
    async def act(app, _) -> None:
        made = 0
        computed = app._overlays._reading

        def reading():
            nonlocal made
            made += 1
            return computed()

        app._overlays._reading = reading
        facts = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=400")).json()
        paths = [path for z in (10, 13, 14) for path, _, _ in tiles_of(facts, z)]
        replies = await asyncio.gather(*(call(app, path) for path in paths))
        assert {reply.status for reply in replies} <= {200, 204}
        assert made == 1

    with_tiles(database_url, act)


def test_a_picture_of_a_unit_counts_what_lies_in_it(database_url: str, places: np.ndarray, world: GridWorld) -> None:
    async def act(app, _) -> None:
        for letter in "Ad":
            expected = inside(world, places, letter)
            facts = (await call(app, f"/tiles/heat.json?{PERIOD}&bandwidth=500&unit={letter}")).json()
            assert facts["incidents"] == expected
            hexes = (await call(app, f"/tiles/hex.json?{PERIOD}&edge=500&unit={letter}")).json()
            assert hexes["incidents"] == expected

    with_tiles(database_url, act)


def test_an_overlay_of_a_past_moment_is_its_own(
    database_url: str, places: np.ndarray, world: GridWorld, connection: psycopg.Connection
) -> None:
    """All of them were reported at noon on March 4; the present and the past must not be taken for each other."""
    x, y = (int(part[0]) for part in bin_cell(morton_of(np.array([world.point_in(0, 0)])) >> 2 * (24 - 9)))
    all_of_them = inside(world, places, "A")
    assert all_of_them > 300

    async def act(app, _) -> None:
        counts = {"": all_of_them, "&as_of=2026-03-04T11:59:00": 0, "&as_of=2026-03-04T12:01:00": all_of_them}
        for moment, count in counts.items():
            for layer in ("heat", "hex"):
                facts = (await call(app, f"/tiles/{layer}.json?{PERIOD}&unit=A&edge=500{moment}")).json()
                assert (layer, moment, facts["incidents"]) == (layer, moment, count)
            content = (await call(app, f"/tiles/hex/9/{x}/{y}.mvt?{PERIOD}{moment}")).content
            hexes = read_tile(content)["hex"].features if content else []
            assert bool(hexes) is bool(count), moment

    with_tiles(database_url, act)
