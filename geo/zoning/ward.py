"""Which neighbouring clusters are cheapest to join, again and again, until the wanted number is left?

Ward's criterion restricted to neighbours, with a heap of candidate pairs. A merged cluster is a new node, so stale
pairs in the heap name a node that no longer lives and are passed over.

Source: Ward, Hierarchical grouping to optimize an objective function (1963); Murtagh, A survey of algorithms for
contiguity-constrained clustering (1985).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _push(key: Floats, one: Ints, two: Ints, size: int, value: float, a: int, b: int) -> int:
    i = size
    while i > 0:
        above = (i - 1) >> 1
        if key[above] <= value:
            break
        key[i], one[i], two[i] = key[above], one[above], two[above]
        i = above
    key[i], one[i], two[i] = value, a, b
    return size + 1


@njit(cache=True, nogil=True)
def _pop(key: Floats, one: Ints, two: Ints, size: int) -> int:
    """Take the first entry off; read it before."""
    size -= 1
    value, a, b = key[size], one[size], two[size]
    i = 0
    while True:
        below = 2 * i + 1
        if below >= size:
            break
        if below + 1 < size and key[below + 1] < key[below]:
            below += 1
        if key[below] >= value:
            break
        key[i], one[i], two[i] = key[below], one[below], two[below]
        i = below
    key[i], one[i], two[i] = value, a, b
    return size


@njit(cache=True, nogil=True)
def _rise(sums: Floats, mass: Floats, a: int, b: int) -> float:
    """By how much the sum of squares within grows when two clusters become one."""
    apart = 0.0
    for k in range(sums.shape[1]):
        difference = sums[a, k] / mass[a] - sums[b, k] / mass[b]
        apart += difference * difference
    return float(apart * mass[a] * mass[b] / (mass[a] + mass[b]))


@njit(cache=True, nogil=True)
def _living(parent: Ints, node: int) -> int:
    """The cluster in which a node has ended; the way there is shortened for later."""
    top = node
    while parent[top] >= 0:
        top = parent[top]
    while parent[node] >= 0 and parent[node] != top:
        after = parent[node]
        parent[node] = top
        node = after
    return top


@njit(cache=True, nogil=True)
def join_neighbours(
    start: Ints,
    other: Ints,
    sums: Floats,
    mass: Floats,
    load: Floats,
    wanted: int,
    piece: Ints,
    least: Ints,
    most_load: float,
) -> Ints:
    """Join neighbouring clusters by Ward's criterion.

    Args:
        start: (n + 1,) and `other` (2 e,): neighbours as compressed rows.
        other: see `start`.
        sums: (n, p) sum of the attributes over the units of each node.
        mass: (n,) number of units of each node.
        load: (n,) workload of each node.
        wanted: number of clusters to stop at; more are left where joining would break one of the rules below.
        piece: (n,) connected piece of each node.
        least: (pieces,) clusters that each piece keeps at least.
        most_load: clusters with more workload together are not joined.

    Returns:
        (n,) cluster of each node, numbered by their first nodes.
    """
    n, p = sums.shape
    s = np.zeros((2 * n, p))
    m = np.zeros(2 * n)
    w = np.zeros(2 * n)
    parent = np.full(2 * n, -1, np.int64)
    begin = np.zeros(2 * n, np.int64)
    count = np.zeros(2 * n, np.int64)
    home = np.zeros(2 * n, np.int64)
    living = np.zeros(len(least), np.int64)
    mark = np.full(2 * n, -1, np.int64)
    pool = np.empty(8 * len(other) + 1024, np.int64)
    pool[: len(other)] = other
    top = len(other)
    room = 8 * len(other) + 1024
    key, one, two = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    size = 0
    for i in range(n):
        s[i] = sums[i]
        m[i] = mass[i]
        w[i] = load[i]
        begin[i] = start[i]
        count[i] = start[i + 1] - start[i]
        home[i] = piece[i]
        living[piece[i]] += 1
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            if i < other[e]:
                size = _push(key, one, two, size, _rise(s, m, i, other[e]), i, other[e])
    new = n
    left = n
    while left > wanted and size > 0:
        a, b = one[0], two[0]
        size = _pop(key, one, two, size)
        if parent[a] >= 0 or parent[b] >= 0 or living[home[a]] <= least[home[a]] or w[a] + w[b] > most_load:
            continue
        living[home[a]] -= 1
        left -= 1
        parent[a] = new
        parent[b] = new
        home[new] = home[a]
        m[new] = m[a] + m[b]
        w[new] = w[a] + w[b]
        for k in range(p):
            s[new, k] = s[a, k] + s[b, k]
        need = count[a] + count[b]
        if top + need > len(pool):
            pool = np.concatenate((pool[:top], np.empty(top + need, np.int64)))
        if size + need > len(key):
            key = np.concatenate((key[:size], np.empty(size + need)))
            one = np.concatenate((one[:size], np.empty(size + need, np.int64)))
            two = np.concatenate((two[:size], np.empty(size + need, np.int64)))
        begin[new] = top
        for part in range(2):
            old = a if part == 0 else b
            for e in range(begin[old], begin[old] + count[old]):
                near = _living(parent, pool[e])
                if near == new or mark[near] == new:
                    continue
                mark[near] = new
                pool[top] = near
                top += 1
                size = _push(key, one, two, size, _rise(s, m, new, near), new, near)
        count[new] = top - begin[new]
        new += 1
    label = np.empty(n, np.int64)
    number = np.full(2 * n, -1, np.int64)
    used = 0
    for i in range(n):
        end = _living(parent, i)
        if number[end] < 0:
            number[end] = used
            used += 1
        label[i] = number[end]
    return label
