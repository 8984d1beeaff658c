"""Would the zones of a plan look the same if other weeks had been looked at, and what is already known of that?"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dashboard.zoning.jobs import Outcome, Report
from dashboard.zoning.open_plan import OpenPlan
from dashboard.zoning.proposing import make_ready
from data.scope import current_scope
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.plan_parameters import PlanParameters, parse_parameters
from geo.errors import ParameterError
from geo.zoning.graph import Floats
from geo.zoning.problem import ZoneRules
from geo.zoning.stability import Stability, stability

RESAMPLES = 100
SEARCH_S = 0.1
LEAST_WEEKS = 4
MOST_KNOWN = 32


class KnownStability:
    """Results by plan as it was drawn and by what the asker may see; the oldest make room."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, int, str], Stability] = OrderedDict()

    def of(self, plan: OpenPlan) -> Stability | None:
        """What is known of a plan as it stands; None where nobody asked since it was changed."""
        return self._held.get(stability_key(plan))

    def keep(self, key: tuple[str, int, str], found: Stability) -> None:
        """Keep a result."""
        self._held[key] = found
        while len(self._held) > MOST_KNOWN:
            self._held.popitem(last=False)


def stability_key(plan: OpenPlan) -> tuple[str, int, str]:
    """Plans with the same key have the same stability for who asks."""
    scope = current_scope()
    return ("nobody" if scope is None else scope.key, plan.stored.id, plan.hash)


@dataclass(frozen=True, slots=True)
class StabilityWork:
    """A plan whose stability was asked for.

    Attributes:
        plan: as it stood then.
        parameters: it was proposed with.
        known: where the result is kept.
        key: under which.
        times: number of resamples.
        kind: what it is.
    """

    plan: OpenPlan
    parameters: PlanParameters
    known: KnownStability
    key: tuple[str, int, str]
    times: int = RESAMPLES
    kind: str = "stability"

    @classmethod
    def of(cls, plan: OpenPlan, known: KnownStability, times: int = RESAMPLES) -> "StabilityWork":
        """The work for a plan, for who asks now.

        Raises:
            ZoneQuestionInvalid: The plan has no zones, or its period too few weeks.
        """
        if not plan.in_use:
            raise ZoneQuestionInvalid("plan", "The plan has no zones yet.", "Put units into zones first.")
        weeks = plan.ground.cases.weeks
        if weeks < LEAST_WEEKS or not plan.ground.cases.count:
            cause = f"The plan's profile has {weeks} whole weeks and {plan.ground.cases.count} cases."
            raise ZoneQuestionInvalid("plan", cause, f"Make a plan on a period of {LEAST_WEEKS} weeks or more.")
        return cls(plan, parse_parameters(plan.stored.parameters), known, stability_key(plan), times)

    def run(self, report: Report) -> Outcome:
        """Propose anew for each resample, by the rules of the plan and with as many zones as it has."""
        make_ready(report)
        ground, stopped = self.plan.ground, _Stop(report)
        try:
            found = stability(
                ground.units,
                self.plan.plan.zone,
                self._rules(),
                self.parameters.wishes.of(ground),
                ground.maker.weekly(ground.cases),
                partial(_attributes, self.plan),
                times=self.times,
                seed=self.parameters.seed,
                seconds=SEARCH_S,
                heard=stopped.heard,
            )
        except ParameterError:
            return Outcome({"refusal": _REFUSED}, refused=True)
        if not stopped.asked:
            self.known.keep(self.key, found)
        return Outcome(stability_body(self.plan, found, self.times))

    def _rules(self) -> ZoneRules:
        rules, zones = self.parameters.rules, len(self.plan.in_use)
        if rules is None:
            return ZoneRules(zones=zones)
        return replace(rules, zones=zones, floor=None)


_REFUSED: dict[str, object] = {
    "rule": "not_found",
    "units": [],
    "reason": "No resample of the weeks has a plan that keeps the rules of this one.",
    "remedy": "Loosen the rules of the plan.",
    "nearest_tolerance": None,
    "relaxation": None,
}


class _Stop:
    """Passes the share on, and remembers whether the work is to end."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.asked = False

    def heard(self, share: float) -> bool:
        """Pass it on."""
        self.asked = not self._report.heard(share)
        return not self.asked


def _attributes(plan: OpenPlan, counts: Floats) -> Floats:
    values: Floats = plan.ground.maker.profile(counts).values
    return values


def stability_body(plan: OpenPlan, found: Stability, times: int) -> dict[str, object]:
    """A result as clients read it: neighbours inside the fence by code, and the mean of each zone in use."""
    codes = plan.ground.codes
    return {
        "plan": plan.stored.id,
        "version": plan.stored.version,
        "resamples": times,
        "plans": found.plans,
        "refused": found.refused,
        "first": [codes[k] for k in found.first.tolist()],
        "second": [codes[k] for k in found.second.tolist()],
        "together": np.round(found.together, 4).tolist(),
        "zones": [{"no": no, "share": round(float(found.zone[no]), 4)} for no in plan.in_use],
    }
