"""What do the rules of risk say, as a file or as the database keeps them?"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from data.risk.errors import RiskRulesInvalid
from data.risk.facts import Ask, Surroundings, surroundings_of
from data.risk.predicate import Predicate, parse_predicate

FILE = Path(__file__).parents[1] / "catalog" / "risk_rules.yaml"
MOST_RULES = 200
MOST_TEXT = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PARTS = ("people", "kinds", "rules")
_RULE_FIELDS = ("key", "zh", "en", "kinds", "when")
_KIND_FIELDS = ("key", "zh", "en", "groups")


@dataclass(frozen=True, slots=True)
class DisputeKind:
    """A kind of disputes: some groups of classes that some rules are for."""

    key: str
    zh: str
    en: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskRule:
    """A rule; where it fires, the case is a major risk.

    Attributes:
        kinds: Kinds of disputes that it is for; empty for every case.
    """

    key: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    when: Predicate


@dataclass(frozen=True)
class RiskRules:
    """All rules of a file, proven to be usable.

    Attributes:
        content: The file as plain values, from which it can be written again.
        people: Least number of people that a word in a text stands for.
    """

    content: Mapping[str, Any]
    people: Mapping[str, int]
    kinds: tuple[DisputeKind, ...]
    rules: tuple[RiskRule, ...]

    @cached_property
    def version(self) -> str:
        """What tells this text of the rules from any other: the beginning of its hash."""
        plain = json.dumps(self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()[:12]

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Every fact that some rule needs."""
        return tuple(dict.fromkeys(ask for rule in self.rules for ask in rule.when.asks()))

    @cached_property
    def surroundings(self) -> tuple[Surroundings, ...]:
        """The different surroundings that rules ask about."""
        return surroundings_of(self.asks)

    def asks_about(self, at: Surroundings, group: str) -> bool:
        """Whether a rule for cases of a group of classes needs these surroundings."""
        return any(
            ask.at == at
            for rule in self.rules
            if (groups := self.groups_of(rule)) is None or group in groups
            for ask in rule.when.asks()
        )

    def groups_of(self, rule: RiskRule) -> frozenset[str] | None:
        """Groups of classes that a rule is for; None for all."""
        if not rule.kinds:
            return None
        return frozenset(group for kind in self.kinds if kind.key in rule.kinds for group in kind.groups)


def read_rule_file(path: Path = FILE) -> RiskRules:
    """The rules of a file.

    Raises:
        RiskRulesInvalid: It cannot be read, or says what cannot be used.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RiskRulesInvalid(path.name, f"The file cannot be read ({error}).", "Give a YAML file.") from error
    return rules_of(content)


def write_rules(rules: RiskRules) -> str:
    """The rules as YAML, from which `read_rule_file` makes the same rules again."""
    return yaml.safe_dump(dict(rules.content), allow_unicode=True, sort_keys=False, width=120)


def rules_of(content: object) -> RiskRules:
    """The rules that plain values stand for.

    Raises:
        RiskRulesInvalid: Something in them cannot be used.
    """
    given = _mapping(content, "the file", _PARTS)
    kinds = tuple(_kind(one, f"kinds[{i}]") for i, one in enumerate(_list(given.get("kinds", []), "kinds")))
    entries = _list(given.get("rules"), "rules")
    if not 0 < len(entries) <= MOST_RULES:
        raise RiskRulesInvalid("rules", f"There are {len(entries)} rules.", f"Give 1 to {MOST_RULES}.")
    rules = tuple(_rule(one, f"rules[{i}]", {kind.key for kind in kinds}) for i, one in enumerate(entries))
    _refuse_twice([kind.key for kind in kinds], "kinds")
    _refuse_twice([rule.key for rule in rules], "rules")
    return RiskRules(given, _people(given.get("people", {})), kinds, rules)


def _kind(entry: object, field: str) -> DisputeKind:
    given = _mapping(entry, field, _KIND_FIELDS)
    groups = _keys(given.get("groups"), f"{field}.groups")
    return DisputeKind(_key(given, field), _text(given, "zh", field), _text(given, "en", field), groups)


def _rule(entry: object, field: str, known_kinds: set[str]) -> RiskRule:
    given = _mapping(entry, field, _RULE_FIELDS)
    kinds = _keys(given["kinds"], f"{field}.kinds") if "kinds" in given else ()
    stray = sorted(set(kinds) - known_kinds)
    if stray:
        known = ", ".join(sorted(known_kinds))
        raise RiskRulesInvalid(f"{field}.kinds", f"There is no kind {stray[0]!r}.", f"Use {known}.")
    when = parse_predicate(given.get("when"), f"{field}.when")
    return RiskRule(_key(given, field), _text(given, "zh", field), _text(given, "en", field), kinds, when)


def _people(given: object) -> Mapping[str, int]:
    if not isinstance(given, Mapping):
        raise RiskRulesInvalid("people", "It is no table.", "Write words with the least number that each stands for.")
    for word, least in given.items():
        is_count = isinstance(least, int) and not isinstance(least, bool) and 0 < least <= 10_000
        if not isinstance(word, str) or not word.strip() or not is_count:
            raise RiskRulesInvalid(f"people.{word}", f"{least!r} cannot be used.", "Write a whole number from 1.")
    return dict(given)


def _mapping(value: object, field: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RiskRulesInvalid(field, "It is no table of names with values.", f"Write {', '.join(known)}.")
    stray = sorted(str(name) for name in value if name not in known)
    if stray:
        raise RiskRulesInvalid(f"{field}.{stray[0]}", "There is no such entry.", f"Use {', '.join(known)}.")
    return value


def _list(value: object, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise RiskRulesInvalid(field, "It is no list.", "Write one entry a dash.")
    return value


def _keys(value: object, field: str) -> tuple[str, ...]:
    entries = _list(value, field)
    if not entries or not all(isinstance(one, str) and _KEY.fullmatch(one) for one in entries):
        raise RiskRulesInvalid(field, "It is no list of keys.", "List at least one, of small letters, digits and _.")
    return tuple(entries)


def _key(given: Mapping[str, Any], field: str) -> str:
    key = given.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise RiskRulesInvalid(f"{field}.key", f"{key!r} is no key.", "Use small letters, digits and _.")
    return key


def _text(given: Mapping[str, Any], name: str, field: str) -> str:
    text = given.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT or "\x00" in text:
        raise RiskRulesInvalid(f"{field}.{name}", "The text is missing or too long.", f"Write up to {MOST_TEXT} signs.")
    return text.strip()


def _refuse_twice(keys: list[str], field: str) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise RiskRulesInvalid(field, f"{twice[0]!r} stands there twice.", "Give each its own key.")
