"""Is a case a major risk, by which rules, and by which facts?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from data.risk.facts import Ask, Facts
from data.risk.predicate import Seen
from data.risk.rule_file import RiskRules


class Level(StrEnum):
    """How a case is graded 研判."""

    GENERAL = "general"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired, and the comparisons that made it fire."""

    rule: str
    seen: tuple[Seen, ...]

    def plain(self) -> Mapping[str, object]:
        """As JSON holds it."""
        return {"rule": self.rule, "facts": [_plain(one) for one in self.seen]}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a case: major where any fired."""

    fired: tuple[Fired, ...]

    @property
    def level(self) -> Level:
        """General or major."""
        return Level.MAJOR if self.fired else Level.GENERAL

    def plain(self) -> list[Mapping[str, object]]:
        """The rules that fired, as JSON holds them."""
        return [one.plain() for one in self.fired]


def judge(rules: RiskRules, facts: Facts) -> Verdict:
    """What the rules say of these facts; the same facts always get the same verdict."""
    group = facts.get(Ask("group"))
    fired = []
    for rule in rules.rules:
        groups = rules.groups_of(rule)
        if groups is not None and group not in groups:
            continue
        seen = rule.when.test(facts)
        if seen is not None:
            fired.append(Fired(rule.key, tuple(dict.fromkeys(_hashable(one) for one in seen))))
    return Verdict(tuple(fired))


def _hashable(one: Seen) -> Seen:
    value = tuple(one.value) if isinstance(one.value, list) else one.value
    return Seen(one.ask, one.comparison, one.asked, value)


def _plain(one: Seen) -> Mapping[str, object]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    told: dict[str, object] = {"fact": one.ask.name, "value": value, "comparison": one.comparison}
    if one.comparison != "has_any":
        # Of a list of words those that were found are the value; the others say nothing about the case.
        told["asked"] = list(one.asked) if isinstance(one.asked, tuple) else one.asked
    if one.ask.at is not None:
        at = one.ask.at
        told |= {"within_days": at.within_days, "radius_m": at.radius_m, "same": at.same}
    return told
