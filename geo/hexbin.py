"""How many incidents lie in each hexagon of a fixed size?

Hexagons are regular in web mercator with the pointed side north, and have their edge length on the ground at one
reference latitude. They belong to one fixed lattice from (0°, 0°), so the same latitude gives the same hexagons.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.datum import Datum, from_wgs84, to_wgs84
from geo.errors import ParameterError, ShapeError

_ROOT_3 = np.sqrt(3.0)
_ANGLES = np.radians(np.arange(30, 390, 60))


@dataclass(frozen=True, slots=True)
class Hexagons:
    """The hexagons that hold a point, from south to north, then west to east.

    Attributes:
        cells: (h, 2) place in the lattice: column q and row r of axial coordinates.
        counts: (h,) points, or sum of their weights.
        centres: (h, 2) degrees.
        corners: (h, 6, 2) degrees, counter-clockwise from the north-east; not closed.
        edge_m: edge length at the reference latitude.
        latitude: the reference latitude, degrees.
    """

    cells: NDArray[np.int64]
    counts: NDArray[np.float64]
    centres: NDArray[np.float64]
    corners: NDArray[np.float64]
    edge_m: float
    latitude: float


def hexagons(
    lonlat: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    *,
    edge_m: float,
    latitude: float,
) -> Hexagons:
    """Count points by hexagon.

    Args:
        lonlat: (n, 2) degrees; rows with NaN are passed over.
        weights: (n,) weight of each point; None counts each as 1.
        edge_m: edge length, more than 0.
        latitude: where the edge has that length: the middle of the city, the same for every request.

    Returns:
        The hexagons with at least one point.

    Raises:
        ShapeError: if the arrays do not fit together.
        ParameterError: if the edge is not positive or the latitude is beyond ±85.

    Source: rounding of axial coordinates by cube coordinates (q + r + s = 0).
    """
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise ShapeError("lonlat", "(n, 2)", lonlat.shape)
    if weights is not None and weights.shape != (len(lonlat),):
        raise ShapeError("weights", f"({len(lonlat)},) like lonlat", weights.shape)
    if not edge_m > 0:
        raise ParameterError("edge_m", edge_m, "a length above 0")
    if not abs(latitude) <= 85:
        raise ParameterError("latitude", latitude, "-85 … 85")
    located = np.isfinite(lonlat).all(axis=1)
    edge = edge_m / np.cos(np.radians(latitude))
    lattice = _nearest(from_wgs84(lonlat[located], Datum.MERCATOR) / edge)
    cells, member = np.unique(lattice, axis=0, return_inverse=True)
    heavy = None if weights is None else weights[located]
    counts = np.bincount(member.ravel(), heavy, minlength=len(cells)).astype(np.float64)
    middles = _middles(cells) * edge
    ring = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES))) * edge
    corners = to_wgs84((middles[:, None, :] + ring).reshape(-1, 2), Datum.MERCATOR).reshape(-1, 6, 2)
    return Hexagons(cells[:, ::-1], counts, to_wgs84(middles, Datum.MERCATOR), corners, edge_m, latitude)


def _nearest(position: NDArray[np.float64]) -> NDArray[np.int64]:
    """Row and column (n, 2) of the hexagon with the nearest centre, for positions in edge lengths."""
    r = position[:, 1] * 2 / 3
    q = position[:, 0] / _ROOT_3 - position[:, 1] / 3
    cube = np.column_stack((q, r, -q - r))
    rounded = np.rint(cube)
    worst = np.argmax(np.abs(rounded - cube), axis=1)
    rows = np.arange(len(cube))
    rounded[rows, worst] -= rounded.sum(axis=1)
    lattice: NDArray[np.int64] = rounded[:, 1::-1].astype(np.int64)
    return lattice


def _middles(cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Centre (h, 2) of hexagons given as (row, column), in edge lengths."""
    row, column = cells[:, 0], cells[:, 1]
    return np.column_stack((_ROOT_3 * (column + row / 2), 1.5 * row))
