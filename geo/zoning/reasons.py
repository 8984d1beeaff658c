"""Why are units together: what do they share, in what do they differ, how similar are they beside any two units?"""

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError
from geo.zoning.graph import Floats, Ints

MARKED = 0.5
"""Standard deviations from the area's mean from which on a problem marks a unit or a zone."""

APART = 1.0
_PAIRS = 50_000


@dataclass(frozen=True, slots=True)
class Trait:
    """A column of the profile and how far from the area's mean, in standard deviations.

    Attributes:
        column: which.
        level: mean of the units; above 0 for more than usual.
        gap: how much the units differ: standard deviation within a zone, difference of a pair.
    """

    column: int
    level: float
    gap: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why units are together.

    Attributes:
        shared: what marks all of them alike, strongest first.
        differing: what they differ in, most first.
        closer_than: share of all pairs of the area that are less similar than these units are on average.
    """

    shared: tuple[Trait, ...]
    differing: tuple[Trait, ...]
    closer_than: float


class Similarity:
    """How similar two units are beside all pairs of the area."""

    def __init__(self, scores: Floats, seed: int = 7, *, marks: Floats | None = None) -> None:
        """Take distances of all pairs, or of 50,000 drawn ones where there are more.

        Args:
            scores: (n, p) weighted z-scores, in which units are compared.
            seed: of the draw.
            marks: (n, p) z-scores without weights, in which problems are told; None takes the scores.

        Raises:
            ParameterError: if there are fewer than two units.
        """
        n = len(scores)
        if n < 2:
            raise ParameterError("scores", n, "at least two units")
        if n * (n - 1) // 2 <= _PAIRS:
            first, second = np.triu_indices(n, 1)
        else:
            rng = np.random.default_rng(seed)
            first = rng.integers(0, n, _PAIRS)
            second = (first + rng.integers(1, n, _PAIRS)) % n
        self._scores, self._marks = scores, scores if marks is None else marks
        self._distances = np.sort(np.linalg.norm(scores[first] - scores[second], axis=1))

    def closer_than(self, distance: float) -> float:
        """Share of pairs that lie further apart than so."""
        return float(1 - np.searchsorted(self._distances, distance, side="right") / len(self._distances))

    def of_zone(self, members: Ints) -> Reason:
        """Why the units of a zone are together; a zone of one unit is as close as can be.

        Args:
            members: (m,) units of the zone.
        """
        own = self._marks[members]
        level, gap = own.mean(axis=0), own.std(axis=0)
        shared = np.flatnonzero((np.abs(level) >= MARKED) & (gap <= np.abs(level)))
        differing = np.flatnonzero(gap >= APART)
        # The mean squared distance of two members is twice the variance, counted over pairs.
        squared = 2 * float(self._scores[members].var(axis=0).sum()) * len(members) / max(len(members) - 1, 1)
        return Reason(
            _traits(shared, level, gap, np.abs(level)),
            _traits(differing, level, gap, gap),
            self.closer_than(squared**0.5),
        )

    def of_pair(self, one: int, other: int) -> Reason:
        """Why two units are, or would be, together."""
        a, b = self._marks[one], self._marks[other]
        level, gap = (a + b) / 2, np.abs(a - b)
        shared = np.flatnonzero((a * b > 0) & (np.minimum(np.abs(a), np.abs(b)) >= MARKED) & (gap < APART))
        differing = np.flatnonzero(gap >= APART)
        reach = float(np.linalg.norm(self._scores[one] - self._scores[other]))
        return Reason(
            _traits(shared, level, gap, np.abs(level)), _traits(differing, level, gap, gap), self.closer_than(reach)
        )


def _traits(columns: Ints, level: Floats, gap: Floats, strength: Floats) -> tuple[Trait, ...]:
    order = columns[np.lexsort((columns, -strength[columns]))]
    return tuple(Trait(int(c), float(level[c]), float(gap[c])) for c in order)
