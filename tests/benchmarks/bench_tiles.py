"""How fast are tiles made and served: units against bare SQL and tipg, incidents against ST_SnapToGrid?"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import psycopg
from fastapi import FastAPI
from sqlalchemy.engine import make_url
from tipg.collections import register_collection_catalog
from tipg.database import close_db_connection, connect_to_db
from tipg.factory import OGCTilesFactory
from tipg.settings import DatabaseSettings, PostgresSettings

from data.engine import AsyncDatabase, libpq_url
from data.models.space import ID_BLOCK
from data.named_sql import named
from data.reads.city import read_moment
from data.reads.period import Period
from data.tile_chunks import refresh_all_chunks
from data.tile_pieces import cut_units
from data.tiles import Tile
from geo.morton import bin_cell
from layers.tile_app import TileApp
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.support.asgi_call import Reply, call

UNCACHED_OF_BARE = 0.6
UNCACHED_OF_TIPG = 3
CACHED_OF_UNCACHED = 15
BINS_OF_SNAP = 8
INCIDENT_TILE_KB = 25
PACK_SECONDS_PER_MILLION = 5.0
CUT_SECONDS_PER_THOUSAND = 5.0

LEVEL = "small"
LAYER = f"units-{LEVEL}"
_ZOOMS = (10, 11, 12, 13, 14)
_ROUNDS = 5
_SNAP = """
    SELECT ST_AsMVT(feature, 'incidents')
    FROM (
        SELECT ST_AsMVTGeom(place, ST_TileEnvelope(%(z)s, %(x)s, %(y)s)) AS geom, n
        FROM (
            SELECT ST_SnapToGrid(ST_Transform(geom, 3857), %(cell)s) AS place, count(*) AS n
            FROM incident
            WHERE morton >= %(lo)s
                AND morton < %(hi)s
                AND reported_at >= %(start)s
                AND reported_at < %(end)s
            GROUP BY 1
        ) AS bin
    ) AS feature
"""


@dataclass(frozen=True, slots=True)
class Hot:
    """The tile with the most incidents of its zoom in the period."""

    tile: Tile
    n: int


def measures(bench: Bench) -> Iterator[Measure]:
    """Unit tiles on the demo city, incident tiles on all rows."""
    yield from asyncio.run(_unit_tiles(bench.demo_url))
    yield _packing(bench)
    yield from asyncio.run(_incident_tiles(bench.big.url))


async def _unit_tiles(url: str) -> list[Measure]:
    packing = _cut_units(url)
    async with AsyncExitStack() as stack:
        database = await _open(stack, url)
        bare = await _bare(stack, url, "tile_units", {"extent": 4096, "buffer": 64, "margin": 0.015625, "layer": LAYER})
        own = await _bare(stack, url, "tile_unit_pieces", {"block": ID_BLOCK})
        tipg = await _tipg(stack, url)
        tiles = await _small_grid_tiles(database)
        warm = TileApp(database)
        await _all(tiles, lambda tile: _get(warm, _path(tile)))
        times: dict[str, list[float]] = {"bare": [], "own": [], "ours": [], "tipg": [], "cached": []}
        for turn in range(_ROUNDS + 1):
            cold = TileApp(database)
            await _get(cold, "/tiles/backdrop/0/0/0.mvt")
            # In turns, so that what else the machine does hits all of them; the first turn warms up.
            took = {
                "bare": await _all(tiles, bare),
                "own": await _all(tiles, own),
                "ours": await _all(tiles, lambda tile, app=cold: _get(app, _path(tile))),
                "tipg": await _all(tiles, tipg),
                "cached": await _all(tiles * 20, lambda tile: _get(warm, _path(tile))) / 20,
            }
            for name, seconds in took.items():
                times[name] += [seconds] if turn else []
        rate = {name: len(tiles) / statistics.median(seconds) for name, seconds in times.items()}
    return [packing, *_unit_tile_lines(rate)]


def _unit_tile_lines(rate: dict[str, float]) -> list[Measure]:
    """Lines for made tiles, compressed as they go out, and for kept ones.

    Bare SQL is the same tile from the same shapes by ST_AsMVT alone; the product's own statement reads pieces that were
    cut ahead, and most of a tile's time goes into compressing it.
    """
    ours, not_cached = rate["ours"], "unit tile, not cached"
    shown = f"{ours:,.0f} / {rate['bare']:,.0f} tiles/s; own statement alone {rate['own']:,.0f}"
    cached = f"{rate['cached']:,.0f} tiles/s"
    return [
        at_least(f"{not_cached}, against bare SQL", ours / rate["bare"], UNCACHED_OF_BARE, "x", detail=shown),
        at_least(
            f"{not_cached}, against tipg",
            ours / rate["tipg"],
            UNCACHED_OF_TIPG,
            "x",
            detail=f"{rate['tipg']:,.0f} tiles/s",
        ),
        at_least(
            "unit tile, cached, against not cached", rate["cached"] / ours, CACHED_OF_UNCACHED, "x", detail=cached
        ),
    ]


def _cut_units(url: str) -> Measure:
    """Seconds per thousand units in which shapes are cut in the background after an import."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        start, units = time.perf_counter(), 0
        while True:
            with connection.transaction():
                cut = cut_units(connection)
            if not cut:
                break
            units += cut
        seconds = time.perf_counter() - start
        connection.execute("VACUUM (ANALYZE) unit_tile_piece, unit_tile_gap")
        row = connection.execute("SELECT pg_total_relation_size('unit_tile_piece')").fetchone()
    assert row is not None
    name, detail = "cutting units after an import, per thousand units", f"{seconds:.0f} s in all, {row[0] / 1e6:.0f} MB"
    return at_most(name, seconds / units * 1e3, CUT_SECONDS_PER_THOUSAND, "s", judged=False, detail=detail)


