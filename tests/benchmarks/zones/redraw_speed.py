"""How fast is a plan redrawn by hand?"""

import time
from collections.abc import Iterator

import numpy as np
import shapely

from geo.redraw.moves import MoveRefused, moved
from geo.redraw.plan import DrawnPlan, Terrain
from geo.zoning.problem import ZoneRules
from geo.zoning.propose import Proposal, propose
from tests.benchmarks.measure import Measure, at_most
from tests.benchmarks.zones.cases import voronoi_case

MOVES = 2_000


def redraw_measures(seed: int) -> Iterator[Measure]:
    """Single moves with everything that hangs on them, and all movable units of a plan."""
    for count, zones, bar_ms in ((4_555, 100, 1.0), (50_000, 400, 5.0)):
        plan = _plan(count, zones, seed)
        times = _move_times(plan, np.random.default_rng(seed))
        yield at_most(f"redraw {count:,}: one move, p99", float(np.percentile(times, 99)) * 1e3, bar_ms, "ms")
        if count < 10_000:
            spent = sorted(_cpu(plan.movable) for _ in range(9))[4]
            yield at_most(f"redraw {count:,}: all movable units", spent * 1e3, 10.0, "ms")


def _plan(count: int, zones: int, seed: int) -> DrawnPlan:
    case = voronoi_case(count, seed)
    found = propose(case.units, ZoneRules(zones=zones), seconds=0.2)
    if not isinstance(found, Proposal):
        raise RuntimeError(str(found))
    area, outline = shapely.area(case.polygons), shapely.length(case.polygons)
    terrain = Terrain.of(case.units.graph, case.units.attributes, case.units.workload, area, outline)
    return DrawnPlan.of(terrain, found.zone)


def _move_times(plan: DrawnPlan, rng: np.random.Generator) -> list[float]:
    """CPU seconds of random border moves with all figures, the refused ones included."""
    times = []
    graph = plan.terrain.graph
    border = np.flatnonzero(plan.movable())
    while len(times) < MOVES:
        unit = int(rng.choice(border))
        near = plan.zone[graph.other[graph.start[unit] : graph.start[unit + 1]]]
        to = int(rng.choice(near))
        if to == plan.zone[unit]:
            continue
        start = time.thread_time()
        after = moved(plan, np.array([unit]), to)
        if isinstance(after, DrawnPlan):
            _figures_shown(after)
        times.append(time.thread_time() - start)
        plan = plan if isinstance(after, MoveRefused) else after
    return times[10:]


def _figures_shown(plan: DrawnPlan) -> tuple[float, float, bool]:
    return plan.ratio, plan.workload_max_over_mean, plan.contiguous


def _cpu(act: object) -> float:
    start = time.thread_time()
    act()  # type: ignore[operator]
    return time.thread_time() - start
