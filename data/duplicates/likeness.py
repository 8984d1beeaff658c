"""How likely do two reports tell of the same matter? Values and mathematics, no database."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_NOT_WORDS = re.compile(r"[\W_]+")
_TRIGRAM = 3


class Kin(StrEnum):
    """How the classes of two reports are related."""

    SAME_CLASS = "same_class"
    SAME_GROUP = "same_group"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of two reports together.

    Attributes:
        distance_m: Between their places; None where only the small grid is known, and it is the same.
        hours: Between their reports, not negative.
        kin: Of their classes.
        similarity: Of their texts, see `text_similarity`; None where one has none.
    """

    distance_m: float | None
    hours: float
    kin: Kin
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Weights:
    """What each difference adds to the log-odds of being the same matter.

    Attributes:
        start: Of two reports of one class at one place and moment, with texts that share nothing.
        near: For each square of `NEAR_M` metres of distance.
        later: For each day between.
        same_group: Where the classes differ but their group does not.
        similar: For texts that are equal, by similarity.
        grid: Where of both the small grid alone is known.
    """

    start: float
    near: float
    later: float
    same_group: float
    similar: float
    grid: float


NEAR_M = 50.0
"""Unit of `Weights.near`."""

HOURS_OF_DAY = 24.0
USUAL_SIMILARITY = 0.15
"""Taken for a text that is missing."""


@lru_cache(maxsize=20_000)
def trigrams(text: str) -> frozenset[str]:
    """Runs of three signs, of letters, ideographs and digits only; a shorter text is one run by itself.

    Example:
        >>> sorted(trigrams("井盖，缺失！"))
        ['井盖缺', '盖缺失']
    """
    plain = _NOT_WORDS.sub("", text.casefold())
    if len(plain) <= _TRIGRAM:
        return frozenset({plain} if plain else ())
    return frozenset(plain[i : i + _TRIGRAM] for i in range(len(plain) - _TRIGRAM + 1))


def text_similarity(one: str | None, other: str | None) -> float | None:
    """Trigrams that both have as a part of those that either has, 0 to 1; None where a text has none.

    Example:
        >>> text_similarity("井盖缺失", "井盖缺角")
        0.3333333333333333
    """
    a, b = trigrams(one or ""), trigrams(other or "")
    return len(a & b) / len(a | b) if a and b else None


def log_odds(pair: Pair, weights: Weights) -> Mapping[str, float]:
    """What each difference adds, by its name; the sum is the log-odds of being the same matter."""
    similarity = USUAL_SIMILARITY if pair.similarity is None else pair.similarity
    return {
        "start": weights.start,
        "distance": weights.grid if pair.distance_m is None else weights.near * (pair.distance_m / NEAR_M) ** 2,
        "time": weights.later * pair.hours / HOURS_OF_DAY,
        "class": weights.same_group if pair.kin is Kin.SAME_GROUP else 0.0,
        "text": weights.similar * similarity,
    }


def likelihood(pair: Pair, weights: Weights) -> float:
    """Probability of being the same matter, 0 to 1; classes of different groups never are."""
    if pair.kin is Kin.OTHER:
        return 0.0
    return 1.0 / (1.0 + math.exp(-min(50.0, max(-50.0, sum(log_odds(pair, weights).values())))))