def _path(tile: Tile) -> str:
    return f"/tiles/{LAYER}/{tile.z}/{tile.x}/{tile.y}.mvt?rev=1"


async def _get(app: Any, path: str) -> Reply:
    reply = await call(app, path)
    assert reply.status in (200, 204), f"{path}: {reply.status} {reply.body!r}"
    return reply


async def _all(tiles: list[Tile], make: Callable[[Tile], Awaitable[object]]) -> float:
    """Seconds in which every tile is made, one after the other."""
    start = time.perf_counter()
    for tile in tiles:
        await make(tile)
    return time.perf_counter() - start


async def _open(stack: AsyncExitStack, url: str) -> AsyncDatabase:
    database = AsyncDatabase(url)
    await database.open()
    stack.push_async_callback(database.close)
    return database


async def _bare(
    stack: AsyncExitStack, url: str, statement: str, values: dict[str, object]
) -> Callable[[Tile], Awaitable[object]]:
    """A statement alone, prepared, over one connection that does nothing else."""
    connection = await psycopg.AsyncConnection.connect(libpq_url(url), autocommit=True)
    stack.push_async_callback(connection.close)
    fixed = values | {"level": LEVEL, "revision": 1}

    async def make(tile: Tile) -> object:
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(named(statement), fixed | {"z": tile.z, "x": tile.x, "y": tile.y}, prepare=True)
            return await cursor.fetchone()

    return make


