"""What would past cases have meant for the zones of a plan, and does another plan really do better?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dashboard.zoning.jobs import Outcome, Report
from dashboard.zoning.open_plan import OpenPlan
from data.zoning.caseload import Caseload
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.post_distance import case_distances
from data.zoning.workload import Workload, hours_by_class
from geo.errors import ParameterError
from geo.zoning.graph import Floats
from geo.zoning.plan_duel import Duel, duel
from geo.zoning.replay import PastCases, Replay, Shifts, replay

USUAL_SHIFTS = ("08:00", "16:00", "00:00")
MOST_SHIFTS = 12


@dataclass(frozen=True, slots=True)
class ReplayWork:
    """A replay that was asked for.

    Attributes:
        plan: whose zones meet the cases.
        against: plan A, which the plan is to beat; None for a replay alone.
        cases: of the units of each plan, in the order of its ground.
        shifts: of each day.
        workload: what is counted.
        seed: of the resamples.
        kind: what it is.
    """

    plan: OpenPlan
    against: OpenPlan | None
    cases: tuple[Caseload, ...]
    shifts: Shifts
    workload: Workload
    seed: int
    kind: str = "replay"

    def run(self, report: Report) -> Outcome:
        """Replay one plan or both, then compare them week by week."""
        own = self._replayed(self.plan, self.cases[0])
        answer = replay_body(self.plan, own, self.cases[0], self.shifts, self.workload)
        if self.against is None or not report.heard(0.5):
            return Outcome(answer)
        other = self._replayed(self.against, self.cases[1])
        before = replay_body(self.against, other, self.cases[1], self.shifts, self.workload)
        duels = [duel_body(one) for one in duel(other, own, seed=self.seed)]
        return Outcome({**answer, "against": before, "comparison": duels})

    def _replayed(self, plan: OpenPlan, cases: Caseload) -> Replay:
        work: Floats = np.ones(cases.count)
        if self.workload is Workload.HOURS:
            work = hours_by_class(self.cases[0])[cases.class_id]
        past = PastCases(cases.unit.astype(np.int64), cases.minute.astype(np.int64), work, cases.days)
        zones = len(plan.plan.figures)
        distance_m = case_distances(plan.ground, cases, plan.plan.zone, attached_posts(plan))
        number = np.full(zones, -1, np.int64)
        number[list(plan.in_use)] = np.arange(len(plan.in_use))
        zone = np.where(plan.plan.zone >= 0, number[plan.plan.zone], -1)
        return replay(past, zone, len(plan.in_use), self.shifts, distance_m)


def attached_posts(plan: OpenPlan) -> Mapping[int, int]:
    """Place id of the post that is attached to a zone, by its number."""
    return {zone.no: zone.post_id for zone in plan.zones if zone.post_id is not None}


def parse_shifts(texts: tuple[str, ...]) -> Shifts:
    """Shifts from the times at which they start, in any order.

    Raises:
        ZoneQuestionInvalid: A text is no time of day, one stands twice, or there are too many.
    """
    if len(texts) > MOST_SHIFTS:
        raise ZoneQuestionInvalid("shifts", f"{len(texts)} shifts are too many.", f"Give at most {MOST_SHIFTS}.")
    try:
        return Shifts(tuple(sorted(_minute(text) for text in texts or USUAL_SHIFTS)))
    except (ValueError, ParameterError) as error:
        cause = f"{', '.join(texts)!r} are no starts of shifts."
        raise ZoneQuestionInvalid("shifts", cause, "Give times such as 08:00, 16:00, 00:00, each once.") from error


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise ValueError(text)
    return int(hour) * 60 + int(minute)


def replay_body(
    plan: OpenPlan, found: Replay, cases: Caseload, shifts: Shifts, workload: Workload
) -> dict[str, object]:
    """A replay as clients read it: zones in the order of their numbers, shifts in the order of their starts."""
    names, names_en = plan.names(), plan.names_en()
    zones = [
        {
            "no": no,
            "name": names[no],
            "name_en": names_en[no],
            "work": float(found.work[k]),
            "load": _rounded(found.load[k]),
            "peak": _rounded(found.peak[k]),
            "peak_day": [str(cases.first + timedelta(days=int(day))) for day in found.peak_day[k]],
            "distance_m": _known(found.distance_m[k]),
            "far_m": _known(found.far_m[k]),
        }
        for k, no in enumerate(plan.in_use)
    ]
    return {
        "plan": plan.stored.id,
        "version": plan.stored.version,
        "since": str(cases.first),
        "until": str(cases.first + timedelta(days=cases.days)),
        "workload": workload.value,
        "shifts": [f"{minute // 60:02d}:{minute % 60:02d}" for minute in shifts.starts],
        "cases": cases.count,
        "outside": found.outside,
        "without_distance": found.without_distance,
        "zones": zones,
        "weeks": {
            "first_day": [str(cases.first + timedelta(weeks=week)) for week in range(len(found.balance))],
            "balance": _rounded(found.balance),
            "peak": _rounded(found.weekly_peak),
            "distance_m": [_known(value) for value in found.weekly_distance_m],
        },
        "distance_m": _known(found.all_distance_m),
        "far_m": _known(found.all_far_m),
    }


def duel_body(found: Duel) -> dict[str, object]:
    """A comparison as clients read it; `b` is the plan that was asked about, `a` the one it is held against."""
    return {
        "figure": found.figure,
        "a": _known(found.a, 4),
        "b": _known(found.b, 4),
        "difference": _known(found.difference, 4),
        "interval": [_known(found.low, 4), _known(found.high, 4)],
        "b_better": _known(found.b_better, 4),
        "weeks": found.weeks,
        "verdict": found.verdict.value,
    }


def _known(value: float, digits: int = 1) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _rounded(values: Floats) -> list[float]:
    rounded: list[float] = np.round(values, 4).tolist()
    return rounded
