"""Which valid areas do rings that cross or touch themselves enclose?"""

import numpy as np
import shapely
from numpy.typing import NDArray

_ROUNDS = 3


def valid_areas(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The areas of each geometry, valid and without stray points and lines.

    Rings are rebuilt along their own lines, or all lines together where a hole finds no ring around it. Where rounding
    leaves the result invalid it is rebuilt again, at last by a buffer of width 0; a geometry that resists even that
    stays invalid, for the caller to refuse.

    Args:
        shapes: (n,) geometries or None.

    Returns:
        (n,) Polygons and MultiPolygons; an empty Polygon where there is no area.
    """
    areas = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
    for _ in range(_ROUNDS):
        wrong = ~shapely.is_valid(areas)
        if not wrong.any():
            break
        areas[wrong] = [_rebuilt(shape) for shape in areas[wrong]]
    wrong = ~shapely.is_valid(areas)
    areas[wrong] = shapely.buffer(areas[wrong], 0)
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(areas), _AREA_TYPES)):
        areas[row] = _areas_in(areas[row])
    return areas


def _rebuilt(shape: shapely.Geometry) -> shapely.Geometry:
    try:
        return shapely.make_valid(shape, method="structure", keep_collapsed=False)
    except shapely.GEOSException:
        return shapely.make_valid(shape)


_AREA_TYPES = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))


def _areas_in(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.union_all(areas) if len(areas) else shapely.Polygon()
