"""Which moments do texts of one fixed layout stand for, read a whole column at a time?

Most columns hold one layout in which every character has its place; these are read as a matrix of digits.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

PARTS = ("year", "month", "day", "hour", "minute", "second", "micro")

_ZERO, _NINE = ord("0"), ord("9")
_SHAPES = (
    (re.compile(r"dddd[-/.]dd[-/.]dd"), (0, 5, 8)),
    (re.compile(r"dddddddd"), (0, 4, 6)),
)
_CLOCK = re.compile(r"(?P<gap>[T ]?)(?P<hour>dd):?(?P<minute>dd)(:?(?P<second>dd)(?P<fraction>\.d{1,6})?)?")
_ZONE = re.compile(r"\s?([+-])(dd):?(dd)?")
_HALF = re.compile(r"\s?([AP])M")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a moment stand in a text of fixed length.

    Attributes:
        sample: the text that the layout was taken from.
        places: (start, length) by part.
        half: place of the letter A or P, or None.
        zone: (place of the sign, place of the hours, place of the minutes or None), or None without an offset.
        utc: whether the text ends in Z.
    """

    sample: str
    places: dict[str, tuple[int, int]]
    half: int | None = None
    zone: tuple[int, int, int | None] | None = None
    utc: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of n moments, not yet checked against the calendar.

    Attributes:
        values: (n,) whole numbers by part.
        offset_min: (n,) minutes east of UTC, or None where the text states none.
        fits: (n,) rows that have the layout.
    """

    values: dict[str, NDArray[np.int64]]
    offset_min: NDArray[np.int64] | None
    fits: NDArray[np.bool_]


def layout_of(sample: str, day_first: bool) -> Layout | None:
    """The layout of a text, or None where its parts may differ in length from row to row.

    Args:
        sample: one text of the column.
        day_first: whether 03/04/2025 is the third of April.
    """
    shape = re.sub(r"[0-9]", "d", sample)
    date = _date_places(shape, day_first)
    if date is None or not sample.isascii():
        return None
    places, at = date
    places, at = _clock_places(shape, at, places)
    half, at = _half_place(shape, at, places)
    zone, utc, at = _zone_places(shape, at, places)
    return Layout(sample, places, half, zone, utc) if at == len(shape) else None


def read_layout(texts: Any, layout: Layout) -> Parts:
    """Read the rows of an arrow string column (without nulls) that have the layout; the others do not fit."""
    length = len(layout.sample)
    same_length = pc.equal(pc.binary_length(texts), length).to_numpy(zero_copy_only=False)
    matrix = np.full((len(texts), length), 0, np.uint8)
    matrix[same_length] = _bytes_of(texts if same_length.all() else texts.filter(pa.array(same_length)), length)
    fits = same_length & _has_layout(matrix, layout)
    values = {part: _number(matrix, *layout.places[part]) for part in PARTS if part in layout.places}
    if "micro" in values:
        values["micro"] = values["micro"] * 10 ** (6 - layout.places["micro"][1])
    if layout.half is not None:
        afternoon = matrix[:, layout.half] == ord("P")
        fits &= (values["hour"] >= 1) & (values["hour"] <= 12)
        values["hour"] = values["hour"] % 12 + np.where(afternoon, 12, 0)
    return Parts(values, _offset(matrix, layout), fits)


def _date_places(shape: str, day_first: bool) -> tuple[dict[str, tuple[int, int]], int] | None:
    for pattern, (year, month, day) in _SHAPES:
        match = pattern.match(shape)
        if match and not (match.end() == 8 and shape[8:9] == "d" and len(shape) not in (12, 14)):
            return {"year": (year, 4), "month": (month, 2), "day": (day, 2)}, match.end()
    if re.match(r"dd/dd/dddd(?!d)", shape):
        first, second = ("day", "month") if day_first else ("month", "day")
        return {first: (0, 2), second: (3, 2), "year": (6, 4)}, 10
    return None


def _clock_places(shape: str, at: int, places: dict[str, tuple[int, int]]) -> tuple[dict[str, tuple[int, int]], int]:
    match = _CLOCK.match(shape, at)
    if not match:
        return places, at
    found = {part: (match.start(part), 2) for part in ("hour", "minute", "second") if match[part]}
    if match["fraction"]:
        found["micro"] = (match.start("fraction") + 1, len(match["fraction"]) - 1)
    return places | found, match.end()


def _half_place(shape: str, at: int, places: dict[str, tuple[int, int]]) -> tuple[int | None, int]:
    match = _HALF.match(shape, at) if "hour" in places else None
    return (match.start(1), match.end()) if match else (None, at)


def _zone_places(
    shape: str, at: int, places: dict[str, tuple[int, int]]
) -> tuple[tuple[int, int, int | None] | None, bool, int]:
    if "hour" not in places:
        return None, False, at
    if shape[at:] in ("Z", " Z"):
        return None, True, len(shape)
    match = _ZONE.match(shape, at)
    if not match:
        return None, False, at
    return (match.start(1), match.start(2), match.start(3) if match[3] else None), False, match.end()


def _bytes_of(texts: Any, length: int) -> NDArray[np.uint8]:
    """Characters (n, length) of an arrow string column whose texts all have that length in bytes."""
    plain = pa.concat_arrays([texts.cast(pa.string())]) if texts.offset else texts.cast(pa.string())
    if not len(plain):
        return np.zeros((0, length), np.uint8)
    first = int(np.frombuffer(plain.buffers()[1], np.int32, 1, plain.offset * 4)[0])
    return np.frombuffer(plain.buffers()[2], np.uint8, len(plain) * length, first).reshape(-1, length)


def _has_layout(matrix: NDArray[np.uint8], layout: Layout) -> NDArray[np.bool_]:
    """Rows with digits where the sample has digits and the same signs elsewhere; A/P and +/- may differ."""
    fits = np.ones(len(matrix), bool)
    for place, sign in enumerate(layout.sample.encode()):
        column = matrix[:, place]
        if _ZERO <= sign <= _NINE:
            fits &= (column >= _ZERO) & (column <= _NINE)
        elif place == layout.half:
            fits &= (column == ord("A")) | (column == ord("P"))
        elif layout.zone and place == layout.zone[0]:
            fits &= (column == ord("+")) | (column == ord("-"))
        else:
            fits &= column == sign
    return fits


def _number(matrix: NDArray[np.uint8], start: int, length: int) -> NDArray[np.int64]:
    total = np.zeros(len(matrix), np.int64)
    for place in range(start, start + length):
        total = total * 10 + (matrix[:, place].astype(np.int64) - _ZERO)
    return total


def _offset(matrix: NDArray[np.uint8], layout: Layout) -> NDArray[np.int64] | None:
    if layout.utc:
        return np.zeros(len(matrix), np.int64)
    if layout.zone is None:
        return None
    sign, hours, minutes = layout.zone
    offset = _number(matrix, hours, 2) * 60
    if minutes is not None:
        offset = offset + _number(matrix, minutes, 2)
    return np.where(matrix[:, sign] == ord("-"), -offset, offset)