async def _tipg(stack: AsyncExitStack, url: str) -> Callable[[Tile], Awaitable[object]]:
    """tipg's own route over a table of the same units with the same geometry."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS bench_tipg")
        connection.execute("DROP TABLE IF EXISTS bench_tipg.small")
        connection.execute(
            "CREATE TABLE bench_tipg.small AS SELECT id, geom_3857 AS geom FROM unit WHERE level_key = 'small'"
        )
        connection.execute("ALTER TABLE bench_tipg.small ADD PRIMARY KEY (id)")
        connection.execute("CREATE INDEX ON bench_tipg.small USING gist (geom)")
        connection.execute("ANALYZE bench_tipg.small")
    return await _tipg_route(stack, url)


async def _tipg_route(stack: AsyncExitStack, url: str) -> Callable[[Tile], Awaitable[object]]:
    app = FastAPI()
    app.include_router(OGCTilesFactory(with_viewer=False).router)
    settings = PostgresSettings(database_url=_address_with_host(url))
    await connect_to_db(app, settings=settings, schemas=["bench_tipg"], user_sql_files=[])
    stack.push_async_callback(close_db_connection, app)
    await register_collection_catalog(app, db_settings=DatabaseSettings(schemas=["bench_tipg"]))
    base = "/collections/bench_tipg.small/tiles/WebMercatorQuad"
    return lambda tile: _get(app, f"{base}/{tile.z}/{tile.x}/{tile.y}?limit=10000")


def _address_with_host(url: str) -> str:
    """The address with a socket's folder in place of the host, as tipg's settings want it."""
    parsed = make_url(libpq_url(url))
    socket = parsed.query.get("host")
    if not isinstance(socket, str):
        return libpq_url(url)
    return f"postgresql://{parsed.username}@{quote(socket, safe='')}/{parsed.database}"


async def _small_grid_tiles(database: AsyncDatabase) -> list[Tile]:
    """3 × 3 tiles around the middle of the city at each zoom at which small grids can be told apart, 10 … 14."""
    query = "SELECT avg(ST_X(label_point)) AS lon, avg(ST_Y(label_point)) AS lat FROM unit"
    async with database.reading() as conn:
        row = await (await conn.execute(query)).fetchone()
    assert row is not None
    lon, lat = float(str(row["lon"])), float(str(row["lat"]))
    x, y = lon / 360 + 0.5, 0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return [Tile(z, int(x * 2**z) + dx, int(y * 2**z) + dy) for z in range(10, 15) for dx, dy in around]


def _packing(bench: Bench) -> Measure:
    """Seconds per million incidents in which positions are packed in the background after an import."""
    url = bench.big.url
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        start = time.perf_counter()
        refresh_all_chunks(connection)
        seconds = time.perf_counter() - start
        connection.execute("VACUUM (ANALYZE) incident_chunk, incident_chunk_mark")
    figure = seconds / bench.big.rows * 1e6
    name = "packing positions after an import, per million incidents"
    return at_most(name, figure, PACK_SECONDS_PER_MILLION, "s", judged=False, detail=f"{seconds:.0f} s in all")


async def _incident_tiles(url: str) -> list[Measure]:
    lines: list[Measure] = []
    async with AsyncExitStack() as stack:
        database = await _open(stack, url)
        async with database.reading() as conn:
            moment = await read_moment(conn)
        assert moment.last_day is not None
        month = Period(moment.last_day - timedelta(days=29), moment.last_day)
        window = {"start": month.start(moment.zone), "end": month.end(moment.zone)}
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            # Compiling the peer's plan would take longer than running it.
            connection.execute("SET jit = off")
            for z in _ZOOMS:
                hot = _hottest(connection, z, window)
                lines += await _duel(database, connection, hot, month, window)
    return lines


async def _duel(
    database: AsyncDatabase, connection: psycopg.Connection, hot: Hot, month: Period, window: dict[str, Any]
) -> list[Measure]:
    tile, times = hot.tile, []
    path = f"/tiles/incidents/{tile.z}/{tile.x}/{tile.y}.mvt?from={month.first}&to={month.last}"
    lo, hi = tile.codes
    place = {"z": tile.z, "x": tile.x, "y": tile.y, "lo": lo, "hi": hi}
    values = window | place | {"cell": 40_075_016.685578488 / 2**tile.z / 64}
    size = 0
    for _ in range(_ROUNDS + 1):
        app = TileApp(database)
        await _get(app, "/tiles/zones/0/0/0.mvt")
        start = time.perf_counter()
        reply = await _get(app, path)
        middle = time.perf_counter()
        connection.execute(_SNAP, values, prepare=False).fetchone()
        times.append((middle - start, time.perf_counter() - middle))
        size = len(reply.body)
    ours, theirs = (statistics.median(column) for column in zip(*times[1:], strict=True))
    name = f"hottest incident tile at z{tile.z}, 30 days, {hot.n:,} incidents"
    detail = f"{ours * 1e3:.1f} / {theirs * 1e3:.0f} ms"
    return [
        at_least(f"{name}: against SnapToGrid", theirs / ours, BINS_OF_SNAP, "x", detail=detail),
        at_most(f"{name}: compressed", size / 1000, INCIDENT_TILE_KB, "kB"),
    ]


def _hottest(connection: psycopg.Connection, z: int, window: dict[str, Any]) -> Hot:
    row = connection.execute(
        """
        SELECT morton >> %(shift)s AS tile, count(*) AS n
        FROM incident
        WHERE morton >= 0
            AND reported_at >= %(start)s
            AND reported_at < %(end)s
        GROUP BY 1
        ORDER BY 2 DESC, 1
        LIMIT 1
        """,
        window | {"shift": 2 * (24 - z)},
    ).fetchone()
    assert row is not None
    column, line = bin_cell(np.array([row[0]]))
    return Hot(Tile(z, int(column[0]), int(line[0])), row[1])
