"""In which forms is a unit's area stored: multipart, web mercator, a point for the label?"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.datum import Datum, from_wgs84, to_wgs84

SAME_DEG = 1e-9
"""Corners closer than this are the same corner."""

_LABEL_TOLERANCE = 0.02
_MERCATOR_LAT = 85.05


def same_border(left: BaseGeometry, right: BaseGeometry) -> bool:
    """Whether two polygons have the same corners, in whatever order their rings and parts are given."""
    pair = shapely.normalize(np.array([multipolygon(left), multipolygon(right)], dtype=object))
    return bool(shapely.equals_exact(pair[0], pair[1], SAME_DEG))


def mercator_shapes(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons in EPSG:3857 from degrees; latitudes beyond the web map's edge are drawn on the edge.

    Corners a hair apart may change sides when they are projected; such a polygon is rebuilt along its own lines.
    """
    projected: NDArray[np.object_] = shapely.transform(shapes, _to_mercator)
    wrong = np.flatnonzero(~shapely.is_valid(projected))
    for position in wrong:
        mended = shapely.make_valid(projected[position], method="structure", keep_collapsed=False)
        projected[position] = multipolygon(mended)
    return projected


def label_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point well inside the largest part of each polygon, degrees: the middle of the largest circle that fits."""
    plane = [max(shapely.get_parts(shape), key=shapely.area) for shape in mercator_shapes(shapes)]
    middles = []
    for part in plane:
        tolerance = max(float(np.sqrt(part.area)) * _LABEL_TOLERANCE, 0.01)
        middles.append(shapely.get_point(shapely.maximum_inscribed_circle(part, tolerance), 0))
    return np.asarray(shapely.transform(np.array(middles, dtype=object), _from_mercator))


def _to_mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.column_stack((lonlat[:, 0], np.clip(lonlat[:, 1], -_MERCATOR_LAT, _MERCATOR_LAT)))
    return from_wgs84(clipped, Datum.MERCATOR)


def _from_mercator(xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    return to_wgs84(xy_m, Datum.MERCATOR)


def multipolygon(shape: BaseGeometry) -> BaseGeometry:
    """The polygon as a MultiPolygon; a MultiPolygon stays."""
    return shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape


def ewkb_hex(shapes: NDArray[np.object_], srid: int) -> NDArray[np.object_]:
    """The geometries (n,) as PostGIS reads them in a COPY."""
    blobs: NDArray[np.object_] = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
    return blobs
