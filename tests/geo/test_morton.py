"""Do Morton codes agree with a bit loop, and does a tile's range hold exactly its points?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ParameterError, ShapeError
from geo.morton import NOWHERE, ZOOM, bin_cell, bin_of, morton_of, tile_range

lonlat = st.tuples(st.floats(-180, 179.999), st.floats(-85, 85))


def _tile(lon, lat, z):
    side = 2**z
    x = math.floor((lon + 180) / 360 * side)
    y = math.floor((1 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi) / 2 * side)
    return x, y


def _loop(x, y, bits):
    return sum(((x >> i) & 1) << 2 * i | ((y >> i) & 1) << 2 * i + 1 for i in range(bits))


@given(st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1))
def test_interleave_agrees_with_a_bit_loop(x, y):
    code = _loop(x, y, 24)
    assert tile_range(24, x, y) == (code, code + 1)
    column, row = bin_cell(np.array([code]))
    assert (column[0], row[0]) == (x, y)


@given(lonlat, st.integers(0, 20))
def test_a_point_is_in_its_tile_and_in_no_neighbour(point, z):
    code = int(morton_of(np.array([point]))[0])
    x, y = _tile(*point, z)
    column, row = bin_cell(np.array([code >> 2 * (ZOOM - z)]))
    # The formula of the oracle rounds otherwise on tile borders, by far less than one finest cell.
    assert abs(column[0] - x) <= 1
    assert abs(row[0] - y) <= 1
    lo, hi = tile_range(z, int(column[0]), int(row[0]))
    assert lo <= code < hi


@given(st.lists(lonlat, min_size=1, max_size=40), st.integers(0, 18))
def test_tiles_of_a_zoom_part_the_points(points, z):
    codes = morton_of(np.array(points))
    columns, rows = bin_cell(codes >> 2 * (ZOOM - z))
    for x, y in {(int(c), int(r)) for c, r in zip(columns, rows, strict=True)}:
        lo, hi = tile_range(z, x, y)
        assert np.array_equal((codes >= lo) & (codes < hi), (columns == x) & (rows == y))


@given(lonlat, st.integers(0, 14), st.integers(0, 8))
def test_a_bin_is_the_deeper_tile_within_its_tile(point, z, bits):
    code = morton_of(np.array([point]))
    column, row = bin_cell(bin_of(code, z, bits))
    deep_column, deep_row = bin_cell(code >> 2 * (ZOOM - z - bits))
    assert (column[0], row[0]) == (deep_column[0] % 2**bits, deep_row[0] % 2**bits)


def test_hand_values():
    codes = morton_of(np.array([[-180.0, 85.06], [179.9999999, -85.06], [0.0, 0.0], [-0.0001, 0.0001]]))
    assert codes.tolist()[:3] == [0, 2**48 - 1, 3 * 2**46]
    assert tile_range(1, 0, 0)[0] <= codes[3] < tile_range(1, 0, 0)[1]
    assert tile_range(0, 0, 0) == (0, 2**48)
    assert tile_range(1, 1, 0) == (2**46, 2**47)


def test_unlocated_points_are_in_no_tile():
    codes = morton_of(np.array([[np.nan, 22.0], [115.0, np.inf]]))
    assert codes.tolist() == [NOWHERE, NOWHERE]
    assert bin_of(codes, 3, 6).tolist() == [NOWHERE, NOWHERE]


@pytest.mark.parametrize("tile", [(25, 0, 0), (-1, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_tiles_that_do_not_exist_are_refused(tile):
    with pytest.raises(ParameterError):
        tile_range(*tile)


def test_bins_finer_than_codes_and_wrong_shapes_are_refused():
    with pytest.raises(ParameterError):
        bin_of(np.array([1]), 20, 6)
    with pytest.raises(ShapeError):
        morton_of(np.zeros(3))
