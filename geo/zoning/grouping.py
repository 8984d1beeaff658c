"""Which units move as one, because a rule keeps them together?"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.zoning.graph import Floats, Ints, UnitGraph, by_first_use, totals
from geo.zoning.problem import RuleIndices
from geo.zoning.refusal import Refusal, Relaxation, Rule, named


@dataclass(frozen=True, slots=True)
class Grouping:
    """Units joined into nodes.

    Attributes:
        node: (n,) node of each unit, numbered by their first units.
        graph: borders between nodes.
        apart: (a, 2) pairs of nodes that must not be in one zone.
        added: units joined to a group only because they connect its parts.
    """

    node: Ints
    graph: UnitGraph
    apart: Ints
    added: Ints

    @property
    def count(self) -> int:
        """Number of nodes."""
        return self.graph.count

    def totals(self, per_unit: Floats) -> Floats:
        """Sum over the units of each node; (n,) gives (m,), (n, p) gives (m, p)."""
        if self.count == len(self.node):
            return per_unit.astype(np.float64)
        return totals(self.node, per_unit, self.count)


def group_units(ids: tuple[str, ...], graph: UnitGraph, rules: RuleIndices) -> Grouping | Refusal:
    """Join the units that rules keep together into nodes.

    Where the units of a group do not touch, the fewest free units that connect them join the group.

    Args:
        ids: (n,) for the text of a refusal.
        graph: borders inside the fence.
        rules: groups, pairs and locked zones.

    Returns:
        The nodes; a refusal where a group cannot be connected or also holds a pair that must be apart.
    """
    groups = [group for group in (*rules.together, *rules.locked) if len(group) > 1]
    label = np.arange(graph.count) if not groups else _linked(graph.count, groups)
    added: list[int] = []
    if groups:
        refusal = _connect(ids, graph, label, added)
        if refusal:
            return refusal
    node = by_first_use(label)
    pairs = np.vstack([rules.apart, _between(rules.locked)])
    apart = np.unique(np.sort(node[pairs], axis=1), axis=0)
    same = node[pairs[:, 0]] == node[pairs[:, 1]]
    if same.any():
        return _contradiction(ids, pairs[same], set(added))
    return Grouping(node, _between_nodes(graph, node), apart, np.array(sorted(added), np.int64))


def _linked(count: int, groups: list[Ints]) -> Ints:
    """Label of each unit: units linked by groups share the lowest index among them."""
    first = np.concatenate([np.full(len(group) - 1, group[0]) for group in groups])
    second = np.concatenate([group[1:] for group in groups])
    links = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    part = connected_components(links, directed=False)[1]
    _, lowest, where = np.unique(part, return_index=True, return_inverse=True)
    return lowest[where].astype(np.int64)


def _connect(ids: tuple[str, ...], graph: UnitGraph, label: Ints, added: list[int]) -> Refusal | None:
    """Give each group the units that connect it; changes `label` and `added`."""
    values, sizes = np.unique(label, return_counts=True)
    taken = np.isin(label, values[sizes > 1])
    for value in values[sizes > 1].tolist():
        while True:
            members = np.flatnonzero(label == value)
            path = _shortest_gap(graph, members, taken)
            if path is None:
                break
            if not path:
                units = tuple(sorted(ids[k] for k in members))
                return Refusal(
                    Rule.TOGETHER,
                    units,
                    f"The units {named(units)} must be together, but no free units inside the fence connect them.",
                    "Leave out one of them, link them by hand (a bridge, a ferry), or free the units between them.",
                    relaxation=Relaxation("together", None),
                )
            label[path] = value
            taken[path] = True
            added += path
    return None


def _shortest_gap(graph: UnitGraph, members: Ints, taken: np.ndarray) -> list[int] | None:
    """Fewest free units between the first part of a group and the rest: None if whole, empty if there is no way."""
    inside = set(members.tolist())
    came: dict[int, int] = {int(members[0]): -1}
    near: deque[int] = deque(came)
    far: deque[int] = deque()
    while near or far:
        at = near.popleft() if near else far.popleft()
        for other in graph.other[graph.start[at] : graph.start[at + 1]].tolist():
            if other in came or (taken[other] and other not in inside):
                continue
            came[other] = at
            if other in inside:
                if at not in inside:
                    return _way_back(came, at, inside)
                near.append(other)
            else:
                far.append(other)
    return None if inside <= came.keys() else []


def _way_back(came: dict[int, int], at: int, inside: set[int]) -> list[int]:
    path = []
    while at not in inside:
        path.append(at)
        at = came[at]
    return path


def _between(locked: tuple[Ints, ...]) -> Ints:
    """A pair of units for each two locked zones, which stay apart."""
    ends = [int(units[0]) for units in locked]
    return np.array([(a, b) for k, a in enumerate(ends) for b in ends[k + 1 :]], np.int64).reshape(-1, 2)


def _contradiction(ids: tuple[str, ...], pairs: Ints, added: set[int]) -> Refusal:
    units = tuple(sorted({ids[k] for k in pairs.ravel().tolist()}))
    way = " (through the units that connect the group)" if added & set(pairs.ravel().tolist()) else ""
    return Refusal(
        Rule.APART,
        units,
        f"The units {named(units)} must be apart, but other rules keep them together{way}.",
        "Drop one of the two rules.",
        relaxation=Relaxation("apart", None),
    )


def _between_nodes(graph: UnitGraph, node: Ints) -> UnitGraph:
    count = int(node.max(initial=-1)) + 1
    if count == graph.count:
        return graph
    first, second, length = graph.pairs()
    one, two = node[first], node[second]
    between = one != two
    return UnitGraph.of(count, one[between], two[between], length[between])
