"""How does a rule say when it fires? A small language of facts, comparisons, all, any and not; nothing is executed.

{fact: severity, at_least: 3}
{any: [{fact: text, has_any: [围堵, 械斗]}, {all: [{fact: group, in: [labour]}, {fact: people, at_least: 10}]}]}
{fact: reports_at_place, at_least: 3, within_days: 30, radius_m: 50, same: group}
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from data.risk.errors import RiskRulesInvalid
from data.risk.facts import AT_PLACE, KINDS, MOST_DAYS, MOST_RADIUS_M, SAME, Ask, Facts, Kind, Surroundings, Value

MOST_DEPTH = 6
MOST_VALUES = 200
_JOINTS = ("all", "any", "not")
_COMPARISONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.NUMBER: ("at_least", "at_most", "is"),
    Kind.KEY: ("is", "in"),
    Kind.TEXT: ("has_any",),
    Kind.TRUTH: ("is",),
}
_PLACE_FIELDS = ("within_days", "radius_m", "same")


@dataclass(frozen=True, slots=True)
class Seen:
    """A comparison that held, and by which value."""

    ask: Ask
    comparison: str
    asked: object
    value: object


Found = tuple[Seen, ...]
"""What made a predicate true; of one that is true because something is not, nothing."""


@dataclass(frozen=True, slots=True)
class Compare:
    """One fact against one value."""

    ask: Ask
    comparison: str
    value: Any

    def test(self, facts: Facts) -> Found | None:
        """What made it true, None where it is not; a fact that is not known is never true."""
        known = facts.get(self.ask)
        if known is None:
            return None
        held = _TESTS[self.comparison](known, self.value)
        if held is None:
            return None
        return (Seen(self.ask, self.comparison, self.value, held),)

    def asks(self) -> Iterator[Ask]:
        """Facts that it needs."""
        yield self.ask


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is."""

    parts: tuple["Predicate", ...]

    def test(self, facts: Facts) -> Found | None:
        """What made it true, None where it is not."""
        found = [part.test(facts) for part in self.parts]
        held = [one for one in found if one is not None]
        return tuple(seen for one in held for seen in one) if len(held) == len(found) else None

    def asks(self) -> Iterator[Ask]:
        """Facts that it needs."""
        for part in self.parts:
            yield from part.asks()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where a part is; all parts that are true are told."""

    parts: tuple["Predicate", ...]

    def test(self, facts: Facts) -> Found | None:
        """What made it true, None where it is not."""
        held = [one for one in (part.test(facts) for part in self.parts) if one is not None]
        return tuple(seen for one in held for seen in one) if held else None

    def asks(self) -> Iterator[Ask]:
        """Facts that it needs."""
        for part in self.parts:
            yield from part.asks()


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not."""

    part: "Predicate"

    def test(self, facts: Facts) -> Found | None:
        """Nothing made it true, None where it is not."""
        return () if self.part.test(facts) is None else None

    def asks(self) -> Iterator[Ask]:
        """Facts that it needs."""
        yield from self.part.asks()


Predicate = Compare | All | AnyOf | Not


def parse_predicate(value: object, field: str, depth: int = 0) -> Predicate:
    """The predicate that a value of the file means.

    Args:
        value: As YAML or JSON gives it.
        field: Where it stands, for the message.

    Raises:
        RiskRulesInvalid: It means none.
    """
    if depth > MOST_DEPTH:
        raise RiskRulesInvalid(field, f"It is nested more than {MOST_DEPTH} times.", "Write it flatter.")
    if not isinstance(value, Mapping) or not value:
        raise RiskRulesInvalid(field, "It is no condition.", "Write all, any, not, or a fact with a comparison.")
    joints = [name for name in _JOINTS if name in value]
    if not joints:
        return _parse_compare(value, field)
    if len(value) != 1:
        raise RiskRulesInvalid(field, f"Beside {joints[0]!r} stands something else.", "Put one into each condition.")
    inner = value[joints[0]]
    if joints[0] == "not":
        return Not(parse_predicate(inner, f"{field}.not", depth + 1))
    if not isinstance(inner, list) or not inner:
        raise RiskRulesInvalid(f"{field}.{joints[0]}", "It is no list of conditions.", "List at least one.")
    parts = tuple(parse_predicate(part, f"{field}.{joints[0]}[{i}]", depth + 1) for i, part in enumerate(inner))
    return All(parts) if joints[0] == "all" else AnyOf(parts)


