"""How does a first plan become better and better, until the work agreed on is done?"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from geo.zoning.graph import Ints
from geo.zoning.moves import Limits, Nodes, Scratch, Zones, anneal, descend, scratch_for, zones_of

SOUND = 1e-7
"""Strain, in average units, up to which a plan counts as keeping the bounds; sums are rounded."""

_PENALTY = 4.0
_HARDER = 2.0
_STRICT = 1e6
_WARM_PER_PENALTY = 0.1
_MARGIN = 0.1
_HOT, _COLD = 0.6, 0.012
_WARM = 0.2
_FIRST_HOT, _FIRST_COLD = 0.3, 0.01
_FIRST_STEPS = 300_000
_MAIN_SHARE = 0.6
_ROUNDS = 4
_CHUNKS = 24
_CHUNK_S = 0.12
_EVEN_PULL = 0.05
_LEAST_GAIN = 1e-6
_STEPS_PER_S = 18e6
_HALF_SPEED_AT = 3_500
_BOUNDED_SPEED = 0.8
_SETTING_UP_S = 12e-6


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search is.

    Attributes:
        share: share of the work that is done.
        objective: of the best plan so far; see :class:`geo.zoning.figures.PlanFigures`.
        ratio: its sum of squares between zones / total.
        strain: how far it is outside its bounds, in average units; 0 where it keeps all.
        zone: (n,) zone of each unit, where the plan is better than that of the last report; else None.
    """

    share: float
    objective: float
    ratio: float
    strain: float
    zone: Ints | None


class Listener(Protocol):
    """Hears how a search goes on."""

    def heard(self, progress: Progress) -> bool:
        """Take note; False ends the search with the best plan so far."""
        ...


class Unheard:
    """Nobody listens."""

    def heard(self, progress: Progress) -> bool:
        """Go on."""
        return progress.share <= 1.0


def steps_for(seconds: float, count: int, *, bounded: bool) -> int:
    """Work to be done in so much CPU time of a usual processor; fixed, so that a loaded machine changes nothing.

    Measured on two busy cores: some 12 million steps a second at 1,700 units, 8 at 4,555, 1.2 at 50,000, where memory
    is the limit, and a fifth fewer where bounds have to be kept. The first plan takes about 12 µs a unit.
    """
    searching_s = max(seconds - _SETTING_UP_S * count, seconds / 4)
    speed = _STEPS_PER_S * (_BOUNDED_SPEED if bounded else 1.0) / (1 + count / _HALF_SPEED_AT)
    return max(int(searching_s * speed), 1_000)


@dataclass(frozen=True, slots=True)
class Task:
    """What is searched: nodes, limits, and how energy becomes the objective.

    Attributes:
        nodes: what moves.
        limits: bounds of a zone.
        zones: number of zones.
        total: total sum of squares.
        offset: what the objective holds besides the energy.
    """

    nodes: Nodes
    limits: Limits
    zones: int
    total: float
    offset: float

    def bounded(self) -> bool:
        """Whether there are rules that a plan may break."""
        limits = self.limits
        most = min(limits.most_load, limits.most_mass)
        return len(self.nodes.apart) > 0 or most < np.inf or max(limits.least_load, limits.least_mass) > 0

    def energy(self, plan: Zones) -> float:
        """Energy of a plan without penalties."""
        energy = self.total - float(plan.value.sum())
        if self.limits.costs:
            owner = np.repeat(np.arange(len(plan.zone)), np.diff(self.nodes.start))
            energy += float(self.nodes.cost[plan.zone[owner] != plan.zone[self.nodes.other]].sum()) / 2
        return energy + self.limits.spread * float(((plan.load - self.limits.mean_load) ** 2).sum())

    def strain(self, plan: Zones) -> float:
        """How far a plan is outside its bounds, in average units."""
        if not self.limits.weighs:
            return 0.0
        limits, owner = self.limits, np.repeat(np.arange(len(plan.zone)), np.diff(self.nodes.apart_start))
        load = np.maximum(plan.load - limits.most_load, 0) + np.maximum(limits.least_load - plan.load, 0)
        mass = np.maximum(plan.mass - limits.most_mass, 0) + np.maximum(limits.least_mass - plan.mass, 0)
        clashes = (plan.zone[owner] == plan.zone[self.nodes.apart]).sum() / 2
        return float(load.sum() / limits.load_scale + mass.sum() + clashes)


