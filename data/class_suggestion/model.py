"""How does a text speak for each class, and by which of its words?

A naive Bayes model over terms. A class's share of a term is smoothed toward the share that the term has in all texts
(Dirichlet smoothing), so a class of which little is known is neither favoured nor punished by words that say nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.class_suggestion.terms import Term, plain_text, terms_in, terms_of

SMOOTHING = 40.0
"""Terms of the background that are added to each class."""

NAME_WEIGHT = 20.0
"""A name or key word of the catalog counts as so many reports that say it."""

PRIOR_POWER = 0.5
"""Frequent classes are likelier, but rare ones must be found as well: shares to this power."""

SHARPNESS = 0.5
"""Overlapping terms say the same thing more than once; their evidence counts half in a probability."""

MOST_TERMS = 20_000
"""The rarest terms beyond are forgotten."""

LEAST_COUNTED = -2.0
"""That a word is missing from what is known of a class speaks against it so much at most: places and openings vary."""

DOUBT = 1.0
"""A term that was seen so often is half believed to tell classes apart."""

TELLING_POWER = 3
"""How sharply terms that are said of several classes lose weight."""

MOST_WORDS = 3
LEAST_EVIDENCE = 0.7
LEAST_PART = 0.5
"""A word made a suggestion if it is about twice as frequent in the class as in all texts, and speaks at least half as
loud as the loudest."""


Counts = defaultdict[str, float]
"""How often each term was said in the reports of a class."""


@dataclass(frozen=True, slots=True)
class Example:
    """A class and a text that belongs to it; `weight` is for how many reports it counts."""

    class_id: int
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A class, its probability, and the parts of the text that speak for it, strongest first."""

    class_id: int
    p: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ClassModel:
    """What is known of classes and terms.

    Attributes:
        class_ids: Shape (c,).
        prior: Logarithms, shape (c,).
        rows: Row of each term in `evidence`.
        evidence: Logarithm of a term's share in the class over its share in all texts, shape (t, c), float32.
    """

    class_ids: NDArray[np.int64]
    prior: NDArray[np.float64]
    rows: Mapping[str, int]
    evidence: NDArray[np.float32]

    def suggest(self, text: str, most: int = 5) -> tuple[Suggestion, ...]:
        """Classes for a text, likeliest first; none where no known term is in it.

        Args:
            most: Number of suggestions at most.
        """
        plain = plain_text(text)
        terms = [term for term in terms_in(plain) if term.key in self.rows]
        if not terms:
            return ()
        known = sorted({self.rows[term.key] for term in terms})
        scores = PRIOR_POWER * self.prior + SHARPNESS * self.evidence[known].sum(axis=0)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = np.lexsort((self.class_ids, -shares))[:most]
        return tuple(
            Suggestion(int(self.class_ids[place]), float(shares[place]), self._words(plain, terms, int(place)))
            for place in best
        )

    def _words(self, plain: str, terms: Sequence[Term], place: int) -> tuple[str, ...]:
        """Parts of the text whose terms speak for a class; what overlaps becomes one part."""
        strong = [(term, float(self.evidence[self.rows[term.key], place])) for term in terms]
        least = max(LEAST_EVIDENCE, LEAST_PART * max(evidence for _, evidence in strong))
        strong = sorted(((t, e) for t, e in strong if e >= least), key=lambda pair: pair[0].start)
        parts: list[tuple[int, int, float]] = []
        for term, weight in strong:
            if parts and term.start < parts[-1][1]:
                start, end, sum_so_far = parts[-1]
                parts[-1] = (start, max(end, term.end), sum_so_far + weight)
            else:
                parts.append((term.start, term.end, weight))
        ranked = sorted(parts, key=lambda part: (-part[2], part[0]))
        words = dict.fromkeys(plain[start:end] for start, end, _ in ranked)
        return tuple(words)[:MOST_WORDS]


def train(names: Iterable[Example], reports: Iterable[Example]) -> ClassModel:
    """A model of the classes that are named.

    Args:
        names: Names and key words, at least one of each class that may be suggested.
        reports: Texts of past reports; those of classes without a name are left out.
    """
    named = list(names)
    class_ids = sorted({one.class_id for one in named})
    places = {class_id: place for place, class_id in enumerate(class_ids)}
    counts: list[Counts] = [defaultdict(float) for _ in class_ids]
    seen = np.ones(len(class_ids))
    for one in reports:
        if one.class_id in places:
            _add(counts[places[one.class_id]], one.text, one.weight)
            seen[places[one.class_id]] += one.weight
    masses = np.array([sum(one.values()) for one in counts])
    for one in named:
        _add(counts[places[one.class_id]], one.text, NAME_WEIGHT * one.weight)
    return _model(np.array(class_ids, dtype=np.int64), np.log(seen / max(seen.sum(), 1.0)), counts, masses)


def _add(counts: Counts, text: str, weight: float) -> None:
    for term in terms_of(text):
        counts[term] += weight


def _most_frequent(counts: Sequence[Counts]) -> Mapping[str, int]:
    total: Counts = defaultdict(float)
    for one in counts:
        for term, weight in one.items():
            total[term] += weight
    kept = sorted(total, key=lambda term: (-total[term], term))[:MOST_TERMS]
    return {term: row for row, term in enumerate(kept)}


def _model(
    class_ids: NDArray[np.int64], prior: NDArray[np.float64], counts: Sequence[Counts], masses: NDArray[np.float64]
) -> ClassModel:
    """Names are no part of the masses: a class known by name alone loses nothing by what its name does not say."""
    rows = _most_frequent(counts)
    table = np.zeros((len(rows), len(class_ids)), dtype=np.float32)
    for place, one in enumerate(counts):
        for term, weight in one.items():
            if term in rows:
                table[rows[term], place] = weight
    share = table.sum(axis=1, keepdims=True) / max(float(table.sum()), 1.0)
    smoothed = (table + SMOOTHING * share) / (masses.astype(np.float32) + np.float32(SMOOTHING))
    evidence = np.maximum(np.log(smoothed / share), LEAST_COUNTED)
    return ClassModel(class_ids, prior, rows, (evidence * _tellingness(table)).astype(np.float32))


def _tellingness(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """From 0 for terms that all classes share (openings, places) to 1 for those of one class, shape (t, 1)."""
    classes = max(table.shape[1], 2)
    spread = (table + np.float32(DOUBT / classes)) / (table.sum(axis=1, keepdims=True) + np.float32(DOUBT))
    entropy = -(spread * np.log(spread)).sum(axis=1, keepdims=True) / np.log(classes)
    told: NDArray[np.float32] = (1 - entropy) ** np.float32(TELLING_POWER)
    return told
