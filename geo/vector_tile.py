"""How do polygons on the grid of map tiles become features of a vector tile?

Source: Mapbox Vector Tile Specification 2.1, section 4; Protocol Buffers encoding.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units a side of a tile."""

_MOVE_TO_ONE, _LINE_TO, _CLOSE_PATH = 9, 2, 15
_POLYGON_TYPE = b"\x18\x03"


def polygon_commands(shapes: NDArray[np.object_], origins: NDArray[np.int64]) -> list[bytes]:
    """The drawing commands of each shape.

    Args:
        shapes: (n,) polygons or multipolygons with whole coordinates, y downward; outer rings counter-clockwise in
            these numbers, which is clockwise on the screen, and holes the other way.
        origins: (n, 2) corner that a shape's coordinates are counted from.

    Returns:
        (n,) packed commands; empty for an empty shape.
    """
    if not len(shapes):
        return []
    multi = np.array([shape if shape.geom_type == "MultiPolygon" else _multi(shape) for shape in shapes], object)
    _, corners, (ring_at, polygon_at, shape_at) = shapely.to_ragged_array(multi)
    ring_of_shape = polygon_at[shape_at]
    sizes = np.diff(ring_at) - 1
    places = _deltas(corners, ring_at, ring_at[ring_of_shape], origins)
    stream = _stream(places, sizes)
    numbers_at = np.concatenate(([0], np.cumsum(2 * sizes + 3)))[ring_of_shape]
    packed, at = varints(stream)
    text = packed.tobytes()
    stops = at[numbers_at].tolist()
    return [text[start:stop] for start, stop in pairwise(stops)]


def polygon_feature(feature_id: int, commands: bytes, tags: Sequence[int] = ()) -> bytes:
    """A feature as it stands inside a layer: the field's key, its length and the message."""
    body = b"\x08" + varint(feature_id)
    if tags:
        body += field(0x12, b"".join(varint(tag) for tag in tags))
    return field(0x12, body + _POLYGON_TYPE + field(0x22, commands))


def layer(
    name: str, features: bytes, keys: Sequence[str] = (), values: Sequence[int] = (), extent: int = EXTENT
) -> bytes:
    """A vector tile of one layer; empty where there are no features.

    Args:
        features: Features as `polygon_feature` makes them, one after the other.
        keys: Names that tags refer to by place.
        values: Whole numbers that tags refer to by place.
    """
    if not features:
        return b""
    names = b"".join(field(0x1A, key.encode()) for key in keys)
    numbers = b"".join(field(0x22, b"\x28" + varint(value)) for value in values)
    body = field(0x0A, name.encode()) + features + names + numbers
    return field(0x1A, b"\x78\x02" + body + b"\x28" + varint(extent))


def field(key: int, content: bytes) -> bytes:
    """A message field of bytes: key, length, content."""
    return bytes([key]) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """A number of 0 or more in groups of seven bits, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varints(values: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Numbers (n,) of 0 or more as varints one after the other, and where each starts (n + 1,)."""
    widths = np.ones(len(values), np.int64)
    for bits in range(7, 63, 7):
        longer = values >= 1 << bits
        if not longer.any():
            break
        widths += longer
    at = np.concatenate(([0], np.cumsum(widths)))
    out = np.empty(at[-1], np.uint8)
    for k in range(int(widths.max(initial=0))):
        rows = np.flatnonzero(widths > k)
        more = (widths[rows] > k + 1).astype(np.int64) << 7
        out[at[rows] + k] = (values[rows] >> 7 * k) & 0x7F | more
    return out, at


def _multi(shape: shapely.Polygon) -> shapely.MultiPolygon:
    return shapely.MultiPolygon() if shape.is_empty else shapely.MultiPolygon([shape])


def _deltas(
    corners: NDArray[np.float64],
    ring_at: NDArray[np.int64],
    first_of_shape: NDArray[np.int64],
    origins: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Steps (v, 2) of the pen to each corner, zigzag-coded; the corner that closes a ring is left out."""
    whole = np.rint(corners).astype(np.int64)
    # The pen starts at the origin of each shape, and stays at the last corner when a ring is closed.
    before = np.empty_like(whole)
    before[1:] = whole[:-1]
    starts = ring_at[:-1]
    inner = starts[starts > 0]
    before[inner] = whole[inner - 2]
    drawn = np.diff(first_of_shape) > 0
    before[first_of_shape[:-1][drawn]] = origins[drawn]
    kept = np.ones(len(whole), np.bool_)
    kept[ring_at[1:] - 1] = False
    steps = (whole - before)[kept]
    zigzag: NDArray[np.int64] = (steps << 1) ^ (steps >> 63)
    return zigzag


def _stream(places: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Commands with their parameters: for a ring of m corners MoveTo, a pair, LineTo, m - 1 pairs, ClosePath."""
    lengths = 2 * sizes + 3
    starts = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), np.int64)
    out[starts] = _MOVE_TO_ONE
    out[starts + 3] = (sizes - 1) << 3 | _LINE_TO
    out[starts + lengths - 1] = _CLOSE_PATH
    corner = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = np.repeat(starts, sizes) + 1 + 2 * corner + (corner > 0)
    out[at], out[at + 1] = places[:, 0], places[:, 1]
    return out
