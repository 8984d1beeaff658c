"""How does the handling of each report go, step by step, and where does it stand at the end?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.class_list import ClassList
from data.demo.duty_calendar import WORK_DAY_MINUTES, DutyCalendar
from geo.status import CaseStatus

CLOSE_REASONS = ("fixed", "mediated", "transferred", "unfounded", "duplicate", "closed_unfixed")
REJECTED, VOID = 0.016, 0.004
ON_THE_SPOT = 0.30
LATE, STUCK = 0.060, 0.007
RETURNED, REWORK = 0.03, 0.05
MERGED = 0.4
MAJOR = 3

Times = NDArray[np.datetime64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class CaseCourse:
    """Local times of the steps (NaT = not yet, or never), state and close reason (-1 = none), shape (n,) each."""

    filed_at: Times
    dispatched_at: Times
    handled_at: Times
    closed_at: Times
    due_at: Times
    status: NDArray[np.int8]
    close_reason: NDArray[np.int8]


@dataclass(frozen=True)
class ReportFacts:
    """What the course of a case depends on.

    Attributes:
        reported_at: Local time, shape (n,).
        class_index: Position in the class list.
        severity: 1 general, 2 serious, 3 major.
        by_grid_worker: Whether a grid worker reported it and may solve it on the spot.
        repeated: Whether it repeats an earlier report.
    """

    reported_at: Times
    class_index: Ints
    severity: Ints
    by_grid_worker: NDArray[np.bool_]
    repeated: NDArray[np.bool_]


def run_cases(
    classes: ClassList, calendar: DutyCalendar, facts: ReportFacts, end: np.datetime64, rng: np.random.Generator
) -> CaseCourse:
    """Play every case through and cut the story off at `end` (local time)."""
    count = len(facts.reported_at)
    filed = _later(facts.reported_at, np.minimum(rng.lognormal(1.7, 0.7, count), 240.0))
    dispatched = _later(filed, np.minimum(rng.lognormal(1.6, 0.7, count), 300.0))
    due = _limit_end(classes, calendar, facts, dispatched, np.ones(count))
    done = _limit_end(classes, calendar, facts, dispatched, _effort(facts, rng))
    soonest = dispatched + np.timedelta64(2, "m")
    handled = np.where(done > soonest, done, soonest)
    closed = _later(handled, rng.lognormal(5.2, 0.9, count))
    spot = facts.by_grid_worker & (facts.severity == 1) & (rng.random(count) < ON_THE_SPOT)
    handled = np.where(spot, _later(dispatched, rng.uniform(3.0, 40.0, count)), handled)
    closed = np.where(spot, handled, closed)
    exits = _side_exits(facts, rng)
    ended = _later(facts.reported_at, rng.lognormal(2.6, 0.6, count))
    out = exits > 0
    filed, dispatched, handled, due = (np.where(out, NAT, a) for a in (filed, dispatched, handled, due))
    closed = np.where(out, ended, closed)
    exits = np.where(out & (ended > end), 0, exits)
    filed, dispatched, handled, closed = (np.where(a <= end, a, NAT) for a in (filed, dispatched, handled, closed))
    status = _status(filed, dispatched, handled, closed, exits, rng)
    due = np.where(np.isnat(dispatched), NAT, due)
    reasons = _close_reasons(classes, facts, status, rng)
    return CaseCourse(filed, dispatched, handled, closed, due, status, reasons)


def _later(times: Times, minutes: Floats) -> Times:
    """Times moved on by minutes, to the second."""
    return np.asarray(times + np.round(minutes * 60.0).astype("timedelta64[s]"), dtype="datetime64[us]")


def _effort(facts: ReportFacts, rng: np.random.Generator) -> Floats:
    """Time used as a share of the limit: mostly well within, some late, a few stuck for long."""
    count = len(facts.reported_at)
    share = np.clip(rng.beta(1.7, 2.4, count), 0.02, 0.99)
    fate = rng.random(count)
    late_share = LATE * np.where(facts.severity >= MAJOR, 1.5, 1.0)
    share = np.where(fate < late_share, 1.0 + rng.exponential(0.7, count), share)
    return np.where(fate > 1.0 - STUCK, rng.uniform(8.0, 40.0, count), share)


def _limit_end(classes: ClassList, calendar: DutyCalendar, facts: ReportFacts, start: Times, share: Floats) -> Times:
    """Start plus a share of the class's limit, on the clock of the limit."""
    rows = [(row.limit, row.major_limit) for row in classes.classes]
    amount = np.array([[a.limit, b.limit] for a, b in rows], dtype=np.float64)
    unit = np.array([[a.unit, b.unit] for a, b in rows])
    column = (facts.severity >= MAJOR).astype(np.int64)
    wanted, clock = amount[facts.class_index, column] * share, unit[facts.class_index, column]
    minutes = wanted * np.select([clock == "work_day", clock == "calendar_day"], [WORK_DAY_MINUTES, 1_440], default=60)
    worked = calendar.moment(calendar.work_minutes(start) + minutes).astype("datetime64[us]")
    return np.where((clock == "work_hour") | (clock == "work_day"), worked, _later(start, minutes))


def _side_exits(facts: ReportFacts, rng: np.random.Generator) -> Ints:
    """State of the cases that leave the flow early, 0 for the others."""
    fate = rng.random(len(facts.reported_at))
    exits = np.select([fate < REJECTED, fate < REJECTED + VOID], [CaseStatus.rejected, CaseStatus.void], default=0)
    merged = facts.repeated & (rng.random(len(fate)) < MERGED)
    return np.where(merged, int(CaseStatus.merged), np.where(facts.repeated, 0, exits)).astype(np.int64)


def _status(
    filed: Times, dispatched: Times, handled: Times, closed: Times, exits: Ints, rng: np.random.Generator
) -> NDArray[np.int8]:
    in_hand = rng.random(len(filed))
    working = np.select(
        [in_hand < RETURNED, in_hand < RETURNED + REWORK, in_hand < 0.25],
        [CaseStatus.returned, CaseStatus.rework, CaseStatus.dispatched],
        default=CaseStatus.handling,
    )
    reached = [exits > 0, ~np.isnat(closed), ~np.isnat(handled), ~np.isnat(dispatched), ~np.isnat(filed)]
    fixed = [np.full(len(filed), int(s)) for s in (CaseStatus.closed, CaseStatus.handled, CaseStatus.filed)]
    states = [exits, fixed[0], fixed[1], working, fixed[2]]
    return np.asarray(np.select(reached, states, default=int(CaseStatus.reported)), dtype=np.int8)


def _close_reasons(
    classes: ClassList, facts: ReportFacts, status: NDArray[np.int8], rng: np.random.Generator
) -> NDArray[np.int8]:
    """Disputes end mediated, other matters fixed, save a few percent; -1 while open."""
    dispute = np.array([row.kind == "dispute" for row in classes.classes])[facts.class_index]
    fate = rng.random(len(status))
    good = np.where(dispute, CLOSE_REASONS.index("mediated"), CLOSE_REASONS.index("fixed"))
    closed = np.select(
        [fate < 0.022, fate < 0.038, fate < 0.062],
        [CLOSE_REASONS.index(key) for key in ("transferred", "unfounded", "closed_unfixed")],
        default=good,
    )
    states = [status == CaseStatus.closed, status == CaseStatus.merged]
    states += [(status == CaseStatus.rejected) | (status == CaseStatus.void)]
    ended = [np.full(len(status), CLOSE_REASONS.index(key)) for key in ("duplicate", "unfounded")]
    return np.asarray(np.select(states, [closed, *ended], default=-1), dtype=np.int8)
