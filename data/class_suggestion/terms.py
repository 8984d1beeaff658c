"""Into which terms is a text broken, and where do they stand in it?"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

SIZES = (2, 3)
"""Lengths of the runs of Chinese characters that count as terms: words have mostly two characters."""

MOST_CHARACTERS = 600
"""Of a longer text the beginning counts."""

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z']+")


@dataclass(frozen=True, slots=True)
class Term:
    """A run of Chinese characters or a word in letters, at [start, end) of the plain text."""

    key: str
    start: int
    end: int


def plain_text(text: str) -> str:
    """The text as terms are read from it: full-width letters made narrow, capitals small, cut to its beginning."""
    return unicodedata.normalize("NFKC", text)[:MOST_CHARACTERS].lower()


def terms_in(plain: str) -> Iterator[Term]:
    """Every term where it stands, the same one more than once.

    Args:
        plain: From `plain_text`.

    Example:
        >>> [term.key for term in terms_in("井盖坏 lamp")]
        ['井盖', '盖坏', '井盖坏', 'lamp']
    """
    for run in _RUN.finditer(plain):
        word, start = run.group(), run.start()
        if word[0] <= "z":
            yield Term(word, start, run.end())
            continue
        for size in SIZES:
            for place in range(len(word) - size + 1):
                yield Term(word[place : place + size], start + place, start + place + size)


def terms_of(text: str) -> frozenset[str]:
    """The terms of a text, each once: what is said twice in a report tells no more than once."""
    return frozenset(term.key for term in terms_in(plain_text(text)))
