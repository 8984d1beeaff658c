"""Which plan of zones is proposed for these units, rules and wishes, or why is there none?"""

from dataclasses import dataclass, replace

import numpy as np

from geo.errors import ParameterError
from geo.zoning.check import ROUNDING, Fault, check_plan
from geo.zoning.feasibility import Allotment, allot
from geo.zoning.figures import SOFT_SCALE, PlanFigures, plan_figures
from geo.zoning.graph import Ints, by_first_use
from geo.zoning.ground import Ground, prepare
from geo.zoning.moves import Limits
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits
from geo.zoning.refusal import Refusal, Relaxation, Rule
from geo.zoning.search import Listener, Progress, Search, Task, Unheard, steps_for
from geo.zoning.start_plan import start_plan

_COUNTING_SHARE = 0.06
_LAST_TRY_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that keeps every rule; :func:`geo.zoning.check.check_plan` has found no fault.

    Attributes:
        zone: (n,) zone of each unit, in the order of the units given; zones are numbered from 0 by their first id.
        figures: figures of the plan.
        added: ids of units that joined a group only because they connect its parts.
        seed: of the random numbers.
        seconds: the work agreed on.
        stopped: whether the listener ended the search before it was done.
    """

    zone: Ints
    figures: PlanFigures
    added: tuple[str, ...]
    seed: int
    seconds: float
    stopped: bool


class _Placed:
    """Passes reports on with zones in the order in which the units were given."""

    def __init__(self, listener: Listener, ground: Ground, from_share: float, to_share: float) -> None:
        self._listener, self._ground = listener, ground
        self._from, self._width = from_share, to_share - from_share
        self.stopped = False

    def heard(self, progress: Progress) -> bool:
        """Pass it on."""
        share = self._from + self._width * progress.share
        zone = None if progress.zone is None else self._ground.given_order(progress.zone)
        self.stopped = not self._listener.heard(replace(progress, share=share, zone=zone))
        return not self.stopped


def propose(
    units: ZoningUnits,
    rules: ZoneRules,
    wishes: Wishes | None = None,
    *,
    seed: int = 7,
    seconds: float = 3.0,
    listener: Listener | None = None,
) -> Proposal | Refusal:
    """Propose a plan.

    Ward's method restricted to neighbours, a descent over border moves and a short annealing give the first plan;
    longer annealings improve it. Bounds are kept by penalties that become harder, and a last descent may break none.
    The answer depends on the ids, the figures and the seed, not on the order of the units or the load of the machine:
    `seconds` becomes a fixed number of moves to try. With a floor, the number of zones is found first.

    Args:
        units: units with their attributes, workload and borders.
        rules: what every zone must keep.
        wishes: weights of soft rules; by default compactness 0.2 alone.
        seed: of the random numbers.
        seconds: CPU time to spend on a usual processor; the answer is the same on any.
        listener: hears each better plan and may end the search.

    Returns:
        The plan, or the refusal that names the rule, the units and the smallest change.

    Raises:
        ParameterError: if there are no units, or a rule names an unknown unit.
    """
    if not units.count:
        raise ParameterError("units", "empty", "at least one unit")
    if not 0 < seconds < np.inf:
        raise ParameterError("seconds", seconds, "a time above 0")
    ground = prepare(units, rules, wishes or Wishes())
    if isinstance(ground, Refusal):
        return ground
    listener = listener or Unheard()
    if rules.zones is not None:
        return _exactly(ground, rules.zones, seed, seconds, _Placed(listener, ground, 0.0, 1.0))
    return _as_many_as_possible(ground, seed, seconds, listener)


def _task(ground: Ground, allotment: Allotment, zones: int) -> Task:
    rules, nodes = ground.rules, ground.nodes
    load = float(nodes.load.sum())
    least_load = allotment.least_load * (1 + ROUNDING / 10 if allotment.least_load > 0 else 1)
    bounded = least_load > 0 or allotment.most_load < np.inf
    members = rules.least_members > 1 or rules.most_members is not None
    spread = SOFT_SCALE * ground.wishes.spread * ground.total * zones / load**2 if load > 0 else 0.0
    limits = Limits(
        least_load,
        allotment.most_load,
        float(rules.least_members if members else 0),
        float(rules.most_members or np.inf),
        load / zones,
        load / ground.units.count or 1.0,
        spread,
        bool(bounded or members or spread > 0 or len(nodes.apart)),
        bool(nodes.cost.any()),
    )
    return Task(nodes, limits, zones, ground.total, ground.offset)


def _start(ground: Ground, task: Task, allotment: Allotment) -> Ints:
    limits = task.limits
    if limits.least_load > 0 or limits.most_load < np.inf:
        weight = ground.nodes.load
    elif limits.least_mass > 0 or limits.most_mass < np.inf:
        weight = ground.nodes.mass
    else:
        weight = None
    return start_plan(ground.nodes, ground.piece, allotment, task.zones, weight)


def _exactly(
    ground: Ground, zones: int, seed: int, seconds: float, listener: Listener, start: Ints | None = None
) -> Proposal | Refusal:
    allotment = allot(ground.units, ground.rules, ground.grouping.node, zones)
    if isinstance(allotment, Refusal):
        return allotment
    task = _task(ground, allotment, zones)
    search = Search(task, seed, steps_for(seconds, ground.grouping.count, bounded=task.bounded()), listener)
    search.run(_start(ground, task, allotment) if start is None else start)
    return _verified(ground, search, seconds)


def _as_many_as_possible(ground: Ground, seed: int, seconds: float, listener: Listener) -> Proposal | Refusal:
    """Find the highest number of zones above the floor by halving, then improve that plan."""
    total, floor = float(ground.units.workload.sum()), float(ground.rules.floor or 0)
    if floor > total:
        reason = f"The floor {floor:,.6g} is above the workload of all units together, {total:,.6g}."
        return Refusal(Rule.FLOOR, (), reason, f"Lower the floor to {total:,.6g} or less.")
    first = allot(ground.units, ground.rules, ground.grouping.node, None)
    if isinstance(first, Refusal):
        return first
    low, high = int(first.least.sum()), int(first.most.sum())
    found: dict[int, Ints] = {}
    share = 0.0
    tries = 0
    while low < high:
        middle = low + (high - low + 1) // 2 if tries else high
        tries += 1
        share = min(share + _COUNTING_SHARE / 2, 0.4)
        counting = _Placed(listener, ground, share, share)
        zone = _reached(ground, middle, seed, _COUNTING_SHARE * seconds, counting)
        if counting.stopped:
            break
        if zone is None:
            high = middle - 1
        else:
            low, found[middle] = middle, zone
    else:
        last = _Placed(listener, ground, share, share)
        above = _reached(ground, low + 1, seed + 1, _LAST_TRY_SHARE * seconds, last)
        if above is not None:
            low, found[low + 1] = low + 1, above
    return _exactly(ground, low, seed, seconds / 2, _Placed(listener, ground, 0.5, 1.0), found.get(low))


def _reached(ground: Ground, zones: int, seed: int, seconds: float, listener: Listener) -> Ints | None:
    """Zone of each node in a plan of so many zones above the floor, or None where none was found."""
    allotment = allot(ground.units, ground.rules, ground.grouping.node, zones)
    if isinstance(allotment, Refusal):
        return None
    task = _task(ground, allotment, zones)
    search = Search(task, seed, steps_for(seconds, ground.grouping.count, bounded=task.bounded()), listener)
    search.run(_start(ground, task, allotment), until_sound=True)
    return search.best if search.sound() else None


def _verified(ground: Ground, search: Search, seconds: float) -> Proposal | Refusal:
    """The plan if an independent check finds no fault, else why none was found."""
    zone = by_first_use(search.best[ground.grouping.node])
    faults = check_plan(ground.units, ground.rules, zone)
    figures = plan_figures(ground.units, zone, ground.wishes)
    if faults:
        return _not_found(ground, faults, figures, zone, seconds)
    return Proposal(
        zone[ground.place],
        figures,
        tuple(ground.units.ids[k] for k in ground.grouping.added),
        search.seed,
        seconds,
        search.stopped,
    )


def _not_found(ground: Ground, faults: tuple[Fault, ...], figures: PlanFigures, zone: Ints, seconds: float) -> Refusal:
    tolerance = max(figures.workload_max_over_mean - 1, 1 - figures.workload_min_over_mean)
    units = tuple(sorted({unit for fault in faults for unit in fault.units}))
    remedy = "Give more seconds, try another seed, or loosen the rule"
    if any(fault.rule is Rule.WORKLOAD for fault in faults):
        remedy += f"; a tolerance of {tolerance:.1%} would have been met"
    listed = " ".join(fault.text for fault in faults[:5])
    return Refusal(
        Rule.NOT_FOUND,
        units,
        f"No plan was found within {seconds:g} s of work; one may exist. The best breaks {len(faults)} rules: {listed}",
        f"{remedy}.",
        tolerance,
        tuple(zone[ground.place].tolist()),
        None if ground.rules.tolerance is None else Relaxation("tolerance", tolerance),
    )
