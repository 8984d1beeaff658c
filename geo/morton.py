"""Which single number orders points so that each map tile is one range of numbers?

A code interleaves the web mercator tile column and row at zoom 24 (48 bits, cells of 2.4 m at the equator). All points
of a tile at any zoom up to 24 share its leading bits, so a tile, or a bin of a tile, is one half-open range.
"""

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, ShapeError

ZOOM = 24
"""Zoom of the finest cells; a code has 2 × 24 bits."""

NOWHERE = -1
"""Code of a point without coordinates; it is in no tile."""

_SIDE = 1 << ZOOM
_SPREAD = ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333))
_LAST_MASK = 0x5555555555555555


def morton_of(lonlat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Code of each point: bits of the row at odd places, of the column at even places, as in a quadkey.

    Args:
        lonlat: (n, 2) degrees. Latitudes beyond the web mercator square go to its edge rows.

    Returns:
        (n,) codes in 0 … 2^48 − 1, or :data:`NOWHERE` where a coordinate is not finite.

    Raises:
        ShapeError: if the array is not (n, 2).

    Example:
        >>> int(morton_of(np.array([[-180.0, 85.06]]))[0])
        0
    """
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise ShapeError("lonlat", "(n, 2)", lonlat.shape)
    located: NDArray[np.bool_] = np.isfinite(lonlat[:, 0]) & np.isfinite(lonlat[:, 1])
    column, row = _finest_cells(np.where(located[:, None], lonlat, 0.0))
    return np.where(located, _interleave(column, row), NOWHERE)


def lonlat_of(code: NDArray[np.int64]) -> NDArray[np.float64]:
    """Middle of the cell of each code, the inverse of :func:`morton_of` to within half a cell.

    Args:
        code: (n,) codes; :data:`NOWHERE` gives NaN.

    Returns:
        (n, 2) degrees.

    Example:
        >>> lonlat_of(morton_of(np.array([[120.0, 30.0]]))).round(4).tolist()
        [[120.0, 30.0]]
    """
    column, row = bin_cell(np.maximum(code, 0))
    lon = (column + 0.5) / _SIDE * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * (row + 0.5) / _SIDE))))
    return np.where((code >= 0)[:, None], np.column_stack((lon, lat)), np.nan)


def tile_range(z: int, x: int, y: int) -> tuple[int, int]:
    """Codes of the points in a tile, as a half-open range (lo, hi).

    Args:
        z: zoom, 0 … 24.
        x: column, 0 … 2^z − 1, from the west.
        y: row, 0 … 2^z − 1, from the north.

    Raises:
        ParameterError: if there is no such tile.

    Example:
        >>> tile_range(24, 1, 0)
        (1, 2)
    """
    if not (0 <= z <= ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise ParameterError("tile", (z, x, y), f"0 <= z <= {ZOOM} and 0 <= x, y < 2^z")
    prefix = int(_interleave(np.array([x]), np.array([y]))[0])
    shift = 2 * (ZOOM - z)
    return prefix << shift, (prefix + 1) << shift


def bin_of(code: NDArray[np.int64], z: int, bits: int) -> NDArray[np.int64]:
    """Bin of each point within its tile, when a tile at zoom z is cut into 2^bits × 2^bits bins.

    Args:
        code: (n,) codes of :func:`morton_of`.
        z: zoom of the tile.
        bits: 6 gives 64 × 64 bins; z + bits <= 24.

    Returns:
        (n,) interleaved bin numbers 0 … 4^bits − 1; :func:`bin_cell` gives the column and row. Points nowhere give
        :data:`NOWHERE`.

    Raises:
        ParameterError: if the bins would be finer than the codes.
    """
    if z < 0 or bits < 0 or z + bits > ZOOM:
        raise ParameterError("z + bits", z + bits, f"0 … {ZOOM}")
    return np.where(code >= 0, (code >> 2 * (ZOOM - z - bits)) & ((1 << 2 * bits) - 1), NOWHERE)


def bin_cell(number: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column (from the west) and row (from the north) of interleaved bins or codes, each (n,)."""
    return _squeeze(number), _squeeze(number >> 1)


def _finest_cells(lonlat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sine = np.sin(np.radians(np.clip(lonlat[:, 1], -89.9, 89.9)))
    across = lonlat[:, 0] / 360.0 + 0.5
    down = 0.5 - np.arctanh(sine) / (2.0 * np.pi)
    cells = [np.clip(np.floor(share * _SIDE), 0, _SIDE - 1).astype(np.int64) for share in (across, down)]
    return cells[0], cells[1]


def _interleave(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    return _spread(column) | (_spread(row) << 1)


def _spread(value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put a zero bit between the bits of each value.

    Source: Anderson, Bit Twiddling Hacks, "Interleave bits by Binary Magic Numbers".
    """
    spread = value.astype(np.int64)
    for shift, mask in _SPREAD:
        spread = (spread | (spread << shift)) & mask
    return (spread | (spread << 1)) & _LAST_MASK


def _squeeze(value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take every other bit of each value; the inverse of :func:`_spread`."""
    squeezed = value & _LAST_MASK
    for shift, mask in ((1, 0x3333333333333333), (2, 0x0F0F0F0F0F0F0F0F), (4, 0x00FF00FF00FF00FF)):
        squeezed = (squeezed | (squeezed >> shift)) & mask
    for shift, mask in ((8, 0x0000FFFF0000FFFF), (16, 0x00000000FFFFFFFF)):
        squeezed = (squeezed | (squeezed >> shift)) & mask
    return squeezed
