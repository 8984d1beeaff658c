"""What are the figures of cases of which it is known which conditions they meet?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.figures.conditions import Term
from data.figures.definition import FigureDefinition


@dataclass(frozen=True, slots=True)
class Parts:
    """Numerator and denominator; `unknown` belong to neither, as something has to be known of them that is not."""

    numerator: int = 0
    denominator: int = 0
    unknown: int = 0

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(
            self.numerator + other.numerator, self.denominator + other.denominator, self.unknown + other.unknown
        )

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None where nothing is in the denominator: no data is not zero."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class FigureCount:
    """A figure as it happened, and without cases for which an appeal was granted."""

    factual: Parts = Parts()
    adjusted: Parts = Parts()

    def __add__(self, other: "FigureCount") -> "FigureCount":
        return FigureCount(self.factual + other.factual, self.adjusted + other.adjusted)


NONE = FigureCount()
Counts = Mapping[str, FigureCount]
"""Figures by key."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many cases that meet the same conditions."""

    met: frozenset[str]
    n: int


def count(figures: Sequence[FigureDefinition], crowds: Iterable[Crowd]) -> dict[str, FigureCount]:
    """The figures of all cases of the crowds, in the order of the definitions."""
    sizes: dict[frozenset[str], int] = {}
    for crowd in crowds:
        sizes[crowd.met] = sizes.get(crowd.met, 0) + crowd.n
    held = [Crowd(met, n) for met, n in sizes.items()]
    return {
        one.key: FigureCount(_parts(one, held, adjusted=False), _parts(one, held, adjusted=True)) for one in figures
    }


def add(one: Counts, other: Counts) -> dict[str, FigureCount]:
    """Figures of two sets of cases together, which share none."""
    return {key: one.get(key, NONE) + other.get(key, NONE) for key in {**one, **other}}


def _parts(figure: FigureDefinition, crowds: Sequence[Crowd], *, adjusted: bool) -> Parts:
    if not figure.collected:
        return Parts()
    base, top = (figure.terms(part, adjusted=adjusted) for part in ("denominator", "numerator"))
    return Parts(
        sum(crowd.n for crowd in crowds if _holds(top, crowd)),
        sum(crowd.n for crowd in crowds if _holds(base, crowd)),
        sum(crowd.n for crowd in crowds if figure.is_unknown(crowd.met, adjusted=adjusted)),
    )


def _holds(terms: tuple[Term, ...], crowd: Crowd) -> bool:
    return all(term.holds(crowd.met) for term in terms)
