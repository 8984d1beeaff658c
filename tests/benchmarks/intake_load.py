"""How do sixteen writers hand in reports through the HTTP interface of the real program, or by bare INSERTs?"""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.accounts.tokens import NewToken, make_token
from data.engine import libpq_url

WRITERS = 16
ROOT = Path(__file__).parents[2]
READY_S = 120
_SPOTS = """
SELECT cell.id, cell.grid_id, ST_X(unit.label_point), ST_Y(unit.label_point)
FROM cell
JOIN unit ON unit.id = cell.grid_id
WHERE cell.id = cell.grid_id
ORDER BY cell.id
"""
_BARE = """
INSERT INTO incident (
    reported_at, cell_id, grid_id, class_id, severity, source_id, dataset_id, morton, geom, external_id, text, address
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_Point(%s, %s), 4326), %s, %s, %s)
"""
_TEXT = "人行道井盖破损，靠近小学门口，雨后积水较深，请尽快派人处理"
_ADDRESS = "中山路与解放路交叉口东南角"
_CLASS = "U-E-1-01"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a small grid, with the cell that it lies in."""

    cell_id: int
    grid_id: int
    lon: float
    lat: float


def read_spots(url: str) -> list[Spot]:
    """The label point of every small grid."""
    with psycopg.connect(libpq_url(url)) as connection:
        return [Spot(*row) for row in connection.execute(_SPOTS).fetchall()]


@dataclass
class Acknowledged:
    """What the writers were told.

    Attributes:
        ids: Incident ids.
        moments: How many reports were acknowledged at which moment, by time.time().
    """

    ids: list[int] = field(default_factory=list)
    moments: list[tuple[float, int]] = field(default_factory=list)


class Sender:
    """Sends prepared requests on as many connections as there are writers."""

    def __init__(self, address: str, tokens: Sequence[str]) -> None:
        self._place = urlsplit(address).netloc
        self._tokens = tokens

    def send(self, bodies: Sequence[bytes]) -> tuple[float, Acknowledged]:
        """Seconds until the last of the requests was acknowledged, and what was acknowledged."""
        told, lock = Acknowledged(), threading.Lock()

        def write(number: int) -> None:
            headers = {"Authorization": f"Bearer {self._tokens[number % len(self._tokens)]}"}
            headers["Content-Type"] = "application/json"
            connection = http.client.HTTPConnection(self._place, timeout=60)
            for body in bodies[number::WRITERS]:
                connection.request("POST", "/api/v1/incidents", body, headers)
                answer = connection.getresponse()
                content = answer.read()
                assert answer.status == 202, f"{answer.status}: {content[:300]!r}"
                ids = [item["id"] for item in json.loads(content)["items"] if item["status"] == "accepted"]
                with lock:
                    told.ids += ids
                    told.moments.append((time.time(), len(ids)))
            connection.close()

        return _together(write), told


def insert_bare(url: str, batches: Sequence[Sequence[tuple[object, ...]]]) -> float:
    """Seconds that as many writers take for the same rows with nothing but INSERT and COMMIT: no figures, no feed."""
    connections = [psycopg.connect(libpq_url(url), autocommit=True) for _ in range(WRITERS)]
    for connection in connections:
        # Without triggers: rollups, marks of tiles and the feed are what the bare rate is compared against.
        connection.execute("SET session_replication_role = replica")

    def write(number: int) -> None:
        with connections[number].cursor() as cursor:
            for rows in batches[number::WRITERS]:
                if len(rows) == 1:
                    cursor.execute(_BARE, rows[0])
                else:
                    with connections[number].transaction():
                        cursor.executemany(_BARE, rows)

    seconds = _together(write)
    for connection in connections:
        connection.close()
    return seconds


def _together(write: Callable[[int], None]) -> float:
    start = threading.Barrier(WRITERS + 1)

    def begin(number: int) -> None:
        start.wait()
        write(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(begin, number) for number in range(WRITERS)]
        start.wait()
        began = time.perf_counter()
        for one in running:
            one.result()
        return time.perf_counter() - began


def bodies_of(spots: Sequence[Spot], mark: str, count: int, size: int) -> list[bytes]:
    """Requests with so many reports in all; each report has an external id of its own."""
    reports = [_report(spots[n % len(spots)], f"{mark}-{n:06d}") for n in range(count)]
    if size == 1:
        return [json.dumps(report, ensure_ascii=False).encode() for report in reports]
    return [json.dumps(reports[n : n + size], ensure_ascii=False).encode() for n in range(0, count, size)]


def rows_of(spots: Sequence[Spot], mark: str, count: int, size: int) -> list[list[tuple[object, ...]]]:
    """The same reports as rows of `incident`."""
    now = datetime.now(UTC)
    chosen = [(spots[n % len(spots)], f"{mark}-{n:06d}") for n in range(count)]
    rows = [
        (now, spot.cell_id, spot.grid_id, 1, 1, 1, 1, 1, spot.lon, spot.lat, key, _TEXT, _ADDRESS)
        for spot, key in chosen
    ]
    return [rows[n : n + size] for n in range(0, count, size)]


def _report(spot: Spot, key: str) -> dict[str, object]:
    place = {"lon": round(spot.lon, 7), "lat": round(spot.lat, 7)}
    return {"class": _CLASS, **place, "external_id": key, "text": _TEXT, "address": _ADDRESS}


@contextmanager
def program_on(url: str, folder: Path) -> Iterator[str]:
    """Address of the real program over a database, with folding, deadlines and feed as it ships."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(exist_ok=True)
    log = folder / "serve.log"
    environ = os.environ | {"DATABASE_URL": url, "MINQING_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as out:
        command = [sys.executable, "app.py", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + READY_S
        while "[web] ready" not in log.read_text():
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < until, log.read_text()[-4000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def operator_tokens(url: str, count: int) -> list[str]:
    """Tokens of so many operators."""
    return asyncio.run(_tokens(url, count))


async def _tokens(url: str, count: int) -> list[str]:
    now = datetime.now(UTC)
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        tokens = []
        for number in range(count):
            new = NewAccount(f"writer{number}", Role.OPERATOR, None, None, None, must_change=False)
            account_id = await add_account(conn, new, "vuk7 orze plym tadi", now)
            tokens.append((await make_token(conn, account_id, NewToken("writers", 30, None), now)).text)
        return tokens
