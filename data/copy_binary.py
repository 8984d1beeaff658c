"""How do columns become the bytes of PostgreSQL's COPY BINARY?

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_EPOCH_DAYS = 10_957
_POINT_HEAD = b"\x01\x01\x00\x00\x20\xe6\x10\x00\x00"  # EWKB, little-endian point, SRID 4326
_NO_VALUE = -1
_ALWAYS = -1
_BLOCK = 2_048
"""Rows that are laid out together: they stay in the processor's cache from the first column to the last."""


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """A column of constant width.

    Attributes:
        values: (n,) or (n, k) values.
        form: type in which the values are written, byte order included.
        null: (n,) or None where no value is missing.
        head: bytes before each value.
    """

    values: NDArray[Any]
    form: str
    null: NDArray[np.bool_] | None = None
    head: bytes = b""

    @property
    def is_void(self) -> bool:
        """Whether every value is missing."""
        return self.null is not None and bool(self.null.all())

    def take(self, rows: NDArray[np.int64]) -> "FixedColumn":
        """The column of some rows."""
        return replace(self, values=self.values[rows], null=None if self.null is None else self.null[rows])

    @property
    def width(self) -> int:
        """Bytes of a value."""
        each = 1 if self.values.ndim == 1 else self.values.shape[1]
        return len(self.head) + each * np.dtype(self.form).itemsize


def integers(values: NDArray[np.generic], width: int, null: NDArray[np.bool_] | None = None) -> FixedColumn:
    """Whole numbers of 2, 4 or 8 bytes."""
    return FixedColumn(values, f">i{width}", null)


def booleans(values: NDArray[np.bool_]) -> FixedColumn:
    """Truth values."""
    return FixedColumn(values, "u1")


def timestamps(values: NDArray[np.datetime64]) -> FixedColumn:
    """Moments in UTC (datetime64); NaT is null."""
    micros = values.astype("datetime64[us]").view(np.int64)
    return FixedColumn(micros - _EPOCH_US, ">i8", np.isnat(values))


def days(values: NDArray[np.integer[Any]]) -> FixedColumn:
    """Days since 1970-01-01."""
    return FixedColumn(values - _EPOCH_DAYS, ">i4")


def uuids(values: NDArray[np.uint64]) -> FixedColumn:
    """128-bit keys as (n, 2) halves."""
    return FixedColumn(values, ">u8")


def points(lonlat: NDArray[np.float64]) -> FixedColumn:
    """PostGIS points, SRID 4326, from (n, 2) degrees; NaN is null."""
    return FixedColumn(lonlat, "<f8", np.isnan(lonlat[:, 0]), _POINT_HEAD)


