"""How do counts in bins become a vector tile?

Source: Mapbox Vector Tile Specification 2.1, section 4; Protocol Buffers encoding.
"""

import numpy as np
from numpy.typing import NDArray

from geo.morton import bin_cell
from geo.vector_tile import EXTENT, field, varint

_POINT_TYPE = b"\x18\x01"


def bin_layer(counts: NDArray[np.int64], bits: int, name: str) -> bytes:
    """A layer with a point in the middle of every bin that is not empty, carrying its count as `n`.

    Args:
        counts: (4^bits,) in the interleaved order of geo.morton.
        bits: The tile is cut into 2^bits × 2^bits bins.
        name: Name of the layer.

    Returns:
        A whole vector tile of this one layer; empty where all bins are.
    """
    filled = np.flatnonzero(counts)
    if not len(filled):
        return b""
    distinct, tag = np.unique(counts[filled], return_inverse=True)
    column, row = bin_cell(filled)
    size = EXTENT >> bits
    # A command's parameter is zigzag-coded; for a place right of and below the corner that is its double.
    x, y = (2 * (size * place + size // 2) for place in (column, row))
    values = b"".join(field(0x22, b"\x28" + varint(int(count))) for count in distinct)
    body = field(0x0A, name.encode()) + _features(tag, x, y) + field(0x1A, b"n") + values
    return field(0x1A, b"\x78\x02" + body + b"\x28" + varint(EXTENT))


def _features(tag: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64]) -> bytes:
    """Point features with one tag each; features of equal length are written as one table of bytes."""
    columns = (tag, x, y)
    shape = 16 * _widths(tag) + 4 * _widths(x) + _widths(y)
    parts = []
    for code in np.unique(shape):
        rows = np.flatnonzero(shape == code)
        widths = (int(code) >> 4, int(code) >> 2 & 3, int(code) & 3)
        parts.append(_equal_features([_varints(c[rows], w) for c, w in zip(columns, widths, strict=True)], widths))
    return b"".join(parts)


def _equal_features(columns: list[NDArray[np.uint8]], widths: tuple[int, int, int]) -> bytes:
    n = len(columns[0])
    tag_width, x_width, y_width = widths
    tags = bytes([0x12, 1 + tag_width, 0])
    geometry = bytes([0x22, 1 + x_width + y_width, 0x09])
    length = len(tags) + tag_width + len(_POINT_TYPE) + len(geometry) + x_width + y_width
    head = bytes([0x12, length]) + tags
    table = [_repeat(head, n), columns[0], _repeat(_POINT_TYPE + geometry, n), columns[1], columns[2]]
    return np.concatenate(table, axis=1).tobytes()


def _repeat(text: bytes, n: int) -> NDArray[np.uint8]:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (n, len(text)))


def _widths(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bytes that each value takes as a varint (n,); values are below 2^21."""
    return 1 + (values >= 1 << 7).astype(np.int64) + (values >= 1 << 14)


def _varints(values: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Values of equal varint length as bytes (n, width)."""
    groups = [(values >> 7 * k) & 0x7F for k in range(width)]
    return np.column_stack([group | 0x80 for group in groups[:-1]] + [groups[-1]]).astype(np.uint8)
