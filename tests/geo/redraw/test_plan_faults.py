"""Does the list of faults name everything that is wrong with a drawn plan, and nothing else?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.redraw.faults import DrawnFaultKind, plan_faults
from geo.redraw.rules import DrawnRules
from geo.zoning.check import check_plan
from geo.zoning.problem import ZoneRules, ZoningUnits
from tests.support.drawn_plans import plan_of, random_plan
from tests.support.zoning_cases import ids_of


def _listed(plan, rules=None):
    return [(fault.kind, fault.zone, fault.units.tolist(), fault.figure) for fault in plan_faults(plan, rules)]


def test_a_sound_plan_has_none():
    assert _listed(plan_of("AABB")) == []


def test_each_patch_without_a_zone_and_each_broken_zone():
    plan = plan_of(".AB. ..BA AABB")
    assert _listed(plan) == [
        (DrawnFaultKind.UNASSIGNED, -1, [0, 4, 5], 3.0),
        (DrawnFaultKind.UNASSIGNED, -1, [3], 1.0),
        (DrawnFaultKind.BROKEN, 0, [1, 7], 2.0),
    ]


def test_bounds_pairs_and_groups():
    plan = plan_of("AAAB", workload=[1, 2, 3, 1])
    rules = DrawnRules(2.0, 5.0, 2, 2, (np.array([3, 0]),), np.array([[2, 0], [0, 3]]))
    assert _listed(plan, rules) == [
        (DrawnFaultKind.OVERLOADED, 0, [0, 1, 2], 6.0),
        (DrawnFaultKind.TOO_MANY_MEMBERS, 0, [0, 1, 2], 3.0),
        (DrawnFaultKind.UNDERLOADED, 1, [3], 1.0),
        (DrawnFaultKind.TOO_FEW_MEMBERS, 1, [3], 1.0),
        (DrawnFaultKind.APART, 0, [0, 2], 2.0),
        (DrawnFaultKind.TOGETHER, -1, [0, 3], 2.0),
    ]
    assert plan_faults(plan, rules)[0].bound == 5.0


def test_rules_of_a_proposal():
    plan = plan_of("AABB", workload=[1, 2, 3, 4])
    asked = ZoneRules(zones=2, tolerance=0.1, apart=(("u000", "u001"),), locked=(("u000", "x"), ("u002", "y")))
    rules = DrawnRules.of(asked, ids_of(4), plan)
    assert (rules.least_workload, rules.most_workload) == pytest.approx((4.5, 5.5))
    assert rules.apart.tolist() == [[0, 1], [0, 2]]
    assert [group.tolist() for group in rules.together] == [[0], [2]]
    with pytest.raises(ParameterError):
        DrawnRules.of(ZoneRules(zones=1, apart=(("u000", "nobody"),)), ids_of(4), plan)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3_000), st.integers(1, 6), st.sampled_from([0.0, 0.2]), st.booleans())
def test_a_plan_is_faultless_exactly_where_the_independent_check_says_so(seed, zones, holes, mixed):
    plan = random_plan(seed, zones, holes=holes)
    if mixed:
        order = np.random.default_rng(seed).permutation(40)[:2]
        plan = plan.redrawn(order, int(plan.zone.max()))
    terrain = plan.terrain
    used = len({z for z in plan.zone.tolist() if z >= 0})
    asked = ZoneRules(
        zones=used, tolerance=0.5, least_members=2, apart=(("u000", "u001"),), together=(("u002", "u003"),)
    )
    units = ZoningUnits(ids_of(40), terrain.scores, terrain.workload, terrain.graph)
    if used == len(plan.figures):
        found = plan_faults(plan, DrawnRules.of(asked, ids_of(40), plan))
        assert (found == ()) == (check_plan(units, asked, plan.zone) == ())
