"""Which grounds are at hand, so that asking again costs nothing and two who ask at once read once?"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from data.engine import AsyncRows
from data.scope import current_scope
from data.zoning.ground_stamp import GroundStamp, read_stamp
from data.zoning.planning_ground import GroundQuestion, PlanningGround, read_ground, with_plans_in_force

MOST_GROUNDS = 8
MOST_CASES = 4_000_000
"""Incidents that all grounds at hand may hold together: some 23 bytes each."""

FRESH_S = 900.0
"""So long a ground is served before its incidents are read anew: figures must not jump while somebody draws."""

Key = tuple[str, GroundQuestion]


@dataclass(frozen=True, slots=True)
class _Held:
    ground: PlanningGround
    stamp: GroundStamp
    read_at_s: float


class Grounds:
    """Grounds by question and by what the reader may see: nobody gets one that was read in a wider scope."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._reading: dict[Key, asyncio.Lock] = {}
        self._clock = clock

    async def read(self, conn: AsyncRows, question: GroundQuestion) -> PlanningGround:
        """The ground in the scope of who asks.

        Args:
            conn: a connection with one snapshot, in that scope.
            question: what is asked.

        Raises:
            ZoneQuestionInvalid, LevelUnknown: The question cannot be answered.
        """
        scope = current_scope()
        key = ("nobody" if scope is None else scope.key, question)
        lock = self._reading.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                return await self._fresh(conn, key)
        finally:
            if not lock.locked():
                self._reading.pop(key, None)

    async def _fresh(self, conn: AsyncRows, key: Key) -> PlanningGround:
        stamp = await read_stamp(conn, key[1].base)
        held = self._held.get(key)
        if held is None or self._is_old(held, stamp):
            held = _Held(await read_ground(conn, key[1]), stamp, self._clock())
        elif held.stamp != stamp:
            held = _Held(await with_plans_in_force(conn, held.ground), stamp, held.read_at_s)
        self._held[key] = held
        self._held.move_to_end(key)
        self._make_room()
        return held.ground

    def _is_old(self, held: _Held, stamp: GroundStamp) -> bool:
        return self._clock() - held.read_at_s > FRESH_S or not stamp.is_of_same_ground(held.stamp)

    def _make_room(self) -> None:
        """Let the grounds go that were not asked for the longest; the newest stays, however large."""
        while len(self._held) > 1 and (
            len(self._held) > MOST_GROUNDS or sum(h.ground.cases.count for h in self._held.values()) > MOST_CASES
        ):
            self._held.popitem(last=False)
