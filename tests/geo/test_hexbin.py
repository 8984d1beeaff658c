"""Is every point counted in the hexagon that contains it?"""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.errors import ParameterError, ShapeError
from geo.hexbin import hexagons

points = st.lists(st.tuples(st.floats(114.8, 116.3), st.floats(22.5, 23.6)), min_size=1, max_size=30)


@given(points, st.floats(50, 5000))
def test_each_point_lies_in_its_hexagon(lonlat, edge_m):
    found = hexagons(np.array(lonlat), edge_m=edge_m, latitude=23.0)
    assert found.counts.sum() == len(lonlat)
    shapes = shapely.polygons(found.corners)
    holding = shapely.STRtree(shapely.buffer(shapes, 1e-9)).query(shapely.points(lonlat), predicate="intersects")[0]
    assert set(holding.tolist()) == set(range(len(lonlat)))
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)


@given(points)
def test_more_points_only_add(lonlat):
    half = hexagons(np.array(lonlat[: len(lonlat) // 2 + 1]), edge_m=800, latitude=23.0)
    whole = hexagons(np.array(lonlat), edge_m=800, latitude=23.0)
    counts = {tuple(cell): count for cell, count in zip(whole.cells.tolist(), whole.counts, strict=True)}
    for cell, count in zip(half.cells.tolist(), half.counts, strict=True):
        assert counts[tuple(cell)] >= count


def test_edge_length_on_the_ground():
    found = hexagons(np.array([[115.4, 23.0]]), edge_m=1000, latitude=23.0)
    ring = np.vstack((found.corners[0], found.corners[0][:1]))
    lengths = Geod(ellps="sphere", a=6378137, b=6378137).line_lengths(ring[:, 0], ring[:, 1])
    assert lengths == pytest.approx([1000] * 6, rel=2e-3)
    assert shapely.Polygon(found.corners[0]).exterior.is_ccw
    assert shapely.Polygon(found.corners[0]).contains(shapely.Point(found.centres[0]))


def test_weights_and_nan():
    lonlat = np.array([[115.4, 23.0], [115.4, 23.0], [np.nan, 23.0]])
    found = hexagons(lonlat, np.array([2.0, 0.5, 9.0]), edge_m=500, latitude=23.0)
    assert found.counts.tolist() == [2.5]


def test_no_points():
    found = hexagons(np.empty((0, 2)), edge_m=500, latitude=23.0)
    assert (found.corners.shape, found.counts.shape) == ((0, 6, 2), (0,))


def test_bad_arguments_are_refused():
    with pytest.raises(ParameterError):
        hexagons(np.array([[1.0, 1.0]]), edge_m=0, latitude=23.0)
    with pytest.raises(ParameterError):
        hexagons(np.array([[1.0, 1.0]]), edge_m=10, latitude=89.0)
    with pytest.raises(ShapeError):
        hexagons(np.array([[1.0, 1.0]]), np.ones(2), edge_m=10, latitude=23.0)
