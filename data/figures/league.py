"""How do units and departments rank, and which light do they show 实绩一榜?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from data.figures.counting import NONE, Counts, Parts
from data.figures.definition import FigureDefinition, definition_of
from data.figures.errors import FiguresInvalid, FigureUnknown
from data.figures.read import NO_ONE, Subject

FILE = Path(__file__).parents[1] / "catalog" / "league.yaml"
_FULL = 100.0


@dataclass(frozen=True, slots=True)
class LeaguePart:
    """A figure with its weight."""

    figure: FigureDefinition
    weight: float


@dataclass(frozen=True, slots=True)
class LeagueRules:
    """How the table is made.

    Attributes:
        parts: What the score is made of.
        adjusted: Whether cases for which an appeal was granted are left out.
        at_least: Cases that the largest denominator has to have.
        green, yellow: Score from which a light is that, 0 to 100.
    """

    parts: tuple[LeaguePart, ...]
    adjusted: bool
    at_least: int
    green: float
    yellow: float

    @property
    def figures(self) -> tuple[FigureDefinition, ...]:
        """Figures that the score needs."""
        return tuple(part.figure for part in self.parts)


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """What a figure brings.

    Attributes:
        parts: Numerator and denominator.
        points: Weight that it brings; None without data, and then its weight does not count.
    """

    part: LeaguePart
    parts: Parts
    points: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the table.

    Attributes:
        rank: From 1; equal scores share a rank. None where there are too few cases.
        score: 0 to 100; None for the same reason.
        light: green, yellow or red; None for the same reason.
    """

    subject: Subject
    rank: int | None
    score: float | None
    light: str | None
    parts: tuple[ScoredPart, ...]


def league(subjects: Iterable[Subject], rules: LeagueRules) -> tuple[Place, ...]:
    """The table, best first; those without a rank at the end."""
    scored = [_scored(subject, rules) for subject in subjects if subject.code != NO_ONE]
    scored.sort(key=lambda place: (place.score is None, -(place.score or 0.0), place.subject.code))
    scores = [place.score for place in scored]
    return tuple(place if place.score is None else _ranked(place, scores.index(place.score) + 1) for place in scored)


@cache
def league_rules() -> LeagueRules:
    """The rules of the shipped file.

    Raises:
        FiguresInvalid: The file cannot be used.
    """
    return read_league_rules(FILE)


def read_league_rules(path: Path) -> LeagueRules:
    """The rules of a file.

    Raises:
        FiguresInvalid: The file cannot be read, or a value cannot be used.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        parts = tuple(_part(entry, f"{path.name}, parts, entry {n}") for n, entry in enumerate(values["parts"], 1))
        rules = LeagueRules(
            parts, bool(values["adjusted"]), int(values["at_least"]), float(values["lights"]["green"]),
            float(values["lights"]["yellow"]),
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise FiguresInvalid(path.name, f"The rules cannot be read ({error}).", "Restore the file.") from error
    if not parts:
        raise FiguresInvalid(f"{path.name}, parts", "No figure has a weight.", "Name at least one.")
    if not 0 <= rules.yellow <= rules.green <= _FULL:
        raise FiguresInvalid(f"{path.name}, lights", "They do not rise from 0 to 100.", "Give yellow ≤ green.")
    return rules


def _part(entry: Mapping[str, Any], place: str) -> LeaguePart:
    try:
        figure = definition_of(str(entry["figure"]))
    except FigureUnknown as error:
        raise FiguresInvalid(f"{place}, figure", error.cause, error.remedy) from error
    weight = float(entry["weight"])
    if not 0 < weight < float("inf"):
        raise FiguresInvalid(f"{place}, weight", f"{weight} is no weight.", "Give a number above 0.")
    return LeaguePart(figure, weight)


def _scored(subject: Subject, rules: LeagueRules) -> Place:
    parts = tuple(_points(part, subject.figures, adjusted=rules.adjusted) for part in rules.parts)
    known = [part for part in parts if part.points is not None]
    if max((part.parts.denominator for part in parts), default=0) < max(rules.at_least, 1) or not known:
        return Place(subject, None, None, None, parts)
    weights = sum(part.part.weight for part in known)
    score = round(_FULL * sum(part.points or 0.0 for part in known) / weights, 1)
    return Place(subject, None, score, _light(score, rules), parts)


def _points(part: LeaguePart, figures: Counts, *, adjusted: bool) -> ScoredPart:
    found = figures.get(part.figure.key, NONE)
    parts = found.adjusted if adjusted else found.factual
    if parts.value is None:
        return ScoredPart(part, parts, None)
    return ScoredPart(part, parts, part.weight * (parts.value if part.figure.better == "high" else 1 - parts.value))


def _light(score: float, rules: LeagueRules) -> str:
    if score >= rules.green:
        return "green"
    return "yellow" if score >= rules.yellow else "red"


def _ranked(place: Place, rank: int) -> Place:
    return Place(place.subject, rank, place.score, place.light, place.parts)
