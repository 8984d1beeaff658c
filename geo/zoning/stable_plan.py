"""Which plan holds most of what plans agree on when attributes, or weeks, count by chance more or less?

The plan with the highest ratio also fits what is chance in the figures. Plans of the same question under other weights
of the attributes share what is real and differ in the rest. So each unit is described by the zones it lies in, in all
these plans, and the units are joined by these descriptions: pairs that are together in most plans are alike.

Source: Fred, Jain, Combining multiple clusterings using evidence accumulation (2005); Rubin, The Bayesian bootstrap
(1981), for the weights.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, hstack

from geo.zoning.figures import between_share, plan_figures
from geo.zoning.graph import Floats, Ints
from geo.zoning.ground import in_order, order_of_ids
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits, standardised
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal, Rule
from geo.zoning.search import Listener, Progress, Unheard

TIMES = 24
_LAST_SHARE = 0.2
_COUNTING_SHARE = 0.3
_DIMENSIONS, _SPARE, _PASSES = 40, 8, 3


def reweighted(scores: Floats, times: int, seed: int) -> Iterator[Floats]:
    """Scores with attributes that count by chance more or less, as if each were drawn again from all of their kind.

    Args:
        scores: (n, p) as they are compared.
        times: number of variants.
        seed: of the weights.

    Yields:
        (n, p) the scores, each column times the root of an exponential weight.
    """
    rng = np.random.default_rng(seed)
    for _ in range(times):
        yield scores * np.sqrt(rng.exponential(1.0, scores.shape[1]))


@dataclass(slots=True)
class _Part:
    """Reports one part of the work; a plan is judged by what was asked, not by what this part searches.

    Attributes:
        listener: hears it.
        units, wishes: what was asked.
        begin, end: share of the work before and after this part.
        last: what was reported last.
        shows: whether the plans of this part are shown.
    """

    listener: Listener
    units: ZoningUnits
    wishes: Wishes
    begin: float
    end: float
    last: Progress
    shows: bool = True

    def heard(self, progress: Progress) -> bool:
        """Pass it on."""
        share = self.begin + (self.end - self.begin) * progress.share if self.shows else self.begin
        zone = progress.zone if self.shows else None
        if zone is not None:
            figures = plan_figures(self.units, zone, self.wishes)
            self.last = replace(self.last, objective=figures.objective, ratio=figures.ratio, strain=progress.strain)
        return self.listener.heard(replace(self.last, share=share, zone=zone))


class _Placed:
    """Passes reports on with zones in the order in which the units were given."""

    def __init__(self, listener: Listener, order: Ints) -> None:
        self._listener, self._order = listener, order

    def heard(self, progress: Progress) -> bool:
        """Pass it on."""
        zone = None if progress.zone is None else _given(progress.zone, self._order)
        return self._listener.heard(replace(progress, zone=zone))


def propose_stable(
    units: ZoningUnits,
    rules: ZoneRules,
    wishes: Wishes | None = None,
    *,
    variants: Iterable[Floats] | None = None,
    seed: int = 7,
    seconds: float = 3.0,
    listener: Listener | None = None,
) -> Proposal | Refusal:
    """Propose the plan that plans of many variants of the attributes agree on most.

    Every rule is kept as by :func:`geo.zoning.propose.propose`. The ratio is a little lower than there, since the plan
    does not fit chance. With a floor, the number of zones is that of the first plan. Where rules are so tight that a
    part of the time finds no plan, all of it goes into one, as there.

    Args:
        units: units with their attributes, workload and borders.
        rules: what every zone must keep.
        wishes: weights of soft rules; by default compactness 0.2 alone.
        variants: (n, p) scores as they are to be compared, of each variant, such as profiles of resampled weeks; None
            gives the attributes other weights, 24 times.
        seed: of the random numbers.
        seconds: CPU time to spend in all.
        listener: hears of progress; where it ends the work early, the first plan is the answer.

    Returns:
        The plan with its figures on the attributes given, or the refusal.

    Raises:
        ParameterError: as :func:`geo.zoning.propose.propose`.
    """
    wishes, order = wishes or Wishes(), order_of_ids(units)
    ranked, heard = in_order(units, order), _Placed(listener or Unheard(), order)
    scores = standardised(ranked.attributes, wishes.attributes)
    given = reweighted(scores, TIMES, seed) if variants is None else (variant[order] for variant in variants)
    tried = list(given)
    part_s = (1 - _LAST_SHARE) * seconds / (len(tried) + 1)
    first_s = _COUNTING_SHARE * seconds if rules.floor is not None else part_s
    part = _Part(heard, ranked, wishes, 0.0, first_s / seconds, Progress(0.0, 1.0, 0.0, 0.0, None))
    first = propose(ranked, rules, wishes, seed=seed, seconds=first_s, listener=part)
    if isinstance(first, Refusal) and first.rule is Rule.NOT_FOUND:
        # A part of the time is too short for these rules; all of it may do, though for one plan only.
        part = replace(part, begin=part.end, end=1.0)
        first = propose(ranked, rules, wishes, seed=seed, seconds=seconds, listener=part)
        return _answer(first, order, seconds)
    if isinstance(first, Refusal) or first.stopped:
        return _answer(first, order, seconds)
    fixed = _with_number(rules, first)
    plans = [first.zone]
    for number, variant in enumerate(tried):
        muted = replace(part, begin=part.end + (1 - _LAST_SHARE - part.end) * number / len(tried), shows=False)
        asked, weighed = _scored(ranked, wishes, variant)
        found = propose(asked, fixed, weighed, seed=seed + 1 + number, seconds=part_s, listener=muted)
        if isinstance(found, Proposal) and found.stopped:
            return _answer(replace(first, stopped=True), order, seconds)
        plans += [found.zone] if isinstance(found, Proposal) else []
    last = replace(part, begin=1 - _LAST_SHARE, end=1.0)
    agreed = _agreed(ranked, fixed, wishes, plans, seed, _LAST_SHARE * seconds, last)
    return _answer(replace(agreed, added=first.added), order, seconds)


def _with_number(rules: ZoneRules, first: Proposal) -> ZoneRules:
    if rules.floor is None:
        return rules
    least = max(rules.least_workload, rules.floor)
    return replace(rules, zones=first.figures.zones, floor=None, least_workload=least)


def _scored(units: ZoningUnits, wishes: Wishes, scores: Floats) -> tuple[ZoningUnits, Wishes]:
    """The question with units compared by these scores as they are."""
    return replace(units, attributes=scores), replace(wishes, attributes=scores.std(axis=0))


def _agreed(
    units: ZoningUnits, rules: ZoneRules, wishes: Wishes, plans: list[Ints], seed: int, seconds: float, part: _Part
) -> Proposal:
    """Join the units by the zones they lie in; where no such plan keeps the rules, the plan nearest to it does."""
    places = _places(plans, np.random.default_rng(seed))
    asked, weighed = _scored(units, wishes, places)
    found = propose(asked, rules, weighed, seed=seed, seconds=seconds, listener=part)
    if isinstance(found, Refusal):
        nearest = max(plans, key=lambda zone: between_share(places, zone))
        return Proposal(nearest, plan_figures(units, nearest, wishes), (), seed, seconds, False)
    return replace(found, figures=plan_figures(units, found.zone, wishes))


def _places(plans: list[Ints], rng: np.random.Generator) -> Floats:
    """(n, d) places whose squared distances are about twice the number of plans in which two units are apart.

    These are the main components of the table with a column for each zone of each plan, by a few passes over random
    directions.

    Source: Halko, Martinsson, Tropp, Finding structure with randomness (2011).
    """
    n = len(plans[0])
    rows = np.arange(n)
    table = hstack([csr_array((np.ones(n), (rows, zone)), shape=(n, int(zone.max()) + 1)) for zone in plans]).tocsr()
    mean = np.asarray(table.mean(axis=0)).ravel()
    basis = rng.normal(size=(n, min(_DIMENSIONS + _SPARE, n)))
    for _ in range(_PASSES):
        across = table.T @ basis - np.outer(mean, basis.sum(axis=0))
        basis = np.linalg.qr(table @ across - mean @ across)[0]
    across = table.T @ basis - np.outer(mean, basis.sum(axis=0))
    turn, size, _ = np.linalg.svd(across.T, full_matrices=False)
    places: Floats = ((basis @ turn) * size)[:, :_DIMENSIONS]
    return places


def _answer(found: Proposal | Refusal, order: Ints, seconds: float) -> Proposal | Refusal:
    if isinstance(found, Proposal):
        return replace(found, zone=_given(found.zone, order), seconds=seconds)
    attempt = found.attempt
    return found if attempt is None else replace(found, attempt=tuple(_given(np.array(attempt), order).tolist()))


def _given(zone: Ints, order: Ints) -> Ints:
    """Zone of each unit in the order given, from those in the order of ids."""
    given = np.empty_like(zone)
    given[order] = zone
    return given
