"""Are the best next moves those that trying every move finds, and does each hold what it promises?"""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.redraw.moves import moved
from geo.redraw.next_moves import MoveWeights, next_moves
from geo.redraw.plan import DrawnPlan
from geo.redraw.preview import plan_change, previewed
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.problem import Wishes
from tests.support.drawn_plans import plan_of, random_plan


def _tried(plan, weights, locks, rules):
    """Every unit to every zone, judged by making the move: {(unit, to): (rank, gain)}."""
    found = {}
    for unit in range(len(plan.zone)):
        home = int(plan.zone[unit])
        graph = plan.terrain.graph
        near = {int(z) for z in plan.zone[graph.other[graph.start[unit] : graph.start[unit + 1]]]}
        for to in near - {-1, home}:
            after = moved(plan, np.array([unit]), to, locks, rules)
            if not isinstance(after, DrawnPlan) or (home >= 0 and after.figures[home].members == 0):
                continue
            change = plan_change(plan, after)
            touched = [z for z in (home, to) if z >= 0]
            eased = sum(rules.strain(after.figures[z]) - rules.strain(plan.figures[z]) for z in touched) < -1e-12
            gain = (
                weights.similarity * change.ratio
                + weights.balance * change.balance
                + weights.compactness * change.compactness
            )
            found[unit, to] = (0 if home < 0 else 1 if eased else 2, gain, change)
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3_000), st.integers(2, 6), st.sampled_from([0.0, 0.2]), st.data())
def test_they_are_the_best_of_all_moves_tried(seed, zones, holes, data):
    plan = random_plan(seed, zones, holes=holes)
    mean = plan.terrain.workload.sum() / zones
    rules = DrawnRules(
        least_workload=data.draw(st.sampled_from([0.0, 0.6])) * mean,
        most_workload=data.draw(st.sampled_from([np.inf, 1.3])) * mean,
        most_members=data.draw(st.sampled_from([np.inf, 12])),
        apart=np.array(data.draw(st.sampled_from([[(0, 1), (2, 3)], []])), np.int64).reshape(-1, 2),
    )
    locks = Locks(
        frozenset(data.draw(st.sets(st.integers(0, 39), max_size=5))), frozenset(data.draw(st.sampled_from([(), (0,)])))
    )
    weights = MoveWeights(1.0, data.draw(st.sampled_from([0.0, 0.3])), data.draw(st.sampled_from([0.0, 0.3])))
    tried = _tried(plan, weights, locks, rules)
    found = next_moves(plan, weights, 1_000, locks=locks, rules=rules)
    best = {}
    for (unit, _), (rank, gain, _) in tried.items():
        best[unit] = min(best.get(unit, (9, 0.0)), (rank, -gain))
    wanted = {unit for unit, (rank, loss) in best.items() if rank < 2 or -loss > 1e-9}
    sure = {unit for unit, (rank, loss) in best.items() if rank < 2 or abs(loss) > 1e-9}
    assert {move.unit for move in found} & sure == wanted
    for move in found:
        rank, gain, change = tried[move.unit, move.to]
        assert move.home == plan.zone[move.unit]
        assert move.mends == (rank < 2)
        assert (move.gain, move.ratio, move.balance, move.compactness) == pytest.approx(
            (gain, change.ratio, change.balance, change.compactness), abs=1e-9
        )
        assert -gain == pytest.approx(best[move.unit][1], abs=1e-9)
    ranks = [(tried[move.unit, move.to][0], -move.gain) for move in found]
    assert ranks == sorted(ranks)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3_000), st.integers(2, 6))
def test_groups_stay_together(seed, zones):
    plan = random_plan(seed, zones)
    group = plan.members(0)[:4]
    rules = DrawnRules(together=(group,))
    for move in next_moves(plan, n=1_000, rules=rules):
        assert isinstance(moved(plan, np.array([move.unit]), move.to, rules=rules), DrawnPlan)
        assert move.unit not in group or len(group) < 2


def test_a_move_worked_by_hand():
    # Scores 0 1 2 0 | 1 2 0 1: squares 0 1 4 5 against 2 3 6 7, work 1 each but 5 for the last.
    plan = plan_of("AABB AABB", workload=[1, 1, 1, 1, 1, 1, 1, 5])
    only_balance = next_moves(plan, MoveWeights(0.0, 1.0, 0.0), 8)
    # A has 4, B has 8: (12)² / (2 × 80) = 0.9; one unit more for A gives 5 and 7: 144 / (2 × 74) = 0.973.
    assert [(move.unit, move.to) for move in only_balance] == [(2, 0), (6, 0)]
    assert only_balance[0].balance == pytest.approx(144 / 148 - 0.9)
    # 10 borders of length 1, 2 cut; after the move of 2 to A, 0-1-2 4-5: borders 1-2 inside, 2-3 and 2-6 cut, so 3.
    assert only_balance[0].compactness == pytest.approx(-0.1)
    assert next_moves(plan, MoveWeights(0.0, 0.0, 1.0), 8) == ()


def test_units_in_no_zone_come_first_then_zones_out_of_bounds():
    plan = plan_of("AAAAB.")
    found = next_moves(plan, MoveWeights(0.0, 0.0, 1.0), rules=DrawnRules(most_members=3))
    assert [(move.unit, move.home, move.to, move.mends) for move in found] == [(5, -1, 1, True), (3, 0, 1, True)]


def test_a_zone_is_never_emptied_and_nothing_moves_where_all_is_locked():
    plan = plan_of("ABBB")
    assert all(move.home != 0 for move in next_moves(plan, n=9))
    assert next_moves(plan, n=9, locks=Locks(zones=frozenset({0}))) == ()
    assert next_moves(plan_of("AAAA"), n=9) == ()
    assert next_moves(plan, n=0) == ()
    with pytest.raises(ParameterError):
        next_moves(plan, n=-1)


def test_the_weights_of_a_proposal():
    weights = MoveWeights.of(Wishes(compactness=0.4, spread=0.8))
    assert (weights.similarity, weights.balance, weights.compactness) == pytest.approx((1.0, 0.2, 0.1))


def test_following_the_list_mends_the_plan_and_then_only_improves_it():
    plan = random_plan(3, 5, count=80, holes=0.3)
    assert len(plan.unassigned)
    weights = MoveWeights()
    worth = []
    for _ in range(400):
        best = next_moves(plan, weights, 1)
        if not best:
            break
        preview = previewed(plan, np.array([best[0].unit]), best[0].to)
        worth.append((best[0].mends, best[0].gain))
        plan = preview.plan
    assert len(plan.unassigned) == 0
    assert plan.contiguous
    assert best == ()
    assert all(gain > 0 for mends, gain in worth if not mends)


def test_all_units_of_a_city_are_looked_at_in_ten_milliseconds():
    plan = random_plan(1, 30, count=1_000)
    next_moves(plan)
    spent = []
    for _ in range(9):
        start = time.thread_time()
        next_moves(plan)
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.01
