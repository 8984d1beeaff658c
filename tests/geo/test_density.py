"""Does the surface hold every incident, and agree with a plain sum of kernels?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.box import Box
from geo.datum import Datum, from_wgs84, to_wgs84
from geo.density import Kernel, density, suggest_bandwidth_m
from geo.errors import ParameterError, ShapeError

BOX = Box(115.0, 22.7, 115.2, 22.9)
MIDDLE = (115.1, 22.8)
inner = st.tuples(st.floats(115.06, 115.14), st.floats(22.76, 22.84))


def _centres(surface):
    corners = from_wgs84(
        np.array([[surface.bbox.west, surface.bbox.north], [surface.bbox.east, surface.bbox.south]]), Datum.MERCATOR
    )
    rows, columns = surface.values.shape
    x = corners[0, 0] + (np.arange(columns) + 0.5) * (corners[1, 0] - corners[0, 0]) / columns
    y = corners[0, 1] + (np.arange(rows) + 0.5) * (corners[1, 1] - corners[0, 1]) / rows
    return to_wgs84(np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)]), Datum.MERCATOR)


def _naive(points, weights, at, bandwidth_m, kernel):
    scale = np.cos(np.radians(MIDDLE[1]))
    metres = [from_wgs84(lonlat, Datum.MERCATOR) * scale for lonlat in (points, at)]
    distance = np.hypot(*(metres[1][:, None, :] - metres[0][None, :, :]).transpose(2, 0, 1)) / bandwidth_m
    if kernel is Kernel.QUARTIC:
        value = np.where(distance < 1, 3 / np.pi * (1 - distance**2) ** 2, 0)
    else:
        value = np.exp(-(distance**2) / 2) / (2 * np.pi)
    return (value * weights).sum(axis=1) / (bandwidth_m / 1000) ** 2


@pytest.mark.parametrize("kernel", list(Kernel))
def test_agrees_with_the_plain_sum(kernel):
    rng = np.random.default_rng(1)
    points = rng.uniform([115.06, 22.76], [115.14, 22.84], (40, 2))
    weights = rng.uniform(0.5, 3, 40)
    surface = density(points, weights, bandwidth_m=800, cell_m=50, bbox=BOX, kernel=kernel)
    expected = _naive(points, weights, _centres(surface), 800, kernel).reshape(surface.values.shape)
    assert np.abs(surface.values - expected).max() < 0.015 * expected.max()


@settings(deadline=None, max_examples=20)
@given(st.lists(inner, min_size=1, max_size=20), st.sampled_from(list(Kernel)))
def test_mass_is_kept(points, kernel):
    surface = density(np.array(points), bandwidth_m=600, cell_m=100, bbox=BOX, kernel=kernel)
    assert (surface.values * surface.cell_areas_km2()[:, None]).sum() == pytest.approx(len(points), rel=1e-9)
    assert (surface.values >= 0).all()


def test_peak_of_one_point_by_hand():
    surface = density(np.array([MIDDLE]), bandwidth_m=1000, cell_m=20, bbox=BOX)
    # The quartic kernel of 1 km has its peak 3 / pi per square kilometre.
    assert surface.values.max() == pytest.approx(3 / np.pi, rel=0.01)
    row, column = np.unravel_index(surface.values.argmax(), surface.values.shape)
    peak = _centres(surface)[row * surface.values.shape[1] + column]
    assert np.abs(peak - MIDDLE).max() < 0.0003


def test_row_0_is_north_and_the_box_is_held():
    surface = density(np.array([[115.02, 22.88]]), bandwidth_m=500, cell_m=100, bbox=BOX)
    row, column = np.unravel_index(surface.values.argmax(), surface.values.shape)
    assert row < surface.values.shape[0] / 2
    assert column < surface.values.shape[1] / 2
    assert (surface.bbox.west, surface.bbox.north) == pytest.approx((BOX.west, BOX.north))
    assert surface.bbox.east >= BOX.east - 1e-9
    assert surface.bbox.south <= BOX.south + 1e-9


def test_points_beyond_the_border_count_as_far_as_the_kernel_reaches():
    beyond = np.array([[BOX.west - 0.004, 22.8]])
    near = density(beyond, bandwidth_m=1000, cell_m=100, bbox=BOX).values
    assert near[:, 0].max() > 0
    assert near[:, 15:].max() == pytest.approx(0, abs=1e-12)
    far = density(np.array([[BOX.west - 0.1, 22.8]]), bandwidth_m=1000, cell_m=100, bbox=BOX).values
    assert far.max() == 0


def test_cell_size_does_not_change_the_density():
    rng = np.random.default_rng(2)
    points = rng.uniform([115.06, 22.76], [115.14, 22.84], (500, 2))
    coarse, fine = (density(points, bandwidth_m=2000, cell_m=cell, bbox=BOX).values.max() for cell in (200, 50))
    assert coarse == pytest.approx(fine, rel=0.02)


def test_no_points_and_nan_give_an_empty_surface():
    assert density(np.empty((0, 2)), bandwidth_m=500, cell_m=100, bbox=BOX).values.max() == 0
    assert density(np.array([[np.nan, 22.8]]), bandwidth_m=500, cell_m=100, bbox=BOX).values.max() == 0


def test_bad_arguments_are_refused():
    with pytest.raises(ParameterError, match="half of the bandwidth"):
        density(np.array([MIDDLE]), bandwidth_m=100, cell_m=60, bbox=BOX)
    with pytest.raises(ParameterError, match="16,000,000"):
        density(np.array([MIDDLE]), bandwidth_m=100, cell_m=1, bbox=BOX)
    with pytest.raises(ShapeError):
        density(np.array([MIDDLE]), np.ones(2), bandwidth_m=100, cell_m=10, bbox=BOX)
    with pytest.raises(ShapeError):
        density(np.zeros(2), bandwidth_m=100, cell_m=10, bbox=BOX)


def test_bandwidth_of_a_normal_cloud_by_hand():
    rng = np.random.default_rng(3)
    metres = rng.normal(0, 1000, (4096, 2))
    lonlat = to_wgs84(metres, Datum.MERCATOR)
    # 1,000 m × 4096^(−1/6) = 250 m for the gaussian, 2.78 times as much for the quartic kernel.
    assert suggest_bandwidth_m(lonlat, Kernel.GAUSSIAN) == pytest.approx(250, rel=0.05)
    assert suggest_bandwidth_m(lonlat) == pytest.approx(695, rel=0.05)
    outlier = np.vstack((lonlat, [[5.0, 5.0]]))
    assert suggest_bandwidth_m(outlier) == pytest.approx(695, rel=0.1)


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.array([MIDDLE]), np.array([MIDDLE] * 5)])
def test_bandwidth_without_spread_is_the_least(points):
    assert suggest_bandwidth_m(points) == 50.0
