"""Which plan does the search begin with: how many zones in each piece, joined how?"""

import numpy as np

from geo.zoning.feasibility import Allotment
from geo.zoning.graph import Floats, Ints, UnitGraph, totals
from geo.zoning.moves import Nodes
from geo.zoning.ward import join_neighbours

_EVEN = 1.1
"""Share of the mean workload up to which clusters are joined where workloads are bounded from below only."""

_LOOSER = 1.25


def zones_per_piece(allotment: Allotment, load: Floats, free: Ints, zones: int) -> Ints:
    """(pieces,) number of zones of each piece, within its bounds, `zones` in all.

    Args:
        allotment: bounds; their sums allow `zones`.
        load: (pieces,) what the zones share out, workload or units.
        free: (pieces,) numbers wished for, such as those of Ward's plan.
        zones: their sum.
    """
    counts = np.clip(free, allotment.least, allotment.most)
    while counts.sum() != zones:
        short = counts.sum() < zones
        room = counts < allotment.most if short else counts > allotment.least
        share = load / (counts if short else np.maximum(counts - 1, 1e-9))
        at = np.flatnonzero(room)[np.argmax(share[room]) if short else np.argmin(share[room])]
        counts[at] += 1 if short else -1
    return counts


def start_plan(nodes: Nodes, piece: Ints, allotment: Allotment, zones: int, weight: Floats | None) -> Ints:
    """Zone of each node in a plan of exactly `zones` contiguous zones.

    Args:
        nodes: what is joined.
        piece: (n,) connected piece of each node.
        allotment: how many zones each piece may hold.
        zones: number of zones.
        weight: (n,) what should be even between zones, workload or units; None where nothing is bounded.
    """
    if weight is None:
        label = _joined(nodes, nodes.load, zones, piece, allotment.least, np.inf)
        counts = _clusters(label, piece)
        if (counts <= allotment.most).all():
            return label
        counts = zones_per_piece(allotment, totals(piece, nodes.mass, len(counts)), counts, zones)
        return _joined(nodes, nodes.load, zones, piece, counts, np.inf)
    total = totals(piece, weight, len(allotment.least))
    mean = max(float(total.sum()) / zones, 1e-300)
    counts = zones_per_piece(allotment, total, np.rint(total / mean).astype(np.int64), zones)
    return _even(nodes, weight, zones, piece, counts, _EVEN * mean)


def _even(nodes: Nodes, weight: Floats, zones: int, piece: Ints, counts: Ints, cap: float) -> Ints:
    """Join as long as clusters stay below the cap, then raise it."""
    label = np.arange(len(nodes.mass))
    now, load, place = nodes, weight, piece
    while len(now.mass) > zones:
        joined = _joined(now, load, zones, place, counts, cap)
        label = joined[label]
        now, load, place = _merged(now, load, place, joined)
        cap *= _LOOSER
    return label


def _joined(nodes: Nodes, load: Floats, zones: int, piece: Ints, least: Ints, cap: float) -> Ints:
    return join_neighbours(nodes.start, nodes.other, nodes.sums, nodes.mass, load, zones, piece, least, cap)


def _merged(nodes: Nodes, load: Floats, piece: Ints, label: Ints) -> tuple[Nodes, Floats, Ints]:
    """The clusters as nodes."""
    count = int(label.max()) + 1
    owner = np.repeat(np.arange(len(nodes.mass)), np.diff(nodes.start))
    one, two = label[owner], label[nodes.other]
    once = one < two
    graph = UnitGraph.of(count, one[once], two[once], np.zeros(int(once.sum())))
    sums, mass = totals(label, nodes.sums, count), totals(label, nodes.mass, count)
    merged = nodes._replace(start=graph.start, other=graph.other, sums=sums, mass=mass)
    place = piece[np.unique(label, return_index=True)[1]]
    return merged, totals(label, load, count), place


def _clusters(label: Ints, piece: Ints) -> Ints:
    first = np.unique(label, return_index=True)[1]
    return np.bincount(piece[first], minlength=int(piece.max()) + 1)
