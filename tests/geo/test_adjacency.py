"""Are exactly the units with a common border neighbours?"""

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adjacency import shared_borders
from geo.errors import ParameterError

SIDE = 0.01
# On the equator a degree of longitude is 2 pi 6378137 / 360 m, one of latitude 110,574 m.
EAST_M, NORTH_M = SIDE * 111319.49, SIDE * 110574.4


def _cells(columns, rows, west=115.0, south=-0.01):
    return np.array(
        [
            shapely.box(west + c * SIDE, south + r * SIDE, west + (c + 1) * SIDE, south + (r + 1) * SIDE)
            for r in range(rows)
            for c in range(columns)
        ]
    )


def _pairs(borders):
    return list(zip(borders.first.tolist(), borders.second.tolist(), strict=True))


@pytest.mark.parametrize("options", [{}, {"tolerance_m": 0.0, "least_border_m": 0.0}])
def test_four_quarters_have_four_borders_and_no_corner(options):
    borders = shared_borders(_cells(2, 2), **options)
    assert _pairs(borders) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert borders.length_m == pytest.approx([NORTH_M, EAST_M, EAST_M, NORTH_M], abs=1)


def test_a_border_broken_into_several_neighbours():
    units = np.array([_cells(1, 2)[0].union(_cells(1, 2)[1]), *_cells(1, 2, west=115.01)])
    assert _pairs(shared_borders(units)) == [(0, 1), (0, 2), (1, 2)]


def test_rounded_corners_still_make_a_border():
    step = 1e-7  # about a centimetre
    apart = np.array([shapely.box(0, 0, SIDE, SIDE), shapely.box(SIDE + step, 0, 2 * SIDE, SIDE)])
    assert shared_borders(apart).length_m == pytest.approx([NORTH_M], abs=1)
    assert _pairs(shared_borders(apart, tolerance_m=0, least_border_m=0)) == []


def test_islands_missing_and_empty_units_have_no_neighbours():
    units = np.array([_cells(1, 1)[0], None, shapely.Polygon(), shapely.box(116, 0, 116.1, 0.1)])
    assert _pairs(shared_borders(units)) == []
    start, other = shared_borders(units).neighbours(4)
    assert (start.tolist(), other.tolist()) == ([0, 0, 0, 0, 0], [])


def test_neighbours_of_each_unit():
    start, other = shared_borders(_cells(3, 1)).neighbours(3)
    assert [other[start[k] : start[k + 1]].tolist() for k in range(3)] == [[1], [0, 2], [1]]


def test_negative_lengths_are_refused():
    with pytest.raises(ParameterError, match="tolerance_m"):
        shared_borders(_cells(1, 1), tolerance_m=-1)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_any_order_of_a_tiling_gives_the_same_borders(columns, rows, random):
    cells = _cells(columns, rows)
    order = list(range(len(cells)))
    random.shuffle(order)
    borders = shared_borders(cells[order])
    found = {tuple(sorted((order[a], order[b]))) for a, b in _pairs(borders)}
    east = {(k, k + 1) for k in range(len(cells)) if (k + 1) % columns}
    north = {(k, k + columns) for k in range(len(cells) - columns)}
    assert found == east | north
    assert (borders.first < borders.second).all()


def test_real_city_borders_hold_every_coincident_one(shared_data):
    frame = pyogrio.read_dataframe(shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    units = np.asarray(frame.geometry[frame["level"] == 5], dtype=object)
    loose, exact = shared_borders(units), shared_borders(units, tolerance_m=0, least_border_m=10)
    assert set(_pairs(exact)) <= set(_pairs(loose))
    assert len(_pairs(exact)) > 2 * len(units)
