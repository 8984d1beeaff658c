"""Where does each row of a file lie, whatever way its coordinates are written?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.box import Box
from geo.coordinate_text import Notation, read_coordinate
from geo.datum import Datum, to_wgs84
from geo.errors import ShapeError

_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]*)?$"
_MERCATOR_LIMIT_M = 20037508.342789244
_LEAST_MERCATOR_M = 1000.0


class Repair(IntEnum):
    """What was done to make a row's coordinates usable; moving the point outranks reading its text."""

    NONE = 0
    DMS = 1
    COMMA_DECIMAL = 2
    FULLWIDTH = 3
    SWAPPED = 4
    MERCATOR_M = 5


class Problem(IntEnum):
    """Why a row has no usable coordinates."""

    NONE = 0
    MISSING = 1
    ZERO = 2
    NOT_A_NUMBER = 3
    OUT_OF_RANGE = 4


@dataclass(frozen=True, slots=True)
class ParsedLonlat:
    """Coordinates of n rows.

    Attributes:
        lonlat: (n, 2) degrees (lon, lat); both NaN where there is a problem.
        repair: (n,) values of :class:`Repair`.
        problem: (n,) values of :class:`Problem`.
    """

    lonlat: NDArray[np.float64]
    repair: NDArray[np.int8]
    problem: NDArray[np.int8]


Column = Sequence[Any] | NDArray[Any]


def parse_lonlat(lon: Column, lat: Column, *, extent: Box | None = None) -> ParsedLonlat:
    """Read longitude and latitude columns of mixed notation, row by row.

    Plain numbers are read in one pass; only rows that this cannot read go through
    :func:`read_coordinate`. Then:

    - Both zero, or one exactly zero where the extent is far from zero: problem ``zero``.
    - *Swapped*: (lat, lon) lies in the extent and (lon, lat) does not; or the latitude is beyond ±90 and the exchange
      makes both valid; or the hemisphere letters say so.
    - *Web mercator metres*: no degrees either way, within the mercator square, and the point lies in the extent
      (without an extent: both at least 1,000 m).
    - A valid place outside the extent stays as it is: it is the caller's to count as out of the city.

    Args:
        lon: (n,) numbers, str, None, a pandas or pyarrow column; read as (lon, lat).
        lat: (n,) likewise.
        extent: box of the city with a margin; None decides by range alone.

    Returns:
        Coordinates, repairs and problems, in row order.

    Raises:
        ShapeError: if the columns differ in length.
    """
    if len(lon) != len(lat):
        raise ShapeError("lat", f"({len(lon)},) like lon", (len(lat),))
    first, second = _read_column(lon), _read_column(lat)
    x, y = first.numbers, second.numbers
    repair = np.where(_REPAIR_OF[first.notation], _REPAIR_OF[first.notation], _REPAIR_OF[second.notation])
    problem = _reading_problems(first, second)
    problem[_is_zero(x, y, extent) & (problem == Problem.NONE)] = Problem.ZERO
    _mend_position(x, y, repair, problem, extent, _crossed_letters(first, second))
    lonlat = np.column_stack((x, y))
    bad = problem != Problem.NONE
    lonlat[bad] = np.nan
    repair[bad] = Repair.NONE
    return ParsedLonlat(lonlat, repair, problem)


@dataclass(frozen=True, slots=True)
class _Readings:
    """A column as read: numbers (NaN where none), values of :class:`Notation`, and what hemisphere letters say."""

    numbers: NDArray[np.float64]
    notation: NDArray[np.int8]
    axis: NDArray[np.int8]


_NO_LETTER, _LONGITUDE, _LATITUDE = -1, 0, 1


def _read_column(column: Column) -> _Readings:
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
        return _read_numbers(column.astype(np.float64))
    texts = _as_arrow(column)
    if pa.types.is_floating(texts.type) or pa.types.is_integer(texts.type):
        return _read_numbers(_as_floats(texts))
    plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN_NUMBER), False)
    numbers = _as_floats(pc.cast(pc.if_else(plain, texts, None), pa.float64()))
    read = _Readings(numbers, np.zeros(len(numbers), np.int8), np.full(len(numbers), _NO_LETTER, np.int8))
    leftover = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    if len(leftover):
        _read_leftover(read, leftover, texts.take(pa.array(leftover, pa.int64())).to_pylist())
    return read


def _read_numbers(numbers: NDArray[np.float64]) -> _Readings:
    """A column of numbers, where NaN means that there is none and infinity is no place."""
    notation = np.where(np.isnan(numbers), np.int8(Notation.MISSING), np.int8(Notation.PLAIN))
    notation[np.isinf(numbers)] = Notation.UNREADABLE
    return _Readings(numbers, notation, np.full(len(numbers), _NO_LETTER, np.int8))


