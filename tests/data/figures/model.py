"""The figures once more, by hand: from the state that events lead to, without SQL and the file that defines them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from data.cases.local_rules import CityRules
from data.cases.state import CaseState, Stage
from data.cases.timers import TimerRow, last_of
from geo.deadlines.due import due
from geo.status import CaseStatus

OUT = (CaseStatus.rejected, CaseStatus.void, CaseStatus.merged)


@dataclass(frozen=True)
class Seen:
    """A case at a moment, for a period."""

    state: CaseState
    timers: tuple[TimerRow, ...]
    logged: bool
    dispute: bool
    start: datetime
    end: datetime
    now: datetime
    rules: CityRules

    def passed(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self.now

    def falls(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end and moment <= self.now

    @property
    def out(self) -> bool:
        ended = self.state.status in OUT or self.state.close_reason == "duplicate"
        return ended and (self.state.closed_at or self.state.reported_at) <= self.now

    @property
    def due(self) -> datetime | None:
        handling = last_of(self.timers, Stage.HANDLING)
        if handling is None:
            return None
        reopened = handling.done_at is not None and self.state.status.is_open and self.state.handled_at is None
        return None if reopened else handling.due_at

    @property
    def closing(self) -> datetime | None:
        timer = last_of(self.timers, Stage.CLOSING)
        own = timer.due_at if timer is not None and self.state.handled_at is not None else None
        return own or self.due

    @property
    def done(self) -> datetime | None:
        return self.state.handled_at or (self.state.closed_at if self.state.status is CaseStatus.closed else None)

    @property
    def closed(self) -> bool:
        return self.state.status is CaseStatus.closed and self.passed(self.state.closed_at or self.state.reported_at)

    @property
    def accepting(self) -> TimerRow | None:
        return next((timer for timer in self.timers if timer.stage is Stage.ACCEPTANCE), None)

    @property
    def file_by(self) -> datetime | None:
        limit = self.rules.flow.stages[Stage.ACCEPTANCE]
        return due(self.state.reported_at, limit.amount, limit.clock, self.rules.calendar) if self.accepting else None


Verdict = bool | None | str
"""Whether a case is in the numerator; None where it is in neither part, "unknown" where something has to be known."""


def handling(case: Seen, counts: Callable[[Seen], bool]) -> Verdict:
    if not case.falls(case.due) or case.out:
        return None
    ended = case.state.status in (CaseStatus.handled, CaseStatus.closed)
    return "unknown" if ended and case.done is None and case.state.closed_at is None else counts(case)


def followed(case: Seen, moment: datetime | None, counts: bool) -> Verdict:
    if not case.falls(moment) or case.out:
        return None
    return counts if case.logged else "unknown"


def ended(case: Seen, counts: bool) -> Verdict:
    if not case.falls(case.closing) or case.out or not case.closed:
        return None
    return counts if case.state.close_reason is not None else "unknown"


def closing_in_time(case: Seen) -> Verdict:
    if not case.falls(case.closing) or case.out:
        return None
    if case.state.status is CaseStatus.closed and case.state.closed_at is None:
        return "unknown"
    at = case.state.closed_at
    return case.state.status is CaseStatus.closed and at is not None and case.passed(at) and at <= case.closing


def filing(case: Seen) -> Verdict:
    if not case.falls(case.file_by):
        return None
    merged = case.state.status is CaseStatus.merged or case.state.close_reason == "duplicate"
    if merged and case.passed(case.state.closed_at):
        return None
    timer = case.accepting
    return (
        timer is not None and timer.done_at is not None and timer.due_at is not None and timer.done_at <= timer.due_at
    )


def reports(case: Seen) -> Verdict:
    if not case.falls(case.state.reported_at):
        return None
    decided = case.state.filed_at or case.state.closed_at or case.state.reported_at
    return not case.out if case.state.status is not CaseStatus.reported and case.passed(decided) else "unknown"


def dispatch(case: Seen) -> Verdict:
    if not case.passed(case.state.dispatched_at):
        return None
    return followed(case, case.due, case.state.returned == 0 and case.state.redispatched == 0)


def whistle(case: Seen) -> Verdict:
    blown = case.logged and case.state.whistle is not None
    if not blown or case.out or not case.falls(case.due):
        return None
    assert case.state.whistle is not None
    return not case.state.whistle.missing


def mediation(case: Seen) -> Verdict:
    agreed = case.state.close_reason == "mediated" or (case.logged and case.state.mediation == "agreed")
    return ended(case, agreed) if case.dispute else None


MODEL: Mapping[str, Callable[[Seen], Verdict]] = {
    "handling_rate": lambda case: handling(case, lambda one: one.passed(one.done)),
    "on_time_handling_rate": lambda case: handling(case, lambda one: one.passed(one.done) and one.done <= one.due),
    "overdue_open_rate": lambda case: handling(case, lambda one: not one.passed(one.done)),
    "closing_rate": lambda case: None if case.out or not case.falls(case.closing) else case.closed,
    "on_time_closing_rate": closing_in_time,
    "rework_rate": lambda case: followed(case, case.closing, case.state.reworked > 0),
    "extension_rate": lambda case: followed(case, case.due, case.state.extended > 0),
    "escalation_rate": lambda case: followed(case, case.due, case.state.escalated > 0),
    "accurate_dispatch_rate": dispatch,
    "on_time_filing_rate": filing,
    "valid_report_rate": reports,
    "mediation_rate": mediation,
    "response_rate": whistle,
    "solution_rate": lambda case: ended(case, case.state.close_reason in ("fixed", "mediated")),
    "satisfaction_rate": lambda case: None,
}


def modelled(cases: list[Seen]) -> dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """Numerator, denominator and unknown by figure: factual, and without exempt cases."""
    found = {}
    for key, verdict in MODEL.items():
        both = []
        for wanted in (cases, [case for case in cases if not (case.logged and case.state.exempt)]):
            verdicts = [verdict(case) for case in wanted]
            both.append((verdicts.count(True), verdicts.count(True) + verdicts.count(False), verdicts.count("unknown")))
        found[key] = (both[0], both[1])
    return found
