"""Does each move change exactly what it should, and is each refusal true?"""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from geo.errors import ParameterError, ShapeError
from geo.redraw.history import History
from geo.redraw.moves import Locks, MoveProblem, MoveRefused, moved
from geo.redraw.plan import DrawnPlan, Terrain
from geo.zoning.figures import between_share
from geo.zoning.graph import UnitGraph, by_first_use
from tests.support.zoning_cases import lattice, scattered


def _squares(columns, rows, workload=None):
    """Unit squares: area 1, perimeter 4."""
    n = columns * rows
    scores = np.arange(float(n))[:, None] % 3
    load = np.ones(n) if workload is None else np.array(workload, float)
    return Terrain.of(lattice(columns, rows), scores, load, np.ones(n), np.full(n, 4.0))


def _plan(drawing, **more):
    """A plan drawn in letters, one per square; '.' is no zone."""
    rows = drawing.split()
    letters = "".join(rows)
    zone = np.array([-1 if letter == "." else ord(letter) - ord("A") for letter in letters])
    return DrawnPlan.of(_squares(len(rows[0]), len(rows), **more), zone)


def _drawn(plan, columns):
    letters = "".join("." if z < 0 else chr(ord("A") + z) for z in plan.zone.tolist())
    return " ".join(letters[k : k + columns] for k in range(0, len(letters), columns))


def test_figures_worked_by_hand():
    plan = _plan("AAB AAB", workload=[1, 2, 3, 4, 5, 6])
    a, b = plan.figures
    # Squares 0 1 3 4 and 2 5: outlines of 8 and 6, areas 4 and 2, work 12 and 9.
    assert (a.members, a.area_m2, a.perimeter_m, a.workload, a.pieces) == (4, 4.0, 8.0, 12.0, 1)
    assert (b.members, b.area_m2, b.perimeter_m, b.workload, b.pieces) == (2, 2.0, 6.0, 9.0, 1)
    assert a.roundness == pytest.approx(np.pi / 4)
    assert plan.workload_max_over_mean == pytest.approx(12 / 10.5)
    # Scores 0 1 0 1 and 2 2 with mean 1: total 4, between 4 × 0.25 + 2 × 1.
    assert plan.ratio == pytest.approx(3 / 4)


def test_a_move_changes_the_two_zones_and_not_the_old_plan():
    before = _plan("AAB AAB")
    after = moved(before, np.array([1]), 1)
    assert _drawn(after, 3) == "ABB AAB"
    assert _drawn(before, 3) == "AAB AAB"
    assert [zone.perimeter_m for zone in after.figures] == [8.0, 8.0]


def test_a_unit_that_holds_its_zone_together_is_refused_and_names_what_it_holds():
    refused = moved(_plan("AAAAB BBBBB"), np.array([1]), 1)
    assert (refused.problem, refused.zone, refused.units.tolist()) == (MoveProblem.CUTS_OFF, 0, [0])


def test_units_must_adjoin_the_zone():
    refused = moved(_plan("AAB AAB AAB"), np.array([0]), 1)
    assert (refused.problem, refused.zone, refused.units.tolist()) == (MoveProblem.NOT_ADJACENT, 1, [0])
    # Together with the unit between them it does.
    assert _drawn(moved(_plan("AAB AAB AAB"), np.array([0, 1]), 1), 3) == "BBB AAB AAB"


def test_locks_are_kept():
    plan = _plan("AAB AAB")
    for locks in (Locks(units=frozenset({1})), Locks(zones=frozenset({0})), Locks(zones=frozenset({1}))):
        assert moved(plan, np.array([1]), 1, locks).problem is MoveProblem.LOCKED
    assert isinstance(moved(plan, np.array([1]), 1, Locks(units=frozenset({0}))), DrawnPlan)


def test_merging_new_zones_and_taking_out():
    plan = _plan("AAB AAB")
    merged = moved(plan, plan.members(1), 0)
    assert (_drawn(merged, 3), merged.figures[1].members, merged.figures[0].perimeter_m) == ("AAA AAA", 0, 10.0)
    new = moved(plan, np.array([0, 3]), 2)
    assert _drawn(new, 3) == "CAB CAB"
    out = moved(plan, np.array([0]), -1)
    assert (_drawn(out, 3), out.unassigned.tolist()) == (".AB AAB", [0])
    assert moved(plan, np.array([0]), 0).problem is MoveProblem.NOTHING_MOVES


def test_a_zone_that_is_broken_already_can_still_be_drawn_on():
    broken = _plan("ABA ABA")
    assert not broken.contiguous
    assert _drawn(moved(broken, np.array([1]), 0), 3) == "AAA ABA"


