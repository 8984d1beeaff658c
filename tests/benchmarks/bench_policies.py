"""What do the policies of row-level security cost? The same requests as the web and as the owner, in turns."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import numpy as np
import psycopg
from fastapi import FastAPI

from dashboard.api import routes
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.engine import AsyncDatabase, libpq_url
from data.reads.choropleth_cache import ChoroplethCache
from data.roles import WEB, url_as
from data.scope_reach import fill_scope_reach
from geo.morton import bin_cell, morton_of
from layers.permission import Access
from layers.tile_app import TileApp
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_most, take_turns
from tests.support.acting import OPERATOR, Acting, of_area

MOST = 1.3
ROUNDS = 41
INCIDENT_ZOOMS = (10, 12, 14, 16)


def measures(bench: Bench) -> Iterator[Measure]:
    """Summaries and tiles of the demo city and of all rows, for the whole city and for one county."""
    for name, url in (("demo city", bench.demo_url), (f"{bench.big.rows:,} rows", bench.big.url)):
        yield from measures_of(name, url)


def measures_of(name: str, url: str) -> Iterator[Measure]:
    """The same for one database."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        while fill_scope_reach(connection):
            pass
        row = connection.execute(
            """
            SELECT unit.id, unit.code, ST_X(label_point), ST_Y(label_point)
            FROM unit JOIN level ON level.key = unit.level_key
            WHERE level.rank = 1
            ORDER BY (SELECT sum(n) FROM rollup WHERE subject_id = unit.id AND class_id = 0) DESC NULLS LAST
            LIMIT 1
            """
        ).fetchone()
    assert row is not None
    unit_id, code, lon, lat = row
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        for who, account in (("whole city", OPERATOR), ("one county", of_area(unit_id, code))):
            ours = stack.enter_context(_Site(runner, url_as(url, WEB), account))
            theirs = stack.enter_context(_Site(runner, url, account))
            for what, address in _requests(lon, lat).items():
                duel = take_turns(_asking(ours, address), _asking(theirs, address), ROUNDS)
                bodies = [site.get(address).content for site in (ours, theirs)]
                assert address.startswith("/api") or account is not OPERATOR or bodies[0] == bodies[1], what
                yield at_most(f"{what}, {who}, {name}", duel.share, MOST, "x without", detail=duel.detail)


def _requests(lon: float, lat: float) -> dict[str, str]:
    found = {"summary": "/api/v1/summary", "choropleth": "/api/v1/choropleth?level=small"}
    for zoom in (8, 11, 13):
        found[f"unit tile z{zoom}"] = f"/tiles/units-small/{zoom}/{_tile(lon, lat, zoom)}.mvt"
    for zoom in INCIDENT_ZOOMS:
        found[f"incident tile z{zoom}"] = f"/tiles/incidents/{zoom}/{_tile(lon, lat, zoom)}.mvt"
    return found | {"place tile z12": f"/tiles/places/12/{_tile(lon, lat, 12)}.mvt"}


def _tile(lon: float, lat: float, zoom: int) -> str:
    column, row = bin_cell(morton_of(np.array([[lon, lat]])) >> 2 * (24 - zoom))
    return f"{column[0]}/{row[0]}"


def _asking(site: "_Site", address: str) -> Callable[[], object]:
    return lambda: site.get(address)


class _Site:
    """Interface and tiles over one database under one login role, in the name of an account; nothing is kept."""

    def __init__(self, runner: asyncio.Runner, url: str, account: Account) -> None:
        self._runner, self._url, self._account = runner, url, account

    def __enter__(self) -> "_Site":
        self._database = AsyncDatabase(self._url, min_size=1, max_size=2)
        self._runner.run(self._database.open())
        app = FastAPI()
        access = Access(self._account.name, None)
        app.mount("/tiles", TileApp(self._database, cache_mb=0, access_of=lambda _: access))
        routes.register(app, ApiServices(self._database, choropleths=ChoroplethCache(capacity=0)))
        transport = httpx.ASGITransport(Acting(app, self._account))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://bench")
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self._database.close())

    def get(self, address: str) -> httpx.Response:
        """Answer to a request."""
        answer = self._runner.run(self._client.get(address))
        assert answer.status_code in (200, 204), answer.text
        return answer
