"""Which keys of a long stream were seen before, and where first?"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_EMPTY = -1


class KeySet:
    """Open-addressing set of 128-bit keys that remembers each key's first position in the stream."""

    def __init__(self) -> None:
        self._slots = np.full(1 << 16, _EMPTY, np.int64)
        self._keys = np.empty((1 << 15, 2), np.uint64)
        self._count = 0

    def first_positions(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Add n keys.

        Args:
            keys: (n, 2) halves of the keys, well mixed.

        Returns:
            (n,) position in the whole stream where each key came first; its own where it is new.
        """
        self._reserve(self._count + len(keys))
        self._keys[self._count : self._count + len(keys)] = keys
        first = np.empty(len(keys), np.int64)
        _insert(self._slots, self._keys, self._count, self._count + len(keys), first)
        self._count += len(keys)
        return first

    def _reserve(self, total: int) -> None:
        if total > len(self._keys):
            grown = np.empty((max(total, 2 * len(self._keys)), 2), np.uint64)
            grown[: self._count] = self._keys[: self._count]
            self._keys = grown
        if 2 * total > len(self._slots):
            size = len(self._slots)
            while size < 4 * total:
                size *= 2
            self._slots = np.full(size, _EMPTY, np.int64)
            _insert(self._slots, self._keys, 0, self._count, np.empty(self._count, np.int64))


@njit(cache=True)
def _insert(slots, keys, start, stop, first):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    mask = np.uint64(len(slots) - 1)
    for position in range(start, stop):
        slot = keys[position, 0] & mask
        while True:
            held = slots[slot]
            if held == _EMPTY:
                slots[slot] = position
                first[position - start] = position
                break
            if keys[held, 0] == keys[position, 0] and keys[held, 1] == keys[position, 1]:
                first[position - start] = held
                break
            slot = (slot + np.uint64(1)) & mask
