"""Which answers are kept in memory, and who makes one that several ask for at once?"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows how many bytes it keeps."""

    @property
    def size(self) -> int:
        """Bytes."""


Entry = TypeVar("Entry", bound=Sized)


@dataclass(frozen=True, slots=True)
class CacheCounters:
    """What happened so far, and what is kept now."""

    hits: int
    misses: int
    joined: int
    evicted: int
    entries: int
    size: int


class ByteCache(Generic[Entry]):
    """Keeps the answers used last, up to a number of bytes; one maker at a time for each key."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._size = 0
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()
        self._flights: dict[Hashable, asyncio.Task[Entry]] = {}
        self._hits = self._misses = self._joined = self._evicted = 0

    def peek(self, key: Hashable) -> Entry | None:
        """The answer if it is kept; it counts as used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._hits += 1
            self._entries.move_to_end(key)
        return entry

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Entry]]) -> Entry:
        """The answer, made if it is not kept; who asks while it is being made waits for the same one.

        Raises:
            Exception: Whatever `make` raises, for everybody who waits; nothing is kept then.
        """
        entry = self.peek(key)
        if entry is not None:
            return entry
        flight = self._flights.get(key)
        if flight is None:
            self._misses += 1
            flight = asyncio.create_task(self._make(key, make))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        else:
            self._joined += 1
        # One reader who goes away must not take the answer from the others.
        return await asyncio.shield(flight)

    def counters(self) -> CacheCounters:
        """What happened so far."""
        return CacheCounters(self._hits, self._misses, self._joined, self._evicted, len(self._entries), self._size)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Entry]]) -> Entry:
        entry = await make()
        if entry.size <= self._max_size:
            self._entries[key] = entry
            self._size += entry.size
            self._shrink()
        return entry

    def _land(self, key: Hashable, done: asyncio.Task[Entry]) -> None:
        self._flights.pop(key, None)
        if not done.cancelled():
            # Asking marks the error as seen also where every reader has gone away.
            done.exception()

    def _shrink(self) -> None:
        while self._size > self._max_size:
            _, entry = self._entries.popitem(last=False)
            self._size -= entry.size
            self._evicted += 1
