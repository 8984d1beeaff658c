"""How often may somebody ask? Token buckets, bounded in number.

Source: token bucket, RFC 2697, section 1, without its second bucket.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second in the long run."""

    at_once: float
    per_s: float


class Buckets:
    """One bucket for each asker and rate; those who have not asked for longest are forgotten, which fills theirs.

    A stranger cannot fill the memory, and can empty nobody's bucket but the own.
    """

    def __init__(self, clock: Callable[[], float], most: int = 20_000) -> None:
        self._clock = clock
        self._most = most
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: Hashable, rate: Rate) -> float:
        """Take one token.

        Args:
            key: Who asks, and for what kind of thing.
            rate: Size and refill of the bucket.

        Returns:
            0.0 where there was one; else the seconds until there is one, and nothing is taken.
        """
        now = self._clock()
        level, at = self._levels.get(key, (rate.at_once, now))
        level = min(rate.at_once, level + (now - at) * rate.per_s)
        wait_s = 0.0 if level >= 1 else (1 - level) / rate.per_s
        self._levels[key] = (level if wait_s else level - 1, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return wait_s
