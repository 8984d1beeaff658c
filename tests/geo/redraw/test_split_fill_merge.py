"""Do splits, fills and merges give whole zones, or the reason why not?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError, ShapeError
from geo.redraw.fill import enclosed, filled
from geo.redraw.history import History
from geo.redraw.merge import merged
from geo.redraw.moves import MoveProblem, MoveRefused, moved, reassigned
from geo.redraw.plan import DrawnPlan
from geo.redraw.preview import plan_change, previewed
from geo.redraw.rules import DrawnRules, Locks
from geo.redraw.split import split_by_line, split_in_parts
from tests.support.drawn_plans import centres, drawing_of, plan_of, random_plan, squares


def _line(*corners):
    return np.array(corners, float)


def test_a_line_splits_and_the_larger_part_keeps_the_number():
    plan = plan_of("AAAAB AAAAB")
    after = split_by_line(plan, 0, _line((3, 0.2), (3, 1.8)), centres(5, 2))
    assert drawing_of(after, 5) == "AAACB AAACB"
    # The other way round it is the same line; drawn shorter than the zone it is drawn on.
    assert drawing_of(split_by_line(plan, 0, _line((3, 1.2), (3, 1.1)), centres(5, 2)), 5) == "AAACB AAACB"
    # With corners: along y = 1 up to x = 2, then upwards.
    bent = split_by_line(plan, 0, _line((-1, 1), (2, 1), (2, 3)), centres(5, 2))
    assert drawing_of(bent, 5) == "CCAAB AAAAB"


def test_a_locked_unit_keeps_its_number_and_locked_units_on_both_sides_refuse():
    plan = plan_of("AAAAB AAAAB")
    line, places = _line((3, 0), (3, 2)), centres(5, 2)
    assert drawing_of(split_by_line(plan, 0, line, places, Locks(units=frozenset({3}))), 5) == "CCCAB CCCAB"
    both = split_by_line(plan, 0, line, places, Locks(units=frozenset({0, 3})))
    assert (both.problem, both.units.tolist()) == (MoveProblem.LOCKED, [3])
    assert split_by_line(plan, 0, line, places, Locks(zones=frozenset({0}))).problem is MoveProblem.LOCKED


def test_a_line_beside_the_zone_leaves_too_few():
    plan = plan_of("AAAAB AAAAB")
    refused = split_by_line(plan, 0, _line((9, 0), (9, 2)), centres(5, 2))
    assert (refused.problem, len(refused.units)) == (MoveProblem.TOO_FEW, 8)


def test_what_a_line_would_cut_off_goes_to_the_other_side():
    # A horseshoe: a line below the bend leaves two legs below, of 2 and of 1 squares; the larger becomes the new zone.
    plan = plan_of("AAA A.A A..")
    after = split_by_line(plan, 0, _line((0, 2), (3, 2)), centres(3, 3))
    assert drawing_of(after, 3) == "AAA B.A B.."
    assert after.contiguous


def test_a_line_needs_a_length_and_a_zone():
    plan = plan_of("AAAAB AAAAB")
    places = centres(5, 2)
    for bad in (_line((1, 1), (1, 1)), _line((1, 1))):
        with pytest.raises(ParameterError):
            split_by_line(plan, 0, bad, places)
    with pytest.raises(ParameterError):
        split_by_line(plan, 7, _line((1, 1), (2, 2)), places)
    for line, place in ((np.zeros(4), places), (_line((0, 0), (1, 1)), places[1:])):
        with pytest.raises(ShapeError):
            split_by_line(plan, 0, line, place)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3_000),
    st.integers(1, 4),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=5),
)
def test_any_line_gives_two_whole_parts_or_is_refused(seed, zones, corners):
    plan = random_plan(seed, zones)
    line = np.array(corners) * 6
    if len(np.unique(line, axis=0)) < 2:
        return
    places = np.random.default_rng(seed).random((40, 2)) * 6
    after = split_by_line(plan, 0, line, places)
    if isinstance(after, MoveRefused):
        assert after.problem is MoveProblem.TOO_FEW
        return
    assert after.contiguous
    assert len(after.figures) == len(plan.figures) + 1
    assert set(after.members(0)) | set(after.members(len(plan.figures))) == set(plan.members(0))
    assert after.figures == DrawnPlan.of(plan.terrain, after.zone).figures


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3_000), st.integers(1, 3), st.integers(2, 5), st.data())
def test_the_engine_splits_into_whole_parts_and_keeps_locked_units(seed, zones, parts, data):
    plan = random_plan(seed, zones)
    members = plan.members(0)
    locked = data.draw(st.sets(st.sampled_from(members.tolist()), max_size=2))
    after = split_in_parts(plan, 0, parts, seed, Locks(units=frozenset(locked)), seconds=0.01)
    if isinstance(after, MoveRefused):
        assert len(members) < parts or len(locked) == 2
        return
    assert after.contiguous
    assert len(after.figures) == len(plan.figures) + parts - 1
    assert all(zone.members for zone in after.figures)
    assert (after.zone[sorted(locked)] == 0).all()
    assert (after.zone[plan.zone != 0] == plan.zone[plan.zone != 0]).all()
    again = split_in_parts(plan, 0, parts, seed, Locks(units=frozenset(locked)), seconds=0.01)
    assert after.zone.tolist() == again.zone.tolist()


def test_the_engine_parts_what_differs():
    # Scores 0 1 2 0 1 2: with work even, two parts; the cheapest cut of a row of alike pairs is between them.
    terrain = squares(6, 1)
    plan = DrawnPlan.of(
        type(terrain).of(terrain.graph, np.array([[0.0], [0], [0], [9], [9], [9]]), *(np.ones(6),) * 3),
        np.zeros(6, int),
    )
    assert drawing_of(split_in_parts(plan, 0, 2), 6) == "AAABBB"
    assert split_in_parts(plan, 0, 7).problem is MoveProblem.TOO_FEW
    bounded = split_in_parts(plan, 0, 2, rules=DrawnRules(least_members=4))
    assert bounded.problem is MoveProblem.BOUNDS
    with pytest.raises(ParameterError):
        split_in_parts(plan, 0, 1)


def test_a_zone_in_more_pieces_than_parts_cannot_be_split():
    refused = split_in_parts(plan_of("ABABA"), 0, 2)
    assert (refused.problem, refused.units.tolist()) == (MoveProblem.CUTS_OFF, [2, 4])
    assert drawing_of(split_in_parts(plan_of("ABABA"), 0, 3), 5) == "ABCBD"


def test_what_a_ring_encloses():
    plan = plan_of("AAAAB A..AB ACCAB AAAAB")
    assert enclosed(plan, 0).tolist() == [6 - 1 + 1, 7, 11, 12]
    # Zone C lies inside as a whole and stays; the two free units are taken.
    assert drawing_of(filled(plan, 0), 5) == "AAAAB AAAAB ACCAB AAAAB"
    assert filled(plan, 1).problem is MoveProblem.NOTHING_MOVES


def test_a_part_of_another_zone_is_taken_and_locked_units_stay():
    plan = plan_of("AAAAB ABCAB ACCAB AAAAB")
    assert drawing_of(filled(plan, 0), 5) == "AAAAB AACAB ACCAB AAAAB"
    assert filled(plan, 0, Locks(units=frozenset({6}))).problem is MoveProblem.NOTHING_MOVES
    assert filled(plan, 0, Locks(zones=frozenset({1}))).problem is MoveProblem.NOTHING_MOVES
    assert filled(plan, 0, Locks(zones=frozenset({0}))).problem is MoveProblem.LOCKED


def test_units_at_the_edge_or_at_the_fence_are_not_enclosed():
    assert enclosed(plan_of("AAA A.A"), 0).tolist() == []
    # The square in the middle lies at the fence: zone B could reach it only across.
    assert enclosed(plan_of("AAA A.A AAA", fence="xxx xxx yyy"), 0).tolist() == []
    assert enclosed(plan_of("AAA A.A AAA"), 0).tolist() == [4]
    with pytest.raises(ParameterError):
        enclosed(plan_of("AAA"), 1)
    assert enclosed(plan_of("AAA"), 0).tolist() == []


def test_a_free_unit_beyond_an_enclosed_zone_stays():
    plan = plan_of("AAAAA ABBBA AB.BA ABBBA AAAAA")
    assert enclosed(plan, 0).tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]
    assert filled(plan, 0).problem is MoveProblem.NOTHING_MOVES
    assert drawing_of(filled(plan, 1), 5) == "AAAAA ABBBA ABBBA ABBBA AAAAA"


def test_zones_merge_where_they_adjoin():
    plan = plan_of("AABBC")
    assert drawing_of(merged(plan, 0, 1), 5) == "AAAAC"
    apart = merged(plan, 0, 2)
    assert (apart.problem, apart.units.tolist(), apart.zone) == (MoveProblem.NOT_ADJACENT, [4], 0)
    assert merged(plan, 0, 1, Locks(zones=frozenset({1}))).problem is MoveProblem.LOCKED
    assert merged(plan, 0, 1, rules=DrawnRules(most_members=3)).problem is MoveProblem.BOUNDS
    for pair in ((0, 0), (0, 9), (-1, 0)):
        with pytest.raises(ParameterError):
            merged(plan, *pair)


def test_the_fence_is_named():
    plan = plan_of("AABB AABB", fence="xxyy xxyy")
    refused = moved(plan, np.array([2]), 0)
    assert (refused.problem, refused.units.tolist(), refused.zone) == (MoveProblem.FENCE, [2], 0)
    assert merged(plan, 0, 1).problem is MoveProblem.FENCE
    new = moved(plan, np.array([1, 2]), 2)
    assert (new.problem, new.units.tolist()) == (MoveProblem.FENCE, [2])
    assert isinstance(moved(plan, np.array([2]), -1), DrawnPlan)


def test_pairs_groups_and_bounds_are_kept():
    plan = plan_of("AABB AABB")
    apart = moved(plan, np.array([2]), 0, rules=DrawnRules(apart=np.array([[2, 4]])))
    assert (apart.problem, apart.units.tolist(), apart.zone) == (MoveProblem.APART, [2, 4], 0)
    parted = moved(plan, np.array([2]), 0, rules=DrawnRules(together=(np.array([2, 7]),)))
    assert (parted.problem, parted.units.tolist()) == (MoveProblem.TOGETHER, [2, 7])
    over = moved(plan, np.array([2]), 0, rules=DrawnRules(most_workload=4.5))
    assert (over.problem, over.zone, over.units.tolist()) == (MoveProblem.BOUNDS, 0, [0, 1, 2, 4, 5])
    # What is out of bounds already may come nearer to them.
    tight = DrawnRules(least_workload=5.0)
    assert isinstance(moved(plan_of("AABB ABBB"), np.array([1, 0]), 1), MoveRefused) is False
    assert moved(plan_of("AABB ABBB"), np.array([1]), 1, rules=tight).problem is MoveProblem.BOUNDS
    assert isinstance(moved(plan_of("AABB ABBB"), np.array([2]), 0, rules=DrawnRules(least_workload=4.0)), DrawnPlan)


def test_several_zones_change_in_one_step():
    plan = plan_of("AAABB")
    # One by one neither is possible: 2 alone leaves A whole, but 1 alone cuts it.
    after = reassigned(plan, np.array([1, 2]), np.array([2, 1]))
    assert drawing_of(after, 5) == "ACBBB"
    cut = reassigned(plan, np.array([1]), np.array([2]))
    assert (cut.problem, cut.units.tolist()) == (MoveProblem.CUTS_OFF, [2])
    assert reassigned(plan, np.array([0]), np.array([0])).problem is MoveProblem.NOTHING_MOVES
    with pytest.raises(ParameterError):
        reassigned(plan, np.array([1, 2]), np.array([3, 1]))


def test_a_preview_tells_the_change_or_the_refusal():
    plan = plan_of("AABB AABB")
    preview = previewed(plan, np.array([2]), 0)
    change = preview.change
    assert drawing_of(preview.plan, 4) == "AAAB AABB"
    assert (change.units.tolist(), change.zones, change.contiguous, change.unassigned) == ([2], (0, 1), True, 0)
    assert change.compactness == pytest.approx(-0.1)
    assert change.balance == pytest.approx(64 / (2 * 34) - 1)
    assert change.workload_max_over_mean == pytest.approx(0.25)
    assert change.ratio == pytest.approx(preview.plan.ratio - plan.ratio)
    assert previewed(plan, np.array([0]), 1).refused.problem is MoveProblem.NOT_ADJACENT
    out = plan_change(plan, moved(plan, np.array([0]), -1))
    assert (out.unassigned, out.zones) == (1, (0,))


def test_a_split_and_a_merge_can_be_undone():
    history = History(plan_of("AAAAB AAAAB"))
    parts = history.changed(split_in_parts(history.plan, 0, 3))
    joined = parts.changed(merged(parts.plan, 0, 2))
    assert [step.opened for step in joined.steps()] == [2, 0]
    back = joined.undo().undo()
    assert back.plan.zone.tolist() == history.plan.zone.tolist()
    assert back.plan.figures == history.plan.figures
    again = back.redo().redo()
    assert (again.plan.zone.tolist(), again.plan.figures) == (joined.plan.zone.tolist(), joined.plan.figures)
