"""Do place tiles carry what a map needs, and do tiles keep to their size?"""

import psycopg
import pytest

from layers import tile_source
from layers.mvt import bin_layer
from tests.layers.test_unit_tiles import path_of
from tests.support.asgi_call import call, with_tiles
from tests.support.grid_world import GridWorld
from tests.support.vector_tile import read_tile


@pytest.fixture
def places(world: GridWorld, connection: psycopg.Connection) -> None:
    for number, kind in enumerate(["sentry_post", "reservoir", "reservoir"]):
        connection.execute(
            """
            INSERT INTO place (kind, code, name, cell_id, service_radius_m, geom, geom_3857)
            SELECT %(kind)s, %(code)s, %(code)s, 0, 100, point, ST_Transform(point, 3857)
            FROM ST_SetSRID(ST_Point(%(lon)s, %(lat)s), 4326) AS point
            """,
            dict(zip(("lon", "lat"), world.point_in(0, number), strict=True)) | {"kind": kind, "code": f"P{number}"},
        )


def test_places_carry_kind_and_name(database_url: str, world: GridWorld, places: None) -> None:
    async def act(app, _) -> None:
        layer = read_tile((await call(app, path_of("places", world, 8, ""))).content)["places"]
        assert [f.properties["kind"] for f in layer.features] == ["sentry_post", "reservoir", "reservoir"]
        assert layer.features[0].properties["name"] == "P0"
        some = read_tile((await call(app, path_of("places", world, 8, "kind=reservoir"))).content)["places"]
        assert len(some.features) == 2
        assert (await call(app, path_of("places", world, 8, "kind=none"))).status == 204

    with_tiles(database_url, act)


def test_a_tile_above_the_cap_is_made_on_a_coarser_grid(
    database_url: str, world: GridWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(app, _) -> None:
        address = path_of("units-small", world, 11)
        full = read_tile((await call(app, address)).content)["units-small"]
        assert full.extent == 4096
        monkeypatch.setattr(tile_source, "MOST_BYTES", 1)
        coarse = read_tile((await call(app, address + "&v=2")).content)["units-small"]
        assert coarse.extent == 256
        assert {f.id for f in coarse.features} <= {f.id for f in full.features}
        assert coarse.features

    with_tiles(database_url, act)


def test_counts_of_every_size_come_back() -> None:
    import numpy as np

    from geo.morton import bin_cell

    counts = np.zeros(4096, np.int64)
    counts[:300] = np.arange(300) * 1_000
    counts[4095] = 2**31
    layer = read_tile(bin_layer(counts, 6, "bins"))["bins"]
    column, row = bin_cell(np.flatnonzero(counts))
    shown = {(f.parts[0][0][0] // 64, f.parts[0][0][1] // 64): f.properties["n"] for f in layer.features}
    assert shown == dict(zip(zip(column.tolist(), row.tolist(), strict=True), counts[counts > 0].tolist(), strict=True))
    assert bin_layer(np.zeros(4096, np.int64), 6, "bins") == b""
