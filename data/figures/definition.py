"""How is a figure defined, and which figures are there?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from data.figures.conditions import CONDITIONS, MOMENTS, Term, term_of
from data.figures.errors import FiguresInvalid, FigureUnknown

FILE = Path(__file__).parents[1] / "catalog" / "figures.yaml"
EXEMPT = Term("exempt", wanted=False)
_TEXTS = ("key", "zh", "en", "formula_zh", "formula_en")
_LISTS = ("among", "needs", "counts")
_FIELDS = frozenset({*_TEXTS, *_LISTS, "moment", "better", "collected"})
_RESTORE = "Correct the entry, or restore the file."


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """A share of cases, 0 to 1.

    Attributes:
        moment: What places a case in the period.
        among: What it must meet to count at all.
        needs: What must be known of it; where it is not, it is unknown and not in the denominator.
        counts: What it must meet to be in the numerator, too.
        better: high or low.
        collected: Whether anything collects it; without that there is no data, whatever is counted.
        formula_zh, formula_en: Numerator and denominator in words.
    """

    key: str
    zh: str
    en: str
    moment: str
    among: tuple[Term, ...]
    needs: tuple[Term, ...]
    counts: tuple[Term, ...]
    better: str
    formula_zh: str
    formula_en: str
    collected: bool = True

    def terms(self, part: str, *, adjusted: bool) -> tuple[Term, ...]:
        """What a case meets that is in a part: numerator or denominator."""
        base = (Term(self.moment), *self.among, *self.needs, *((EXEMPT,) if adjusted else ()))
        return (*base, *self.counts) if part == "numerator" else base

    def is_unknown(self, met: frozenset[str], *, adjusted: bool) -> bool:
        """Whether a case belongs to the figure, but what has to be known of it is not."""
        base = (Term(self.moment), *self.among, *((EXEMPT,) if adjusted else ()))
        return all(term.holds(met) for term in base) and not all(term.holds(met) for term in self.needs)

    @property
    def names(self) -> frozenset[str]:
        """Every condition that it asks for."""
        return frozenset(term.name for term in (*self.terms("numerator", adjusted=True),))


@cache
def definitions() -> tuple[FigureDefinition, ...]:
    """The figures of the shipped file, in its order.

    Raises:
        FiguresInvalid: The file cannot be used.
    """
    return read_definitions(FILE)


def read_definitions(path: Path) -> tuple[FigureDefinition, ...]:
    """The figures of a file.

    Raises:
        FiguresInvalid: The file cannot be read, or an entry is wrong.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["figures"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise FiguresInvalid(path.name, f"The list `figures` cannot be read ({error}).", "Restore the file.") from error
    if not isinstance(entries, list) or not entries:
        raise FiguresInvalid(path.name, "The list `figures` is empty.", "Restore the file.")
    found = tuple(_definition(entry, f"{path.name}, entry {place}") for place, entry in enumerate(entries, 1))
    keys = [one.key for one in found]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise FiguresInvalid(f"{path.name}, key", f"{twice!r} stands twice.", "Give each figure a key of its own.")
    return found


def chosen(text: str) -> tuple[FigureDefinition, ...]:
    """The figures that keys, separated by commas, name; empty or `all` means every figure.

    Raises:
        FigureUnknown: There is none of a key.
    """
    keys = dict.fromkeys(key.strip() for key in text.split(",") if key.strip())
    return tuple(map(definition_of, keys)) if keys and list(keys) != ["all"] else definitions()


def definition_of(key: str) -> FigureDefinition:
    """The figure of a key.

    Raises:
        FigureUnknown: There is none.
    """
    found = next((one for one in definitions() if one.key == key), None)
    if found is None:
        raise FigureUnknown(key, ", ".join(one.key for one in definitions()))
    return found


def digest(figures: Iterable[FigureDefinition]) -> str:
    """Hash of what is counted: kept days say by which definitions they were."""
    said = [(one.key, [term.sql for term in one.terms("numerator", adjusted=True)]) for one in figures]
    return sha256(repr(said).encode()).hexdigest()[:16]


def _definition(entry: Any, place: str) -> FigureDefinition:
    if not isinstance(entry, Mapping):
        raise FiguresInvalid(place, "It is no entry with names and values.", _RESTORE)
    stray = sorted(set(map(str, entry)) - _FIELDS)
    if stray:
        raise FiguresInvalid(f"{place}, {stray[0]}", "There is no such field.", f"Use {', '.join(sorted(_FIELDS))}.")
    texts = {name: _text(entry, name, place) for name in _TEXTS}
    lists = {name: _terms(entry, name, place) for name in _LISTS}
    moment, better = (_text(entry, name, place) for name in ("moment", "better"))
    _one_of(moment, MOMENTS, f"{place}, moment")
    _one_of(better, ("high", "low"), f"{place}, better")
    collected = entry.get("collected", True)
    if not isinstance(collected, bool):
        raise FiguresInvalid(f"{place}, collected", f"{collected!r} is neither true nor false.", _RESTORE)
    if collected and not lists["counts"]:
        raise FiguresInvalid(f"{place}, counts", "The numerator has no condition.", "Say what it counts.")
    return FigureDefinition(
        texts["key"], texts["zh"], texts["en"], moment, lists["among"], lists["needs"], lists["counts"], better,
        texts["formula_zh"], texts["formula_en"], collected,
    )  # fmt: skip


def _text(entry: Mapping[str, Any], name: str, place: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise FiguresInvalid(f"{place}, {name}", "The text is missing.", _RESTORE)
    return value.strip()


def _terms(entry: Mapping[str, Any], name: str, place: str) -> tuple[Term, ...]:
    given = entry.get(name)
    if not isinstance(given, list):
        raise FiguresInvalid(f"{place}, {name}", "It is no list of conditions.", "Write [] for none.")
    try:
        return tuple(term_of(str(text)) for text in given)
    except KeyError as error:
        known = ", ".join(sorted(CONDITIONS))
        raise FiguresInvalid(f"{place}, {name}", f"There is no condition {error}.", f"Use any of: {known}.") from error


def _one_of(value: str, known: Iterable[str], place: str) -> None:
    if value not in known:
        raise FiguresInvalid(place, f"{value!r} is not known.", f"Use one of: {', '.join(known)}.")