def copy_in(connection: psycopg.Connection, target: str, rows: memoryview) -> None:
    """Send encoded rows to the server.

    Args:
        connection: In the caller's transaction.
        target: Table and columns, as COPY takes them; no user's text.
        rows: What `encode` gives.
    """
    with connection.cursor().copy(f"COPY {target} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.write(HEADER)
        copy.write(rows)
        copy.write(TRAILER)


def encode(fixed: Sequence[FixedColumn], texts: Sequence[pa.Array] = ()) -> memoryview:
    """Rows of COPY BINARY, without header and trailer: the fixed columns in order, then the texts.

    Every row is first laid out in full, as if no value were missing; then its pieces are moved together. Columns
    without missing values are moved as one piece.

    Args:
        fixed: Columns of n rows.
        texts: Arrow string arrays of n rows.
    """
    if not len(fixed[0].values):
        return memoryview(b"")
    rows, widths = _full_rows(fixed, len(fixed) + len(texts))
    pieces, nulls = _pieces(fixed, widths, len(rows))
    if len(pieces) == 1 and not texts:
        return rows.reshape(-1).data
    starts, stops, letters = _text_buffers(texts, len(rows))
    absent = np.zeros((len(rows), len(texts)), np.bool_)
    for position, column in enumerate(texts):
        absent[:, position] = np.asarray(column.is_null())
    optional = pieces[pieces[:, 2] != _ALWAYS]
    missing = nulls @ (optional[:, 1] - optional[:, 0] - 4)
    lengths = np.where(absent, 0, stops - starts)
    sizes = rows.shape[1] - missing + 4 * len(texts) + lengths.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    out = np.empty(int(offsets[-1]), np.uint8)
    _write_rows(out, offsets, rows, pieces, nulls, starts, lengths, absent, letters)
    return out.data


def _full_rows(fixed: Sequence[FixedColumn], columns: int) -> tuple[NDArray[np.uint8], list[int]]:
    """Rows (n, width) with the number of columns, then length and value of each fixed column; and their widths."""
    n = len(fixed[0].values)
    void = [column.is_void for column in fixed]
    widths = [2, *(4 + (0 if empty else column.width) for column, empty in zip(fixed, void, strict=True))]
    places = list(accumulate(widths, initial=0))
    rows = np.empty((n, places[-1]), np.uint8)
    template = _template(fixed, void, columns)
    for first in range(0, n, _BLOCK):
        block = slice(first, first + _BLOCK)
        rows[block] = template
        for column, empty, place in zip(fixed, void, places[1:], strict=False):
            if not empty:
                _lay(rows[block], place + 4 + len(column.head), column.values[block], column.form)
    return rows, widths


def _template(fixed: Sequence[FixedColumn], void: Sequence[bool], columns: int) -> NDArray[np.uint8]:
    """One row with everything but the values."""
    row = columns.to_bytes(2, "big")
    for column, empty in zip(fixed, void, strict=True):
        size = _NO_VALUE if empty else column.width
        row += size.to_bytes(4, "big", signed=True) + (b"" if empty else column.head.ljust(column.width, b"\x00"))
    return np.frombuffer(row, np.uint8)


def _lay(rows: NDArray[np.uint8], place: int, values: NDArray[Any], form: str) -> None:
    """Write the values of a column into its place in every row, in the form that it has there."""
    strides = (rows.strides[0],) if values.ndim == 1 else (rows.strides[0], np.dtype(form).itemsize)
    target: NDArray[Any] = np.ndarray(values.shape, form, rows.data, place, strides)
    target[...] = values


def _pieces(fixed: Sequence[FixedColumn], widths: Sequence[int], n: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pieces of a row as (start, stop, number of its marks or -1), and the marks of missing values (n, marks)."""
    pieces: list[list[int]] = []
    marks: list[NDArray[np.bool_]] = []
    place = 0
    for column, width in zip([None, *fixed], widths, strict=True):
        null = column.null if column is not None and width > 4 else None
        if null is not None and null.any():
            pieces.append([place, place + width, len(marks)])
            marks.append(null)
        elif pieces and pieces[-1][2] == _ALWAYS:
            pieces[-1][1] = place + width
        else:
            pieces.append([place, place + width, _ALWAYS])
        place += width
    none = np.zeros((n, 0), np.bool_)
    return np.array(pieces, np.int64), np.column_stack(marks) if marks else none


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
        parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.uint8), *parts]),
    )


@intrinsic
def _move(_context, target, _to, source, _start, _count):  # type: ignore[no-untyped-def]  # types come from the compiler
    """Copy bytes from a place in one array to a place in another; a loop over single bytes takes four times as long."""
    index = types.intp

    def generate(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]  # as above
        into, at, out_of, first, size = arguments
        begin = [
            builder.gep(context.make_array(kind)(context, builder, array).data, [place])
            for kind, array, place in ((target, into, at), (source, out_of, first))
        ]
        cgutils.raw_memcpy(builder, *begin, size, 1)  # type: ignore[no-untyped-call, call-arg]  # numba has no types
        return context.get_dummy_value()

    return types.none(target, index, source, index, index), generate


@njit(cache=True, nogil=True)
def _write_rows(out, offsets, rows, pieces, nulls, starts, lengths, absent, letters):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    width = rows.shape[1]
    flat = rows.reshape(rows.size)
    for row in range(len(rows)):
        at = offsets[row]
        for piece in range(len(pieces)):
            begin, stop, mark = pieces[piece, 0], pieces[piece, 1], pieces[piece, 2]
            if mark >= 0 and nulls[row, mark]:
                for k in range(4):
                    out[at + k] = 255
                at += 4
                continue
            _move(out, at, flat, row * width + begin, stop - begin)  # type: ignore[call-arg]  # the compiler adds the first
            at += stop - begin
        for text in range(lengths.shape[1]):
            size = lengths[row, text]
            for k in range(4):
                out[at + k] = 255 if absent[row, text] else (size >> (24 - 8 * k)) & 255
            at += 4
            _move(out, at, letters, starts[row, text], size)  # type: ignore[call-arg]  # as above
            at += size
