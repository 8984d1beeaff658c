"""Which cells of a fine grid lie wholly inside the same set of polygons?

A cell that no polygon border touches has one answer for all its points. Borders are traced exactly: every
segment is cut at the grid lines that it crosses, and the cell of each piece is marked.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_NUDGE = 1e-6
"""Share of a cell by which pieces of border are moved to the four sides, so that rounding cannot hide a cell."""


@dataclass(frozen=True, slots=True)
class CellGrid:
    """A grid of equal cells.

    Attributes:
        west: left side, degrees.
        south: lower side, degrees.
        cell_lon: width of a cell, degrees.
        cell_lat: height of a cell, degrees.
        columns: cells from west to east.
        rows: cells from south to north.
    """

    west: float
    south: float
    cell_lon: float
    cell_lat: float
    columns: int
    rows: int

    @classmethod
    def over(cls, polygons: NDArray[np.object_], cells_per_polygon: int, most_cells: int) -> "CellGrid":
        """A grid over the bounds of the polygons, as fine as their number asks for.

        Args:
            polygons: (n,) polygons that are neither None nor empty, n >= 1.
            cells_per_polygon: how many cells an average polygon's share of the bounds gets.
            most_cells: upper limit of cells, which bounds the memory at 4 bytes a cell.
        """
        west, south, east, north = shapely.total_bounds(polygons)
        side = max(8, int(np.sqrt(min(len(polygons) * cells_per_polygon, most_cells))))
        cell_lon = max((east - west) / side, 1e-12)
        cell_lat = max((north - south) / side, 1e-12)
        return cls(float(west), float(south), float(cell_lon), float(cell_lat), side + 1, side + 1)

    def position(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) degrees as fractional column and row (n, 2)."""
        offset: NDArray[np.float64] = lonlat - (self.west, self.south)
        offset /= (self.cell_lon, self.cell_lat)
        return offset

    def flat_index(self, position: NDArray[np.float64]) -> NDArray[np.int64]:
        """The cell of each fractional position (n,), or -1 outside the grid and for NaN."""
        column, row = position[:, 0], position[:, 1]
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        # Positions inside are not negative, so cutting the fraction off is the floor, and NaN never gets here.
        column_cell = np.where(inside, column, 0).astype(np.int64)
        row_cell = np.where(inside, row, 0).astype(np.int64)
        return np.where(inside, row_cell * self.columns + column_cell, -1)

    def centres(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Middle of each cell (n, 2) in degrees."""
        rows, columns = np.divmod(cells, self.columns)
        return np.column_stack((self.west + (columns + 0.5) * self.cell_lon, self.south + (rows + 0.5) * self.cell_lat))


def border_cells(grid: CellGrid, polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which cells a border of any polygon touches (rows × columns, flat)."""
    touched = np.zeros(grid.rows * grid.columns, dtype=bool)
    starts, ends = _segments(grid, polygons)
    middles = _piece_middles(starts, ends)
    for nudge in ((0.0, 0.0), (_NUDGE, _NUDGE), (_NUDGE, -_NUDGE), (-_NUDGE, _NUDGE), (-_NUDGE, -_NUDGE)):
        cells = grid.flat_index(middles + nudge)
        touched[cells[cells >= 0]] = True
    return touched


def _segments(grid: CellGrid, polygons: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Start and end of every border segment, as fractional cells, each (m, 2)."""
    parts = shapely.get_parts(polygons)
    rings = shapely.get_rings(parts)
    coordinates, ring_of = shapely.get_coordinates(rings, return_index=True)
    position = grid.position(coordinates)
    joined = ring_of[1:] == ring_of[:-1]
    return position[:-1][joined], position[1:][joined]


def _piece_middles(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middle of every piece into which the grid lines cut the segments (p, 2)."""
    segment = np.arange(len(starts))
    cuts = [_crossings(starts, ends, axis) for axis in (0, 1)]
    owner = np.concatenate([segment, segment, *(index for index, _ in cuts)])
    share = np.concatenate([np.zeros(len(starts)), np.ones(len(starts)), *(part for _, part in cuts)])
    order = np.lexsort((share, owner))
    owner, share = owner[order], share[order]
    same = owner[1:] == owner[:-1]
    middle = ((share[1:] + share[:-1]) / 2)[same][:, None]
    piece_of = owner[1:][same]
    middles: NDArray[np.float64] = starts[piece_of] + middle * (ends[piece_of] - starts[piece_of])
    return middles


def _crossings(
    starts: NDArray[np.float64], ends: NDArray[np.float64], axis: int
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Which segments cross a grid line of one axis, and at what share of their length."""
    low = np.minimum(starts[:, axis], ends[:, axis])
    high = np.maximum(starts[:, axis], ends[:, axis])
    first, last = np.ceil(low), np.floor(high)
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    owner = np.repeat(np.arange(len(starts)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    line = first[owner] + within
    length = ends[owner, axis] - starts[owner, axis]
    flat = length == 0
    share = (line - starts[owner, axis]) / np.where(flat, 1.0, length)
    return owner, np.clip(np.where(flat, 0.0, share), 0.0, 1.0)
