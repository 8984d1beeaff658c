"""How many metres and square metres is something given in degrees?

The plane is the cylindrical equal-area projection of the WGS 84 ellipsoid with its standard parallel through the
place of interest. Areas are exact everywhere; lengths and shapes are exact on that parallel and off by about
tan(latitude) × Δlatitude away from it (0.4 % at half a degree in South China), which a city allows.

Source: Snyder, Map Projections: A Working Manual (1987), chapter 10.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.box import Box

_A_M = 6378137.0
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_E = np.sqrt(_E2)


@dataclass(frozen=True, slots=True)
class LocalMetres:
    """A plane in metres around one place.

    Attributes:
        lon: longitude of the origin, degrees.
        lat: latitude of the standard parallel, degrees.
    """

    lon: float
    lat: float

    @classmethod
    def of(cls, geometries: NDArray[np.object_]) -> "LocalMetres":
        """The plane around the middle of the geometries' bounds; around (0, 0) if all are empty or None."""
        bounds = shapely.bounds(np.asarray(geometries, dtype=object)).reshape(-1, 4)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        if not len(bounds):
            return cls(0.0, 0.0)
        west, south = bounds[:, :2].min(axis=0)
        east, north = bounds[:, 2:].max(axis=0)
        return cls(float(west + east) / 2, _usable((south + north) / 2))

    @classmethod
    def of_box(cls, box: Box) -> "LocalMetres":
        """The plane around the middle of a box."""
        return cls((box.west + box.east) / 2, _usable((box.south + box.north) / 2))

    def forward(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) degrees to (n, 2) metres east and north of the origin."""
        k0 = self._scale()
        x = _A_M * k0 * np.radians(lonlat[:, 0] - self.lon)
        y = _A_M * (_authalic_q(np.radians(lonlat[:, 1])) - _authalic_q(np.radians(self.lat))) / (2 * k0)
        return np.column_stack((x, y))

    def inverse(self, xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) metres to (n, 2) degrees, exact to 1e-12 degrees away from the poles."""
        k0 = self._scale()
        lon = self.lon + np.degrees(xy_m[:, 0] / (_A_M * k0))
        q = xy_m[:, 1] * 2 * k0 / _A_M + _authalic_q(np.radians(self.lat))
        phi = np.arcsin(np.clip(q / 2, -1, 1))
        for _ in range(5):
            phi = phi - (_authalic_q(phi) - q) / _authalic_slope(phi)
        return np.column_stack((lon, np.degrees(phi)))

    def project(self, geometries: Any) -> Any:
        """Geometries in degrees (one or an array) as geometries in metres, without their heights."""
        return shapely.transform(geometries, self.forward)

    def unproject(self, geometries: Any) -> Any:
        """Geometries in metres (one or an array) as geometries in degrees."""
        return shapely.transform(geometries, self.inverse)

    def _scale(self) -> float:
        latitude = np.radians(self.lat)
        return float(np.cos(latitude) / np.sqrt(1 - _E2 * np.sin(latitude) ** 2))


def areas_m2(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """Area of each geometry in square metres (n,); 0 for None, empty, points and lines.

    Args:
        geometries: (n,) shapely geometries in degrees.
    """
    areas: NDArray[np.float64] = np.nan_to_num(shapely.area(LocalMetres.of(geometries).project(geometries)))
    return areas


def _usable(lat: float) -> float:
    """Keep the standard parallel away from the poles, where the plane has no width."""
    return float(np.clip(lat, -85.0, 85.0))


def _authalic_q(phi: Any) -> Any:
    sine = np.sin(phi)
    return (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E)


def _authalic_slope(phi: Any) -> Any:
    return 2 * (1 - _E2) * np.cos(phi) / (1 - _E2 * np.sin(phi) ** 2) ** 2
