"""Which local rules does the flow follow: limits of stages, how often, how long?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from data.cases.state import Stage
from geo.deadlines.clock import Clock, TimeLimit
from geo.deadlines.states import APPROACHING_SHARE, EscalationStep

_QUARTER = TimeLimit(0.25, Clock.WORK_HOUR)
_HALF = TimeLimit(0.5, Clock.WORK_HOUR)


def _stages() -> Mapping[Stage, TimeLimit]:
    return {
        Stage.ACCEPTANCE: _QUARTER,
        Stage.DISPATCH: _QUARTER,
        Stage.PRE_FILING_CHECK: _HALF,
        Stage.HANDLING: TimeLimit(4, Clock.WORK_HOUR),
        Stage.PRE_CLOSING_CHECK: _HALF,
        Stage.CLOSING: TimeLimit(1, Clock.WORK_DAY),
    }


@dataclass(frozen=True, slots=True)
class CaseRules:
    """Rules that a city sets for itself; the defaults are those of DOMAIN §3 and §4.

    Attributes:
        stages: Limit of each stage; handling is what holds where the class says nothing.
        extensions: Extensions that may be granted.
        suspensions: How often a case may be suspended.
        suspended_at_most: How long.
        reopened_within: After closing.
        whistle_clock: Clock of the limit for reporting in.
        levels: Steps of a dispute's escalation.
        ladder: Who hears of a deadline that has passed.
        approaching_share: Part of a limit after which its deadline is near.
    """

    stages: Mapping[Stage, TimeLimit] = field(default_factory=_stages)
    extensions: int = 2
    suspensions: int = 1
    suspended_at_most: timedelta = timedelta(days=365)
    reopened_within: timedelta = timedelta(days=5)
    whistle_clock: Clock = Clock.URGENT_HOUR
    levels: int = 4
    ladder: tuple[EscalationStep, ...] = (
        EscalationStep(timedelta(hours=1), "department"),
        EscalationStep(timedelta(hours=4), "county"),
        EscalationStep(timedelta(hours=24), "city"),
    )
    approaching_share: float = APPROACHING_SHARE
