"""Where, to within some metres, do the incidents of an area lie?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.tiles import IncidentChoice, Tile, incident_bins
from geo.box import Box
from geo.datum import Datum, from_wgs84, to_wgs84
from geo.morton import bin_cell

_EQUATOR_M = 40_075_016.686
_MOST_BITS = 11
"""4^11 bins, 34 MB, is the largest table that one covering tile is counted into."""
_FINEST_ZOOM = 20


@dataclass(frozen=True, slots=True)
class BinnedPoints:
    """Incidents by small square.

    Attributes:
        lonlat: (n, 2) middles of the squares that hold incidents, degrees WGS 84.
        n: (n,) incidents in each.
        cell_m: Side of a square on the ground, at the middle of the area.
    """

    lonlat: NDArray[np.float64]
    n: NDArray[np.int64]
    cell_m: float


async def read_binned_points(conn: AsyncRows, choice: IncidentChoice, box: Box, cell_m: float) -> BinnedPoints:
    """The incidents in a box, and a little around it, by squares of at most `cell_m` where the codes allow it.

    The squares are those of map tiles: no finer than zoom 20 (38 m at the equator), and coarser where the box is so
    large that it would hold more than some million squares; `cell_m` of the answer says what they are.
    """
    tiles = covering_tiles(box)
    shrink = float(np.cos(np.radians((box.south + box.north) / 2)))
    wanted = int(np.ceil(np.log2(_EQUATOR_M * shrink / cell_m)))
    cell_zoom = min(max(wanted, tiles[0].z), _FINEST_ZOOM, tiles[0].z + _MOST_BITS)
    parts = [await _cells(conn, choice, tile, cell_zoom - tile.z) for tile in tiles]
    column, row, n = (np.concatenate([part[k] for part in parts]) for k in range(3))
    side = _EQUATOR_M / (1 << cell_zoom)
    mercator = np.column_stack(((column + 0.5) * side - _EQUATOR_M / 2, _EQUATOR_M / 2 - (row + 0.5) * side))
    lonlat = to_wgs84(mercator, Datum.MERCATOR)
    inside = box.contains(lonlat[:, 0], lonlat[:, 1])
    return BinnedPoints(lonlat[inside], n[inside], side * shrink)


def covering_tiles(box: Box) -> tuple[Tile, ...]:
    """At most four tiles of one zoom that cover the box; the zoom is the highest that allows it."""
    corners = from_wgs84(np.array([[box.west, box.north], [box.east, box.south]]), Datum.MERCATOR)
    share = np.clip(np.column_stack((corners[:, 0], -corners[:, 1])) / _EQUATOR_M + 0.5, 0, 1 - 1e-12)
    for z in range(_FINEST_ZOOM, -1, -1):
        (left, top), (right, bottom) = np.floor(share * (1 << z)).astype(int).tolist()
        if right - left <= 1 and bottom - top <= 1:
            break
    return tuple(Tile(z, x, y) for y in range(top, bottom + 1) for x in range(left, right + 1))


async def _cells(
    conn: AsyncRows, choice: IncidentChoice, tile: Tile, bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Column, row (of the whole world at the squares' zoom) and number of incidents of the filled squares."""
    counts = await incident_bins(conn, choice, tile, bits)
    filled = np.flatnonzero(counts)
    column, row = bin_cell(filled)
    return (tile.x << bits) + column, (tile.y << bits) + row, counts[filled]
