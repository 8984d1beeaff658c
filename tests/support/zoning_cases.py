"""Which small areas do the tests of zoning and redrawing work on?"""

import numpy as np
from scipy.spatial import Delaunay

from geo.zoning.graph import UnitGraph
from geo.zoning.problem import ZoningUnits


def ids_of(count: int) -> tuple[str, ...]:
    """u000, u001, …"""
    return tuple(f"u{k:03d}" for k in range(count))


def row(values: list[float], workload: list[float] | None = None, **more: object) -> ZoningUnits:
    """Units in a row, each beside the next with a border of length 1."""
    n = len(values)
    graph = UnitGraph.of(n, np.arange(n - 1), np.arange(1, n), np.ones(n - 1))
    load = np.ones(n) if workload is None else np.array(workload, float)
    return ZoningUnits(ids_of(n), np.array(values, float)[:, None], load, graph, **more)


def lattice(columns: int, rows: int) -> UnitGraph:
    """Squares in a grid, numbered row by row, with borders of length 1."""
    number = np.arange(columns * rows).reshape(rows, columns)
    first = np.concatenate((number[:, :-1].ravel(), number[:-1].ravel()))
    second = np.concatenate((number[:, 1:].ravel(), number[1:].ravel()))
    return UnitGraph.of(columns * rows, first, second, np.ones(len(first)))


def scattered(count: int, seed: int, *, attributes: int = 3, uneven: float = 0.4, pieces: int = 1) -> ZoningUnits:
    """Random places with their Delaunay neighbours, smooth attributes with noise, uneven workload.

    With more pieces the area is cut into strips that do not adjoin.
    """
    rng = np.random.default_rng(seed)
    place = rng.random((count, 2))
    start, other = Delaunay(place).vertex_neighbor_vertices
    owner = np.repeat(np.arange(count), np.diff(start))
    strip = np.minimum((place[:, 0] * pieces).astype(int), pieces - 1)
    keep = (owner < other) & (strip[owner] == strip[other])
    waves = rng.normal(size=(2, attributes)) * 5
    values = np.sin(place @ waves + rng.random(attributes) * 6) + 0.3 * rng.normal(size=(count, attributes))
    graph = UnitGraph.of(count, owner[keep], other[keep].astype(np.int64), rng.random(int(keep.sum())) + 0.1)
    return ZoningUnits(ids_of(count), values, rng.lognormal(0, uneven, count), graph, place_m=place)


def shuffled(units: ZoningUnits, order: np.ndarray) -> ZoningUnits:
    """The same units in another order."""
    picked = {
        name: None if getattr(units, name) is None else getattr(units, name)[order]
        for name in ("fence", "in_force", "post", "place_m")
    }
    ids = tuple(units.ids[k] for k in order)
    return ZoningUnits(ids, units.attributes[order], units.workload[order], units.graph.reordered(order), **picked)
