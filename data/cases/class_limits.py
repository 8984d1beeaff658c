"""How long may the handling of a case last, by its class and what is known of it?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.limit_rows import LimitRow, choose_limit
from geo.status import Severity

_NAMED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "default": {},
    "major": {"severity": frozenset({str(int(Severity.major))})},
}


def limit_rows(limits: Iterable[Mapping[str, Any]]) -> tuple[LimitRow, ...]:
    """The rows of a class, as the catalog has them.

    Args:
        limits: Objects with `limit`, `unit` and `when`: default, major, or values by fact: `{source: [hotline]}`.

    Raises:
        KeyError, ValueError, ParameterError: A row cannot be used.
    """
    return tuple(
        LimitRow(TimeLimit(float(row["limit"]), Clock(row["unit"])), _needs(row.get("when", "default")))
        for row in limits
    )


def handling_limit(limits: Iterable[Mapping[str, Any]], facts: Mapping[str, str]) -> TimeLimit | None:
    """The limit of handling that the class gives a case; None where the class says nothing."""
    return choose_limit(limit_rows(limits), facts)


def limit_facts(severity: int, source: str | None, county: str | None, at: datetime, zone: ZoneInfo) -> dict[str, str]:
    """What conditions may ask for of a case; what is unknown is left out."""
    facts = {"severity": str(severity), "source": source, "county": county, "hour": str(at.astimezone(zone).hour)}
    return {name: value for name, value in facts.items() if value is not None}


def _needs(when: str | Mapping[str, Iterable[object]]) -> Mapping[str, frozenset[str]]:
    if isinstance(when, str):
        return _NAMED[when]
    return {name: frozenset(str(value) for value in values) for name, values in when.items()}
