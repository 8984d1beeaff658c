"""Synthetic city for the MapView tests: units with ids, cut into vector tiles by a small encoder of our own."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

EXTENT = 4096
BUFFER = 64
WORLD_M = 2 * math.pi * 6378137
WEST, SOUTH, SIDE = 115.0, 22.6, 0.8


@dataclass(frozen=True, slots=True)
class City:
    """Units in Mercator metres; ids count up from `first_id`."""

    first_id: int
    shapes: tuple[Polygon, ...]
    centres: tuple[tuple[float, float], ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return (WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)


def mercator(lon: float, lat: float) -> tuple[float, float]:
    x = math.radians(lon) * 6378137
    y = 6378137 * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return x, y


def build_city(columns: int, rows: int, first_id: int = 1001, seed: int = 7) -> City:
    """A net of columns × rows four-sided units with wobbly corners; ids run west to east, then north to south."""
    rng = np.random.default_rng(seed)
    wobble = rng.uniform(-0.25, 0.25, (rows + 1, columns + 1, 2))
    corners = [[_corner(c, r, columns, rows, wobble) for c in range(columns + 1)] for r in range(rows + 1)]
    shapes, centres = [], []
    for r in range(rows):
        for c in range(columns):
            ring = [corners[r][c], corners[r][c + 1], corners[r + 1][c + 1], corners[r + 1][c]]
            shapes.append(Polygon([mercator(*p) for p in ring]))
            centres.append((float(np.mean([p[0] for p in ring])), float(np.mean([p[1] for p in ring]))))
    return City(first_id, tuple(shapes), tuple(centres))


def _corner(c: int, r: int, columns: int, rows: int, wobble: np.ndarray) -> tuple[float, float]:
    inner = 0 < c < columns and 0 < r < rows
    dx, dy = wobble[r, c] if inner else (0.0, 0.0)
    return WEST + SIDE * (c + dx) / columns, SOUTH + SIDE * (1 - (r + dy) / rows)


class TileCutter:
    """Cuts vector tiles with one layer of polygons that carry only their ids."""

    def __init__(self, city: City, layer: str) -> None:
        self.city = city
        self.layer = layer
        self.tree = STRtree(city.shapes)

    def tile(self, z: int, x: int, y: int) -> bytes:
        size = WORLD_M / 2**z
        west, north = -WORLD_M / 2 + x * size, WORLD_M / 2 - y * size
        margin = size * BUFFER / EXTENT
        window = box(west - margin, north - size - margin, west + size + margin, north + margin)
        features = []
        for index in sorted(self.tree.query(window, predicate="intersects")):
            clipped = self.city.shapes[index].intersection(window)
            rings = [_to_grid(p, west, north, size) for p in _polygons(clipped)]
            if rings:
                features.append(_feature(self.city.first_id + int(index), rings))
        return _field(3, _layer(self.layer, features)) if features else b""


def _polygons(geometry: BaseGeometry) -> Iterator[Polygon]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, Polygon) and not part.is_empty:
            yield part


def _to_grid(polygon: Polygon, west: float, north: float, size: float) -> list[tuple[int, int]]:
    """Exterior in tile units, clockwise on screen as the tile format wants, without the closing point."""
    ring = shapely.geometry.polygon.orient(polygon, 1.0).exterior.coords[:-1]
    points = [(round((px - west) / size * EXTENT), round((north - py) / size * EXTENT)) for px, py in ring]
    return points[::-1]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _zigzag(n: int) -> int:
    return n << 1 if n >= 0 else (-n << 1) - 1


def _commands(rings: list[list[tuple[int, int]]]) -> bytes:
    words: list[int] = []
    px = py = 0
    for ring in rings:
        for k, (x, y) in enumerate(ring):
            if k == 0:
                words.append(1 << 3 | 1)
            elif k == 1:
                words.append((len(ring) - 1) << 3 | 2)
            words += [_zigzag(x - px), _zigzag(y - py)]
            px, py = x, y
        words.append(1 << 3 | 7)
    return b"".join(_varint(word) for word in words)


def _feature(feature_id: int, rings: list[list[tuple[int, int]]]) -> bytes:
    return _number(1, feature_id) + _number(3, 3) + _field(4, _commands(rings))


def _layer(name: str, features: list[bytes]) -> bytes:
    body = _field(1, name.encode()) + b"".join(_field(2, feature) for feature in features)
    return body + _number(5, EXTENT) + _number(15, 2)
