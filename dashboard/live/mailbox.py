"""What waits for one viewer until it can be sent?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.live.messages import Told
from data.feed.entry import FeedKind

MOST_WAITING = 2_000
"""Entries that wait for one viewer; of one that falls further behind they are dropped, and it reads everything anew."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be sent next.

    Attributes:
        after, upto: The stretch of the feed that it covers.
        news: Entries by kind, in their order.
        is_snapshot: Whether entries were dropped: everything is to be read anew, and `upto` is where it goes on.
    """

    after: int
    upto: int
    news: dict[FeedKind, list[Told]]
    is_snapshot: bool = False


class Mailbox:
    """Entries for one viewer, of bounded number; filling it never waits for the viewer."""

    def __init__(
        self, kinds: frozenset[FeedKind], position: int, *, is_new: bool = True, most: int | None = None
    ) -> None:
        """A mailbox that begins after a number.

        Args:
            kinds: What the viewer listens to.
            position: The number that the feed has reached.
            is_new: Whether the viewer has to read everything first.
            most: How many entries may wait; None for `MOST_WAITING`.
        """
        self._kinds = kinds
        self._most = MOST_WAITING if most is None else most
        self._sent_upto = position
        self._upto = position
        self._waiting: list[Told] = []
        self._is_lost = is_new
        self._filled = asyncio.Event()
        if is_new:
            self._filled.set()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def upto(self) -> int:
        """Up to which number the feed has been put in."""
        return self._upto

    def begin(self, last: int, missed: Sequence[Told]) -> None:
        """Begin after an older number, or a newer one, with what was missed since it."""
        self._sent_upto, self._upto = last, max(last, self._upto)
        if self._is_lost:
            return
        wanted = [one for one in missed if one.kind in self._kinds]
        self._waiting = wanted + [one for one in self._waiting if one.id > last]
        if self._waiting:
            self._filled.set()

    def put(self, entries: Sequence[Told], upto: int) -> None:
        """Add what the feed brought up to a number; what is known already is left out."""
        wanted = [one for one in entries if one.kind in self._kinds and one.id > self._upto]
        self._upto = max(self._upto, upto)
        if self._is_lost:
            return
        if any(one.kind is FeedKind.FIGURES for one in wanted):
            # Of figures the newest says everything.
            self._waiting = [one for one in self._waiting if one.kind is not FeedKind.FIGURES]
        if len(self._waiting) + len(wanted) > self._most:
            self.lose(self._upto)
            return
        self._waiting += wanted
        if wanted:
            self._filled.set()

    def lose(self, upto: int) -> None:
        """Drop what waits: the viewer reads everything anew, and goes on after the number."""
        self._waiting = []
        self._upto = upto
        self._is_lost = True
        self._filled.set()

    async def filled(self, within_s: float) -> bool:
        """Wait until there is something to send, at most so long; False where nothing came."""
        try:
            async with asyncio.timeout(within_s):
                await self._filled.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> Taken:
        """All that waits."""
        news: dict[FeedKind, list[Told]] = {}
        for one in self._waiting:
            news.setdefault(one.kind, []).append(one)
        if FeedKind.FIGURES in news:
            news[FeedKind.FIGURES] = news[FeedKind.FIGURES][-1:]
        taken = Taken(self._sent_upto, self._upto, news, self._is_lost)
        self._sent_upto, self._waiting, self._is_lost = self._upto, [], False
        self._filled.clear()
        return taken