@dataclass(slots=True)
class Search:
    """One search; `best` is the best plan so far.

    Attributes:
        task: what is searched.
        seed: of the random numbers.
        steps: moves to be tried.
        listener: hears of progress, or ends the search.
        stopped: whether the listener ended it.
    """

    task: Task
    seed: int
    steps: int
    listener: Listener
    stopped: bool = False
    best: Ints = field(init=False)
    _score: tuple[float, float] = field(init=False)
    _scratch: Scratch = field(init=False)
    _done: int = field(init=False, default=0)
    _unit: float = field(init=False)
    _ratio: float = field(init=False)
    _new: bool = field(init=False, default=True)

    def run(self, zone: Ints, *, until_sound: bool = False) -> None:
        """Improve a contiguous plan.

        Args:
            zone: (n,) zone of each node.
            until_sound: stop as soon as all bounds are kept.
        """
        plan = zones_of(self.task.nodes, zone, self.task.zones)
        self._unit = max(self.task.total - float(plan.value.sum()), 1e-3 * self.task.total) / len(zone)
        self._scratch = scratch_for(len(zone), self.seed)
        self.best, self._score = plan.zone.copy(), (self.task.strain(plan), self.task.energy(plan))
        self._ratio = float(plan.value.sum()) / self.task.total
        self._first(plan)
        if self.stopped or (until_sound and self.sound()):
            return
        penalty = _PENALTY
        self._anneal(plan, penalty, _HOT, int(_MAIN_SHARE * (self.steps - self._done)))
        left = (self.steps - self._done) // _ROUNDS
        for _ in range(_ROUNDS):
            if self.stopped or (until_sound and self.sound()):
                return
            penalty *= 1.0 if self.sound() else _HARDER
            plan = zones_of(self.task.nodes, self.best, self.task.zones)
            self._anneal(plan, penalty, max(_WARM, _WARM_PER_PENALTY * penalty), left)

    def sound(self) -> bool:
        """Whether the best plan keeps all bounds."""
        return self._score[0] <= SOUND

    def strain(self) -> float:
        """Strain of the best plan."""
        return self._score[0]

    def _first(self, plan: Zones) -> None:
        """The first plan that is shown: a descent and a short annealing."""
        self._settle(plan)
        steps = min(_FIRST_STEPS, self.steps // 4)
        self._try(plan, _PENALTY, _FIRST_HOT, _FIRST_COLD, steps)
        self._settle(plan)
        self._report()

    def _anneal(self, plan: Zones, penalty: float, hot: float, steps: int) -> None:
        """One annealing, in chunks between which it is reported; short ones, so that it can be ended at any moment."""
        most = _CHUNK_S * _STEPS_PER_S / (1 + len(plan.zone) / _HALF_SPEED_AT)
        chunks = max(_CHUNKS, int(np.ceil(steps / most)))
        falls = (_COLD / hot) ** (1 / chunks)
        for chunk in range(chunks):
            self._try(plan, penalty, hot * falls**chunk, hot * falls ** (chunk + 1), steps // chunks)
            if chunk < chunks - 1:
                self._note(plan)
            else:
                self._settle(plan)
            self._report()
            if self.stopped:
                return

    def _try(self, plan: Zones, penalty: float, hot: float, cold: float, steps: int) -> None:
        limits = self.task.limits
        if self.task.bounded():
            even = _EVEN_PULL * self._unit * self.task.zones / len(plan.zone) / max(limits.load_scale, 1e-300) ** 2
            limits = limits._replace(spread=limits.spread + even)
            if not self.sound() and limits.most_load < np.inf:
                margin = _MARGIN * (limits.most_load - limits.least_load)
                limits = limits._replace(least_load=limits.least_load + margin, most_load=limits.most_load - margin)
        unit = self._unit
        anneal(self.task.nodes, limits, plan, self._scratch, penalty * unit, hot * unit, cold * unit, steps)
        self._done += steps

    def _settle(self, plan: Zones) -> None:
        """Descend without breaking a rule further, then note the plan."""
        nodes, unit = self.task.nodes, self._unit
        descend(nodes, self.task.limits, plan, self._scratch, _STRICT * unit, _LEAST_GAIN * unit, 50)
        self._note(plan)

    def _note(self, plan: Zones) -> None:
        """Keep the plan if it is the best so far: bounds before energy."""
        strain = self.task.strain(plan)
        score = (0.0 if strain <= SOUND else strain, self.task.energy(plan))
        if score < self._score:
            self.best, self._score, self._new = plan.zone.copy(), score, True
            self._ratio = float(plan.value.sum()) / self.task.total

    def _report(self) -> None:
        objective = self._score[1] / self.task.total + self.task.offset
        zone = self.best if self._new else None
        share = min(self._done / self.steps, 1.0)
        self.stopped = not self.listener.heard(Progress(share, objective, self._ratio, self._score[0], zone))
        self._new = False
