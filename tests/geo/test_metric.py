"""Are areas and lengths in metres right, compared with the ellipsoid?"""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.box import Box
from geo.errors import ParameterError
from geo.metric import LocalMetres, areas_m2

GEOD = Geod(ellps="WGS84")


@given(st.floats(-170, 170), st.floats(-70, 70), st.floats(0.001, 0.5))
def test_area_agrees_with_the_ellipsoid(lon, lat, side):
    polygon = shapely.segmentize(shapely.box(lon, lat, lon + side, lat + side), side / 50)
    expected, _ = GEOD.geometry_area_perimeter(polygon)
    assert areas_m2(np.array([polygon]))[0] == pytest.approx(abs(expected), rel=1e-4)


@given(st.floats(-60, 60), st.floats(0, 6.283))
def test_length_near_the_standard_parallel(lat, bearing):
    plane = LocalMetres(115.0, lat)
    end = (115.0 + 0.01 * np.cos(bearing), lat + 0.01 * np.sin(bearing))
    _, _, expected = GEOD.inv(115.0, lat, *end)
    assert np.hypot(*plane.forward(np.array([end]))[0]) == pytest.approx(expected, rel=1e-3)


@given(st.floats(-180, 180), st.floats(-84, 84), st.floats(-80, 80))
def test_round_trip(lon, lat, standard):
    plane = LocalMetres(0.0, standard)
    point = np.array([[lon, lat]])
    assert plane.inverse(plane.forward(point)) == pytest.approx(point, abs=1e-10)


def test_areas_of_what_has_none():
    geometries = np.array([None, shapely.Point(1, 1), shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])])
    assert areas_m2(geometries).tolist() == [0, 0, 0, 0]


def test_box_refuses_a_turned_rectangle_and_keeps_to_the_globe():
    with pytest.raises(ParameterError, match="west <= east"):
        Box(2, 0, 1, 1)
    assert Box(179.9, -89.9, 180, 0).expanded(1).as_tuple() == (178.9, -90, 180, 1)
    assert Box.around(np.array([[1.0, 2.0], [np.nan, 9.0], [3.0, 1.0]])).as_tuple() == (1, 1, 3, 2)
