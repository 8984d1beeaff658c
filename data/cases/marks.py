"""What happened to a case that figures ask for, in one number beside its row?"""

from collections.abc import Sequence
from enum import IntFlag

from data.cases.state import CaseState, Stage
from data.cases.timers import TimerRow


class Mark(IntFlag):
    """One thing each; the column `incident.marks` holds their sum, 0 for a case without a log."""

    EXEMPT = 1
    REWORKED = 2
    EXTENDED = 4
    MISDIRECTED = 8
    """Returned, or given to another department."""
    MEDIATED = 16
    """The last mediation ended in an agreement."""
    LOGGED = 64
    WHISTLED = 128
    ALL_CAME = 256
    """All departments that the last whistle called have reported in."""
    TIMED_TO_FILE = 512
    """Its limit for filing is known."""
    FILED_IN_TIME = 1024
    """Filed, or otherwise decided on, within that limit."""
    ESCALATED = 2048


def marks_of(state: CaseState, timers: Sequence[TimerRow]) -> int:
    """The marks of a case that has a log."""
    whistle = state.whistle
    accepting = next((timer for timer in timers if timer.stage is Stage.ACCEPTANCE), None)
    holds = {
        Mark.EXEMPT: state.exempt,
        Mark.REWORKED: state.reworked > 0,
        Mark.EXTENDED: state.extended > 0,
        Mark.ESCALATED: state.escalated > 0,
        Mark.MISDIRECTED: state.returned + state.redispatched > 0,
        Mark.MEDIATED: state.mediation == "agreed",
        Mark.LOGGED: True,
        Mark.WHISTLED: whistle is not None,
        Mark.ALL_CAME: whistle is not None and not whistle.missing,
        Mark.TIMED_TO_FILE: accepting is not None,
        Mark.FILED_IN_TIME: accepting is not None and _in_time(accepting),
    }
    return sum(int(mark) for mark, held in holds.items() if held)


def _in_time(timer: TimerRow) -> bool:
    return timer.done_at is not None and timer.due_at is not None and timer.done_at <= timer.due_at
