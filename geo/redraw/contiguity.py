"""Which units does a zone lose contact with, and which can leave it without cutting it?"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@njit(cache=True, nogil=True)
def pieces_of(start: Ints, other: Ints, zone: Ints, members: Ints) -> Ints:
    """Number the connected pieces of one zone.

    Args:
        start: (n + 1,) and `other` (2 e,): neighbours as compressed rows.
        other: see `start`.
        zone: (n,) zone of each unit.
        members: (m,) the units of the zone.

    Returns:
        (m,) piece of each member, numbered in the order of first members.
    """
    piece = np.full(len(zone), -1, np.int64)
    queue = np.empty(len(members), np.int64)
    number = 0
    for first in members:
        if piece[first] >= 0:
            continue
        piece[first] = number
        queue[0] = first
        head, tail = 0, 1
        while head < tail:
            at = queue[head]
            head += 1
            for e in range(start[at], start[at + 1]):
                near = other[e]
                if zone[near] == zone[at] and piece[near] < 0:
                    piece[near] = number
                    queue[tail] = near
                    tail += 1
        number += 1
    return piece[members]


@njit(cache=True, nogil=True)
def holding_units(start: Ints, other: Ints, zone: Ints) -> NDArray[np.bool_]:
    """Which units hold their zone together: without one of them its piece falls apart.

    One depth-first search finds the cut vertices of all zones.

    Args:
        start: (n + 1,) and `other` (2 e,): neighbours as compressed rows.
        other: see `start`.
        zone: (n,) zone of each unit, below 0 for none.

    Returns:
        (n,) True for units that hold their zone together.

    Source: Hopcroft, Tarjan, Algorithm 447: efficient algorithms for graph manipulation (1973).
    """
    n = len(zone)
    holds = np.zeros(n, np.bool_)
    seen = np.zeros(n, np.int64)
    lowest = np.zeros(n, np.int64)
    above = np.full(n, -1, np.int64)
    edge = start[:-1].copy()
    path = np.empty(n, np.int64)
    clock = 0
    for root in range(n):
        if seen[root] or zone[root] < 0:
            continue
        clock += 1
        seen[root] = lowest[root] = clock
        path[0] = root
        depth = 1
        branches = 0
        while depth:
            at = path[depth - 1]
            if edge[at] < start[at + 1]:
                near = other[edge[at]]
                edge[at] += 1
                if zone[near] != zone[at] or near == above[at]:
                    continue
                if seen[near]:
                    lowest[at] = min(lowest[at], seen[near])
                    continue
                clock += 1
                seen[near] = lowest[near] = clock
                above[near] = at
                path[depth] = near
                depth += 1
                continue
            depth -= 1
            if depth:
                parent = path[depth - 1]
                lowest[parent] = min(lowest[parent], lowest[at])
                if parent == root:
                    branches += 1
                elif lowest[at] >= seen[parent]:
                    holds[parent] = True
        holds[root] = branches > 1
    return holds


@njit(cache=True, nogil=True)
def on_border(start: Ints, other: Ints, zone: Ints) -> NDArray[np.bool_]:
    """(n,) which units have a neighbour in another zone."""
    found = np.zeros(len(zone), np.bool_)
    for unit in range(len(zone)):
        for e in range(start[unit], start[unit + 1]):
            if zone[other[e]] != zone[unit] and zone[other[e]] >= 0:
                found[unit] = True
                break
    return found
