"""Which number does one piece of coordinate text stand for?"""

import math
import re
from dataclasses import dataclass
from enum import IntEnum

_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E}
_MISSING = frozenset({"", "-", "--", "null", "none", "n/a", "na", "#n/a", "\\n", "无", "空"})
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d{1,3},\d+")
_SEXAGESIMAL = re.compile(
    r"(?P<before>[NSEW]|东经|西经|北纬|南纬)?\s*(?P<sign>[+-])?\s*"
    r"(?P<deg>\d+(\.\d+)?)\s*(?P<deg_mark>[°º˚度d:\s])?\s*"
    r"((?P<min>\d+(\.\d+)?)\s*['′’分m:\s]?\s*)?"
    r"((?P<sec>\d+([.,]\d+)?)\s*(\"|″|”|''|′′|’’|秒|s)?\s*)?"
    r"(?P<after>[NSEW])?",
    re.IGNORECASE,
)
_SIDES = {
    "n": (1, 1),
    "北纬": (1, 1),
    "s": (-1, 1),
    "南纬": (-1, 1),
    "e": (1, 0),
    "东经": (1, 0),
    "w": (-1, 0),
    "西经": (-1, 0),
}


class Notation(IntEnum):
    """How the text was written."""

    PLAIN = 0
    SEXAGESIMAL = 1
    COMMA_DECIMAL = 2
    FULLWIDTH = 3
    MISSING = 4
    UNREADABLE = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One number read from text.

    Attributes:
        value: degrees (or metres where the file holds metres); NaN where none could be read.
        notation: how it was written.
        is_latitude: what a hemisphere letter says, or None without one.
    """

    value: float
    notation: Notation
    is_latitude: bool | None = None


def read_coordinate(text: object) -> Reading:
    """Read one coordinate as users write it.

    Understands plain decimals, comma decimals (``115,517676``), full-width digits (``１１５．６７``), and degrees,
    minutes and seconds with or without marks and hemisphere (``115°21′15.75″``, ``22 47 31.99 N``).
    Empty text, None, a float NaN and words for nothing are *missing*; the text ``NaN`` and anything else are
    *unreadable*.

    Args:
        text: a str, a number or None.

    Example:
        >>> read_coordinate("22 30 00 S").value
        -22.5
    """
    if text is None or (isinstance(text, float) and math.isnan(text)):
        return Reading(math.nan, Notation.MISSING)
    written = str(text).strip().strip("\ufeff")
    narrow = written.translate(_FULLWIDTH).strip()
    if narrow.lower() in _MISSING:
        return Reading(math.nan, Notation.MISSING)
    reading = _read_narrow(narrow)
    if reading.notation is Notation.PLAIN and narrow != written:
        return Reading(reading.value, Notation.FULLWIDTH)
    return reading


def _read_narrow(text: str) -> Reading:
    if _PLAIN.fullmatch(text):
        value = float(text)
        return Reading(value, Notation.PLAIN) if math.isfinite(value) else Reading(math.nan, Notation.UNREADABLE)
    if _COMMA.fullmatch(text):
        return Reading(float(text.replace(",", ".")), Notation.COMMA_DECIMAL)
    match = _SEXAGESIMAL.fullmatch(text)
    return _read_sexagesimal(match) if match else Reading(math.nan, Notation.UNREADABLE)


def _read_sexagesimal(match: re.Match[str]) -> Reading:
    """Degrees, minutes and seconds; minutes and seconds of 60 or more are not a coordinate."""
    minutes, seconds = float(match["min"] or 0), float((match["sec"] or "0").replace(",", "."))
    side = (match["before"] or match["after"] or "").lower()
    unmarked = not side and match["deg_mark"] is None
    contradictory = bool(match["sign"] and side) or bool(match["before"] and match["after"])
    if minutes >= 60 or seconds >= 60 or unmarked or contradictory:
        return Reading(math.nan, Notation.UNREADABLE)
    sign, axis = _SIDES.get(side, (-1 if match["sign"] == "-" else 1, None))
    value = sign * (float(match["deg"]) + minutes / 60 + seconds / 3600)
    return Reading(value, Notation.SEXAGESIMAL, None if axis is None else bool(axis))
