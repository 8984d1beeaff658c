"""How is a plan proposed in a job: the search made ready, its progress told, its answer in codes?"""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from dashboard.zoning.jobs import Outcome, Report
from data.zoning.plan_parameters import PlanParameters
from data.zoning.planning_ground import PlanningGround
from geo.zoning.problem import Wishes, ZoneRules
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal
from geo.zoning.search import Listener, Progress
from geo.zoning.stable_plan import propose_stable
from geo.zoning.warm import warm_up

_READY = threading.Event()


def make_ready(report: Report) -> None:
    """Compile the search where this process has not run it yet: seconds once on a machine, hundredths later."""
    if not _READY.is_set():
        report.compiling()
        warm_up()
        _READY.set()


@dataclass(frozen=True, slots=True)
class ProposalWork:
    """A proposal that was asked for.

    Attributes:
        ground: the units.
        rules, wishes: what zones must keep and should be like.
        parameters: the same as they are stored with a plan.
        within, within_level: code and level of the unit that is divided.
        kind: what it is.
    """

    ground: PlanningGround
    rules: ZoneRules
    wishes: Wishes
    parameters: PlanParameters
    within: str = ""
    within_level: str = ""
    kind: str = "propose"

    def run(self, report: Report) -> Outcome:
        """Search until the work agreed on is done or the report asks to stop."""
        make_ready(report)
        found = self._found(_Listener(report))
        if isinstance(found, Proposal):
            return Outcome({"figures": asdict(found.figures), "added": list(found.added)}, found.zone)
        attempt = None if found.attempt is None else np.array(found.attempt, np.int64)
        return Outcome({"refusal": refusal_body(found)}, attempt, refused=True)

    def _found(self, listener: Listener) -> Proposal | Refusal:
        units, seed, seconds = self.ground.units, self.parameters.seed, self.parameters.seconds
        search = propose_stable if self.parameters.stable else propose
        return search(units, self.rules, self.wishes, seed=seed, seconds=seconds, listener=listener)


def refusal_body(refusal: Refusal) -> Mapping[str, object]:
    """A refusal as clients read it, with the change of one field that would help where there is one."""
    return {
        "rule": refusal.rule.value,
        "units": list(refusal.units),
        "reason": refusal.reason,
        "remedy": refusal.remedy,
        "nearest_tolerance": refusal.nearest_tolerance,
        "relaxation": None if refusal.relaxation is None else asdict(refusal.relaxation),
    }


@dataclass(frozen=True, slots=True)
class _Listener:
    """Passes the progress of a search on to a report."""

    report: Report

    def heard(self, progress: Progress) -> bool:
        """Pass it on."""
        return self.report.heard(progress.share, (progress.ratio, progress.objective), progress.zone)
