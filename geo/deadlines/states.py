"""Is a deadline kept, near or passed, and who hears of one that has passed?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from geo.deadlines.clock import TimeLimit
from geo.deadlines.due import Pause, due
from geo.deadlines.work_calendar import WorkCalendar
from geo.errors import ParameterError

APPROACHING_SHARE = 0.8
"""Part of a limit after which its deadline counts as approaching."""


class DeadlineState(StrEnum):
    """How a deadline stands."""

    WITHIN = "within"
    APPROACHING = "approaching"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a limit runs out and from when on it is near.

    Attributes:
        warn_at: from here on it is approaching; None while the time limit is paused.
        due_at: from here on it is breached; None while the time limit is paused.
    """

    warn_at: datetime | None
    due_at: datetime | None

    def state(self, at: datetime, done_at: datetime | None = None) -> DeadlineState:
        """How the deadline stands at a moment, or for good once the work is done; paused is within.

        Work that is done at the very moment is in time; work that is open then is not.
        """
        if self.due_at is None:
            return DeadlineState.WITHIN
        if done_at is not None and done_at <= at:
            return DeadlineState.BREACHED if done_at > self.due_at else DeadlineState.WITHIN
        if at >= self.due_at:
            return DeadlineState.BREACHED
        near = self.warn_at is not None and at >= self.warn_at
        return DeadlineState.APPROACHING if near else DeadlineState.WITHIN


def deadline(
    start: datetime,
    limit: TimeLimit,
    calendar: WorkCalendar,
    pauses: Iterable[Pause] = (),
    share: float = APPROACHING_SHARE,
) -> Deadline:
    """The deadline of a limit: by the same clock, it is near after a share of the limit.

    Raises:
        ParameterError: if the share is not between 0 and 1, or the limit is further away than the calendar reaches.
    """
    if not 0 <= share <= 1:
        raise ParameterError("share", share, "0 to 1")
    spans = tuple(pauses)
    near = limit.times(share)
    return Deadline(
        due(start, near.amount, near.clock, calendar, spans), due(start, limit.amount, limit.clock, calendar, spans)
    )


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who hears of a deadline that passed so long ago.

    Attributes:
        after: time since the deadline, by a clock that never stands still.
        key: neutral key of who hears, such as `department`, `county`, `city`.
    """

    after: timedelta
    key: str


def escalated_to(due_at: datetime | None, at: datetime, ladder: Iterable[EscalationStep]) -> tuple[str, ...]:
    """Keys of the steps that a deadline has reached, in the order in which they were reached."""
    if due_at is None:
        return ()
    reached = (step for step in ladder if at >= due_at + step.after)
    return tuple(step.key for step in sorted(reached, key=lambda step: step.after))
