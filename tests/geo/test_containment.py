"""Does each unit get the parent that holds most of it?"""

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.containment import area_shares, parents_by_location

PARENTS = np.array([shapely.box(0, 0, 0.01, 0.01), shapely.box(0.01, 0, 0.02, 0.01)])


def _one(child, **options):
    return parents_by_location(np.array([child]), PARENTS, **options)


def test_a_child_inside():
    found = _one(shapely.box(0.001, 0, 0.01, 0.01))
    assert (found.index[0], found.tied[0], found.low[0]) == (0, False, False)
    assert (found.share[0], found.runner_up_share[0]) == (1.0, 0.0)


def test_a_child_across_two_parents_by_hand():
    found = _one(shapely.box(0.004, 0, 0.014, 0.01))
    assert found.index[0] == 0
    assert found.share[0] == pytest.approx(0.6, abs=1e-6)
    assert found.runner_up_share[0] == pytest.approx(0.4, abs=1e-6)
    assert found.low[0]
    assert not _one(shapely.box(0.004, 0, 0.014, 0.01), low_share=0.5).low[0]


def test_a_tie_goes_to_the_first_and_is_marked():
    found = _one(shapely.box(0.005, 0, 0.015, 0.01))
    assert (found.index[0], found.tied[0]) == (0, True)


@pytest.mark.parametrize(
    "child", [None, shapely.Polygon(), shapely.box(0.5, 0.5, 0.6, 0.6), shapely.box(0.02, 0, 0.03, 0.01)]
)
def test_a_child_without_parent(child):
    found = _one(child)
    assert (found.index[0], found.share[0], found.tied[0], found.low[0]) == (-1, 0.0, False, True)


@given(st.floats(-0.01, 0.02), st.floats(0.001, 0.01))
def test_shares_agree_with_arithmetic(west, width):
    child = np.array([shapely.box(west, 0.002, west + width, 0.008)])
    shares = area_shares(child, PARENTS)
    expected = [max(0.0, min(west + width, left + 0.01) - max(west, left)) / width for left in (0.0, 0.01)]
    found = np.zeros(2)
    found[shares.parent] = shares.share
    assert found == pytest.approx(expected, abs=1e-6)


def test_real_small_grids_find_their_stated_parents(shared_data):
    frame = pyogrio.read_dataframe(shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    small, medium = frame[frame["level"] == 6], frame[frame["level"] == 5]
    found = parents_by_location(np.asarray(small.geometry, object), np.asarray(medium.geometry, object))
    assert (medium["id"].to_numpy()[found.index] == small["parent_id"].to_numpy()).all()
    assert not found.tied.any()
