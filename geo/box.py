"""Which rectangle of longitude and latitude is meant?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees, borders included; it does not cross the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        """Refuse a rectangle that is turned round or not a number.

        Raises:
            ParameterError: if west > east, south > north, or a side is not a number.
        """
        if not (self.west <= self.east and self.south <= self.north):
            raise ParameterError("Box", self.as_tuple(), "west <= east and south <= north")

    @classmethod
    def around(cls, lonlat: NDArray[np.float64]) -> "Box":
        """The smallest box that holds every located point.

        Args:
            lonlat: (n, 2) degrees; rows with NaN are passed over.

        Raises:
            ParameterError: if no row is located.
        """
        located = lonlat[np.isfinite(lonlat).all(axis=1)]
        if not len(located):
            raise ParameterError("lonlat", "no located row", "at least one located point")
        west, south = located.min(axis=0)
        east, north = located.max(axis=0)
        return cls(float(west), float(south), float(east), float(north))

    def as_tuple(self) -> tuple[float, float, float, float]:
        """(west, south, east, north)."""
        return (self.west, self.south, self.east, self.north)

    def contains(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points lie in the box, borders included (n,); NaN lies nowhere."""
        return (lon >= self.west) & (lon <= self.east) & (lat >= self.south) & (lat <= self.north)

    def expanded(self, degrees: float) -> "Box":
        """The box with a margin of so many degrees on every side, within the limits of the globe."""
        return Box(
            max(self.west - degrees, -180.0),
            max(self.south - degrees, -90.0),
            min(self.east + degrees, 180.0),
            min(self.north + degrees, 90.0),
        )
