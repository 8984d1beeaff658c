"""How good and how fast is the zoning engine beside its peers? `make bench-zones`, or this module with `--help`.

Quality is the share of the sum of squares between zones. All are given the same neighbours and the same standardised
attributes. Peers run one after the other in processes of their own, each with a limit of CPU time. Left out is
spopt's own SKATER, which had no answer for 868 units after 100 s of CPU time; pygeoda's takes 0.1 s.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from geo.zoning.figures import between_share
from geo.zoning.problem import Wishes, ZoneRules
from geo.zoning.propose import Proposal, propose
from geo.zoning.search import Progress
from geo.zoning.stable_plan import propose_stable
from geo.zoning.warm import warm_up
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.benchmarks.zones.cases import Case, as_json, demo_case, new_york_case, planted_only, voronoi_case
from tests.benchmarks.zones.redraw_speed import redraw_measures

PLAIN = Wishes(compactness=0.0)
ALL_PEERS = (
    "scikit-learn ward",
    "spopt ward",
    "pygeoda schc",
    "pygeoda skater",
    "pygeoda redcap",
    "pygeoda azp greedy from schc",
    "pygeoda azp tabu from schc",
    "pygeoda azp sa from schc",
)
MAXP_PEERS = ("pygeoda maxp greedy", "pygeoda maxp tabu", "pygeoda maxp sa", "spopt max-p")
DEMO_SEEDS = (7, 8, 9, 10, 11)
SHARED = Path(os.environ.get("MINQING_SHARED_DATA", Path(__file__).parents[3].parent / "shared" / "data"))


@dataclass(frozen=True)
class Answer:
    """What a peer found; `zone` is None where it failed or took too long."""

    name: str
    zone: np.ndarray | None
    cpu_s: float
    why: str = ""


class FirstPlan:
    """Notes when the first plan was shown and how good it was."""

    def __init__(self) -> None:
        self._start, self.cpu_s, self.ratio = time.process_time(), 0.0, 0.0

    def heard(self, progress: Progress) -> bool:
        """Note the first report."""
        if not self.cpu_s:
            self.cpu_s, self.ratio = time.process_time() - self._start, progress.ratio
        return True


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per measure.

    Returns:
        0 where every bar is kept, 1 where a figure falls short.
    """
    arguments = _parse(argv)
    warm_up()
    kept = True
    for name, part in _parts(arguments).items():
        if arguments.only and name not in arguments.only:
            continue
        start = time.perf_counter()
        for measure in part():
            print(measure.line(), flush=True)
            kept &= measure.ok or not measure.judged
        print(f"  ({name}: {time.perf_counter() - start:.0f} s)", flush=True)
    print("every bar is kept" if kept else "falls short", flush=True)
    return int(not kept)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.zones.run", description="Measure zoning against peers.")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="of the fresh Voronoi cases")
    parser.add_argument("--peer-seconds", type=int, default=300, help="most CPU time of a peer (default %(default)s)")
    parser.add_argument(
        "--only", action="append", help="compile, 868, 1700, new-york, 4555, 20000, 50000, maxp, demo, redraw"
    )
    arguments = parser.parse_args(argv)
    print(f"seed of the fresh cases: {arguments.seed}", flush=True)
    return arguments


def _parts(arguments: argparse.Namespace) -> dict[str, Callable[[], Iterator[Measure]]]:
    seed, limit = arguments.seed, arguments.peer_seconds
    return {
        "compile": _compile,
        "868": lambda: _small(voronoi_case(868, seed), 30, 1.0, limit, ALL_PEERS),
        "1700": lambda: _quality(voronoi_case(1_700, seed), 40, 1.0, limit, ALL_PEERS),
        "new-york": lambda: _new_york(limit),
        "4555": lambda: _middle(voronoi_case(4_555, seed), limit),
        "20000": lambda: _beside_ward(voronoi_case(20_000, seed), 200, 4.0, limit),
        "50000": lambda: _beside_ward(voronoi_case(50_000, seed), 400, 4.0, limit),
        "maxp": lambda: _most_zones(voronoi_case(868, seed + 1), limit),
        "demo": lambda: chain.from_iterable(_planted(case, limit) for case in _demo_cities()),
        "redraw": lambda: redraw_measures(seed),
    }


