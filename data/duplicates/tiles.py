"""Which ranges of Z-order codes cover the surroundings of a point?"""

import math

import numpy as np

from geo.morton import ZOOM, bin_cell, morton_of, tile_range

_CIRCUMFERENCE_M = 40_075_016.7
_METRES_OF_DEGREE = 111_320.0
_FLATTEST = 0.05
"""Least cosine of a latitude that is counted with, so that nothing is divided by zero at a pole."""


def ranges_around(lon: float, lat: float, radius_m: float) -> tuple[tuple[int, int], ...]:
    """Half-open ranges (lo, hi) of codes, at most four, that hold every point within the radius.

    Args:
        lon, lat: Degrees WGS 84.
        radius_m: More than 0.
    """
    cosine = max(_FLATTEST, math.cos(math.radians(lat)))
    zoom = max(0, min(ZOOM, math.floor(math.log2(_CIRCUMFERENCE_M * cosine / (2.1 * radius_m)))))
    north, east = radius_m / _METRES_OF_DEGREE, radius_m / (_METRES_OF_DEGREE * cosine)
    corners = morton_of(np.array([[lon - east, lat + north], [lon + east, lat - north]]))
    columns, rows = (values >> (ZOOM - zoom) for values in bin_cell(corners))
    return tuple(
        tile_range(zoom, column, row)
        for column in range(int(columns[0]), int(columns[1]) + 1)
        for row in range(int(rows[0]), int(rows[1]) + 1)
    )
