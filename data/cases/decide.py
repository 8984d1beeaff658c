"""What is written into the log when somebody does something to a case, or why is it refused?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from data.cases.action import FIELDS, Act, CloseReason, FieldKind, FieldSpec, MediationOutcome
from data.cases.event import CaseEvent
from data.cases.flow import BY_ACT, Attempt, Refusal, Refused, refusal
from data.cases.rules import CaseRules
from data.cases.state import Stage
from geo.deadlines.clock import TimeLimit

MOST_HOURS = 10_000
MOST_DEPARTMENTS = 20
GRADES = frozenset({"general", "major"})


def decide(act: Act, attempt: Attempt, handling: TimeLimit | None) -> CaseEvent | Refusal:
    """The event that an act makes, with the limit that it begins; or the reason why it is refused.

    Args:
        act: What is done.
        attempt: The case, who does it, when, and the facts given; texts already masked.
        handling: Limit of handling by the case's class, None where the class says nothing.
    """
    facts = _read(act, attempt.facts or {})
    if isinstance(facts, Refusal):
        return facts
    refused = refusal(act, replace(attempt, facts=facts))
    if refused is not None:
        return refused
    limit = _limit(act, facts, attempt.rules, handling)
    if limit is not None:
        facts["limit"] = {"amount": limit.amount, "clock": limit.clock.value}
    if act is Act.SOLVE_ON_SPOT:
        facts["close_reason"] = CloseReason.FIXED.value
    if act in (Act.REJECT, Act.VOID):
        facts["close_reason"] = CloseReason.UNFOUNDED.value
    account = attempt.account
    return CaseEvent(
        attempt.state.seq + 1,
        attempt.now,
        act,
        account.id,
        account.department_id,
        facts,
        account.name,
        account.role.value,
    )


def _limit(act: Act, facts: Mapping[str, Any], rules: CaseRules, handling: TimeLimit | None) -> TimeLimit | None:
    match BY_ACT[act].stage:
        case None:
            return None
        case Stage.HANDLING:
            return handling or rules.stages.get(Stage.HANDLING)
        case Stage.REPORT_IN:
            return TimeLimit(float(facts["hours"]), rules.whistle_clock)
        case stage:
            return rules.stages.get(stage)


def _read(act: Act, given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """The facts of an act in their stored form; a field that the act does not know is refused."""
    specs = FIELDS[act]
    stray = next((name for name in given if name not in specs), None)
    if stray is not None:
        return Refusal(Refused.FIELD_INVALID, stray)
    facts: dict[str, Any] = {}
    for name, spec in specs.items():
        value = given.get(name)
        if value in (None, "", []):
            continue
        read = _value(spec, value)
        if read is None:
            return Refusal(Refused.FIELD_INVALID, name)
        facts[name] = read
    return facts


def _value(spec: FieldSpec, value: Any) -> Any | None:
    """The stored form of a value, None where it is none of its kind."""
    match spec.kind:
        case FieldKind.TEXT | FieldKind.FILE:
            return value.strip() or None if isinstance(value, str) else None
        case FieldKind.FLAG:
            return value if isinstance(value, bool) else None
        case FieldKind.DEPARTMENT | FieldKind.CASE:
            return value if _is_id(value) else None
        case FieldKind.DEPARTMENTS:
            return _departments(value)
        case FieldKind.HOURS:
            return float(value) if _is_amount(value) else None
        case FieldKind.MOMENT:
            return _moment(value)
        case FieldKind.CLOSE_REASON:
            return value if value in list(CloseReason) else None
        case FieldKind.OUTCOME:
            return value if value in list(MediationOutcome) else None
        case FieldKind.GRADE:
            return value if value in GRADES else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MOST_HOURS


def _departments(value: Any) -> list[int] | None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_DEPARTMENTS or not all(map(_is_id, value)):
        return None
    return sorted(set(value))


def _moment(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return None if moment.tzinfo is None else moment.isoformat()