def _read_leftover(read: _Readings, rows: NDArray[np.intp], texts: list[object]) -> None:
    """Write into ``read`` what the rows say that hold no plain number."""
    readings = [read_coordinate(text) for text in texts]
    read.numbers[rows] = [reading.value for reading in readings]
    read.notation[rows] = [reading.notation for reading in readings]
    letters = (reading.is_latitude for reading in readings)
    read.axis[rows] = [_NO_LETTER if latitude is None else int(latitude) for latitude in letters]


def _as_arrow(column: Column) -> Any:
    """The column as one arrow array; values of mixed kinds become text, NaN becomes null."""
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        array = pa.array([None if value is None or value != value else str(value) for value in column], pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_floating(array.type) or pa.types.is_integer(array.type):
        return array
    return pc.cast(array, pa.string())


def _as_floats(array: Any) -> NDArray[np.float64]:
    return np.array(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


_REPAIR_OF = np.zeros(len(Notation), dtype=np.int8)
_REPAIR_OF[Notation.SEXAGESIMAL] = Repair.DMS
_REPAIR_OF[Notation.COMMA_DECIMAL] = Repair.COMMA_DECIMAL
_REPAIR_OF[Notation.FULLWIDTH] = Repair.FULLWIDTH


def _reading_problems(first: _Readings, second: _Readings) -> NDArray[np.int8]:
    """Problems of reading (n,); unreadable outranks missing."""
    problem = np.zeros(len(first.numbers), np.int8)
    problem[(first.notation == Notation.MISSING) | (second.notation == Notation.MISSING)] = Problem.MISSING
    unreadable = (first.notation == Notation.UNREADABLE) | (second.notation == Notation.UNREADABLE)
    finite = np.isfinite(first.numbers) & np.isfinite(second.numbers)
    problem[unreadable | (~finite & (problem == Problem.NONE))] = Problem.NOT_A_NUMBER
    return problem


def _crossed_letters(first: _Readings, second: _Readings) -> NDArray[np.bool_]:
    """Rows (n,) whose hemisphere letters call the first number a latitude or the second a longitude, undisputed."""
    says_latitude, says_longitude = first.axis == _LATITUDE, second.axis == _LONGITUDE
    crossed: NDArray[np.bool_] = says_latitude & (second.axis != _LATITUDE)
    crossed |= says_longitude & (first.axis != _LONGITUDE)
    return crossed


def _is_zero(x: NDArray[np.float64], y: NDArray[np.float64], extent: Box | None) -> NDArray[np.bool_]:
    zero_x, zero_y = np.abs(x) < 1e-9, np.abs(y) < 1e-9
    if extent is None or extent.west <= 0 <= extent.east or extent.south <= 0 <= extent.north:
        return zero_x & zero_y
    return zero_x | zero_y


def _mend_position(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    repair: NDArray[np.int8],
    problem: NDArray[np.int8],
    extent: Box | None,
    crossed: NDArray[np.bool_],
) -> None:
    """Exchange axes and turn metres into degrees in place, and note places that are nowhere on the globe."""
    usable = problem == Problem.NONE
    swapped = usable & (_is_swapped(x, y, extent) | (crossed & _on_globe(y, x)))
    x[swapped], y[swapped] = y[swapped], x[swapped]
    repair[swapped] = Repair.SWAPPED
    _mend_mercator(x, y, repair, usable & ~swapped & ~_on_globe(x, y), extent)
    problem[usable & ~_on_globe(x, y)] = Problem.OUT_OF_RANGE


def _is_swapped(x: NDArray[np.float64], y: NDArray[np.float64], extent: Box | None) -> NDArray[np.bool_]:
    impossible = ~_on_globe(x, y) & _on_globe(y, x)
    if extent is None:
        return impossible
    return impossible | (extent.contains(y, x) & ~extent.contains(x, y))


def _on_globe(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)


def _mend_mercator(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    repair: NDArray[np.int8],
    candidates: NDArray[np.bool_],
    extent: Box | None,
) -> None:
    rows = np.flatnonzero(candidates & (np.abs(x) <= _MERCATOR_LIMIT_M) & (np.abs(y) <= _MERCATOR_LIMIT_M))
    if not len(rows):
        return
    degrees = to_wgs84(np.column_stack((x[rows], y[rows])), Datum.MERCATOR)
    if extent is None:
        plausible = (np.abs(x[rows]) >= _LEAST_MERCATOR_M) & (np.abs(y[rows]) >= _LEAST_MERCATOR_M)
    else:
        plausible = extent.contains(degrees[:, 0], degrees[:, 1])
    x[rows[plausible]], y[rows[plausible]] = degrees[plausible, 0], degrees[plausible, 1]
    repair[rows[plausible]] = Repair.MERCATOR_M
