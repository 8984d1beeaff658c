"""How many incidents per square kilometre lie around each place of a regular grid?

The grid is regular in web mercator, so that it lies exactly on the map, and its cells are given in metres on the
ground at the middle latitude of the box. Away from that latitude the kernel's width on the ground is off by
tan(latitude) × Δlatitude (0.4 % at half a degree in South China); the densities themselves are divided by the true
area of their cells, so their sum gives back the incidents.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.box import Box
from geo.datum import Datum, from_wgs84, to_wgs84
from geo.errors import ParameterError, ShapeError

_MOST_CELLS = 16_000_000
_GAUSSIAN_REACH = 4.0
_NARROWEST_M, _WIDEST_M = 50.0, 10_000.0
_QUARTIC_PER_GAUSSIAN = 2.78


class Kernel(StrEnum):
    """How weight falls with distance."""

    QUARTIC = "quartic"
    GAUSSIAN = "gaussian"


@dataclass(frozen=True, slots=True)
class DensitySurface:
    """A density on a grid.

    Attributes:
        values: (rows, cols) incidents (or weight) per km²; row 0 is the northernmost, column 0 the westernmost.
        bbox: outer borders of the grid; holds the box asked for, rounded up to whole cells to the east and south.
        bandwidth_m: as asked for; the quartic kernel ends there, the gaussian has its standard deviation there.
        cell_m: side of a cell at the middle latitude.
        kernel: the kernel used.
    """

    values: NDArray[np.float64]
    bbox: Box
    bandwidth_m: float
    cell_m: float
    kernel: Kernel

    def cell_areas_km2(self) -> NDArray[np.float64]:
        """True area of a cell of each row (rows,), from the north."""
        grid = _Grid.over(self.bbox, self.cell_m, len(self.values), self.values.shape[1])
        return grid.cell_areas_km2()


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells in web mercator: the north-west corner, their side there, and how many there are."""

    west: float
    north: float
    side: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bbox: Box, cell_m: float, rows: int | None = None, columns: int | None = None) -> "_Grid":
        corners = from_wgs84(np.array([[bbox.west, bbox.north], [bbox.east, bbox.south]]), Datum.MERCATOR)
        (west, north), (east, south) = corners.tolist()
        if rows is not None and columns is not None:
            return cls(west, north, (north - south) / rows, rows, columns)
        side = cell_m / np.cos(np.radians((bbox.south + bbox.north) / 2))
        rows, columns = (max(1, int(np.ceil(length / side - 1e-9))) for length in (north - south, east - west))
        if rows * columns > _MOST_CELLS:
            raise ParameterError("cell_m", cell_m, f"cells large enough for at most {_MOST_CELLS:,} in the box")
        return cls(west, north, float(side), rows, columns)

    def bbox(self) -> Box:
        corner = (self.west + self.columns * self.side, self.north - self.rows * self.side)
        (west, north), (east, south) = to_wgs84(np.array([(self.west, self.north), corner]), Datum.MERCATOR).tolist()
        return Box(west, south, east, north)

    def cell_areas_km2(self) -> NDArray[np.float64]:
        middles = self.north - (np.arange(self.rows) + 0.5) * self.side
        latitude = to_wgs84(np.column_stack((np.zeros(self.rows), middles)), Datum.MERCATOR)[:, 1]
        areas: NDArray[np.float64] = (self.side * np.cos(np.radians(latitude)) / 1000.0) ** 2
        return areas


