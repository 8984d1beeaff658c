"""Are zones of two plans matched by what they share, and is every unit that changes its companions found?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ParameterError, ShapeError
from geo.redraw.difference import plan_difference

plans = st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 5)), min_size=1, max_size=40)


def test_other_numbers_for_the_same_zones_are_no_difference():
    first = np.array([0, 0, 1, 1, 2, -1])
    found = plan_difference(first, np.array([2, 2, 0, 0, 1, -1]))
    assert found.zone.tolist() == first.tolist()
    assert not found.moved.any()
    assert found.kept.tolist() == [1.0] * 6


def test_a_unit_that_changes_sides_is_the_only_one_moved():
    found = plan_difference(np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 0, 0]))
    assert found.zone.tolist() == [0, 0, 1, 1, 1, 1]
    assert found.moved.tolist() == [False, False, True, False, False, False]
    # Unit 0 keeps one of two companions; unit 2 none of two and three others; unit 3 both of its two, beside a third.
    assert found.kept == pytest.approx([1 / 2, 1 / 2, 0, 2 / 3, 2 / 3, 2 / 3])


def test_a_zone_without_counterpart_gets_a_number_of_its_own():
    found = plan_difference(np.array([0, 0, 0, 0, 0]), np.array([0, 0, 0, 1, 1]))
    assert found.zone.tolist() == [0, 0, 0, 1, 1]
    assert found.moved.tolist() == [False, False, False, True, True]


def test_units_in_no_zone_have_no_companions():
    found = plan_difference(np.array([0, 0, -1]), np.array([0, -1, -1]))
    assert found.zone.tolist() == [0, -1, -1]
    assert found.kept.tolist() == [0, 0, 1]
    assert plan_difference(np.array([-1, -1]), np.array([-1, 3])).zone.tolist() == [-1, 3]


def test_the_best_matching_is_for_all_zones_together():
    # Each zone for itself would take 0 → 0; together 0 → 1 and 1 → 0 keep one unit more.
    first = np.array([0] * 5 + [1] * 4)
    second = np.array([0] * 3 + [1] * 2 + [0] * 4)
    assert (~plan_difference(first, second).moved).sum() == 6


@given(plans)
def test_matching_keeps_zones_whole_and_does_not_depend_on_numbers(pairs: list[tuple[int, int]]):
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    found = plan_difference(first, second)
    before, after = found.zone[:, None] == found.zone[None, :], second[:, None] == second[None, :]
    assert (before == after).all()
    assert ((found.zone >= 0) == (second >= 0)).all()
    renumbered = np.where(second >= 0, (second + 3) % 6, -1)
    assert plan_difference(first, renumbered).moved.sum() == found.moved.sum()
    assert found.kept == pytest.approx(plan_difference(first, renumbered).kept)
    assert ((found.kept >= 0) & (found.kept <= 1)).all()


@given(plans)
def test_a_plan_does_not_differ_from_itself(pairs: list[tuple[int, int]]):
    plan = np.array([zone for zone, _ in pairs])
    found = plan_difference(plan, plan)
    assert not found.moved.any()
    assert (found.kept == 1).all()


def test_plans_of_other_units_are_refused():
    with pytest.raises(ShapeError):
        plan_difference(np.array([0]), np.array([0, 1]))
    with pytest.raises(ParameterError):
        plan_difference(np.array([0]), np.array([-2]))
