"""Do the datum conversions agree with published points and undo each other?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import EARTH_RADIUS_M, Datum, from_wgs84, inside_china, to_wgs84
from geo.errors import ShapeError

in_china = st.tuples(st.floats(72.1, 137.8), st.floats(0.9, 55.8))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ],
)
def test_gcj02_meets_published_points(wgs84, gcj02):
    found = from_wgs84(np.array([wgs84]), Datum.GCJ02)[0]
    assert found == pytest.approx(gcj02, abs=2e-8)


def test_bd09_meets_a_published_point():
    gcj02 = np.array([[116.404, 39.915]])
    wgs84 = to_wgs84(gcj02, Datum.GCJ02)
    assert from_wgs84(wgs84, Datum.BD09)[0] == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@given(in_china, st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_shifted_datums_round_trip_inside_china(point, datum):
    lonlat = np.array([point])
    assert to_wgs84(from_wgs84(lonlat, datum), datum) == pytest.approx(lonlat, abs=1e-9)


@given(in_china)
def test_gcj02_shift_is_between_0_and_a_kilometre(point):
    shift = np.abs(from_wgs84(np.array([point]), Datum.GCJ02) - np.array([point]))
    assert (shift < 0.02).all()


@given(anywhere, st.sampled_from(list(Datum)))
def test_every_datum_round_trips_away_from_the_border_of_the_box(point, datum):
    lonlat = np.array([point])
    assert to_wgs84(from_wgs84(lonlat, datum), datum) == pytest.approx(lonlat, abs=1e-8) or _near_border(point)


def _near_border(point):
    moves = np.array([(dx, dy) for dx in (-0.02, 0.02) for dy in (-0.02, 0.02)])
    return len(set(inside_china(np.array([point]) + moves).tolist())) == 2


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_points_outside_china_pass_unchanged(datum):
    new_york = np.array([[-73.98, 40.75], [np.nan, 1.0]])
    assert np.array_equal(from_wgs84(new_york, datum), new_york, equal_nan=True)
    assert np.array_equal(to_wgs84(new_york, datum), new_york, equal_nan=True)


def test_mercator_by_hand():
    quarter = EARTH_RADIUS_M * np.pi / 2
    assert to_wgs84(np.array([[quarter, 0.0]]), Datum.MERCATOR)[0] == pytest.approx((90.0, 0.0))
    corner = from_wgs84(np.array([[180.0, 85.0511287798066]]), Datum.MERCATOR)[0]
    assert corner == pytest.approx((20037508.342789244, 20037508.342789244), abs=1e-3)


def test_swapped_turns_the_axes_and_leaves_the_argument_alone():
    latlon = np.array([[22.7, 115.4]])
    assert to_wgs84(latlon, Datum.SWAPPED).tolist() == [[115.4, 22.7]]
    assert latlon.tolist() == [[22.7, 115.4]]


@given(st.lists(in_china, min_size=1, max_size=20))
def test_rows_do_not_influence_each_other(points):
    lonlat = np.array(points)
    together = to_wgs84(lonlat, Datum.GCJ02)
    alone = np.vstack([to_wgs84(row[None, :], Datum.GCJ02) for row in lonlat])
    assert together == pytest.approx(alone, abs=1e-10)


def test_wrong_shape_is_refused():
    with pytest.raises(ShapeError, match="lonlat has shape"):
        to_wgs84(np.zeros((3, 3)), Datum.WGS84)


def test_no_rows_give_no_rows():
    assert to_wgs84(np.empty((0, 2)), Datum.BD09).shape == (0, 2)


@pytest.mark.parametrize("datum", list(Datum))
def test_numbers_that_are_no_degrees_raise_no_warning(datum):
    absurd = np.array([[12857401.0, 2607849.0], [1e300, -1e300], [np.nan, np.inf], [180.0, 90.0], [-180.0, -90.0]])
    assert to_wgs84(absurd, datum).shape == (5, 2)
    assert from_wgs84(absurd[3:], datum).shape == (2, 2)
