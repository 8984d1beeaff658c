"""Which unit moves to which neighbouring zone next: the compiled search over border moves?

Everything that the search calls lies in this file, since compiled code is cached by the file it stands in. The energy
of a plan is the sum of squares within zones, plus the cost of each border that is cut, plus the spread of workload,
plus a penalty for each rule that is broken. A move changes two zones, so its effect needs the sums of these two only:
a zone's sum of squares within is (sum of the units' squares) − ‖S‖² / M.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.zoning.graph import totals

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Nodes(NamedTuple):
    """What moves, as the search sees it: units, or groups of units that stay together.

    Attributes:
        start: (n + 1,) and `other` (2 e,): neighbours as compressed rows.
        other: see `start`.
        cost: (2 e,) energy of cutting each border, the same in both directions; may be negative.
        sums: (n, p) sum of the attributes over the units of each node.
        mass: (n,) number of units.
        load: (n,) workload.
        apart_start: (n + 1,) and `apart` (2 a,): nodes that must not be in the same zone, as compressed rows.
        apart: see `apart_start`.
    """

    start: Ints
    other: Ints
    cost: Floats
    sums: Floats
    mass: Floats
    load: Floats
    apart_start: Ints
    apart: Ints


class Limits(NamedTuple):
    """What a zone may hold, and what its workload costs.

    Attributes:
        least_load, most_load: bounds of a zone's workload.
        least_mass, most_mass: bounds of the number of its units.
        mean_load: workload that each zone should have.
        load_scale: workload of an average unit, in which excess is measured.
        spread: energy per squared workload away from the mean.
        weighs: whether any of these matters; without, the search leaves them out.
        costs: whether any border has a cost.
    """

    least_load: float
    most_load: float
    least_mass: float
    most_mass: float
    mean_load: float
    load_scale: float
    spread: float
    weighs: bool
    costs: bool


class Zones(NamedTuple):
    """A plan and its sums; the search changes them in place.

    Attributes:
        zone: (n,) zone of each node.
        sums: (k, p) sums of attributes.
        mass: (k,) numbers of units.
        value: (k,) ‖S‖² / M.
        load: (k,) workload.
        nodes: (k,) numbers of nodes.
    """

    zone: Ints
    sums: Floats
    mass: Floats
    value: Floats
    load: Floats
    nodes: Ints


class Scratch(NamedTuple):
    """Room to work in.

    Attributes:
        seen: (n,) marks.
        queue: (n,) nodes to be looked at.
        joined, growing: (n,) floods that have met, and how many nodes each has still to look at.
        stamp: (2,) the last mark used, and how many nodes floods have looked at.
        random: (1,) state of the random numbers.
    """

    seen: Ints
    queue: Ints
    joined: Ints
    growing: Ints
    stamp: Ints
    random: NDArray[np.uint64]


def scratch_for(count: int, seed: int) -> Scratch:
    """Room for a search over `count` nodes; equal seeds give equal searches."""
    mixed = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    seen, queue, joined, growing = (np.zeros(count, np.int64) for _ in range(4))
    return Scratch(seen, queue, joined, growing, np.zeros(2, np.int64), mixed)


def zones_of(nodes: Nodes, zone: Ints, count: int) -> Zones:
    """The sums of a plan of `count` zones; the labels are copied."""
    sums, mass = totals(zone, nodes.sums, count), totals(zone, nodes.mass, count)
    value = (sums**2).sum(axis=1) / np.maximum(mass, 1)
    load = totals(zone, nodes.load, count)
    return Zones(zone.copy(), sums, mass, value, load, np.bincount(zone, minlength=count).astype(np.int64))


@njit(cache=True, nogil=True)
def _draw(random: NDArray[np.uint64]) -> np.uint64:
    """Next number of the xorshift64* generator (Vigna 2016)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return np.uint64(x * np.uint64(2685821657736338717))


@njit(cache=True, nogil=True)
def _stays_whole(nodes: Nodes, zone: Ints, moved: int, scratch: Scratch) -> bool:
    """Whether a zone with other members stays in one piece without a node.

    The neighbours of the node in its zone are joined among themselves first; only if that fails is the zone flooded.
    """
    seen, queue = scratch.seen, scratch.queue
    home = zone[moved]
    wanted = scratch.stamp[0] + 1
    reached = wanted + 1
    scratch.stamp[0] = reached
    missing = 0
    first = -1
    for e in range(nodes.start[moved], nodes.start[moved + 1]):
        near = nodes.other[e]
        if zone[near] == home:
            seen[near] = wanted
            missing += 1
            first = near
    if missing == 0:
        return False
    queue[0] = first
    seen[first] = reached
    missing -= 1
    head, tail = 0, 1
    while head < tail and missing > 0:
        at = queue[head]
        head += 1
        for e in range(nodes.start[at], nodes.start[at + 1]):
            near = nodes.other[e]
            if seen[near] == wanted:
                seen[near] = reached
                queue[tail] = near
                tail += 1
                missing -= 1
    scratch.stamp[1] += tail
    return missing == 0 or _floods_meet(nodes, zone, moved, scratch)


