"""Are planted duplicates found in cities that nobody tuned for, and how fast are candidates found among many?"""

import asyncio
import statistics
from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

import psycopg

from data.demo.load import load_demo
from data.duplicates.candidates import find_candidates, read_asked
from data.engine import AsyncDatabase, engine_for, libpq_url
from data.importing.progress import Unheard
from data.roles import WEB, url_as
from data.scope import RowScope, scope_statements
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.support.scored_duplicates import Score, score_duplicates

SEEDS = (7, 11)
"""Those of the weights are 101 and 102, that of the test is 303."""

DAYS, COUNT = 45, 25_000
F1_BAR = 0.85
GUIDE_MS = 50
ASKED = 300
_SOME = "SELECT id FROM incident WHERE geom IS NOT NULL AND reported_at > %(since)s ORDER BY hashint8(id) LIMIT %(n)s"


def measures(bench: Bench) -> Iterator[Measure]:
    """Precision, recall and F1 on two cities; time of a question among all rows."""
    for seed in SEEDS:
        yield from _scored(seed, _city(bench, seed))
    yield _asked_among_many(bench)


def _city(bench: Bench, seed: int) -> Score:
    url = bench.migrated(f"bench_duplicates_{seed}")
    engine = engine_for(url)
    load_demo(engine, now=bench.now, progress=Unheard(), seed=seed, days=DAYS, count=COUNT)
    engine.dispose()
    bench.vacuum(url)
    return asyncio.run(score_duplicates(url))


def _scored(seed: int, score: Score) -> Iterator[Measure]:
    city = f"duplicates of the city of seed {seed}"
    detail = f"precision {score.precision:.3f}, recall {score.recall:.3f}"
    yield at_least(f"{city}: F1", score.f1, F1_BAR, detail=detail)


def _asked_among_many(bench: Bench) -> Measure:
    seconds = asyncio.run(_ask(bench.big.url, bench))
    p95 = statistics.quantiles(seconds, n=20)[-1] * 1_000
    name = f"candidates of a case among {bench.big.rows:,} incidents, 95th percentile"
    median = statistics.median(seconds) * 1_000
    return at_most(name, p95, GUIDE_MS, " ms", detail=f"median {median:.1f}", judged=False)


async def _ask(url: str, bench: Bench) -> list[float]:
    with psycopg.connect(libpq_url(url)) as owner:
        values = {"since": bench.now - timedelta(days=60), "n": ASKED}
        ids = [row[0] for row in owner.execute(_SOME, values).fetchall()]
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=1)
    await database.open()
    try:
        return [await _one(database, case_id) for case_id in ids]
    finally:
        await database.close()


async def _one(database: AsyncDatabase, case_id: int) -> float:
    async with database.reading() as conn:
        await conn.execute(scope_statements(RowScope(account_id=1, sees_sensitive=True)).encode())
        start = perf_counter()
        await find_candidates(conn, await read_asked(conn, case_id))
        return perf_counter() - start
