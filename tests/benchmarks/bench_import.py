"""How fast do incident files become stored, indexed, rolled-up incidents, and points find their small grid?"""

import statistics
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from data import copy_binary
from data.cells import CityLocator
from data.engine import engine_for, libpq_url
from tests.benchmarks.context import Bench
from tests.benchmarks.copy_limits import measure_limits
from tests.benchmarks.geopandas_peer import import_with_geopandas, require_whole
from tests.benchmarks.measure import Measure, at_least, seconds_of, take_turns

PARQUET_ROWS_PER_S = 100_000
CSV_ROWS_PER_S = 50_000
CSV_ROWS = 1_000_000
PEER_ROWS = 200_000
TIMES_PEER = 5
WHOLE_ROWS = 2_000_000
LIMIT_ROWS = 1_000_000
WHOLE_ROUNDS = 2
LOCAL_ZONE = "Asia/Shanghai"
PLACED_POINTS = 1_000_000
JOINED_POINTS = 50_000
TIMES_JOIN = 10

_JOIN = "SELECT count(*) FROM arrived JOIN small ON ST_Contains(small.geom, arrived.geom)"


def measures(bench: Bench) -> Iterator[Measure]:
    """Import from Parquet and CSV, the peer, and point location."""
    _warm_up(bench)
    peer = [_peer_seconds(bench), _peer_seconds(bench)]
    big = bench.big
    peer += [_peer_seconds(bench), _peer_seconds(bench)]
    rate = big.rows / big.seconds
    yield at_least(
        f"import of {big.rows:,} incidents from Parquet",
        rate,
        PARQUET_ROWS_PER_S,
        "rows/s",
        detail=f"{big.seconds:.1f} s",
    )
    peer_rate = PEER_ROWS / statistics.median(peer)
    yield _like_for_like(bench)
    # It leaves a table with one index: no units, keys, figures, nor the other indexes.
    yield at_least(
        "  against geopandas.to_postgis alone",
        rate / peer_rate,
        TIMES_PEER,
        "x",
        detail=f"{peer_rate:,.0f} rows/s",
        judged=False,
    )
    yield _against_limits(bench, rate)
    yield _csv(bench)
    yield _placing(bench)


def _warm_up(bench: Bench) -> None:
    """Compile what numba compiles once per installation."""
    rows = 2_000
    for path in (bench.parquet(rows), bench.csv(rows)):
        bench.import_file(bench.empty_city("bench_warm"), path, rows)
        bench.drop("bench_warm")


def _against_limits(bench: Bench, rate: float) -> Measure:
    """What one connection of the same server does with rows that are read, located and encoded before."""
    limits = measure_limits(bench.big.url, min(LIMIT_ROWS, bench.rows))
    return at_least(
        "  against COPY BINARY of the encoded rows and their indexes",
        rate / limits.indexed,
        1,
        "x",
        detail=f"{limits.indexed:,.0f}; COPY alone {limits.bare:,.0f} rows/s",
        judged=False,
    )


def _csv(bench: Bench) -> Measure:
    rows = min(CSV_ROWS, bench.rows)
    loaded = bench.import_file(bench.empty_city("bench_csv"), bench.csv(rows), rows)
    bench.drop("bench_csv")
    rate = rows / loaded.seconds
    return at_least(
        f"import of {rows:,} incidents from CSV", rate, CSV_ROWS_PER_S, "rows/s", detail=f"{loaded.seconds:.1f} s"
    )


def _like_for_like(bench: Bench) -> Measure:
    """The whole job on the same file, in turns, so that what else the machine does hits both."""
    rows = min(WHOLE_ROWS, bench.rows)
    path = bench.parquet(rows)
    ours, theirs = [], []
    for _ in range(WHOLE_ROUNDS):
        theirs.append(_whole_peer_seconds(bench, path, rows))
        ours.append(bench.import_file(bench.empty_city("bench_whole"), path, rows).seconds)
        bench.drop("bench_whole")
    mine, peer = rows / statistics.median(ours), rows / statistics.median(theirs)
    return at_least(
        f"  against geopandas.to_postgis and what makes the same, {rows:,} rows",
        mine / peer,
        TIMES_PEER,
        "x",
        detail=f"{mine:,.0f} / {peer:,.0f} rows/s",
    )


