"""How do columns become the bytes of PostgreSQL's COPY BINARY?

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_EPOCH_DAYS = 10_957
_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x20\xe6\x10\x00\x00", np.uint8)  # EWKB, little-endian point, SRID 4326


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """A column of constant width.

    Attributes:
        data: (n, width) bytes in network order.
        null: (n,) or None where no value is missing.
    """

    data: NDArray[np.uint8]
    null: NDArray[np.bool_] | None = None


def integers(values: NDArray[np.generic], width: int, null: NDArray[np.bool_] | None = None) -> FixedColumn:
    """Whole numbers of 2, 4 or 8 bytes."""
    return FixedColumn(_bytes(values.astype(f">i{width}")), null)


def booleans(values: NDArray[np.bool_]) -> FixedColumn:
    """Truth values."""
    return FixedColumn(_bytes(values.astype(np.uint8)))


def timestamps(values: NDArray[np.datetime64]) -> FixedColumn:
    """Moments in UTC (datetime64); NaT is null."""
    micros = values.astype("datetime64[us]").astype(np.int64)
    return FixedColumn(_bytes((micros - _EPOCH_US).astype(">i8")), np.isnat(values))


def days(values: NDArray[np.int64]) -> FixedColumn:
    """Days since 1970-01-01."""
    return FixedColumn(_bytes((values - _EPOCH_DAYS).astype(">i4")))


def uuids(values: NDArray[np.uint64]) -> FixedColumn:
    """128-bit keys as (n, 2) halves."""
    return FixedColumn(np.ascontiguousarray(values.astype(">u8")).view(np.uint8).reshape(len(values), 16))


def points(lonlat: NDArray[np.float64]) -> FixedColumn:
    """PostGIS points, SRID 4326, from (n, 2) degrees; NaN is null."""
    data = np.empty((len(lonlat), 25), np.uint8)
    data[:, :9] = _POINT_HEAD
    data[:, 9:] = np.ascontiguousarray(lonlat.astype("<f8")).view(np.uint8).reshape(len(lonlat), 16)
    return FixedColumn(data, np.isnan(lonlat[:, 0]))


def _bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize)


def encode(fixed: Sequence[FixedColumn], texts: Sequence[pa.Array] = ()) -> bytes:
    """Rows of COPY BINARY, without header and trailer: the fixed columns in order, then the texts.

    Args:
        fixed: Columns of n rows.
        texts: Arrow string arrays of n rows.
    """
    n = len(fixed[0].data)
    widths = np.array([column.data.shape[1] for column in fixed], np.int64)
    matrix = np.concatenate([column.data for column in fixed], axis=1)
    nulls = np.zeros((n, len(fixed) + len(texts)), np.bool_)
    for position, column in enumerate(fixed):
        if column.null is not None:
            nulls[:, position] = column.null
    starts, stops, letters = _text_buffers(texts, n)
    for position, column in enumerate(texts):
        nulls[:, len(fixed) + position] = np.asarray(column.is_null())
    lengths = (stops - starts) * ~nulls[:, len(fixed) :]
    sizes = 2 + 4 * nulls.shape[1] + (~nulls[:, : len(fixed)] @ widths) + lengths.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    out = np.empty(int(offsets[-1]), np.uint8)
    _write_rows(out, offsets, matrix, widths, nulls, starts, stops, letters)
    return out.tobytes()


def _text_buffers(texts: Sequence[pa.Array], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Start and stop of each text (n, t) in one buffer of UTF-8 bytes."""
    starts, stops, parts, base = [np.zeros((n, 0), np.int64)], [np.zeros((n, 0), np.int64)], [], 0
    for column in texts:
        array = column.cast(pa.large_string())
        offsets = np.frombuffer(array.buffers()[1], np.int64, n + 1, array.offset * 8) if n else np.zeros(1, np.int64)
        data = array.buffers()[2]
        letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
        starts.append((offsets[:-1] + base)[:, None])
        stops.append((offsets[1:] + base)[:, None])
        parts.append(letters)
        base += len(letters)
    return (
        np.concatenate(starts, axis=1),
        np.concatenate(stops, axis=1),
        np.concatenate([np.empty(0, np.uint8), *parts]),
    )


@njit(cache=True)
def _write_rows(out, offsets, matrix, widths, nulls, starts, stops, letters):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    columns = nulls.shape[1]
    for row in range(len(matrix)):
        at = offsets[row]
        out[at] = columns >> 8
        out[at + 1] = columns & 255
        at += 2
        source = 0
        for column in range(columns):
            is_text = column >= len(widths)
            if is_text:
                begin = starts[row, column - len(widths)]
                size = stops[row, column - len(widths)] - begin
            else:
                begin = source
                size = widths[column]
                source += size
            if nulls[row, column]:
                for k in range(4):
                    out[at + k] = 255
                at += 4
                continue
            for k in range(4):
                out[at + k] = (size >> (24 - 8 * k)) & 255
            at += 4
            if is_text:
                for k in range(size):
                    out[at + k] = letters[begin + k]
            else:
                for k in range(size):
                    out[at + k] = matrix[row, begin + k]
            at += size
