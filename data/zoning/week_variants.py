"""Which profiles would the units have if other weeks had been looked at?"""

from collections.abc import Iterator

from data.zoning.planning_ground import PlanningGround
from geo.zoning.graph import Floats
from geo.zoning.problem import standardised
from geo.zoning.stability import resampled
from geo.zoning.stable_plan import TIMES

LEAST_WEEKS = 8
MOST_COUNTS = 40_000_000


def week_variants(ground: PlanningGround, seed: int) -> Iterator[Floats] | None:
    """Profiles of resampled weeks, for the plan on which the plans of all of them agree most.

    Args:
        ground: the units with their incidents.
        seed: of the draws.

    Returns:
        Weighted z-scores (n, p) of each resample; None where there are fewer than eight whole weeks, or so many counts
        that they would fill the memory.
    """
    weeks = ground.cases.weeks
    if weeks < LEAST_WEEKS or weeks * ground.count * (ground.figures.shape[1] + 1) > MOST_COUNTS:
        return None
    weekly = ground.maker.weekly(ground.cases)
    return (
        standardised(ground.maker.profile(counts).values, ground.weights) for counts in resampled(weekly, TIMES, seed)
    )
