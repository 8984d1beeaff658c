"""How long from a commit to a viewer? `make bench-live`, or this module with `--help`.

The real program serves a city of the demo's units; several connections write reports to its database at an even rate,
viewers of the whole city, of counties and of towns listen at the socket, and one wall stands in Chromium. All run on
this machine, so the server has what the others leave of its cores.
"""

import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpx
import numpy as np
import psycopg
from numpy.typing import NDArray

from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.accounts.tokens import NewToken, make_token
from data.engine import AsyncDatabase, libpq_url
from tests.benchmarks.context import Bench
from tests.benchmarks.live.viewers import READY, Received, watch
from tests.benchmarks.live.wall import Seen, seen_on, standing
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.support.ready import wait_until_ready

P95_S = 2.0
WRITERS = 4
A_COMMIT = 5
"""Reports that are committed together."""

WARM_UP_S, SETTLE_S, READY_S, STOP_S = 5.0, 6.0, 180.0, 90.0
PASSWORD = "vuk7 orze plym tadi"
ROOT = Path(__file__).parents[3]
_PLACES = """
SELECT cell.id, cell.grid_id FROM cell WHERE cell.grid_id IS NOT NULL ORDER BY cell.id
"""
_WRITE = """
INSERT INTO incident (reported_at, cell_id, grid_id, class_id, source_id, dataset_id)
SELECT now(), place.cell_id, place.grid_id, %(class)s, %(source)s, %(dataset)s
FROM unnest(%(cells)s::int[], %(grids)s::int[]) AS place (cell_id, grid_id)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Reports that were committed.

    Attributes:
        case, cell: (n,) ids.
        at_s: (n,) when the commit had returned, seconds since 1970.
    """

    case: NDArray[np.int64]
    cell: NDArray[np.int32]
    at_s: NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per measure; 1 where one falls short."""
    asked = _parse(argv)
    kept = True
    with Bench(0, datetime.now(UTC)) as bench:
        for measure in _measures(bench, asked):
            print(measure.line(), flush=True)
            kept &= measure.ok or not measure.judged
    print("every bar is kept" if kept else "falls short", flush=True)
    return int(not kept)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.live.run", description="Measure the live feed.")
    parser.add_argument("--viewers", type=int, default=100, help="connections (default %(default)s)")
    parser.add_argument("--rate", type=float, default=500.0, help="events a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the run (default %(default)s)")
    return parser.parse_args(argv)


def _measures(bench: Bench, asked: argparse.Namespace) -> Iterator[Measure]:
    url = bench.empty_city("live")
    _prepare(url)
    areas = _areas(url)
    tokens = anyio.run(_tokens, url, areas)
    # Four of ten viewers see the whole city, the others an area each.
    order = [0, 0, 0, 0, *range(1, len(areas))]
    chosen = [order[viewer % len(order)] for viewer in range(asked.viewers)]
    with _served(url, bench.folder) as (port, pid):
        address = f"ws://127.0.0.1:{port}/live"
        rss_before = _rss_mb(pid)
        with (
            _watching(address, [tokens[place] for place in chosen]) as pipe,
            standing(f"http://127.0.0.1:{port}", _session(port)) as wall,
        ):
            rss_open = _rss_mb(pid)
            warming = _write(url, asked.rate, WARM_UP_S)
            began_s = time.time()
            written = _write(url, asked.rate, asked.seconds)
            took_s = time.time() - began_s
            time.sleep(SETTLE_S)
            rss_after = _rss_mb(pid)
            pipe.send("give")
            received: Received = pipe.recv()
            seen = seen_on(wall)
    yield from _times(written, received, asked)
    yield from _pixels(warming, written, seen)
    yield from _losses(url, written, received, [areas[place] for place in chosen])
    yield at_least("events written a second", len(written.case) / took_s, 0.95 * asked.rate, "/s")
    yield at_most("pushes a second to one viewer, the most", float(received.pushes.max()) / (took_s + WARM_UP_S), 1.05)
    opened = (rss_open - rss_before) / max(1, asked.viewers)
    yield at_most("memory of the server per viewer", opened, 1.0, "MB", detail=f"{rss_open:.0f} MB", judged=False)
    grown = rss_after - rss_open
    yield at_most("memory of the server, growth over the run", grown, 100.0, "MB", detail=f"{rss_after:.0f} MB")


def _times(written: Written, received: Received, asked: argparse.Namespace) -> Iterator[Measure]:
    place = np.searchsorted(written.case, received.case)
    known = place < len(written.case)
    known[known] = written.case[place[known]] == received.case[known]
    late_s = received.at_s[known] - written.at_s[place[known]]
    what = f"committed to received, {asked.viewers} viewers, {asked.rate:.0f} events/s"
    if not len(late_s):
        yield Measure(what, "nothing received", f"<= {P95_S} s", ok=False)
        return
    yield at_most(f"{what}: p50", float(np.percentile(late_s, 50)), P95_S, "s", judged=False)
    yield at_most(f"{what}: p95", float(np.percentile(late_s, 95)), P95_S, "s")


def _pixels(warming: Written, written: Written, seen: Seen) -> Iterator[Measure]:
    """From a commit until a wall shows it: cases in the ticker, which has room for few, and the figure of all."""
    place = np.searchsorted(written.case, seen.case)
    known = place < len(written.case)
    known[known] = written.case[place[known]] == seen.case[known]
    lines_s = seen.case_at_s[known] - written.at_s[place[known]]
    # The figure shows the k-th report of the run as soon as it has grown by k.
    at_s = np.sort(np.concatenate((warming.at_s, written.at_s)))
    shown = np.searchsorted(seen.figure - seen.figure[0], np.arange(1, len(at_s) + 1))
    is_shown = shown < len(seen.figure)
    is_shown[: len(warming.at_s)] = False
    figure_s = seen.figure_at_s[shown[is_shown]] - at_s[is_shown]
    for what, late_s in (("a line of the wall's ticker", lines_s), ("the wall's figure", figure_s)):
        name = f"committed to {what} in Chromium"
        if not len(late_s):
            yield Measure(name, "nothing shown", f"<= {P95_S} s", ok=False)
            continue
        yield at_most(f"{name}: p50", float(np.percentile(late_s, 50)), P95_S, "s", judged=False)
        yield at_most(f"{name}: p95", float(np.percentile(late_s, 95)), P95_S, "s", detail=f"n = {len(late_s)}")


def _losses(url: str, written: Written, received: Received, areas: Sequence["_Area"]) -> Iterator[Measure]:
    lost = doubled = foreign = 0
    for viewer, area in enumerate(areas):
        mine = received.case[received.viewer == viewer]
        unique = np.unique(mine)
        doubled += len(mine) - len(unique)
        own = written.case[np.isin(written.cell, area.cells)] if area.cells is not None else written.case
        lost += len(np.setdiff1d(own, unique, assume_unique=True))
        others = np.setdiff1d(written.case, own, assume_unique=True)
        foreign += len(np.intersect1d(others, unique, assume_unique=True))
    for name, count in (
        ("lost", lost), ("told twice", doubled), ("told outside the scope", foreign),
        ("stretches that do not join", received.gaps), ("snapshots forced on viewers", received.snapshots),
    ):  # fmt: skip
        yield Measure(f"  events {name}" if name[0] in "lt" else f"  {name}", str(count), "= 0", count == 0)


@dataclass(frozen=True, slots=True)
class _Area:
    """What a viewer sees; `cells` is None for the whole city."""

    code: str | None
    level: str | None
    cells: NDArray[np.int32] | None


def _prepare(url: str) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("INSERT INTO dataset (key, name) VALUES ('live', 'live')")
        connection.execute("SELECT ensure_incident_partition(now())")


def _areas(url: str) -> list[_Area]:
    """The whole city, its counties and a few towns."""
    with psycopg.connect(libpq_url(url)) as connection:
        units = connection.execute(
            "SELECT id, code, level_key FROM unit WHERE level_key IN ('county', 'large') ORDER BY id LIMIT 8"
        ).fetchall()
        areas = [_Area(None, None, None)]
        for unit_id, code, level in units:
            rows = connection.execute("SELECT id FROM cell WHERE subjects @> ARRAY[%s::int]", [unit_id]).fetchall()
            areas.append(_Area(code, level, np.array([row[0] for row in rows], np.int32)))
    return areas


async def _tokens(url: str, areas: Sequence[_Area]) -> list[str]:
    """A token for each area."""
    database = AsyncDatabase(url, min_size=1, max_size=1)
    await database.open()
    now, tokens = datetime.now(UTC), []
    async with database.writing() as conn:
        for number, area in enumerate(areas):
            new = NewAccount(f"viewer-{number}", Role.OPERATOR, area.code, area.level)
            account = await add_account(conn, new, PASSWORD, now)
            tokens.append((await make_token(conn, account, NewToken("live", 1, None), now)).text)
    await database.close()
    return tokens


@contextmanager
def _served(url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The program over the city; gives its port and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = os.environ | {"DATABASE_URL": url, "MINQING_DATA_DIR": str(folder / "program")}
    command = [sys.executable, "app.py", "serve", "--port", str(port)]
    log = (folder / "program.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        wait_until_ready(port, process, folder / "program.log", READY_S)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(STOP_S)
        log.close()


def _session(port: int) -> str:
    """A session of the first account, which sees the whole city."""
    answer = httpx.post(f"http://127.0.0.1:{port}/login", data={"username": "viewer-0", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return str(answer.cookies["minqing_session"])


@contextmanager
def _watching(address: str, tokens: Sequence[str]) -> Iterator["multiprocessing.connection.Connection"]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=watch, args=(address, list(tokens), theirs))
    process.start()
    if not ours.poll(READY_S) or ours.recv() != READY:
        raise RuntimeError("the viewers did not get connected")
    yield ours
    process.join(30)


def _write(url: str, rate: float, seconds: float) -> Written:
    """Commit reports at an even rate from several connections."""
    logs: list[list[tuple[list[int], NDArray[np.int32], float]]] = [[] for _ in range(WRITERS)]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_write_one, args=(url, rate / WRITERS, until, np.random.default_rng(number), log))
        for number, log in enumerate(logs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    commits = [commit for log in logs for commit in log]
    case = np.array([one for ids, _, _ in commits for one in ids], np.int64)
    cell = np.concatenate([cells for _, cells, _ in commits])
    at_s = np.repeat([at for _, _, at in commits], A_COMMIT)
    order = np.argsort(case)
    return Written(case[order], cell[order], at_s[order])


def _write_one(
    url: str,
    rate: float,
    until: float,
    rng: np.random.Generator,
    log: list[tuple[list[int], NDArray[np.int32], float]],
) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        places = np.array(connection.execute(_PLACES).fetchall(), np.int32)
        classes = [row[0] for row in connection.execute("SELECT id FROM incident_class ORDER BY id").fetchall()]
        facts = connection.execute("SELECT (SELECT min(id) FROM source), (SELECT max(id) FROM dataset)").fetchone()
        assert facts is not None
        connection.commit()
        turn = time.monotonic()
        while turn < until:
            chosen = places[rng.integers(len(places), size=A_COMMIT)]
            values = {"class": int(rng.choice(classes)), "source": facts[0], "dataset": facts[1]}
            values |= {"cells": chosen[:, 0].tolist(), "grids": chosen[:, 1].tolist()}
            ids = [row[0] for row in connection.execute(_WRITE, values).fetchall()]
            connection.commit()
            log.append((ids, chosen[:, 0], time.time()))
            turn += A_COMMIT / rate
            time.sleep(max(0.0, turn - time.monotonic()))


def _rss_mb(pid: int) -> float:
    """Memory of a process that is in use."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} is gone")


if __name__ == "__main__":
    sys.exit(main())
