"""Which parts of a moment does a regular expression find in texts of differing length?"""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importing.fixed_times import PARTS, Parts

_CLOCK = (
    r"(?:[T\s]*(?P<half0>上午|下午|中午|晚上|凌晨)?\s*(?P<hour>\d{1,2})(?:[:时點点](?:(?P<minute>\d{1,2})"
    r"(?:[:分](?:(?P<second>\d{1,2})(?:[.,](?P<micro>\d{1,6})\d*)?秒?)?)?)?)"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?" + _CLOCK + "$"
MONTH_FIRST = r"^(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4})" + _CLOCK + "$"
DAY_FIRST = r"^(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})" + _CLOCK + "$"
EPOCH = re.compile(r"^-?\d{9,10}(\.\d+)?$|^-?\d{12,13}$|^-?\d{15,16}$")
_DIRECTIVES = {
    "%Y": r"(?P<year>\d{4})",
    "%y": r"(?P<year>\d{2})",
    "%m": r"(?P<month>\d{1,2})",
    "%d": r"(?P<day>\d{1,2})",
    "%H": r"(?P<hour>\d{1,2})",
    "%I": r"(?P<hour>\d{1,2})",
    "%M": r"(?P<minute>\d{1,2})",
    "%S": r"(?P<second>\d{1,2})",
    "%f": r"(?P<micro>\d{1,6})",
    "%p": r"(?P<half>[AaPp][Mm]|上午|下午)",
    "%z": r"(?P<zone>Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})",
    "%%": "%",
}
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1, "excel": 86_400_000_000}
_AFTERNOON = {"p", "P", "下", "晚"}


def strptime_pattern(pattern: str) -> str:
    """A strptime pattern as a regular expression with named parts.

    Raises:
        ValueError: a directive is not known.
    """
    pieces = re.split(r"(%.)", pattern)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in _DIRECTIVES]
    if unknown:
        raise ValueError(f"{unknown[0]} is not known; use {' '.join(sorted(_DIRECTIVES))}")
    return "^" + "".join(_DIRECTIVES.get(piece) or re.escape(piece) for piece in pieces) + "$"


def match_parts(texts: Any, pattern: str) -> list[Parts]:
    """Parts of the texts (arrow strings) that match a pattern with named groups: with and without an offset."""
    found = pc.extract_regex(texts, pattern)
    matched = np.asarray(found.is_valid())
    if not matched.any():
        return []
    fields = {found.type.field(place).name: found.field(place) for place in range(found.type.num_fields)}
    stated = _stated_zone(fields.get("zone"), len(texts))
    parts = []
    for offset, fits in ((None, matched & ~stated), (fields.get("zone"), matched & stated)):
        if fits.any():
            values, possible = _part_values(fields)
            parts.append(Parts(values, None if offset is None else _zone_minutes(offset), fits & possible))
    return parts


def _stated_zone(zone: Any, n: int) -> NDArray[np.bool_]:
    if zone is None:
        return np.zeros(n, bool)
    return np.asarray(pc.fill_null(pc.greater(pc.binary_length(zone), 0), False))


def _part_values(fields: dict[str, Any]) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
    """Whole numbers by part, and rows whose hour fits its half of the day."""
    values = {part: _whole(fields[part]) for part in PARTS if part in fields}
    if "micro" in fields:
        digits = np.asarray(pc.fill_null(pc.binary_length(fields["micro"]), 0)).astype(np.int64)
        values["micro"] = values["micro"] * 10 ** (6 - digits)
    if "year" in values:
        values["year"] = np.where(values["year"] < 100, values["year"] + 2000, values["year"])
    possible = np.ones(len(values["year"]), bool)
    for half in ("half0", "half"):
        if half in fields:
            possible &= _apply_half(values, fields[half])
    return values, possible


def _apply_half(values: dict[str, NDArray[np.int64]], half: Any) -> NDArray[np.bool_]:
    """Move afternoon hours to 12–23 in `values`; rows where the hour fits its half of the day."""
    first = np.array([(text or "")[:1] for text in half.to_pylist()])
    hour = values["hour"]
    english = np.isin(first, ["a", "A", "p", "P"])
    values["hour"] = np.where(np.isin(first, ["a", "A"]) & (hour == 12), 0, hour)
    late = np.isin(first, list(_AFTERNOON)) & (hour < 12)
    values["hour"] = values["hour"] + np.where(late, 12, 0)
    return ~english | ((hour >= 1) & (hour <= 12))


def _whole(digits: Any) -> NDArray[np.int64]:
    """Text of digits as whole numbers, 0 where there is none."""
    present = pc.if_else(pc.equal(pc.binary_length(digits), 0), None, digits)
    return np.asarray(pc.fill_null(pc.cast(present, pa.int64()), 0).to_numpy(zero_copy_only=False), np.int64)


def _zone_minutes(zone: Any) -> NDArray[np.int64]:
    return np.array([_minutes_east(text or "") for text in zone.to_pylist()], np.int64)


def _minutes_east(text: str) -> int:
    if text in ("", "Z", "UTC"):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if text[0] == "-" else minutes
