"""Which known places does a typed text mean, by name, pinyin or code?

Names are held in memory with their pinyin, so that two characters find something, for which no text index serves. What
somebody gets is read by id under row-level security: a place outside of the own area is not found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import tuple_row
from pypinyin import Style, lazy_pinyin

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all

MOST_CHARACTERS = 80
MOST_MATCHES = 2_000
"""Matches that are looked at again under the scope of whoever asks."""

_STAMP = "SELECT count(*), coalesce(max(id), 0), coalesce(md5(string_agg(name, ',' ORDER BY id)), '') FROM place"
_NAMES = "SELECT id, code, name, name_en FROM place ORDER BY id"

Stamp = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place with its position (degrees, WGS 84) and the small grid that it lies in, None where it lies in none."""

    id: int
    kind: str
    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    unit_code: str | None
    unit_name: str | None


@dataclass(frozen=True, slots=True)
class PlaceKeys:
    """By what a place is found; all in small letters, pinyin without spaces."""

    id: int
    code: str
    name: str
    english: str
    pinyin: str
    initials: str

    def step(self, text: str, packed: str) -> int | None:
        """How well a text fits, 0 best: code or name, their beginning, within the name, pinyin; None not at all.

        Args:
            text: Small letters.
            packed: The same without spaces.
        """
        if text in (self.code, self.name):
            return 0
        if self.name.startswith(text) or self.code.startswith(text):
            return 1
        if text in self.name:
            return 2
        if self.english.startswith(text) or self.pinyin.startswith(packed) or self.initials.startswith(packed):
            return 3
        return 4 if text in self.english or packed in self.pinyin or packed in self.initials else None


def keys_of(place_id: int, code: str, name: str, name_en: str) -> PlaceKeys:
    """By what a place of this name is found."""
    pinyin = "".join(lazy_pinyin(name)).lower().replace(" ", "")
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")
    return PlaceKeys(place_id, code.lower(), name.lower(), name_en.lower(), pinyin, initials)


def match(keys: Sequence[PlaceKeys], text: str) -> list[int]:
    """Ids of the places that a text fits, best first; shorter names first among equals."""
    typed = " ".join(text.lower().split())[:MOST_CHARACTERS]
    if not typed:
        return []
    packed = typed.replace(" ", "")
    steps = ((one.step(typed, packed), len(one.name), one.id) for one in keys)
    return [place_id for _, _, place_id in sorted(hit for hit in steps if hit[0] is not None)][:MOST_MATCHES]


class PlaceBook:
    """The names of all places; one per process, read anew when places were added, removed or renamed."""

    def __init__(self) -> None:
        self._stamp: Stamp | None = None
        self._keys: tuple[PlaceKeys, ...] = ()

    async def refresh(self, conn: AsyncRows) -> None:
        """Read the names where they changed.

        Args:
            conn: A connection that acts for the program itself (`acting_as_program`).
        """
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(_STAMP)
            stamp = await cursor.fetchone()
            if stamp == self._stamp:
                return
            await cursor.execute(_NAMES)
            self._keys = tuple(keys_of(*row) for row in await cursor.fetchall())
        self._stamp = stamp

    async def search(self, conn: AsyncRows, text: str, limit: int) -> tuple[FoundPlace, ...]:
        """Places of the scope of `conn` that a text fits, best first."""
        ids = match(self._keys, text)
        if not ids:
            return ()
        return await fetch_all(conn, FoundPlace, named("places_by_id"), {"ids": ids, "limit": limit}, prepare=False)