def _compile() -> Iterator[Measure]:
    """Compile in a process with an empty cache, then load in one with a filled cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        code = "import time; from geo.zoning.warm import warm_up; warm_up(); print(time.process_time())"
        for name, bar in (
            ("compile on a fresh machine, CPU time", 60.0),
            ("load what was compiled, with Python, CPU time", 5.0),
        ):
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
            )
            yield at_most(name, float(done.stdout), bar, "s")


def _ours(case: Case, rules: ZoneRules, seconds: float, wishes: Wishes = PLAIN) -> tuple[Proposal, float, FirstPlan]:
    first = FirstPlan()
    start = time.process_time()
    found = propose(case.units, rules, wishes, seconds=seconds, listener=first)
    spent = time.process_time() - start
    if not isinstance(found, Proposal):
        raise RuntimeError(f"{case.name}: {found}")
    return found, spent, first


def _ask(name: str, number: float, case: Case, limit: int) -> Answer:
    """Run a peer in its own process."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(as_json(case))
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.zones.peer", name, str(number), file.name]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )
    if done.returncode < 0:
        return Answer(name, None, float(limit), f"stopped after {limit} s of CPU time")
    if done.returncode:
        return Answer(name, None, 0.0, (done.stderr.strip().splitlines() or ["no message"])[-1][:100])
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    zone = np.unique(answer["zone"], return_inverse=True)[1]
    return Answer(name, zone, answer["cpu_s"])


def _asked(names: Sequence[str], number: float, case: Case, limit: int) -> list[Answer]:
    """Answers of several peers, each printed as it comes."""
    answers = []
    for name in names:
        answer = _ask(name, number, case, limit)
        said = answer.why
        if answer.zone is not None:
            said = f"{_ratio(case, answer.zone):.5f} with {answer.zone.max() + 1} zones in {answer.cpu_s:.1f} s"
        print(f"    {case.name}, {name}: {said}", flush=True)
        answers.append(answer)
    return answers


def _ratio(case: Case, zone: np.ndarray) -> float:
    return between_share(case.units.attributes, zone)


def _quality(case: Case, zones: int, seconds: float, limit: int, peers: Sequence[str]) -> Iterator[Measure]:
    found, spent, _ = _ours(case, ZoneRules(zones=zones), 0.85 * seconds)
    answers = [answer for answer in _asked(peers, zones, case, limit) if answer.zone is not None]
    best = max(answers, key=lambda answer: _ratio(case, answer.zone))
    bar = _ratio(case, best.zone)
    name = f"{case.name}, K = {zones}"
    yield Measure(
        f"{name}: ratio above every peer's",
        f"{found.figures.ratio:.5f}",
        f"> {bar:.5f} ({best.name})",
        found.figures.ratio > bar,
    )
    yield at_most(f"{name}: CPU time", spent, seconds, "s", detail=f"best peer {best.cpu_s:.1f} s")


def _small(case: Case, zones: int, seconds: float, limit: int, peers: Sequence[str]) -> Iterator[Measure]:
    yield from _quality(case, zones, seconds, limit, peers)
    ward = _ask("scikit-learn ward", zones, case, limit)
    found, spent, _ = _ours(case, ZoneRules(zones=zones, tolerance=0.1), seconds)
    figures = found.figures
    worst = max(figures.workload_max_over_mean - 1, 1 - figures.workload_min_over_mean)
    yield at_most(f"{case.name}, K = {zones}: workload off the mean", worst, 0.1, detail=f"{spent:.2f} s")
    yield at_least(f"{case.name}, within ±10 %: ratio / Ward's", figures.ratio / _ratio(case, ward.zone), 0.94)


def _middle(case: Case, limit: int) -> Iterator[Measure]:
    yield from _first_plan(case, 100, limit)
    yield from _quality(case, 100, 3.0, limit, ALL_PEERS)


def _first_plan(case: Case, zones: int, limit: int) -> Iterator[Measure]:
    ward = _ratio(case, _ask("scikit-learn ward", zones, case, limit).zone)
    _, _, first = _ours(case, ZoneRules(zones=zones), 0.2)
    yield at_most(f"{case.name}, K = {zones}: first plan shown", first.cpu_s, 0.1, "s")
    yield at_least(f"{case.name}: first plan / Ward of scikit-learn", first.ratio / ward, 1.015)


