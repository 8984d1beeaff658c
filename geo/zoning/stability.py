"""Would the same units be together if other weeks had been looked at?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats, Ints
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits
from geo.zoning.propose import Proposal, propose


@dataclass(frozen=True, slots=True)
class Stability:
    """How often units are together in plans of resampled weeks.

    Attributes:
        first, second: (e,) pairs of neighbours inside the fence.
        together: (e,) share of plans in which each pair lies in one zone.
        zone: (k,) mean share over the neighbouring pairs inside each zone of the plan judged; 1 for a zone of one unit.
        plans: number of plans that were made.
        refused: resamples for which no plan was found; they do not count.
    """

    first: Ints
    second: Ints
    together: Floats
    zone: Floats
    plans: int
    refused: int


def resampled(weekly: Floats, times: int, seed: int) -> Iterator[Floats]:
    """Sums over as many weeks as there are, drawn with replacement, so a week counts several times or not at all.

    Args:
        weekly: (weeks, n, g) incidents of each week, unit and group.
        times: number of resamples.
        seed: of the draws.

    Yields:
        (n, g) counts of one resample.

    Source: Efron, Bootstrap methods: another look at the jackknife (1979).
    """
    if weekly.ndim != 3 or not len(weekly):
        raise ShapeError("weekly", "(one or more weeks, units, groups)", weekly.shape)
    rng = np.random.default_rng(seed)
    for _ in range(times):
        drawn = np.bincount(rng.integers(0, len(weekly), len(weekly)), minlength=len(weekly))
        yield np.tensordot(drawn.astype(np.float64), weekly, axes=1)


def stability(
    units: ZoningUnits,
    zone: Ints,
    rules: ZoneRules,
    wishes: Wishes,
    weekly: Floats,
    attributes_of: Callable[[Floats], Floats],
    *,
    times: int = 100,
    seed: int = 7,
    seconds: float = 0.1,
    heard: Callable[[float], bool] = lambda share: share <= 1.0,
) -> Stability:
    """Make a plan for each of many resamples of the weeks and count who stays together.

    Args:
        units: the units; their attributes are replaced by those of each resample.
        zone: (n,) the plan that is judged, 0 … k − 1, below 0 for a unit in no zone.
        rules: rules of the plan.
        wishes: its weights.
        weekly: (weeks, n, g) incidents of each week, unit and group.
        attributes_of: makes (n, p) attributes of (n, g) counts, such as shares.
        times: number of resamples.
        seed: of the draws and searches.
        seconds: CPU time of each search.
        heard: hears the share of the work that is done; False ends it with the resamples made so far.

    Raises:
        ParameterError: if no resample has a plan.
    """
    first, second, _ = units.inside_fence().pairs()
    together, plans, refused = np.zeros(len(first)), 0, 0
    for number, counts in enumerate(resampled(weekly, times, seed)):
        if not heard(number / times):
            break
        again = replace(units, attributes=attributes_of(counts))
        found = propose(again, rules, wishes, seed=seed + number, seconds=seconds)
        if isinstance(found, Proposal):
            together += found.zone[first] == found.zone[second]
            plans += 1
        else:
            refused += 1
    if not plans:
        raise ParameterError("rules", "refused for every resample", "rules that some plan can keep")
    share = together / plans
    return Stability(first, second, share, _per_zone(zone, first, second, share), plans, refused)


def _per_zone(zone: Ints, first: Ints, second: Ints, share: Floats) -> Floats:
    count = int(zone.max(initial=-1)) + 1
    inside: NDArray[np.bool_] = (zone[first] == zone[second]) & (zone[first] >= 0)
    pairs = np.bincount(zone[first[inside]], minlength=count)
    total = np.bincount(zone[first[inside]], share[inside], count)
    return np.where(pairs > 0, total / np.maximum(pairs, 1), 1.0)
