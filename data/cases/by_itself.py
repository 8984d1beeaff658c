"""What happens to a case without anybody doing it: its suspension ends, or it goes up the escalation ladder?

Both follow from its log and from rules that are data, so asking twice, or after a restart, changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from data.audit.actor import ActorKind
from data.cases.action import Act
from data.cases.event import CaseEvent
from data.cases.rules import CaseRules
from data.cases.state import CaseState, Stage
from data.cases.timers import TimerRow, last_of
from geo.deadlines.states import EscalationStep
from geo.status import OPEN_STATUSES, CaseStatus

CLIMBING = OPEN_STATUSES - {CaseStatus.handled, CaseStatus.suspended}
"""States in which somebody is late; the same are marked as breached."""


def steps_of(rules: CaseRules) -> tuple[EscalationStep, ...]:
    """The ladder from its lowest step up."""
    return tuple(sorted(rules.ladder, key=lambda step: step.after))


def event_due(state: CaseState, timers: Sequence[TimerRow], rules: CaseRules, now: datetime) -> CaseEvent | None:
    """The next event that the program makes of a case, None where nothing is due.

    Args:
        state, timers: As the log says.
        rules: With the ladder.
        now: Aware, not before the last event.
    """
    until = state.suspended_until
    if until is not None and until <= now:
        return _by_program(state, Act.RESUME, now, {"until": until.isoformat()})
    handling = last_of(timers, Stage.HANDLING)
    if handling is None or handling.done_at is not None or handling.due_at is None or state.status not in CLIMBING:
        return None
    steps = steps_of(rules)
    if handling.told >= len(steps) or now < handling.due_at + steps[handling.told].after:
        return None
    facts = {"to": steps[handling.told].key, "step": handling.told + 1, "due_at": handling.due_at.isoformat()}
    return _by_program(state, Act.ESCALATE, now, facts)


def told_to(state: CaseState, timers: Sequence[TimerRow]) -> tuple[str, ...]:
    """Who was told by the ladder of the limit of handling as it ends now, while the work is not done."""
    handling = last_of(timers, Stage.HANDLING)
    if handling is None or handling.done_at is not None:
        return ()
    return tuple(rung.to for rung in state.rungs if rung.due_at == handling.due_at)


def _by_program(state: CaseState, act: Act, now: datetime, facts: dict[str, Any]) -> CaseEvent:
    return CaseEvent(state.seq + 1, now, act, facts=facts, account_role=ActorKind.PROGRAM.value)