def _parse_compare(value: Mapping[str, Any], field: str) -> Compare:
    name = value.get("fact")
    if not isinstance(name, str) or name not in KINDS:
        raise RiskRulesInvalid(f"{field}.fact", f"There is no fact {name!r}.", f"Use one of: {', '.join(KINDS)}.")
    possible = _COMPARISONS[KINDS[name]]
    is_at_place = name in AT_PLACE
    known = {"fact", *possible, *(_PLACE_FIELDS if is_at_place else ())}
    stray = sorted(str(key) for key in value if key not in known)
    if stray:
        raise RiskRulesInvalid(f"{field}.{stray[0]}", f"It says nothing about {name!r}.", f"Use {', '.join(possible)}.")
    used = [comparison for comparison in possible if comparison in value]
    if len(used) != 1:
        raise RiskRulesInvalid(field, f"{name!r} needs one comparison, not {len(used)}.", f"Use {', '.join(possible)}.")
    ask = Ask(name, _parse_surroundings(value, field) if is_at_place else None)
    return Compare(ask, used[0], _parse_value(value[used[0]], ask.kind, used[0], f"{field}.{used[0]}"))


def _parse_value(value: Any, kind: Kind, comparison: str, field: str) -> Any:
    if comparison in ("in", "has_any"):
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES or not all(_is_text(v) for v in value):
            raise RiskRulesInvalid(field, "It is no list of texts.", f"List 1 to {MOST_VALUES} texts.")
        return tuple(value)
    if kind is Kind.NUMBER and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise RiskRulesInvalid(field, f"{value!r} is no whole number from 0.", "Write one.")
    if kind is Kind.TRUTH and not isinstance(value, bool):
        raise RiskRulesInvalid(field, f"{value!r} is neither true nor false.", "Write true or false.")
    if kind is Kind.KEY and not _is_text(value):
        raise RiskRulesInvalid(field, f"{value!r} is no key.", "Write a text.")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value and len(value) <= 80


def _parse_surroundings(value: Mapping[str, Any], field: str) -> Surroundings:
    limits = {"within_days": MOST_DAYS, "radius_m": MOST_RADIUS_M}
    for name, most in limits.items():
        given = value.get(name)
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
            raise RiskRulesInvalid(f"{field}.{name}", f"{given!r} cannot be used.", f"Write a number, 1 to {most}.")
    if value.get("same") not in SAME:
        raise RiskRulesInvalid(f"{field}.same", "It cannot be used.", f"Write {' or '.join(SAME)}.")
    return Surroundings(value["within_days"], value["radius_m"], value["same"])


def _at_least(known: Value, asked: Any) -> object:
    return known if isinstance(known, int) and known >= asked else None


def _at_most(known: Value, asked: Any) -> object:
    return known if isinstance(known, int) and known <= asked else None


def _is(known: Value, asked: Any) -> object:
    return known if known == asked else None


def _in(known: Value, asked: Any) -> object:
    return known if known in asked else None


def _has_any(known: Value, asked: Any) -> object:
    found = [word for word in asked if word in str(known)]
    return found or None


_TESTS: Mapping[str, Callable[[Value, Any], object]] = {
    "at_least": _at_least,
    "at_most": _at_most,
    "is": _is,
    "in": _in,
    "has_any": _has_any,
}
"""Each gives the value by which the comparison holds, None where it does not."""