def density(
    lonlat: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    *,
    bandwidth_m: float,
    cell_m: float,
    bbox: Box,
    kernel: Kernel = Kernel.QUARTIC,
) -> DensitySurface:
    """Kernel density of points in metres, the same at every zoom.

    Points are shared out to the four nearest cells and the kernel is applied by fast Fourier transform. Points outside
    the box still count within it as far as the kernel reaches, so a border shows no false drop.

    Args:
        lonlat: (n, 2) degrees; rows with NaN are passed over.
        weights: (n,) weight of each point, 0 or more; None counts each as 1.
        bandwidth_m: radius of the quartic kernel, or standard deviation of the gaussian (cut at 4 of them).
        cell_m: side of a cell; at most half the bandwidth.
        bbox: the area wanted.
        kernel: how weight falls with distance.

    Returns:
        The surface; values × cell areas sum to the weights, as far as the kernels lie within the box.

    Raises:
        ShapeError: if the arrays do not fit together.
        ParameterError: if the cell is larger than half the bandwidth, or the box would need over 16 million cells.

    Source: Silverman, Density Estimation (1986), 4.2.1 (quartic kernel K2) and 3.5 (Fourier transform).
    """
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise ShapeError("lonlat", "(n, 2)", lonlat.shape)
    if weights is not None and weights.shape != (len(lonlat),):
        raise ShapeError("weights", f"({len(lonlat)},) like lonlat", weights.shape)
    if not 0 < 2 * cell_m <= bandwidth_m:
        raise ParameterError("cell_m", cell_m, f"more than 0 and at most half of the bandwidth {bandwidth_m} m")
    # Half a second of libraries that no other part of the program needs at its start.
    from scipy.signal import fftconvolve

    located = np.isfinite(lonlat).all(axis=1)
    heavy = np.ones(len(lonlat)) if weights is None else weights.astype(np.float64)
    grid, stencil = _Grid.over(bbox, cell_m), _stencil(bandwidth_m / cell_m, kernel)
    binned = _binned(lonlat[located], heavy[located], grid, len(stencil) // 2)
    weight = np.maximum(fftconvolve(binned, stencil, mode="valid"), 0.0)
    return DensitySurface(weight / grid.cell_areas_km2()[:, None], grid.bbox(), bandwidth_m, cell_m, kernel)


def _stencil(reach_cells: float, kernel: Kernel) -> NDArray[np.float64]:
    """The kernel on cells, with the sum 1."""
    far = reach_cells if kernel is Kernel.QUARTIC else _GAUSSIAN_REACH * reach_cells
    offsets = np.arange(-np.ceil(far), np.ceil(far) + 1)
    squared = (offsets[:, None] ** 2 + offsets[None, :] ** 2) / reach_cells**2
    if kernel is Kernel.QUARTIC:
        weights = np.where(squared < 1, (1 - squared) ** 2, 0.0)
    else:
        weights = np.where(squared <= _GAUSSIAN_REACH**2, np.exp(-squared / 2), 0.0)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _binned(lonlat: NDArray[np.float64], weights: NDArray[np.float64], grid: _Grid, margin: int) -> NDArray[np.float64]:
    """Weights shared out to the four nearest cell centres, on the grid with a margin of cells on every side."""
    rows, columns = grid.rows + 2 * margin, grid.columns + 2 * margin
    mercator = from_wgs84(lonlat, Datum.MERCATOR)
    column = (mercator[:, 0] - grid.west) / grid.side - 0.5 + margin
    row = (grid.north - mercator[:, 1]) / grid.side - 0.5 + margin
    near = (column > -1) & (column < columns) & (row > -1) & (row < rows)
    column, row, weights = column[near], row[near], weights[near]
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    total = np.zeros(rows * columns)
    for right in (0, 1):
        for below in (0, 1):
            share = np.abs(1 - right - (column - left)) * np.abs(1 - below - (row - top))
            x, y = left + right, top + below
            inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
            cell = y[inside] * columns + x[inside]
            total += np.bincount(cell, (weights * share)[inside], minlength=rows * columns)
    return total.reshape(rows, columns)


def suggest_bandwidth_m(lonlat: NDArray[np.float64], kernel: Kernel = Kernel.QUARTIC) -> float:
    """A bandwidth by Silverman's rule for two dimensions, kept robust against far outliers.

    h = min(σ, d / 1.1774) × n^(−1/6), where σ is the standard distance per axis and d the median distance from the mean
    centre (1.1774 σ for a normal cloud). The quartic kernel needs 2.78 times as much for the same smoothing. The result
    is rounded to two significant digits, so that a legend can print it, and kept within 50 m … 10 km.

    Args:
        lonlat: (n, 2) degrees; rows with NaN are passed over.
        kernel: the kernel to be used.

    Returns:
        Metres; the least, 50, where fewer than two distinct points are located.

    Source: Silverman, Density Estimation (1986), 4.3.2; canonical kernels after Scott, Multivariate Density
    Estimation (1992), 6.2.3.
    """
    points = lonlat[np.isfinite(lonlat).all(axis=1)]
    if len(points) < 2:
        return _NARROWEST_M
    scale = np.cos(np.radians(np.median(points[:, 1])))
    metres = from_wgs84(points, Datum.MERCATOR) * scale
    distance = np.hypot(*(metres - metres.mean(axis=0)).T)
    deviation, middle = np.sqrt((distance**2).mean() / 2), np.median(distance) / np.sqrt(2 * np.log(2))
    spread = min(deviation, middle) if middle > 0 else deviation
    factor = _QUARTIC_PER_GAUSSIAN if kernel is Kernel.QUARTIC else 1.0
    return float(np.clip(_two_digits(factor * spread * len(points) ** (-1 / 6)), _NARROWEST_M, _WIDEST_M))


def _two_digits(value: float) -> float:
    return float(f"{value:.1e}")