def _whole_peer_seconds(bench: Bench, path: Path, rows: int) -> float:
    url = bench.empty_city("bench_peer")
    seconds = seconds_of(lambda: import_with_geopandas(path, url, LOCAL_ZONE))
    require_whole(url, rows)
    bench.drop("bench_peer")
    return seconds


def _peer_seconds(bench: Bench) -> float:
    """Seconds in which geopandas brings the same file into a table with an index on the points."""
    path = bench.parquet(PEER_ROWS)
    url = bench.empty_city("bench_peer")
    seconds = seconds_of(lambda: _to_postgis(path, url))
    bench.drop("bench_peer")
    return seconds


def _to_postgis(path: Path, url: str) -> None:
    frame = pd.read_parquet(path)
    points = geopandas.points_from_xy(frame.pop("lon"), frame.pop("lat"), crs=4326)
    engine = engine_for(url)
    # Its table gets a GiST index on the points.
    geopandas.GeoDataFrame(frame, geometry=points).to_postgis("incident_peer", engine, index=False)
    with engine.connect() as connection:
        count = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_indexes WHERE tablename = 'incident_peer' AND indexdef LIKE '%%USING gist%%'"
        ).scalar_one()
    engine.dispose()
    assert count == 1, "geopandas made no index"


def _placing(bench: Bench) -> Measure:
    url = bench.empty_city("bench_placing")
    points = _points(bench, PLACED_POINTS)
    with psycopg.connect(libpq_url(url)) as connection:
        locator = CityLocator.load(connection)
        _arrive(connection, points[:JOINED_POINTS])
        placed = locator.place(connection, points[:JOINED_POINTS])
        _agree(connection, int(np.count_nonzero(placed.grid_id)))
        duel = take_turns(
            lambda: locator.place(connection, points), lambda: connection.execute(_JOIN).fetchone(), rounds=3
        )
    bench.drop("bench_placing")
    ours, theirs = PLACED_POINTS / duel.ours_s, JOINED_POINTS / duel.theirs_s
    return at_least(
        "point to small grid against SQL ST_Contains",
        ours / theirs,
        TIMES_JOIN,
        "x",
        detail=f"{ours:,.0f} / {theirs:,.0f} per s",
    )


def _points(bench: Bench, count: int) -> NDArray[np.float64]:
    """Positions (count, 2) of the synthetic incidents."""
    frame = pd.read_parquet(bench.parquet(max(count, bench.rows // 10)), columns=["lon", "lat"]).dropna()
    return np.resize(frame.to_numpy(), (count, 2))


def _arrive(connection: psycopg.Connection, points: NDArray[np.float64]) -> None:
    """The same points as rows, as an import by SQL would have them, beside indexed small grids."""
    connection.execute("CREATE TEMP TABLE arrived (geom geometry(Point, 4326))")
    copy_binary.copy_in(connection, "arrived", copy_binary.encode([copy_binary.points(points)]))
    connection.execute("CREATE TEMP TABLE small AS SELECT id, geom FROM unit WHERE level_key = 'small'")
    connection.execute("CREATE INDEX ON small USING gist (geom)")
    connection.execute("ANALYZE arrived, small")


def _agree(connection: psycopg.Connection, placed: int) -> None:
    """Both find about the same: they may differ on points that lie exactly on a border."""
    row = connection.execute(_JOIN.encode()).fetchone()
    assert row is not None
    assert abs(row[0] - placed) <= 0.001 * placed, f"{placed:,} points were placed, {row[0]:,} were joined"
