"""What do a city's catalog and past reports teach about its classes?

Reports of sensitive classes are not read: the program itself acts without the right to them, so row-level security
leaves them out. Of those classes only the names and key words of the catalog are known, which everybody may read. From
all other reports nothing but counts of terms in the whole city is kept, and what a suggestion tells are parts of the
asker's own text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from psycopg.rows import tuple_row

from data.class_suggestion.model import Example
from data.engine import AsyncRows
from data.reads.catalog import ClassEntry, read_classes

KEY_WORDS = Path(__file__).parents[1] / "catalog" / "class_words.yaml"

MOST_REPORTS = 15_000
"""The newest reports that have a text; about a second of work, whatever the size of the city."""

GROUP_WEIGHT = 0.25
"""A group's name speaks for each of its classes, but weakly."""

_REPORTS = """
    SELECT incident.class_id, incident.text
    FROM incident
    JOIN incident_class ON incident_class.id = incident.class_id
    WHERE incident.text <> '' AND NOT incident_class.sensitive
    ORDER BY incident.reported_at DESC, incident.id DESC
    LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a model is trained from.

    Attributes:
        classes: All classes, by id.
        names: Names, names of groups and key words.
        reports: Texts of past reports, newest first.
    """

    classes: tuple[ClassEntry, ...]
    names: tuple[Example, ...]
    reports: tuple[Example, ...]


@cache
def key_words() -> dict[str, tuple[str, ...]]:
    """Key words by class code, as the catalog's file has them."""
    held = yaml.safe_load(KEY_WORDS.read_text(encoding="utf-8")) or {}
    return {str(code): tuple(str(word) for word in words) for code, words in held.items()}


def names_of(classes: Sequence[ClassEntry]) -> tuple[Example, ...]:
    """What the catalog says of its classes."""
    return tuple(example for entry in classes for example in _names(entry))


def _names(entry: ClassEntry) -> list[Example]:
    own = [entry.name_zh, entry.name_en, *key_words().get(entry.code, ())]
    groups = [entry.group_zh, entry.group_en]
    return [Example(entry.id, text) for text in own] + [Example(entry.id, text, GROUP_WEIGHT) for text in groups]


async def read_lessons(conn: AsyncRows, most: int = MOST_REPORTS) -> Lessons:
    """The lessons of the whole city, without texts of sensitive classes.

    Args:
        conn: A connection that acts for the program itself (`acting_as_program`).
        most: Reports at most.
    """
    classes = await read_classes(conn)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_REPORTS, {"most": most}, prepare=False)
        reports = tuple(Example(class_id, text) for class_id, text in await cursor.fetchall())
    return Lessons(classes, names_of(classes), reports)
