"""How fast are figures read beside counting the incidents anew, and do they stay as fast when the city grows?"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
from fastapi import FastAPI

from dashboard.api import routes
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.engine import AsyncDatabase, libpq_url
from data.reads.choropleth_cache import ChoroplethCache
from data.roles import WEB, url_as
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_most, take_turns
from tests.support.acting import LEADER, OPERATOR, Acting

SUMMARY_SHARE = 0.15
SUMMARY_GUIDE_MS = 25
GROWTH = 1.5
CHOROPLETH_SHARE = 0.35
CHOROPLETH_GUIDE_MS = 30
CHOROPLETH_KB = 20
ROUNDS = 15

_ZONE = ZoneInfo("Asia/Shanghai")
_SUMMARY_INDEX = (
    "CREATE INDEX bench_summary_idx ON incident (reported_at) INCLUDE (cell_id, status, breached, handled_at, due_at)"
)
_CHOROPLETH_INDEX = "CREATE INDEX bench_choropleth_idx ON incident (reported_at) INCLUDE (grid_id)"
_RAW_SUMMARY = """
    SELECT
        cell.unit_ids[2] AS county,
        count(*) AS n,
        count(*) FILTER (WHERE is_open(status)) AS n_open,
        count(*) FILTER (WHERE is_open(status) AND breached AND handled_at IS NULL) AS n_overdue,
        count(*) FILTER (WHERE status = 6) AS n_closed,
        count(*) FILTER (WHERE handled_at <= due_at) AS n_on_time,
        count(*) FILTER (WHERE handled_at > due_at) AS n_late
    FROM incident
    JOIN cell ON cell.id = incident.cell_id
    WHERE reported_at >= %(start)s
        AND reported_at < %(end)s
    GROUP BY 1
"""
_RAW_CHOROPLETH = """
    SELECT grid_id, count(*) AS n
    FROM incident
    WHERE reported_at >= %(start)s
        AND reported_at < %(end)s
        AND grid_id IS NOT NULL
    GROUP BY grid_id
"""
_BUSIEST = """
    SELECT DISTINCT ON (unit.level_key) unit.level_key, unit.code
    FROM unit
    JOIN level ON level.key = unit.level_key
    JOIN rollup_day ON rollup_day.subject_id = unit.id
    WHERE class_id = -1
        AND day > %(last)s::date - 30
    GROUP BY unit.level_key, unit.code
    ORDER BY unit.level_key, sum(n) DESC, unit.code
"""


def measures(bench: Bench) -> Iterator[Measure]:
    """Summary and choropleth over 30 days, against raw rows and against a tenth of the rows."""
    with ExitStack() as stack:
        big, tenth = (stack.enter_context(_Site(loaded.url)) for loaded in (bench.big, bench.tenth))
        yield from _summary(big, bench.big.rows)
        yield from _choropleth(big, bench.big.rows)
        yield from _growth(big, tenth)
        yield from _protected(stack.enter_context(_Site(bench.big.url, LEADER)), bench.big.rows)


class _Site:
    """The HTTP interface over one database, called in this process, and a plain connection beside it."""

    def __init__(self, url: str, account: Account = OPERATOR) -> None:
        self._url = url
        self._account = account

    def __enter__(self) -> "_Site":
        with ExitStack() as stack:
            self._runner = stack.enter_context(asyncio.Runner())
            database = AsyncDatabase(url_as(self._url, WEB))
            self._runner.run(database.open())
            stack.callback(lambda: self._runner.run(database.close()))
            app = FastAPI()
            # Without memory, or all rounds but the first would measure a dictionary.
            routes.register(app, ApiServices(database, choropleths=ChoroplethCache(capacity=0)))
            self._client = httpx.AsyncClient(
                transport=httpx.ASGITransport(Acting(app, self._account)), base_url="http://bench"
            )
            stack.callback(lambda: self._runner.run(self._client.aclose()))
            self.raw = stack.enter_context(psycopg.connect(libpq_url(self._url), autocommit=True))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def get(self, path: str, **query: str) -> httpx.Response:
        """Answer of a route below /api/v1, compressed as a browser would take it."""
        answer = self._runner.run(
            self._client.get(f"/api/v1/{path}", params=query, headers={"Accept-Encoding": "gzip"})
        )
        assert answer.status_code == 200, answer.text
        return answer


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Moments between which the same incidents lie."""

    start: datetime
    end: datetime


