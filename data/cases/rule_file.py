"""What do the rules of the flow say, as a file or as the database keeps them?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from data.cases.errors import RulesInvalid
from data.cases.rules import CaseRules
from data.cases.state import Stage
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.states import EscalationStep
from geo.deadlines.work_calendar import MONDAY_TO_FRIDAY
from geo.errors import GeoError

FILE = Path(__file__).parents[1] / "catalog" / "case_rules.yaml"
DEFAULT_WINDOWS = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
_MINUTES_OF_HOUR = 60


@dataclass(frozen=True, slots=True)
class LocalRules:
    """Rules of the flow, and the work time that they are counted in.

    Attributes:
        flow: Limits and counts.
        windows: (from, until) minutes after midnight of a work day.
        weekdays: Days of the week with work, Monday is 0.
    """

    flow: CaseRules = field(default_factory=CaseRules)
    windows: tuple[tuple[int, int], ...] = DEFAULT_WINDOWS
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY


def read_rule_file(path: Path = FILE) -> Mapping[str, Any]:
    """The values of the file by name, each proven to be usable.

    Raises:
        RulesInvalid: The file cannot be read, or a value cannot be used.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RulesInvalid(path.name, f"The file cannot be read ({error}).", "Restore it.") from error
    if not isinstance(values, dict):
        raise RulesInvalid(path.name, "It holds no names with values.", "Restore the file.")
    rules_of(values)
    return values


def rules_of(values: Mapping[str, Any]) -> LocalRules:
    """The rules that values by name stand for; what is missing is as shipped.

    Raises:
        RulesInvalid: A name is unknown, or a value cannot be used.
    """
    stray = sorted(values.keys() - _READERS.keys())
    if stray:
        raise RulesInvalid(stray[0], "There is no such rule.", f"Use {', '.join(sorted(_READERS))}.")
    read: dict[str, Any] = {}
    for name, value in values.items():
        target, reader = _READERS[name]
        try:
            read[target] = reader(value)
        except (TypeError, ValueError, KeyError, AttributeError, GeoError) as error:
            raise RulesInvalid(name, f"The value {value!r} cannot be used ({error}).", "Correct it.") from error
    work = {name: read.pop(name) for name in ("windows", "weekdays") if name in read}
    return LocalRules(CaseRules(**read), **work)


def _stages(value: Mapping[str, Any]) -> Mapping[Stage, TimeLimit]:
    given = {Stage(name): _limit(entry) for name, entry in value.items()}
    return {**CaseRules().stages, **given}


def _limit(entry: Mapping[str, Any]) -> TimeLimit:
    return TimeLimit(float(entry["limit"]), Clock(entry["clock"]))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number from 0")
    return value


def _days(value: object) -> timedelta:
    return timedelta(days=_count(value))


def _share(value: object) -> float:
    share = float(str(value))
    if not 0 <= share <= 1:
        raise ValueError("a part from 0 to 1")
    return share


def _ladder(value: list[Mapping[str, Any]]) -> tuple[EscalationStep, ...]:
    return tuple(EscalationStep(timedelta(hours=float(step["after_hours"])), str(step["to"])) for step in value)


def _windows(value: list[str]) -> tuple[tuple[int, int], ...]:
    return tuple((_minute(window.split("-")[0]), _minute(window.split("-")[1])) for window in value)


def _minute(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    return hour * _MINUTES_OF_HOUR + minute


def _weekdays(value: list[int]) -> frozenset[int]:
    return frozenset(_count(day) for day in value)


_READERS: Mapping[str, tuple[str, Any]] = {
    "stages": ("stages", _stages),
    "extensions": ("extensions", _count),
    "suspensions": ("suspensions", _count),
    "suspended_at_most_days": ("suspended_at_most", _days),
    "reopened_within_days": ("reopened_within", _days),
    "whistle_clock": ("whistle_clock", Clock),
    "levels": ("levels", _count),
    "approaching_share": ("approaching_share", _share),
    "ladder": ("ladder", _ladder),
    "windows": ("windows", _windows),
    "weekdays": ("weekdays", _weekdays),
}
