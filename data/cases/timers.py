"""When do the time limits of a case run out, and how does each stand?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.cases.local_rules import CityRules
from data.cases.state import CaseState, Stage, Timer
from geo.deadlines.states import Deadline, DeadlineState, deadline


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A time limit with its moments; `no` counts from 0 in the order in which they began.

    Attributes:
        warn_at, due_at: When it gets near and when it runs out; None while it stands still.
        told: Steps of the escalation ladder that were taken for this end of it.
    """

    no: int
    stage: Stage
    started_at: datetime
    amount: float
    clock: str
    warn_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    paused: bool
    told: int = 0

    def stands(self, at: datetime) -> DeadlineState:
        """How it stands at a moment, or for good once the work is done."""
        return Deadline(self.warn_at, self.due_at).state(at, self.done_at)


def timer_rows(state: CaseState, rules: CityRules) -> tuple[TimerRow, ...]:
    """All time limits of a case."""
    return tuple(_row(no, timer, state, rules) for no, timer in enumerate(state.timers))


def _row(no: int, timer: Timer, state: CaseState, rules: CityRules) -> TimerRow:
    ends = deadline(timer.start, timer.limit, rules.calendar, timer.pauses, rules.flow.approaching_share)
    return TimerRow(
        no,
        timer.stage,
        timer.start,
        timer.limit.amount,
        timer.limit.clock.value,
        ends.warn_at,
        ends.due_at,
        timer.done_at,
        timer.paused,
        sum(rung.due_at == ends.due_at for rung in state.rungs) if timer.stage is Stage.HANDLING else 0,
    )


def last_of(rows: Sequence[TimerRow], stage: Stage) -> TimerRow | None:
    """The last limit of a stage, None where it never began."""
    return next((row for row in reversed(rows) if row.stage is stage), None)


def next_due(rows: Sequence[TimerRow]) -> TimerRow | None:
    """The limit of those that run which runs out first; None where none runs."""
    running = [row for row in rows if row.done_at is None and row.due_at is not None]
    return min(running, key=lambda row: (row.due_at, row.no)) if running else None