@njit(cache=True, nogil=True)
def _floods_meet(nodes: Nodes, zone: Ints, moved: int, scratch: Scratch) -> bool:
    """Whether floods of the zone from all neighbours of a node meet without it.

    All grow at the same pace. Two that meet go on as one; one that runs dry before has found a piece cut off, which
    costs no more than that piece.
    """
    seen, queue, joined, growing = scratch.seen, scratch.queue, scratch.joined, scratch.growing
    home = zone[moved]
    base = scratch.stamp[0] + 1
    tail = 0
    for e in range(nodes.start[moved], nodes.start[moved + 1]):
        near = nodes.other[e]
        if zone[near] == home:
            seen[near] = base + tail
            joined[tail] = tail
            growing[tail] = 1
            queue[tail] = near
            tail += 1
    scratch.stamp[0] = base + tail
    floods = tail
    head = 0
    while floods > 1:
        at = queue[head]
        head += 1
        own = _flood_of(joined, seen[at] - base)
        for e in range(nodes.start[at], nodes.start[at + 1]):
            near = nodes.other[e]
            if zone[near] != home or near == moved:
                continue
            if seen[near] < base:
                seen[near] = base + own
                growing[own] += 1
                queue[tail] = near
                tail += 1
                continue
            met = _flood_of(joined, seen[near] - base)
            if met != own:
                joined[met] = own
                growing[own] += growing[met]
                floods -= 1
        growing[own] -= 1
        if growing[own] == 0:
            break
    scratch.stamp[1] += tail
    return floods == 1


@njit(cache=True, nogil=True)
def _flood_of(joined: Ints, number: int) -> int:
    """The flood as part of which a flood goes on."""
    while joined[number] != number:
        joined[number] = joined[joined[number]]
        number = joined[number]
    return number


@njit(cache=True, nogil=True)
def _strain(limits: Limits, load: float, mass: float) -> float:
    """How far a zone is outside its bounds, in average units of workload and in units."""
    strain = 0.0
    if load > limits.most_load:
        strain += (load - limits.most_load) / limits.load_scale
    elif load < limits.least_load:
        strain += (limits.least_load - load) / limits.load_scale
    if mass > limits.most_mass:
        strain += mass - limits.most_mass
    elif mass < limits.least_mass:
        strain += limits.least_mass - mass
    return strain


@njit(cache=True, nogil=True)
def _similarity_change(nodes: Nodes, zones: Zones, i: int, home: int, to: int) -> float:
    """Change of the sum of squares within when a node moves."""
    left, joined = 0.0, 0.0
    for k in range(nodes.sums.shape[1]):
        x = nodes.sums[i, k]
        a = zones.sums[home, k] - x
        b = zones.sums[to, k] + x
        left += a * a
        joined += b * b
    m = nodes.mass[i]
    return float(zones.value[home] - left / (zones.mass[home] - m) + zones.value[to] - joined / (zones.mass[to] + m))


@njit(cache=True, nogil=True)
def _rule_change(nodes: Nodes, limits: Limits, zones: Zones, i: int, home: int, to: int, penalty: float) -> float:
    """Change of spread and of penalties when a node moves."""
    load, mass = nodes.load[i], nodes.mass[i]
    from_load, to_load = zones.load[home], zones.load[to]
    from_mass, to_mass = zones.mass[home], zones.mass[to]
    strain = (
        _strain(limits, from_load - load, from_mass - mass)
        - _strain(limits, from_load, from_mass)
        + _strain(limits, to_load + load, to_mass + mass)
        - _strain(limits, to_load, to_mass)
    )
    for e in range(nodes.apart_start[i], nodes.apart_start[i + 1]):
        there = zones.zone[nodes.apart[e]]
        if there == to:
            strain += 1.0
        elif there == home:
            strain -= 1.0
    # (a − l)² − a² + (b + l)² − b², with a and b counted from the mean
    spread = 2.0 * load * (load + to_load - from_load)
    return float(limits.spread * spread + penalty * strain)


@njit(cache=True, nogil=True)
def _cost_change(nodes: Nodes, zone: Ints, i: int, home: int, to: int) -> float:
    """Change of the cost of cut borders when a node moves."""
    change = 0.0
    for e in range(nodes.start[i], nodes.start[i + 1]):
        there = zone[nodes.other[e]]
        if there == home:
            change += nodes.cost[e]
        elif there == to:
            change -= nodes.cost[e]
    return change


@njit(cache=True, nogil=True)
def _change(nodes: Nodes, limits: Limits, zones: Zones, i: int, home: int, to: int, penalty: float) -> float:
    """Change of the energy when a node moves."""
    change = _similarity_change(nodes, zones, i, home, to)
    if limits.costs:
        change += _cost_change(nodes, zones.zone, i, home, to)
    if limits.weighs:
        change += _rule_change(nodes, limits, zones, i, home, to, penalty)
    return change


