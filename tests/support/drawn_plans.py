"""Which small drawn plans do the tests of redrawing work on?"""

import numpy as np

from geo.redraw.plan import DrawnPlan, Terrain
from geo.zoning.graph import by_first_use
from tests.support.zoning_cases import lattice, scattered


def squares(columns: int, rows: int, *, workload: list[float] | None = None, fence: str | None = None) -> Terrain:
    """Unit squares: area 1, perimeter 4, scores 0 1 2 0 1 2 …"""
    n = columns * rows
    scores = np.arange(float(n))[:, None] % 3
    load = np.ones(n) if workload is None else np.array(workload, float)
    parts = None if fence is None else np.array([ord(letter) for letter in "".join(fence.split())])
    return Terrain.of(lattice(columns, rows), scores, load, np.ones(n), np.full(n, 4.0), parts)


def plan_of(drawing: str, **more: object) -> DrawnPlan:
    """A plan drawn in letters, one per square, rows apart by blanks; '.' is no zone."""
    rows = drawing.split()
    zone = np.array([-1 if letter == "." else ord(letter) - ord("A") for letter in "".join(rows)])
    return DrawnPlan.of(squares(len(rows[0]), len(rows), **more), zone)


def drawing_of(plan: DrawnPlan, columns: int) -> str:
    """The same the other way."""
    letters = "".join("." if z < 0 else chr(ord("A") + z) for z in plan.zone.tolist())
    return " ".join(letters[k : k + columns] for k in range(0, len(letters), columns))


def centres(columns: int, rows: int) -> np.ndarray:
    """(n, 2) centres of the squares; the first row is the highest."""
    y, x = np.divmod(np.arange(columns * rows), columns)
    return np.column_stack((x + 0.5, rows - y - 0.5))


def scattered_terrain(seed: int, count: int = 40) -> Terrain:
    """Random places with Delaunay neighbours."""
    units = scattered(count, seed)
    rng = np.random.default_rng(seed)
    outline = rng.random(count) * 10 + 10
    return Terrain.of(units.graph, units.attributes, units.workload, rng.random(count), outline)


def random_plan(seed: int, zones: int, *, count: int = 40, holes: float = 0.0) -> DrawnPlan:
    """Zones around random units of a scattered terrain, each in one piece; some units may be in none."""
    terrain = scattered_terrain(seed, count)
    rng = np.random.default_rng([seed, zones])
    zone = np.full(count, -1, np.int64)
    seeds = rng.permutation(count)[:zones]
    zone[seeds] = np.arange(len(seeds))
    graph = terrain.graph
    while True:
        free = [
            (unit, int(near))
            for unit in np.flatnonzero(zone < 0).tolist()
            for near in zone[graph.other[graph.start[unit] : graph.start[unit + 1]]].tolist()
            if near >= 0
        ]
        if not free or (zone < 0).mean() <= holes:
            break
        unit, near = free[int(rng.integers(len(free)))]
        zone[unit] = near
    return DrawnPlan.of(terrain, zone if holes else by_first_use(zone))
