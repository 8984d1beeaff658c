"""How fast are reports acknowledged beside bare INSERTs, is each stored once, and how soon do the figures know?"""

import statistics
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import psycopg

from data.engine import libpq_url
from data.scope_reach import fill_scope_reach
from data.tile_pieces import cut_units
from tests.benchmarks import intake_load
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least, at_most

REPORTS = 10_000
BATCH = 100
BATCH_SHARE = 0.5
SINGLE_SHARE = 0.15
FRESH_S = 1.5
ROUNDS = {BATCH: 5, 1: 2}
_FOLDED = """
SELECT coalesce(sum(n), 0)
FROM rollup_day
WHERE class_id IN (-1, -2)
    AND subject_id = (SELECT id FROM unit WHERE parent_id IS NULL ORDER BY id LIMIT 1)
"""
_STORED = "SELECT count(*), count(DISTINCT external_id), count(DISTINCT id) FROM incident WHERE external_id LIKE %s"


def measures(bench: Bench) -> Iterator[Measure]:
    """Batches of 100 and single reports of one account, by sixteen writers; the program runs as it ships."""
    url, bare = bench.empty_city("bench_intake"), bench.empty_city("bench_bare")
    spots = intake_load.read_spots(url)
    _settle(url)
    _prepare(bare)
    tokens = intake_load.operator_tokens(url, intake_load.WRITERS)
    with intake_load.program_on(url, bench.folder / "intake") as address:
        one, many = intake_load.Sender(address, tokens[:1]), intake_load.Sender(address, tokens)
        for sender in (one, many):
            sender.send(intake_load.bodies_of(spots, f"warm{id(sender)}", intake_load.WRITERS * 20, 20))
        race = _Race(url, bare, spots)
        for size, share, name in ((BATCH, BATCH_SHARE, f"batches of {BATCH}"), (1, SINGLE_SHARE, "single reports")):
            yield from race.run(one, size, share, name)
        yield from race.run(many, 1, SINGLE_SHARE, "single reports of 16 accounts", judged=False)
    bench.drop("bench_intake")
    bench.drop("bench_bare")


def _settle(url: str) -> None:
    """What upkeep does once after a city has moved in: its tiles, and what each scope reaches."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        for work in (cut_units, fill_scope_reach):
            left = True
            while left:
                with connection.transaction():
                    left = bool(work(connection))


def _prepare(url: str) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("INSERT INTO dataset (key, name) VALUES ('bare', 'bare')")
        connection.execute("SELECT ensure_incident_partition(now())")


class _Race:
    """Rounds of the program and of bare INSERTs in turns."""

    def __init__(self, url: str, bare: str, spots: list[intake_load.Spot]) -> None:
        self._url, self._bare, self._spots = url, bare, spots

    def run(
        self, sender: intake_load.Sender, size: int, share: float, name: str, *, judged: bool = True
    ) -> Iterator[Measure]:
        """Rate beside the bare one, what was lost or stored twice, and how old the figures were."""
        shares, rates, fresh, lost, twice = [], [], list[float](), 0, 0
        for turn in range(ROUNDS[size]):
            mark = f"{name.replace(' ', '')}{'abcdefgh'[turn]}"
            bare_s = intake_load.insert_bare(self._bare, intake_load.rows_of(self._spots, mark, REPORTS, size))
            with _Freshness(self._url) as watch:
                ours_s, told = sender.send(intake_load.bodies_of(self._spots, mark, REPORTS, size))
            shares.append(bare_s / ours_s)
            rates.append((REPORTS / ours_s, REPORTS / bare_s))
            fresh += watch.delays(told)
            once, doubled = self._stored(mark, told)
            lost, twice = lost + REPORTS - once, twice + doubled
        ours, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
        detail = f"{ours:,.0f} / {theirs:,.0f} a second"
        yield at_least(name, statistics.median(shares), share, "x bare INSERT", detail=detail, judged=judged)
        yield at_most(f"  {name}: lost", lost, 0)
        yield at_most(f"  {name}: stored twice", twice, 0)
        yield at_most(f"  {name}: age of the figures", statistics.median(fresh), FRESH_S, "s")

    def _stored(self, mark: str, told: intake_load.Acknowledged) -> tuple[int, int]:
        """How many of the acknowledged reports are there, and how many there are beyond one of each."""
        with psycopg.connect(libpq_url(self._url)) as connection:
            row = connection.execute(_STORED, [f"{mark}-%"]).fetchone()
            assert row is not None
            rows, keys, _ = row
            found = connection.execute("SELECT count(*) FROM incident WHERE id = ANY(%s)", [told.ids]).fetchone()
        assert found is not None
        return min(int(keys), int(found[0]), len(set(told.ids))), int(rows) - int(keys)


class _Freshness:
    """Watches how many reports the folded figures count, ten times a second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._seen: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Freshness":
        self._thread.start()
        while not self._seen:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        # Until the last report is in the figures, or it is plain that it never will be.
        self._until = time.time() + 10
        self._stop.set()
        self._thread.join(30)

    def delays(self, told: intake_load.Acknowledged) -> list[float]:
        """Seconds from each acknowledgement until the figures held as many reports as were acknowledged by then."""
        first = self._seen[0][1]
        counted = [n - first for _, n in self._seen]
        assert counted[-1] >= len(told.ids), "the figures never came to count all reports"
        moments = sorted(told.moments)
        total = accumulate(n for _, n in moments)
        delays: list[float] = []
        for (at, n), by_then in zip(moments, total, strict=True):
            known_at = self._seen[bisect_left(counted, by_then)][0]
            delays += [max(0.0, known_at - at)] * n
        return delays

    def _watch(self) -> None:
        quiet_since = time.time()
        with psycopg.connect(libpq_url(self._url), autocommit=True) as connection:
            while True:
                row = connection.execute(_FOLDED).fetchone()
                pending = connection.execute("SELECT EXISTS (SELECT FROM rollup_delta)").fetchone()
                assert row is not None
                assert pending is not None
                now = time.time()
                self._seen.append((now, int(row[0])))
                quiet_since = now if pending[0] else quiet_since
                if self._stop.is_set() and (now - quiet_since > 0.3 or now > self._until):
                    return
                time.sleep(0.1)
