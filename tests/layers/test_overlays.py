"""Are heat surfaces and hexagons true to the incidents they are made of?"""

import struct
import zlib

import numpy as np
import psycopg
import pytest

from data.tile_chunks import refresh_all_chunks
from layers.heat import colours_of
from layers.png import write_png
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import ORIGIN, SIDE, GridWorld
from tests.support.placed_incidents import store_classes, store_incidents

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


def test_hexagons_hold_every_incident_once(database_url: str, places: np.ndarray) -> None:
    async def act(app, _) -> None:
        facts = (await call(app, f"/tiles/hex.json?{PERIOD}&edge=500&lang=en")).json()
        assert facts["incidents"] == 500
        assert facts["legend"]["notes"] == ["Hexagon edge 500 m"]
        collection = (await call(app, facts["data"].removeprefix("http://city.test"))).json()
        assert sum(f["properties"]["n"] for f in collection["features"]) == 500
        assert all(len(f["geometry"]["coordinates"][0]) == 7 for f in collection["features"])
        assert sum(entry["count"] for entry in facts["legend"]["entries"]) == len(collection["features"])
        small = await call(app, f"/tiles/hex.geojson?{PERIOD}&edge=500&unit=A")
        assert 390 <= sum(f["properties"]["n"] for f in small.json()["features"]) <= 430

    with_tiles(database_url, act)
