"""Which pieces belong together, so that exactly k connected groups of fitting size come out?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PieceGraph:
    """Pieces of ground and which of them touch.

    Attributes:
        xy: Centres in metres, shape (n, 2).
        area_m2: Areas, shape (n,).
        pairs: Touching pieces (or bridged ones), each pair once, shape (e, 2).
    """

    xy: Floats
    area_m2: Floats
    pairs: Ints


def travel_costs(graph: PieceGraph, scale_m: Floats, roughness: float, rng: np.random.Generator) -> csr_array:
    """Cost of going from piece to piece: distance over local scale, made uneven by lognormal noise.

    Args:
        scale_m: Length that counts as 1 at each piece, shape (n,).
        roughness: Standard deviation of the noise's logarithm; 0 gives plain shapes.
    """
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    length = np.hypot(*(graph.xy[a] - graph.xy[b]).T)
    cost = length / np.sqrt(scale_m[a] * scale_m[b]) * rng.lognormal(0.0, roughness, len(a)) + 1e-9
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    return coo_array((np.concatenate([cost, cost]), (rows, columns)), shape=(len(scale_m), len(scale_m))).tocsr()


def grow(costs: csr_array, seeds: Ints) -> Ints:
    """Label every piece with the position of its cheapest seed; each label is connected and holds its seed."""
    _, _, source = dijkstra(costs, indices=seeds, min_only=True, return_predecessors=True)
    position = np.full(costs.shape[0], -1, dtype=np.int64)
    position[seeds] = np.arange(len(seeds))
    labels: Ints = position[source]
    return labels


def partition(graph: PieceGraph, costs: csr_array, seeds: Ints, rounds: int) -> Ints:
    """Grow connected groups from the seeds, moving each seed to its group's middle between the rounds.

    Returns:
        Group of every piece, shape (n,), values 0 … len(seeds) - 1, each used at least once.
    """
    labels = grow(costs, seeds)
    for _ in range(rounds):
        seeds = _middle_pieces(graph, labels, len(seeds))
        labels = grow(costs, seeds)
    return labels


def _middle_pieces(graph: PieceGraph, labels: Ints, groups: int) -> Ints:
    """The piece nearest to the middle of each group."""
    size = np.bincount(labels, minlength=groups)
    middle = np.column_stack([np.bincount(labels, weights=graph.xy[:, i], minlength=groups) / size for i in (0, 1)])
    offset = np.hypot(*(graph.xy - middle[labels]).T)
    order = np.lexsort((offset, labels))
    first = np.searchsorted(labels[order], np.arange(groups))
    return order[first]


def merge_graph(graph: PieceGraph, labels: Ints, groups: int) -> PieceGraph:
    """The graph of the groups: area-weighted centres, summed areas, and pairs of groups that touch."""
    area = np.bincount(labels, weights=graph.area_m2, minlength=groups).astype(np.float64)
    weighted = [np.bincount(labels, weights=graph.xy[:, i] * graph.area_m2, minlength=groups) / area for i in (0, 1)]
    ends = np.sort(labels[graph.pairs], axis=1)
    ends = ends[ends[:, 0] != ends[:, 1]]
    return PieceGraph(np.column_stack(weighted), area, np.unique(ends, axis=0))
