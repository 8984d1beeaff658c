"""Who answers what class a text belongs to, and how old may be what he knows?"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from data.class_suggestion.model import ClassModel, train
from data.class_suggestion.training import MOST_REPORTS, Lessons, read_lessons
from data.engine import AsyncRows
from data.reads.catalog import ClassEntry
from data.scope import acting_as_program

logger = logging.getLogger(__name__)

FRESH_S = 3_600.0
"""So old may a model be; then the next question has a new one made, and is answered by the old one meanwhile."""


class ReadableDatabase(Protocol):
    """The database as the suggestions use it; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A class that a text may belong to, its probability, and the words that speak for it."""

    entry: ClassEntry
    p: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    model: ClassModel
    classes: dict[int, ClassEntry]
    made_s: float
    is_from_catalog: bool


class SuggestionDesk:
    """Answers from a model of the whole city; one per process.

    The first question is answered from the catalog alone, while the reports are learnt from.
    """

    def __init__(self, database: ReadableDatabase, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: _Known | None = None
        self._learning: asyncio.Task[None] | None = None

    async def suggest(self, text: str, most: int) -> tuple[Offer, ...]:
        """Classes for a text, likeliest first; none where it says nothing that is known.

        Args:
            most: Number of classes at most.
        """
        known = await self._model()
        found = await asyncio.to_thread(known.model.suggest, text, most)
        return tuple(Offer(known.classes[one.class_id], one.p, one.words) for one in found)

    async def _model(self) -> _Known:
        known = self._known
        if known is None:
            known = await self._made(0)
            self._known = self._known or known
        if known.is_from_catalog or self._clock() - known.made_s > FRESH_S:
            self._learn()
        return known

    def _learn(self) -> None:
        """Make a new model beside the questions; one at a time. What failed is tried again by the next question."""
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._learnt())

    async def _learnt(self) -> None:
        try:
            self._known = await self._made(MOST_REPORTS)
        except Exception:  # the edge of a task of its own: nobody waits for it
            logger.warning("classes are suggested from what was known before: learning failed", exc_info=True)

    async def _made(self, most: int) -> _Known:
        made_s = self._clock()
        with acting_as_program():
            async with self._database.reading() as conn:
                lessons = await read_lessons(conn, most)
        model = await asyncio.to_thread(_trained, lessons)
        return _Known(model, {entry.id: entry for entry in lessons.classes}, made_s, most == 0)


def _trained(lessons: Lessons) -> ClassModel:
    return train(lessons.names, lessons.reports)