def _bounds(body: dict[str, Any]) -> _Bounds:
    first, last = date.fromisoformat(body["from"]), date.fromisoformat(body["to"])
    assert (last - first).days == 29
    days = (first, last + timedelta(days=1))
    return _Bounds(*(datetime.combine(day, time(), _ZONE) for day in days))


def _rows(site: _Site, statement: str, bounds: _Bounds) -> list[tuple[Any, ...]]:
    values = {"start": bounds.start, "end": bounds.end}
    return site.raw.execute(statement.encode(), values).fetchall()


def _summary(site: _Site, rows: int) -> Iterator[Measure]:
    body = site.get("summary").json()
    bounds = _bounds(body)
    site.raw.execute(_SUMMARY_INDEX)
    _check_summary(body, _rows(site, _RAW_SUMMARY, bounds))
    duel = take_turns(lambda: site.get("summary"), lambda: _rows(site, _RAW_SUMMARY, bounds), ROUNDS)
    site.raw.execute("DROP INDEX bench_summary_idx")
    name = f"summary of the city, 30 days of {rows:,}"
    yield at_most(name, duel.share, SUMMARY_SHARE, "x raw rows", detail=duel.detail)
    yield at_most(f"  {name}", duel.ours_s * 1e3, SUMMARY_GUIDE_MS, "ms", judged=False)


def _check_summary(body: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    """Both computed the same figures."""
    for place, key in enumerate(("reported", "open", "overdue", "closed"), start=1):
        assert body["figures"][key]["value"] == sum(row[place] for row in rows), key
    assert sorted(item["n"] for item in body["items"]) == sorted(row[1] for row in rows if row[0])


def _choropleth(site: _Site, rows: int) -> Iterator[Measure]:
    answer = site.get("choropleth", level="small")
    body = answer.json()
    bounds = _bounds(body)
    site.raw.execute(_CHOROPLETH_INDEX)
    raw = dict(_rows(site, _RAW_CHOROPLETH, bounds))
    values = {body["first_id"] + place: n for place, n in enumerate(body["values"]) if n}
    assert values == raw, "the values are not the count of the rows"
    duel = take_turns(
        lambda: site.get("choropleth", level="small"), lambda: _rows(site, _RAW_CHOROPLETH, bounds), ROUNDS
    )
    site.raw.execute("DROP INDEX bench_choropleth_idx")
    name = f"choropleth of {len(body['values']):,} values, 30 days of {rows:,}"
    yield at_most(name, duel.share, CHOROPLETH_SHARE, "x raw rows", detail=duel.detail)
    yield at_most(f"  {name}", duel.ours_s * 1e3, CHOROPLETH_GUIDE_MS, "ms", judged=False)
    yield at_most(f"  {name}, compressed", answer.num_bytes_downloaded / 1e3, CHOROPLETH_KB, "kB")


def _protected(site: _Site, rows: int) -> Iterator[Measure]:
    """The same for a reader of sensitive classes' released figures, who gets other figures than raw rows do."""
    bounds = _bounds(site.get("summary").json())
    for what, index, statement, query, bar in (
        ("summary", _SUMMARY_INDEX, _RAW_SUMMARY, {}, SUMMARY_SHARE),
        ("choropleth", _CHOROPLETH_INDEX, _RAW_CHOROPLETH, {"level": "small"}, CHOROPLETH_SHARE),
    ):
        site.raw.execute(index)
        duel = take_turns(
            lambda what=what, query=query: site.get(what, **query),
            lambda statement=statement: _rows(site, statement, bounds),
            ROUNDS,
        )
        site.raw.execute(f"DROP INDEX bench_{what}_idx")
        yield at_most(f"{what} for leaders, 30 days of {rows:,}", duel.share, bar, "x raw rows", detail=duel.detail)


def _growth(big: _Site, tenth: _Site) -> Iterator[Measure]:
    """The busiest unit of each level: as fast with ten times the incidents."""
    last = big.get("summary").json()["to"]
    for level, code in sorted(tenth.raw.execute(_BUSIEST.encode(), {"last": last}).fetchall()):
        query = {"unit": code, "level": level}
        small, large = (site.get("summary", **query).json()["total"] for site in (tenth, big))
        assert large > small > 0, f"{code}: {small} and {large} incidents are no growth"
        duel = take_turns(
            lambda query=query: big.get("summary", **query), lambda query=query: tenth.get("summary", **query), ROUNDS
        )
        yield at_most(f"summary of a unit of level {level}, 10 x the rows", duel.share, GROWTH, "x", detail=duel.detail)
