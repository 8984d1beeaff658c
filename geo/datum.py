"""How does a coordinate in another datum become WGS 84, and back?

CGCS2000 (EPSG:4490) is treated as equal to WGS 84: they differ by centimetres.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.errors import ShapeError

EARTH_RADIUS_M = 6378137.0
"""Radius of the web mercator sphere (EPSG:3857)."""

_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_EE = 0.00669342162296594323
_CHINA_WEST, _CHINA_EAST = 72.004, 137.8347
_CHINA_SOUTH, _CHINA_NORTH = 0.8293, 55.8271
_BD_X_PI = np.pi * 3000.0 / 180.0
_MERCATOR_POLE = 89.999999
_STEP_DEG = 1e-12
_MAX_STEPS = 30

Offset = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Datum(StrEnum):
    """What a pair of numbers in a file means."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    MERCATOR = "mercator"
    SWAPPED = "swapped"


def to_wgs84(lonlat: NDArray[np.float64], datum: Datum) -> NDArray[np.float64]:
    """Convert coordinates of one datum to WGS 84.

    GCJ-02 and BD-09 are inverted by fixed-point iteration, exact to below 1e-9 degrees. They exist in China
    only: a point whose true position lies outside the box 72.004–137.8347 E, 0.8293–55.8271 N passes unchanged.

    Args:
        lonlat: (n, 2) in the given datum: degrees (lon, lat), metres (x, y) for ``mercator``, (lat, lon) for
            ``swapped``. NaN stays NaN.
        datum: what the numbers are.

    Returns:
        A new (n, 2) array of (lon, lat) degrees in WGS 84.

    Raises:
        ShapeError: if the array is not (n, 2).

    Example:
        >>> to_wgs84(np.array([[22.7, 115.4]]), Datum.SWAPPED).tolist()
        [[115.4, 22.7]]
    """
    _require_pairs(lonlat)
    return _TO_WGS84[datum](np.asarray(lonlat, dtype=np.float64))


def from_wgs84(lonlat: NDArray[np.float64], datum: Datum) -> NDArray[np.float64]:
    """Convert WGS 84 to another datum; the inverse of :func:`to_wgs84`.

    Args:
        lonlat: (n, 2) degrees (lon, lat) in WGS 84. NaN stays NaN.
        datum: the datum wanted.

    Returns:
        A new (n, 2) array in the datum: (lat, lon) for ``swapped``, metres for ``mercator``, which shows latitudes
        beyond ±89.999999 at that latitude.

    Raises:
        ShapeError: if the array is not (n, 2).
    """
    _require_pairs(lonlat)
    return _FROM_WGS84[datum](np.asarray(lonlat, dtype=np.float64))


def inside_china(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which WGS 84 points the shifted datums apply to (n,): the box that consumer maps use."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return (lon >= _CHINA_WEST) & (lon <= _CHINA_EAST) & (lat >= _CHINA_SOUTH) & (lat <= _CHINA_NORTH)


def _require_pairs(lonlat: NDArray[np.float64]) -> None:
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise ShapeError("lonlat", "(n, 2)", lonlat.shape)


def _gcj02_offset(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """GCJ-02 minus WGS 84 in degrees (n, 2), from WGS 84.

    Source: the polynomial with sine terms on the Krasovsky ellipsoid that open map converters share.
    """
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root, xy, waves = 0.1 * np.sqrt(np.abs(x)), 0.1 * x * y, 20.0 * (np.sin(6 * np.pi * x) + np.sin(2 * np.pi * x))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + xy + root
    east_m += (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3 * x)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(np.pi / 12 * x) + 300.0 * np.sin(np.pi / 30 * x)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + xy + 2.0 * root
    north_m += (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3 * y)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(np.pi / 12 * y) + 320.0 * np.sin(np.pi / 30 * y)) * 2.0 / 3.0
    latitude = np.radians(lonlat[:, 1])
    magic = 1.0 - _KRASOVSKY_EE * np.sin(latitude) ** 2
    metres_per_lon = np.radians(_KRASOVSKY_A_M / np.sqrt(magic) * np.cos(latitude))
    metres_per_lat = np.radians(_KRASOVSKY_A_M * (1.0 - _KRASOVSKY_EE) / magic**1.5)
    return np.column_stack((east_m / metres_per_lon, north_m / metres_per_lat))


def _bd09_offset(lonlat_gcj02: NDArray[np.float64]) -> NDArray[np.float64]:
    """BD-09 minus GCJ-02 in degrees (n, 2), from GCJ-02."""
    x, y = lonlat_gcj02[:, 0], lonlat_gcj02[:, 1]
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BD_X_PI)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BD_X_PI)
    return np.column_stack((radius * np.cos(angle) + 0.0065 - x, radius * np.sin(angle) + 0.006 - y))


def _invert(shifted: NDArray[np.float64], offset: Offset) -> NDArray[np.float64]:
    """Solve source + offset(source) = shifted; the offset changes by 0.2 % of a step, so each step gains 2 digits."""
    source = shifted - offset(shifted)
    for _ in range(_MAX_STEPS):
        following = shifted - offset(source)
        moved = np.abs(following - source)
        source = following
        if not np.any(moved > _STEP_DEG):
            break
    return source


def _restore(shifted: NDArray[np.float64], inverse: Offset) -> NDArray[np.float64]:
    """Invert where the shifted datums exist; numbers far from China are not degrees there and pass unchanged."""
    restored = shifted.copy()
    lon, lat = shifted[:, 0], shifted[:, 1]
    near = (np.abs(lon - 105.0) < 35.0) & (np.abs(lat - 28.0) < 30.0)
    source = inverse(shifted[near])
    restored[near] = np.where(inside_china(source)[:, None], source, shifted[near])
    return restored


def _from_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return _restore(lonlat, lambda shifted: _invert(shifted, _gcj02_offset))


def _to_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted, inside = lonlat.copy(), inside_china(lonlat)
    shifted[inside] += _gcj02_offset(lonlat[inside])
    return shifted


def _from_bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return _restore(lonlat, lambda shifted: _invert(_invert(shifted, _bd09_offset), _gcj02_offset))


def _to_bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted, inside = _to_gcj02(lonlat), inside_china(lonlat)
    shifted[inside] += _bd09_offset(shifted[inside])
    return shifted


def _from_mercator(xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    lon = np.degrees(xy_m[:, 0] / EARTH_RADIUS_M)
    # 40 radii up the latitude is 90 degrees to the last digit; beyond, sinh would overflow.
    lat = np.degrees(np.arctan(np.sinh(np.clip(xy_m[:, 1] / EARTH_RADIUS_M, -40.0, 40.0))))
    return np.column_stack((lon, lat))


def _to_mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    x = EARTH_RADIUS_M * np.radians(lonlat[:, 0])
    y = EARTH_RADIUS_M * np.arctanh(np.sin(np.radians(np.clip(lonlat[:, 1], -_MERCATOR_POLE, _MERCATOR_POLE))))
    return np.column_stack((x, y))


def _unchanged(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return lonlat.copy()


def _swap(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return lonlat[:, ::-1].copy()


_TO_WGS84: dict[Datum, Offset] = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _unchanged,
    Datum.GCJ02: _from_gcj02,
    Datum.BD09: _from_bd09,
    Datum.MERCATOR: _from_mercator,
    Datum.SWAPPED: _swap,
}
_FROM_WGS84: dict[Datum, Offset] = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _unchanged,
    Datum.GCJ02: _to_gcj02,
    Datum.BD09: _to_bd09,
    Datum.MERCATOR: _to_mercator,
    Datum.SWAPPED: _swap,
}