def test_unknown_units_and_zones():
    plan = _plan("AAB AAB")
    for units, to in (([6], 0), ([-1], 0), ([0], 5)):
        with pytest.raises(ParameterError):
            moved(plan, np.array(units), to)
    with pytest.raises(ShapeError):
        DrawnPlan.of(plan.terrain, np.zeros(4, np.int64))


def _terrain(seed, count=40):
    units = scattered(count, seed)
    rng = np.random.default_rng(seed)
    return Terrain.of(units.graph, units.attributes, units.workload, rng.random(count), rng.random(count) * 10 + 10)


def _network(graph):
    first, second, _ = graph.pairs()
    network = networkx.Graph()
    network.add_nodes_from(range(graph.count))
    network.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    return network


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5_000), st.integers(1, 6))
def test_movable_units_are_border_units_that_networkx_can_take_out(seed, zones):
    terrain = _terrain(seed)
    zone = np.random.default_rng(seed).integers(-1, zones, terrain.graph.count)
    plan, network = DrawnPlan.of(terrain, zone), _network(terrain.graph)
    for unit in range(len(zone)):
        own = network.subgraph([k for k in range(len(zone)) if zone[k] == zone[unit]])
        piece = set(networkx.node_connected_component(own, unit)) - {unit}
        holds = zone[unit] >= 0 and len(piece) > 0 and not networkx.is_connected(network.subgraph(piece))
        border = any(zone[near] not in (zone[unit], -1) for near in network[unit])
        assert plan.movable()[unit] == (border and not holds)


class Redrawing(RuleBasedStateMachine):
    """Random moves, undone and made again; after each the plan equals one made afresh."""

    @initialize(seed=st.integers(0, 500), zones=st.integers(1, 5))
    def begin(self, seed, zones):
        terrain = _terrain(seed, 30)
        place = np.random.default_rng(seed).random(30)
        self.history = History(DrawnPlan.of(terrain, by_first_use((place * zones).astype(np.int64))))
        self.plans = [self.history.plan]

    @rule(units=st.lists(st.integers(0, 29), min_size=1, max_size=4), data=st.data())
    def move(self, units, data):
        before = self.history.plan
        to = data.draw(st.integers(-1, len(before.figures)))
        after = self.history.move(np.array(units), to)
        if isinstance(after, MoveRefused):
            return
        self.plans = [*self.plans[: len(self.history.steps()) + 1], after.plan]
        self.history = after
        pieces = [zone.pieces for zone in before.figures]
        assert all(zone.pieces <= max(old, 1) for zone, old in zip(after.plan.figures, [*pieces, 0], strict=False))

    @rule()
    def undo(self):
        could = self.history.can_undo
        self.history = self.history.undo()
        assert could or not self.history.steps()

    @rule()
    def redo(self):
        self.history = self.history.redo()

    @invariant()
    def the_plan_is_the_one_that_stood_here(self):
        stood = self.plans[len(self.history.steps())]
        assert self.history.plan.zone.tolist() == stood.zone.tolist()
        assert self.history.plan.figures == stood.figures

    @invariant()
    def incremental_equals_recomputed(self):
        plan = self.history.plan
        fresh = DrawnPlan.of(plan.terrain, plan.zone)
        used = len(fresh.figures)
        assert plan.figures[:used] == fresh.figures
        assert all(zone.members == 0 for zone in plan.figures[used:])
        if not len(plan.unassigned):
            assert plan.ratio == pytest.approx(between_share(plan.terrain.scores, by_first_use(plan.zone)))


TestRedrawing = Redrawing.TestCase
TestRedrawing.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_hundreds_of_steps_can_be_undone():
    history = History(_plan("AAAB AAAB AABB"))
    first = history.plan
    for _ in range(150):
        history = history.move(np.array([2]), 1)
        history = history.move(np.array([2]), 0)
    assert len(history.steps()) == 300
    for _ in range(300):
        history = history.undo()
    assert (history.can_undo, history.can_redo) == (False, True)
    assert history.plan.zone.tolist() == first.zone.tolist()
    assert history.plan.figures == first.figures


def test_an_area_without_borders():
    none = np.zeros(0, np.int64)
    terrain = Terrain.of(UnitGraph.of(2, none, none, np.zeros(0)), np.ones((2, 1)), np.ones(2), np.ones(2), np.ones(2))
    plan = DrawnPlan.of(terrain, np.array([0, 1]))
    assert plan.ratio == 0.0
    assert not plan.movable().any()
    assert moved(plan, np.array([0]), 1).problem is MoveProblem.NOT_ADJACENT
