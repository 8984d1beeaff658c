"""How are shapes put onto the grid of map tiles of a zoom, and cut into the tiles that they touch?

The grid of a zoom is one for the whole world, so a border that two shapes share is rounded to the same corners for
both, in every tile. Coordinates are grid units from the north-west corner of the world, y downward.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.vector_tile import EXTENT, polygon_commands

BUFFER = EXTENT // 64
"""Units around a tile in which shapes still belong to it, for lines that are drawn across its border."""

_NEAR = EXTENT // 2
"""A shape that sticks out by no more is not cut: maps draw what is inside."""

_EQUATOR_M = 40_075_016.685578488
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Shapes as they lie in tiles.

    Attributes:
        owner: (n,) place of the shape among those given.
        column, row: (n,) of the tile.
        commands: (n,) drawing commands in the units of the tile.
    """

    owner: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    commands: list[bytes]


@dataclass(frozen=True, slots=True)
class _Span:
    """Tiles that shapes reach into, borders included: (n,) each."""

    left: NDArray[np.int64]
    top: NDArray[np.int64]
    right: NDArray[np.int64]
    bottom: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)


def on_grid(shapes: NDArray[np.object_], z: int) -> NDArray[np.object_]:
    """The shapes rounded to the grid of zoom z, valid, with the ring directions of vector tiles.

    A shape that stays valid is rounded corner by corner; one that would not is repaired. What has no area
    left is empty.

    Args:
        shapes: (n,) polygons in EPSG:3857.
    """
    scale, middle = EXTENT * 2**z / _EQUATOR_M, EXTENT * 2**z / 2
    exact = shapely.transform(shapes, lambda metres: np.column_stack((metres[:, 0], -metres[:, 1])) * scale + middle)
    rounded = shapely.transform(exact, lambda units: np.floor(units + 0.5))
    broken = np.flatnonzero(~shapely.is_valid(rounded) | (shapely.area(rounded) == 0))
    rounded[broken] = [_repaired(shape) for shape in exact[broken]]
    return np.asarray(shapely.orient_polygons(shapely.remove_repeated_points(rounded)), object)


def most_tiles(shapes: NDArray[np.object_], z: int) -> NDArray[np.int64]:
    """How many tiles of zoom z each shape on the grid (n,) can at most reach into; 0 for an empty one."""
    return np.where(shapely.is_empty(shapes), 0, _span(shapes, z).counts)


def cut(shapes: NDArray[np.object_], z: int) -> Pieces:
    """The pieces of shapes in all tiles of zoom z.

    Args:
        shapes: (n,) as `on_grid` makes them for this zoom.
    """
    filled = np.flatnonzero(~shapely.is_empty(shapes))
    span = _span(shapes[filled], z)
    owner = np.repeat(np.arange(len(filled)), span.counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(span.counts) - span.counts, span.counts)
    width = (span.right - span.left + 1)[owner]
    column, row = span.left[owner] + place % width, span.top[owner] + place // width
    parts = shapes[filled][owner]
    for k in np.unique(owner[_sticks_out(parts, column, row)]):
        own = np.flatnonzero(owner == k)
        parts[own] = _cut_one(shapes[filled[k]], column[own], row[own])
    kept = np.flatnonzero(shapely.area(parts) > 0)
    owner, column, row = filled[owner[kept]], column[kept], row[kept]
    return Pieces(owner, column, row, polygon_commands(parts[kept], np.column_stack((column, row)) * EXTENT))


def cut_for_tile(shapes: NDArray[np.object_], column: int, row: int) -> tuple[NDArray[np.int64], list[bytes]]:
    """Which of the shapes on the grid (n,) lie in one tile, and their drawing commands there."""
    left, top = column * EXTENT - BUFFER, row * EXTENT - BUFFER
    right, bottom = left + EXTENT + 2 * BUFFER, top + EXTENT + 2 * BUFFER
    bounds = shapely.bounds(shapes)
    near = (bounds[:, 0] <= right) & (bounds[:, 2] >= left) & (bounds[:, 1] <= bottom) & (bounds[:, 3] >= top)
    owner = np.flatnonzero(near)
    parts = shapes[owner]
    columns, rows = np.full(len(owner), column), np.full(len(owner), row)
    wide = _sticks_out(parts, columns, rows)
    parts[wide] = _intersected(parts[wide], _tile_boxes(columns[wide], rows[wide]))
    kept = np.flatnonzero(shapely.area(parts) > 0)
    origins = np.column_stack((columns[kept], rows[kept])) * EXTENT
    return owner[kept], polygon_commands(parts[kept], origins)


def _repaired(shape: shapely.Geometry) -> shapely.Geometry:
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    return _polygons(shapely.set_precision(_polygons(valid), 1.0))


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape without the points and lines that repairing or cutting can leave."""
    if shapely.get_type_id(shape) in _POLYGONAL:
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _only_polygons(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), _POLYGONAL))
    shapes[mixed] = [_polygons(shape) for shape in shapes[mixed]]
    return shapes


def _span(shapes: NDArray[np.object_], z: int) -> _Span:
    bounds = np.nan_to_num(shapely.bounds(shapes)).reshape(-1, 4)
    low, high = np.floor((bounds[:, :2] - BUFFER) / EXTENT), np.floor((bounds[:, 2:] + BUFFER) / EXTENT)
    (left, top), (right, bottom) = (np.clip(side.astype(np.int64), 0, 2**z - 1).T for side in (low, high))
    return _Span(left, top, right, bottom)


def _sticks_out(shapes: NDArray[np.object_], column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which shapes (n,) stick out of their tile so far that they have to be cut."""
    corner = np.column_stack((column, row)) * EXTENT
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    low, high = corner - _NEAR, corner + EXTENT + _NEAR
    outside: NDArray[np.bool_] = (bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1)
    return outside


def _cut_one(shape: shapely.Geometry, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.object_]:
    """Pieces (n,) of one shape: first into rows of tiles, as cutting takes time by the number of corners."""
    rows, member = np.unique(row, return_inverse=True)
    top = rows * EXTENT - BUFFER
    west, _, east, _ = shape.bounds
    bands = shapely.box(west - 1, top, east + 1, top + EXTENT + 2 * BUFFER)
    strips = _only_polygons(shapely.intersection(shape, bands))
    return _intersected(strips[member], _tile_boxes(column, row))


def _tile_boxes(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.object_]:
    left, top = column * EXTENT - BUFFER, row * EXTENT - BUFFER
    boxes: NDArray[np.object_] = shapely.box(left, top, left + EXTENT + 2 * BUFFER, top + EXTENT + 2 * BUFFER)
    return boxes


def _intersected(shapes: NDArray[np.object_], boxes: NDArray[np.object_]) -> NDArray[np.object_]:
    pieces = _only_polygons(shapely.intersection(shapes, boxes, grid_size=1.0))
    return np.asarray(shapely.orient_polygons(pieces), object)
