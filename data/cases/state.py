"""How does a case stand after the events of its log?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from geo.deadlines.clock import TimeLimit
from geo.deadlines.due import Pause
from geo.status import CaseStatus


class Stage(StrEnum):
    """What a time limit is set for."""

    ACCEPTANCE = "acceptance"
    """From report to filing, or to another decision."""
    DISPATCH = "dispatch"
    """From filing, or a return, to a department."""
    PRE_FILING_CHECK = "pre_filing_check"
    HANDLING = "handling"
    """From dispatch to handling; the limit of the class, the one that figures speak of."""
    PRE_CLOSING_CHECK = "pre_closing_check"
    CLOSING = "closing"
    """From handling to closing or rework."""
    REPORT_IN = "report_in"
    """From a whistle until all departments have reported in."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A time limit that runs, or ran.

    Attributes:
        stage: What for.
        start: When it began.
        limit: How long; an approved extension makes it longer.
        pauses: When it stood still; the last may have no end.
        done_at: When the work was done; None while it runs.
    """

    stage: Stage
    start: datetime
    limit: TimeLimit
    pauses: tuple[Pause, ...] = ()
    done_at: datetime | None = None

    @property
    def paused(self) -> bool:
        """Whether it stands still now."""
        return bool(self.pauses) and self.pauses[-1].end is None


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that was asked for; `granted` is None until somebody decides."""

    asked_at: datetime
    amount: float
    granted: bool | None = None


@dataclass(frozen=True, slots=True)
class Whistle:
    """Departments that were called, and those that have reported in 吹哨报到."""

    at: datetime
    departments: frozenset[int]
    reported_in: frozenset[int] = frozenset()

    @property
    def missing(self) -> frozenset[int]:
        """Departments that have yet to report in."""
        return self.departments - self.reported_in


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder that was taken: for a limit that ended at `due_at`, `to` was told."""

    due_at: datetime
    to: str


class AppealState(StrEnum):
    """How an appeal stands 申诉."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CaseState:
    """Everything about a case that follows from its events.

    Attributes:
        seq: Number of the last event.
        status: State of the flow.
        before: State to go back to from a suspension or a merger.
        department_id: Department in charge.
        reported_at, filed_at, dispatched_at, handled_at, closed_at: When these were done, the last time.
        close_reason: Why it was closed, None while open.
        check: Stage of the check that is asked for and not answered, None without one.
        check_found: Answer of the last check.
        timers: Time limits in the order in which they began.
        extensions, suspended: Extensions asked for; how often it was suspended.
        suspended_until: When the suspension ends by itself; None while it is not suspended, or without a known end.
        rungs: Steps of the escalation ladder that were taken, in their order.
        whistle: The last one.
        merged_into: Case that it repeats.
        appeal: None where nobody appealed.
        exempt: Whether it is left out of the adjusted figures.
        level: Of a dispute, 1 (village) to 4 (city).
        mediation: Outcome of the last mediation.
        grade: Risk, general or major.
        supervised, escalated, returned, redispatched, reworked, reopened, extended: How often.
    """

    seq: int
    status: CaseStatus
    reported_at: datetime
    before: CaseStatus | None = None
    department_id: int | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    check: Stage | None = None
    check_found: bool | None = None
    timers: tuple[Timer, ...] = ()
    extensions: tuple[Extension, ...] = ()
    suspended: int = 0
    suspended_until: datetime | None = None
    rungs: tuple[Rung, ...] = ()
    whistle: Whistle | None = None
    merged_into: int | None = None
    appeal: AppealState | None = None
    exempt: bool = False
    level: int = 1
    mediation: str | None = None
    grade: str = "general"
    supervised: int = 0
    escalated: int = 0
    returned: int = 0
    redispatched: int = 0
    reworked: int = 0
    reopened: int = 0

    @property
    def extended(self) -> int:
        """Extensions that were granted."""
        return sum(extension.granted is True for extension in self.extensions)

    @property
    def extension_open(self) -> Extension | None:
        """The extension that nobody has decided on, None without one."""
        last = self.extensions[-1] if self.extensions else None
        return last if last is not None and last.granted is None else None

    def timer(self, stage: Stage) -> Timer | None:
        """The last timer of a stage, None where it never began."""
        return next((timer for timer in reversed(self.timers) if timer.stage is stage), None)