@njit(cache=True, nogil=True)
def _move(nodes: Nodes, zones: Zones, i: int, home: int, to: int) -> None:
    left, joined = 0.0, 0.0
    for k in range(nodes.sums.shape[1]):
        zones.sums[home, k] -= nodes.sums[i, k]
        zones.sums[to, k] += nodes.sums[i, k]
        left += zones.sums[home, k] * zones.sums[home, k]
        joined += zones.sums[to, k] * zones.sums[to, k]
    zones.mass[home] -= nodes.mass[i]
    zones.mass[to] += nodes.mass[i]
    zones.value[home] = left / zones.mass[home]
    zones.value[to] = joined / zones.mass[to]
    zones.load[home] -= nodes.load[i]
    zones.load[to] += nodes.load[i]
    zones.nodes[home] -= 1
    zones.nodes[to] += 1
    zones.zone[i] = to


@njit(cache=True, nogil=True)
def descend(
    nodes: Nodes, limits: Limits, zones: Zones, scratch: Scratch, penalty: float, least_gain: float, rounds: int
) -> int:
    """Move units along borders as long as a move lowers the energy; changes `zones`.

    A moved node and its neighbours are looked at again, so the work follows the moves.

    Args:
        nodes: what moves.
        limits: bounds of a zone.
        zones: the plan, contiguous.
        scratch: room to work in.
        penalty: energy per unit of strain; very large means that no move may break a rule further.
        least_gain: smaller gains are none.
        rounds: nodes looked at, at most, as a multiple of their number.

    Returns:
        Number of moves.
    """
    n = len(nodes.mass)
    zone = zones.zone
    work = np.empty(n, np.int64)
    waiting = np.zeros(n, np.bool_)
    tried = np.full(len(zones.mass), -1, np.int64)
    head, count, moves, looked = 0, 0, 0, 0
    for i in range(n):
        for e in range(nodes.start[i], nodes.start[i + 1]):
            if zone[nodes.other[e]] != zone[i]:
                work[count] = i
                count += 1
                waiting[i] = True
                break
    while count > 0 and looked < rounds * n:
        i = int(work[head])
        head = (head + 1) % n
        count -= 1
        waiting[i] = False
        looked += 1
        home = int(zone[i])
        if zones.nodes[home] == 1:
            continue
        best, to = -least_gain, -1
        for e in range(nodes.start[i], nodes.start[i + 1]):
            there = int(zone[nodes.other[e]])
            if there == home or tried[there] == looked:
                continue
            tried[there] = looked
            change = _change(nodes, limits, zones, i, home, there, penalty)
            if change < best:
                best, to = change, there
        if to < 0 or not _stays_whole(nodes, zone, i, scratch):
            continue
        _move(nodes, zones, i, home, to)
        moves += 1
        for e in range(nodes.start[i] - 1, nodes.start[i + 1]):
            near = i if e < nodes.start[i] else nodes.other[e]
            if not waiting[near]:
                waiting[near] = True
                work[(head + count) % n] = near
                count += 1
    return moves


@njit(cache=True, nogil=True)
def anneal(
    nodes: Nodes,
    limits: Limits,
    zones: Zones,
    scratch: Scratch,
    penalty: float,
    hot: float,
    cold: float,
    steps: int,
) -> int:
    """Try random border moves, the worse ones the more seldom the colder it is; changes `zones`.

    Args:
        nodes: what moves.
        limits: bounds of a zone.
        zones: the plan, contiguous.
        scratch: room to work in.
        penalty: energy per unit of strain.
        hot: temperature at the beginning, in energy.
        cold: temperature at the end.
        steps: the work to be done: moves tried, where two nodes looked at by floods count as one more. So the same work
            takes about the same time in a few large zones as in many small ones.

    Returns:
        Number of moves made.

    Source: Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing (1983).
    """
    n = len(nodes.mass)
    zone = zones.zone
    low_half = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    fall = np.log(cold / hot)
    temperature = hot
    moves, step, share = 0, 0, 0.0
    flooded = scratch.stamp[1]
    while share < 1.0:
        if step & 255 == 0:
            share = (step + 0.5 * (scratch.stamp[1] - flooded)) / steps
            temperature = hot * np.exp(fall * min(share, 1.0))
        step += 1
        drawn = _draw(scratch.random)
        i = int(np.int64(((drawn >> half) * np.uint64(n)) >> half))
        degree = nodes.start[i + 1] - nodes.start[i]
        if degree == 0:
            continue
        home = int(zone[i])
        to = int(zone[nodes.other[nodes.start[i] + np.int64(((drawn & low_half) * np.uint64(degree)) >> half)]])
        if to == home or zones.nodes[home] == 1:
            continue
        change = _change(nodes, limits, zones, i, home, to, penalty)
        if change > 0.0:
            chance = np.float64(_draw(scratch.random) >> np.uint64(11)) * 2.0**-53
            if chance >= np.exp(-change / temperature):
                continue
        if _stays_whole(nodes, zone, i, scratch):
            _move(nodes, zones, i, home, to)
            moves += 1
    return moves
