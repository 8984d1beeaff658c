"""Which plans lie open, so that a move costs milliseconds, and who waits for their next change?"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.zoning.open_plan import OpenPlan
from data.scope import current_scope

MOST_PLANS = 24
MOST_UNITS = 400_000
FRESH_S = 30.0
"""So long a plan is used without looking whether borders, links or incidents under it have changed."""

HERE_S = 60.0
"""So long somebody who does not ask any more counts as present."""

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Held:
    plan: OpenPlan
    opened_at_s: float


class OpenPlans:
    """Plans by id and by what the reader may see, each at one version; those not used for longest make room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._clock = clock

    def at(self, plan_id: int, version: int) -> OpenPlan | None:
        """The plan, where it lies open at just this version."""
        held = self._held.get(_key(plan_id))
        if held is None or held.plan.stored.version != version or self._clock() - held.opened_at_s > FRESH_S:
            return None
        self._held.move_to_end(_key(plan_id))
        return held.plan

    def keep(self, plan: OpenPlan, *, opened: bool = False) -> None:
        """Lay a plan open, or put its next version in place of the one before.

        Args:
            plan: the plan.
            opened: whether it was read just now; else its ground is as old as that of the version before.
        """
        key = _key(plan.stored.id)
        before = self._held.get(key)
        if before is not None and before.plan.stored.version > plan.stored.version:
            return
        at_s = self._clock() if opened or before is None else before.opened_at_s
        self._held[key] = _Held(plan, at_s)
        self._held.move_to_end(key)
        while len(self._held) > 1 and (
            len(self._held) > MOST_PLANS or sum(held.plan.ground.count for held in self._held.values()) > MOST_UNITS
        ):
            self._held.popitem(last=False)

    def drop(self, plan_id: int) -> None:
        """Forget what the acting account sees of a plan, so that it is read anew."""
        self._held.pop(_key(plan_id), None)

    def drop_all(self) -> None:
        """Forget all: something that lies under every plan has changed."""
        self._held.clear()


class Changes:
    """Wakes those of this process who wait for the next change of a plan, and knows who they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self._here: dict[int, dict[str, float]] = {}
        self._clock = clock

    def stay(self, plan_id: int, name: str) -> None:
        """Somebody who may edit the plan has it open."""
        self._here.setdefault(plan_id, {})[name] = self._clock()

    def editors(self, plan_id: int) -> list[str]:
        """Who had the plan open to edit it within the last minute."""
        since = self._clock() - HERE_S
        here = {name: seen for name, seen in self._here.pop(plan_id, {}).items() if seen > since}
        if here:
            self._here[plan_id] = here
        return sorted(here)

    def tell(self, plan_id: int) -> None:
        """The plan was changed."""
        for event in self._waiting.get(plan_id, ()):
            event.set()

    async def wait(self, plan_id: int, most_s: float) -> None:
        """Return at the next change that this process makes, at the latest after so many seconds."""
        event = asyncio.Event()
        self._waiting.setdefault(plan_id, set()).add(event)
        try:
            await asyncio.wait_for(event.wait(), most_s)
        except TimeoutError:
            return
        finally:
            waiting = self._waiting[plan_id]
            waiting.discard(event)
            if not waiting:
                del self._waiting[plan_id]


def _key(plan_id: int) -> Key:
    scope = current_scope()
    return ("nobody" if scope is None else scope.key, plan_id)
