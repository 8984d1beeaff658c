"""How does a table of colours become a picture file?

Source: Portable Network Graphics Specification (Third Edition), sections 5, 9.2 and 11.2.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BIT_RGBA = bytes([8, 6, 0, 0, 0])


def write_png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of pixels (rows, columns, 4): red, green, blue, opacity; row 0 on top."""
    rows, columns, _ = pixels.shape
    # "Sub" filter: each pixel as the change from the one on its left, which packs smooth surfaces well.
    changes = pixels.copy()
    changes[:, 1:] -= pixels[:, :-1]
    lines = np.empty((rows, 1 + 4 * columns), np.uint8)
    lines[:, 0] = 1
    lines[:, 1:] = changes.reshape(rows, -1)
    header = struct.pack(">II", columns, rows) + _EIGHT_BIT_RGBA
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