def _new_york(limit: int) -> Iterator[Measure]:
    case = new_york_case(SHARED)
    if case is None:
        print(f"    no census tracts in {SHARED}; set MINQING_SHARED_DATA to measure on them", flush=True)
        return
    yield from _quality(case, 60, 3.0, limit, ALL_PEERS)


def _beside_ward(case: Case, zones: int, seconds: float, limit: int) -> Iterator[Measure]:
    ward = _ask("scikit-learn ward", zones, case, limit)
    found, spent, _ = _ours(case, ZoneRules(zones=zones), 0.85 * seconds)
    name = f"{case.name}, K = {zones}"
    yield at_least(f"{name}: ratio / Ward of scikit-learn", found.figures.ratio / _ratio(case, ward.zone), 1.014)
    yield at_most(f"{name}: CPU time", spent, seconds, "s", detail=f"Ward alone {ward.cpu_s:.1f} s")


def _most_zones(case: Case, limit: int) -> Iterator[Measure]:
    floor = float(case.units.workload.sum()) / 40
    answers = [answer for answer in _asked(MAXP_PEERS, floor, case, limit) if answer.zone is not None]
    most = max(answers, key=lambda answer: int(answer.zone.max()))
    theirs = int(most.zone.max()) + 1
    found, spent, _ = _ours(case, ZoneRules(floor=floor), 2.0)
    name = f"{case.name}, floor of {floor:.1f}"
    yield Measure(
        f"{name}: zones",
        f"{found.figures.zones} ({spent:.1f} s)",
        f"> {theirs} ({most.name})",
        found.figures.zones > theirs,
    )
    same = [answer for answer in answers if int(answer.zone.max()) + 1 == theirs]
    bar = max(_ratio(case, answer.zone) for answer in same)
    ours, _, _ = _ours(case, ZoneRules(zones=theirs, least_workload=floor), 1.0)
    yield Measure(
        f"{name}: ratio at {theirs} zones", f"{ours.figures.ratio:.5f}", f"> {bar:.5f}", ours.figures.ratio > bar
    )


def _planted(case: Case, limit: int) -> Iterator[Measure]:
    """The most stable plan, the plan of the highest ratio, and every peer's beside the truth planted in a demo city."""
    truth = case.truth
    planted = truth >= 0
    zones = len(np.unique(truth[planted])) + int((~planted).sum() > 0) * _islands(case)
    start = time.process_time()
    found = propose_stable(case.units, ZoneRules(zones=zones), Wishes())
    spent = time.process_time() - start
    if not isinstance(found, Proposal):
        raise RuntimeError(f"{case.name}: {found}")
    ours = adjusted_rand_score(truth[planted], found.zone[planted])
    similar, _, _ = _ours(case, ZoneRules(zones=zones), 1.0, Wishes())
    score = adjusted_rand_score(truth[planted], similar.zone[planted])
    print(f"    {case.name}, adjusted Rand index of the plan with the highest ratio: {score:.4f}", flush=True)
    answers = [answer for answer in _asked(ALL_PEERS, zones, case, limit) if answer.zone is not None]
    scores = {answer.name: adjusted_rand_score(truth[planted], answer.zone[planted]) for answer in answers}
    for name, score in scores.items():
        print(f"    {case.name}, adjusted Rand index of {name}: {score:.4f}", flush=True)
    best = max(scores, key=scores.__getitem__)
    yield Measure(
        f"{case.name}, K = {zones}: adjusted Rand index of the planted truth",
        f"{ours:.4f} ({spent:.1f} s)",
        f"> {scores[best]:.4f} ({best})",
        ours > scores[best],
    )


def _demo_cities() -> Iterator[Case]:
    for seed in DEMO_SEEDS:
        city = demo_case(seed)
        yield from (city, planted_only(city))


def _islands(case: Case) -> int:
    """Pieces without any planted group; each takes a zone of its own."""
    piece = case.units.graph.pieces()
    return int(len(np.unique(piece)) - len(np.unique(piece[case.truth >= 0])))


if __name__ == "__main__":
    sys.exit(main())
