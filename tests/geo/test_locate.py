"""Does each point get the unit that a plain search over all polygons gives it?"""

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ShapeError, UnitIdError
from geo.locate import UnitLocator


def _grid(columns, rows, size=1.0):
    return np.array(
        [shapely.box(c * size, r * size, (c + 1) * size, (r + 1) * size) for r in range(rows) for c in range(columns)]
    )


def _ids(count):
    return np.arange(1, count + 1, dtype=np.int32)


def _naive(units, ids, point):
    holds = [
        (unit.area, number) for unit, number in zip(units, ids, strict=True) if unit.intersects(shapely.Point(point))
    ]
    return (min(holds)[1] if holds else 0, len(holds) > 1)


def test_hand_made_quarters():
    found = UnitLocator(_grid(2, 2), _ids(4)).locate(
        np.array([[0.5, 0.5], [1.5, 0.5], [0.5, 1.5], [1.5, 1.5], [2.5, 0.5]])
    )
    assert found.unit_id.tolist() == [1, 2, 3, 4, 0]
    assert not found.overlaps.any()


def test_a_point_on_a_border_goes_to_the_smaller_area_then_the_lower_id():
    units = np.array([shapely.box(0, 0, 2, 1), shapely.box(2, 0, 3, 1), shapely.box(3, 0, 4, 1)])
    found = UnitLocator(units, np.array([1, 9, 5], dtype=np.int32)).locate(np.array([[2.0, 0.5], [3.0, 0.5]]))
    assert found.unit_id.tolist() == [9, 5]
    assert found.overlaps.tolist() == [True, True]


def test_a_point_in_two_units_goes_to_the_smaller():
    units = np.array([shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)])
    found = UnitLocator(units, _ids(2)).locate(np.array([[1.5, 1.5], [3.0, 3.0]]))
    assert found.unit_id.tolist() == [2, 1]
    assert found.overlaps.tolist() == [True, False]


def test_holes_parts_and_missing_geometry():
    ring = shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 3, 3))
    two = shapely.MultiPolygon([shapely.box(10, 0, 11, 1), shapely.box(12, 0, 13, 1)])
    locator = UnitLocator(np.array([ring, None, shapely.Polygon(), two]), _ids(4))
    points = np.array([[0.5, 0.5], [2, 2], [10.5, 0.5], [11.5, 0.5], [12.5, 0.5], [np.nan, 1.0], [np.inf, 0.0]])
    assert locator.locate(points).unit_id.tolist() == [1, 0, 4, 0, 4, 0, 0]


def test_no_units_and_no_points():
    empty = UnitLocator(np.array([], dtype=object), np.array([], dtype=np.int32))
    assert empty.locate(np.array([[1.0, 1.0]])).unit_id.tolist() == [0]
    assert UnitLocator(_grid(1, 1), _ids(1)).locate(np.empty((0, 2))).unit_id.shape == (0,)


@pytest.mark.parametrize("ids", [[0, 1], [-1, 2], [3, 3]])
def test_bad_ids_are_refused(ids):
    with pytest.raises(UnitIdError):
        UnitLocator(_grid(2, 1), np.array(ids, dtype=np.int32))


def test_wrong_shapes_are_refused():
    with pytest.raises(ShapeError):
        UnitLocator(_grid(2, 1), _ids(3))
    with pytest.raises(ShapeError):
        UnitLocator(_grid(2, 1), _ids(2)).locate(np.zeros(4))


coordinate = st.one_of(st.floats(-1, 11), st.integers(0, 10).map(float), st.integers(0, 40).map(lambda v: v / 4))
triangle = st.tuples(*[st.tuples(coordinate, coordinate)] * 3).map(shapely.Polygon).filter(lambda t: t.area > 0.01)


@settings(deadline=None, max_examples=60)
@given(st.lists(triangle, min_size=1, max_size=8), st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=30))
def test_any_overlapping_triangles_agree_with_the_plain_search(triangles, points):
    units, ids = np.array(triangles), _ids(len(triangles))
    corners = [corner for unit in triangles for corner in shapely.get_coordinates(unit)]
    lonlat = np.array([*points, *corners])
    found = UnitLocator(units, ids).locate(lonlat)
    locator = UnitLocator(units[::-1], ids[::-1])
    assert np.array_equal(locator.locate(lonlat).unit_id, found.unit_id)
    covers = np.array([[unit.intersects(shapely.Point(point)) for unit in units] for point in lonlat])
    assert np.array_equal(found.overlaps, covers.sum(axis=1) > 1)
    assert np.array_equal(found.unit_id == 0, ~covers.any(axis=1))
    chosen = found.unit_id[found.unit_id > 0] - 1
    assert covers[found.unit_id > 0, chosen].all()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.001, 0.3), st.integers(0, 2**32 - 1))
def test_tiled_units_agree_with_the_plain_search(columns, rows, size, seed):
    units, ids = _grid(columns, rows, size), _ids(columns * rows)
    rng = np.random.default_rng(seed)
    on_lines = rng.integers(0, 7, (20, 2)) * size
    anywhere = rng.uniform(-size, 7 * size, (60, 2))
    lonlat = np.vstack((on_lines, anywhere))
    found = UnitLocator(units, ids).locate(lonlat)
    overlaps = [_naive(units, ids, point)[1] for point in lonlat]
    assert found.overlaps.tolist() == overlaps
    clear = ~found.overlaps
    assert found.unit_id[clear].tolist() == [_naive(units, ids, point)[0] for point in lonlat[clear]]


def test_real_city_agrees_with_a_tree_search(shared_data):
    frame = pyogrio.read_dataframe(shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    units = np.asarray(frame.geometry[frame["level"] == 6], dtype=object)
    west, south, east, north = shapely.total_bounds(units)
    rng = np.random.default_rng(7)
    lonlat = np.column_stack((rng.uniform(west, east, 30_000), rng.uniform(south, north, 30_000)))
    found = UnitLocator(units, _ids(len(units))).locate(lonlat)
    points = shapely.points(lonlat)
    index, unit = shapely.STRtree(units).query(points, predicate="intersects")
    assert np.array_equal(np.bincount(index, minlength=len(lonlat)) > 1, found.overlaps)
    single = ~found.overlaps
    expected = np.zeros(len(lonlat), dtype=np.int32)
    expected[index] = unit + 1
    assert np.array_equal(expected[single], found.unit_id[single])
    assert (found.unit_id > 0).mean() > 0.3


def test_the_finer_raster_of_many_points_answers_the_same(monkeypatch):
    monkeypatch.setattr("geo.locate._REFINE_AFTER", 500)
    units, ids = _grid(5, 4, 0.01), _ids(20)
    lonlat = np.random.default_rng(3).uniform(-0.005, 0.06, (400, 2))
    locator = UnitLocator(units, ids)
    coarse = [locator.locate(lonlat).unit_id, locator._grid]
    fine = [locator.locate(lonlat).unit_id, locator._grid]
    assert fine[1] is not coarse[1]
    assert np.array_equal(coarse[0], fine[0])
    assert locator.locate(lonlat[:10]).unit_id.tolist() == coarse[0][:10].tolist()
    assert locator._grid is fine[1]
