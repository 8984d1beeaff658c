"""What do all plans of one question have in common: units in order, grouped, with their costs?"""

from dataclasses import dataclass

import numpy as np

from geo.zoning.figures import SOFT_SCALE, border_costs
from geo.zoning.graph import Floats, Ints, by_first_use
from geo.zoning.grouping import Grouping, group_units
from geo.zoning.moves import Nodes
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits, standardised
from geo.zoning.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Ground:
    """Units in the order of their ids, grouped, with what any number of zones has in common.

    Attributes:
        units, rules, wishes: the question; units in the order of their ids.
        grouping: units that move as one.
        nodes: these as the search sees them.
        total: total sum of squares.
        offset: what the objective holds besides the energy.
        piece: (m,) connected piece of each node.
        place: (n,) where each unit as given stands in the order of ids.
    """

    units: ZoningUnits
    rules: ZoneRules
    wishes: Wishes
    grouping: Grouping
    nodes: Nodes
    total: float
    offset: float
    piece: Ints
    place: Ints

    def given_order(self, zone: Ints) -> Ints:
        """Zone of each unit, in the order of the units given, from the zone of each node."""
        return by_first_use(zone[self.grouping.node])[self.place]


def prepare(units: ZoningUnits, rules: ZoneRules, wishes: Wishes) -> Ground | Refusal:
    """Put the units in the order of their ids, so that sums and ties do not depend on the order given."""
    order = order_of_ids(units)
    place = np.empty(units.count, np.int64)
    place[order] = np.arange(units.count)
    ranked = in_order(units, order)
    graph = ranked.inside_fence()
    grouping = group_units(ranked.ids, graph, rules.indices(ranked.ids))
    if isinstance(grouping, Refusal):
        return grouping
    scores = standardised(ranked.attributes, wishes.attributes)
    # Where all units are alike nothing is to be explained; the soft terms then count by themselves.
    total = float((scores**2).sum()) or float(units.count)
    first, second, length = graph.pairs()
    cost = total * border_costs(ranked, wishes, first, second, length)
    offset = SOFT_SCALE * wishes.in_force * _cut_in_force(ranked, first, second)
    nodes = _nodes(ranked, grouping, scores, (first, second), cost)
    return Ground(ranked, rules, wishes, grouping, nodes, total, offset, grouping.graph.pieces(), place)


def order_of_ids(units: ZoningUnits) -> Ints:
    """(n,) the units in the order of their ids."""
    return np.array(sorted(range(units.count), key=units.ids.__getitem__), np.int64)


def in_order(units: ZoningUnits, order: Ints) -> ZoningUnits:
    """The units such that unit k is the one that was ``order[k]``."""
    if (order == np.arange(len(order))).all():
        return units
    picked = {name: getattr(units, name) for name in ("fence", "in_force", "post", "place_m")}
    return ZoningUnits(
        tuple(units.ids[k] for k in order),
        units.attributes[order],
        units.workload[order],
        units.graph.reordered(order),
        **{name: None if array is None else array[order] for name, array in picked.items()},
    )


def _cut_in_force(units: ZoningUnits, first: Ints, second: Ints) -> float:
    """Share of neighbouring pairs that the plan in force separates."""
    if units.in_force is None:
        return 0.0
    known = (units.in_force[first] >= 0) & (units.in_force[second] >= 0)
    return float((units.in_force[first] != units.in_force[second])[known].mean()) if known.any() else 0.0


def _nodes(units: ZoningUnits, grouping: Grouping, scores: Floats, pairs: tuple[Ints, Ints], cost: Floats) -> Nodes:
    graph, count = grouping.graph, grouping.count
    one, two = grouping.node[pairs[0]], grouping.node[pairs[1]]
    between = one != two
    key, where = np.unique((np.minimum(one, two) * count + np.maximum(one, two))[between], return_inverse=True)
    costs = np.bincount(where, cost[between], len(key)).astype(np.float64)
    owner = graph.owner()
    at = np.searchsorted(key, np.minimum(owner, graph.other) * count + np.maximum(owner, graph.other))
    both = np.concatenate((grouping.apart, grouping.apart[:, ::-1]))
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    apart_start = np.concatenate(([0], np.cumsum(np.bincount(both[:, 0], minlength=count)))).astype(np.int64)
    return Nodes(
        graph.start,
        graph.other,
        costs[at] if len(key) else np.zeros(0),
        np.ascontiguousarray(grouping.totals(scores)),
        grouping.totals(np.ones(units.count)),
        grouping.totals(units.workload),
        apart_start,
        np.ascontiguousarray(both[:, 1]),
    )
