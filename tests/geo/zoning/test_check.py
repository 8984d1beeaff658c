"""Does the check find each fault that is made on purpose, and none in a sound plan?"""

from dataclasses import replace

import numpy as np
import pytest

from geo.errors import ShapeError
from geo.zoning.check import check_plan
from geo.zoning.problem import ZoneRules
from geo.zoning.refusal import Rule
from tests.support.zoning_cases import row


def _rules(units, zone, **rules):
    return [fault.rule for fault in check_plan(units, ZoneRules(**rules), np.array(zone))]


def test_a_sound_plan():
    assert _rules(row([0, 1, 2, 3]), [0, 0, 1, 1], zones=2, tolerance=0.1, least_members=2) == []


@pytest.mark.parametrize(
    ("zone", "rules", "rule"),
    [
        ([0, 0, -1, 1], {"zones": 2}, Rule.ZONES),
        ([0, 0, 2, 2], {"zones": 2}, Rule.ZONES),
        ([0, 0, 1, 1], {"zones": 3}, Rule.ZONES),
        ([0, 1, 1, 0], {"zones": 2}, Rule.CONNECTED),
        ([0, 1, 1, 1], {"zones": 2, "least_members": 2}, Rule.MEMBERS),
        ([0, 1, 1, 1], {"zones": 2, "most_members": 2}, Rule.MEMBERS),
        ([0, 0, 0, 1], {"zones": 2, "floor": None, "least_workload": 2.0}, Rule.WORKLOAD),
        ([0, 0, 0, 1], {"floor": 2.0}, Rule.FLOOR),
        ([0, 0, 1, 1], {"zones": 2, "together": (("u001", "u002"),)}, Rule.TOGETHER),
        ([0, 0, 1, 1], {"zones": 2, "apart": (("u000", "u001"),)}, Rule.APART),
        ([0, 0, 1, 1], {"zones": 2, "locked": (("u000", "a"), ("u002", "a"))}, Rule.TOGETHER),
        ([0, 0, 1, 1], {"zones": 2, "locked": (("u000", "a"), ("u001", "b"))}, Rule.APART),
    ],
)
def test_each_rule(zone, rules, rule):
    assert rule in _rules(row([0, 1, 2, 3]), zone, **rules)


def test_a_zone_in_two_pieces_names_the_smaller():
    units = row([0, 1, 2, 3, 4])
    (fault,) = check_plan(units, ZoneRules(zones=2), np.array([0, 0, 1, 0, 1])[[0, 1, 2, 3, 4]])[:1]
    assert fault.units == ("u003",)


def test_a_zone_across_the_fence():
    units = row([0, 1, 2, 3], fence=np.array([0, 0, 0, 1]))
    (fault,) = check_plan(units, ZoneRules(zones=2), np.array([0, 0, 1, 1]))
    assert (fault.rule, fault.zones, fault.units) == (Rule.CONNECTED, (1,), ("u003",))
    assert "fence" in fault.text


def test_tolerance_is_measured_from_the_mean():
    units = row([0, 1, 2, 3], workload=[1, 1, 1, 2])
    # Means of 2.5: 2 and 3 are 20 % off.
    zone = np.array([0, 0, 1, 1])
    assert len(check_plan(units, ZoneRules(zones=2, tolerance=0.19), zone)) == 2
    assert check_plan(units, ZoneRules(zones=2, tolerance=0.2), zone) == ()


def test_one_zone_per_unit_is_needed():
    with pytest.raises(ShapeError):
        check_plan(row([0, 1]), ZoneRules(zones=1), np.zeros(3, np.int64))


def test_links_and_cuts_count():
    units = row([0, 1, 2])
    zone = np.array([0, 1, 0])
    assert _rules(units, zone, zones=2) == [Rule.CONNECTED]
    assert _rules(replace(units, graph=units.graph.with_links(np.array([0]), np.array([2]))), zone, zones=2) == []
    cut = replace(units, graph=units.graph.without_pairs(np.array([1]), np.array([0])))
    assert _rules(cut, np.array([0, 0, 1]), zones=2) == [Rule.CONNECTED]
