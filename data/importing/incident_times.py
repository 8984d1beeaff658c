"""Which moment does each text of a time column stand for?

Local times are read in a stated zone. Where the clocks go forward, a time in the gap is read with the offset that
held before the change (02:30 becomes 03:30); where they go back, a time that occurs twice is the first of the two.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importing.fixed_times import PARTS, Layout, Parts, layout_of, read_layout
from data.importing.time_patterns import (
    DAY_FIRST,
    EPOCH,
    EPOCHS,
    MONTH_FIRST,
    YEAR_FIRST,
    match_parts,
    strptime_pattern,
)

_EXCEL_EPOCH_US = -2_209_161_600_000_000  # 1899-12-30 in microseconds since 1970
_MOST_LAYOUTS, _SAMPLE = 6, 32
_EARLIEST = np.datetime64("1970-01-01", "us")
_FULLWIDTH = str.maketrans(
    {chr(0xFF10 + digit): str(digit) for digit in range(10)} | {"：": ":", "／": "/", "\u3000": " "}
)


class TimeProblem(IntEnum):
    """Why a text is no usable moment."""

    NONE = 0
    EMPTY = 1
    UNREADABLE = 2
    IMPOSSIBLE = 3
    FUTURE = 4
    TOO_EARLY = 5


@dataclass(frozen=True, slots=True)
class TimeRules:
    """How a file writes its times.

    Attributes:
        zone: in which zone times without an offset are.
        formats: strptime patterns or names of `EPOCHS`; empty tries the known ways of writing.
        day_first: whether 03/04/2025 is the third of April.
    """

    zone: ZoneInfo
    formats: tuple[str, ...] = ()
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class ParsedTimes:
    """Moments of n rows.

    Attributes:
        utc: (n,) datetime64[us] in UTC, NaT where there is a problem.
        problem: (n,) values of :class:`TimeProblem`.
        in_gap: (n,) local times that the clocks skip.
        in_fold: (n,) local times that occur twice.
    """

    utc: NDArray[np.datetime64]
    problem: NDArray[np.int8]
    in_gap: NDArray[np.bool_]
    in_fold: NDArray[np.bool_]


def parse_times(column: Any, rules: TimeRules, *, now: datetime | None = None) -> ParsedTimes:
    """Read a column of times.

    Args:
        column: arrow array of n texts, timestamps, dates or numbers.
        rules: zone and formats.
        now: aware; moments more than a day later are refused. None accepts the future (deadlines).
    """
    times = _Times(len(column))
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        _read_typed(column, times)
    else:
        _read_texts(_as_text(column), rules, times)
    times.localise(rules.zone)
    times.refuse_beyond(now)
    return ParsedTimes(times.utc, times.problem, times.in_gap, times.in_fold)


class _Times:
    """Moments under construction: local ones wait for the zone."""

    def __init__(self, n: int) -> None:
        self.utc = np.full(n, np.datetime64("NaT", "us"))
        self.problem = np.full(n, TimeProblem.UNREADABLE, np.int8)
        self.in_gap = np.zeros(n, bool)
        self.in_fold = np.zeros(n, bool)
        self._local = np.zeros(n, bool)

    def mark(self, rows: NDArray[Any], problem: TimeProblem) -> None:
        self.problem[rows] = problem

    def set(self, rows: NDArray[np.intp], moments: NDArray[np.datetime64], *, local: bool) -> None:
        self.utc[rows] = moments
        self.problem[rows] = TimeProblem.NONE
        self._local[rows] = local

    def set_parts(self, rows: NDArray[np.intp], parts: Parts) -> None:
        """Take rows from parts of the calendar; a day that does not exist is impossible."""
        fitting = np.flatnonzero(parts.fits)
        moments, possible = _moments({part: values[fitting] for part, values in parts.values.items()})
        rows = rows[fitting]
        self.mark(rows[~possible], TimeProblem.IMPOSSIBLE)
        if parts.offset_min is None:
            self.set(rows[possible], moments[possible], local=True)
        else:
            shift = parts.offset_min[fitting][possible].astype("timedelta64[m]")
            self.set(rows[possible], moments[possible] - shift, local=False)

    def set_coded(self, rows: NDArray[np.intp], distinct: "_Times", codes: NDArray[Any]) -> None:
        """Take rows from times that were read once for each distinct text."""
        self.utc[rows] = distinct.utc[codes]
        self.problem[rows] = distinct.problem[codes]
        self._local[rows] = distinct._local[codes]

    def unread(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.problem == TimeProblem.UNREADABLE)

    def localise(self, zone: ZoneInfo) -> None:
        """Turn local moments into UTC."""
        rows = np.flatnonzero(self._local)
        local = self.utc[rows]
        aware = pd.DatetimeIndex(local).tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        utc = aware.tz_convert(None).to_numpy().astype("datetime64[us]")
        for place in np.flatnonzero(np.isnat(utc)):
            utc[place], in_gap = _around_change(local[place], zone)
            (self.in_gap if in_gap else self.in_fold)[rows[place]] = True
        self.utc[rows] = utc

    def refuse_beyond(self, now: datetime | None) -> None:
        """Refuse moments before 1970 and, given `now`, later than a day from now."""
        early = self.utc < _EARLIEST
        self.mark(early, TimeProblem.TOO_EARLY)
        late = np.zeros(len(early), bool)
        if now is not None:
            limit = (now + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None)
            late = self.utc > np.datetime64(limit, "us")
            self.mark(late, TimeProblem.FUTURE)
        self.utc[early | late] = np.datetime64("NaT", "us")


def _around_change(local: np.datetime64, zone: ZoneInfo) -> tuple[np.datetime64, bool]:
    """UTC of a local time in a gap or fold by the rule of this module, and whether it is a gap."""
    moment: datetime = local.astype("datetime64[us]").item()
    utc = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    in_gap = utc.astimezone(zone).replace(tzinfo=None) != moment
    return np.datetime64(utc.replace(tzinfo=None), "us"), in_gap


def _read_typed(column: Any, times: _Times) -> None:
    missing = np.asarray(column.is_null())
    aware = pa.types.is_timestamp(column.type) and column.type.tz is not None
    naive = column.cast(pa.timestamp("us", "UTC" if aware else None)).cast(pa.timestamp("us"))
    rows = np.flatnonzero(~missing)
    times.set(rows, naive.to_numpy(zero_copy_only=False).astype("datetime64[us]")[rows], local=not aware)
    times.mark(missing, TimeProblem.EMPTY)


def _as_text(column: Any) -> Any:
    """The column as trimmed text, empty text for null."""
    if pa.types.is_floating(column.type):
        whole = pc.cast(pc.if_else(pc.equal(pc.floor(column), column), column, None), pa.int64())
        text = pc.coalesce(pc.cast(whole, pa.string()), pc.cast(column, pa.string()))
    else:
        text = pc.cast(column, pa.string())
    return pc.utf8_trim_whitespace(pc.fill_null(text, ""))


def _read_texts(texts: Any, rules: TimeRules, times: _Times) -> None:
    empty = pc.equal(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    times.mark(empty, TimeProblem.EMPTY)
    if rules.formats:
        _read_stated(texts, rules.formats, times)
        return
    for _ in range(_MOST_LAYOUTS):
        if not _read_dominant(texts, rules.day_first, times):
            break
    _read_any(texts, rules.day_first, times)


def _read_dominant(texts: Any, day_first: bool, times: _Times) -> bool:
    """Read the rows with the most frequent fixed layout among those not read yet; False where there is none."""
    rows = times.unread()
    layout = _frequent_layout(texts, rows, day_first)
    if layout is None:
        return False
    times.set_parts(rows, read_layout(texts if len(rows) == len(texts) else texts.take(pa.array(rows)), layout))
    return True


def _frequent_layout(texts: Any, rows: NDArray[np.intp], day_first: bool) -> Layout | None:
    if not len(rows):
        return None
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.intp))]
    layouts = [layout_of(texts[int(row)].as_py(), day_first) for row in sample]
    shapes = Counter(re.sub(r"\d", "0", layout.sample) for layout in layouts if layout)
    best = max(shapes, key=lambda shape: shapes[shape], default=None)
    return next((layout for layout in layouts if layout and re.sub(r"\d", "0", layout.sample) == best), None)


def _read_any(texts: Any, day_first: bool, times: _Times) -> None:
    """Read what is left by each known way of writing; each distinct text is read once."""
    rows = times.unread()
    if not len(rows):
        return
    coded = pc.dictionary_encode(texts.take(pa.array(rows)))
    codes = coded.indices.to_numpy()
    distinct = coded.dictionary.to_pylist()
    small = _Times(len(distinct))
    narrow = pa.array([text.translate(_FULLWIDTH).strip() for text in distinct], pa.string())
    for pattern in (YEAR_FIRST, DAY_FIRST if day_first else MONTH_FIRST):
        _read_pattern(narrow, pattern, small)
    _read_digits(narrow, day_first, small)
    _read_epochs(narrow, small)
    times.set_coded(rows, small, codes)


def _read_digits(texts: Any, day_first: bool, times: _Times) -> None:
    """Read rows of digits only, such as 20261121080500."""
    for row in times.unread():
        text = texts[int(row)].as_py()
        layout = layout_of(text, day_first)
        if layout is not None:
            times.set_parts(np.array([row]), read_layout(texts.slice(int(row), 1), layout))


def _read_epochs(texts: Any, times: _Times) -> None:
    for row in times.unread():
        text = texts[int(row)].as_py()
        if EPOCH.match(text):
            whole = len(text.lstrip("-").split(".")[0])
            scale = 1_000_000 if whole <= 10 else 1_000 if whole <= 13 else 1
            times.set(np.array([row]), np.array([round(float(text) * scale)], "datetime64[us]"), local=False)


def _read_stated(texts: Any, formats: Sequence[str], times: _Times) -> None:
    for pattern in formats:
        if pattern in EPOCHS:
            _read_numbers(texts, pattern, times)
        else:
            _read_pattern(texts, strptime_pattern(pattern), times)


def _read_numbers(texts: Any, name: str, times: _Times) -> None:
    rows = times.unread()
    numbers = pd.to_numeric(texts.take(pa.array(rows)).to_pandas(), errors="coerce").to_numpy(np.float64)
    read = np.isfinite(numbers)
    micros = np.round(numbers[read] * EPOCHS[name]).astype(np.int64)
    start = _EXCEL_EPOCH_US if name == "excel" else 0
    times.set(rows[read], (micros + start).astype("datetime64[us]"), local=name == "excel")


def _read_pattern(texts: Any, pattern: str, times: _Times) -> None:
    """Read the rows not read yet that match a regular expression with named parts."""
    rows = times.unread()
    if len(rows):
        for parts in match_parts(texts.take(pa.array(rows)), pattern):
            times.set_parts(rows, parts)


def _moments(values: dict[str, NDArray[np.int64]]) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Moments of calendar parts, and which of them exist."""
    n = len(values["year"])
    part = {name: values.get(name, np.zeros(n, np.int64)) for name in PARTS}
    month_start = ((part["year"] - 1970) * 12 + part["month"] - 1).astype("datetime64[M]")
    day = month_start.astype("datetime64[D]") + (part["day"] - 1).astype("timedelta64[D]")
    possible = (part["month"] >= 1) & (part["month"] <= 12) & (part["day"] >= 1)
    possible &= (day.astype("datetime64[M]") == month_start) & (part["hour"] <= 23) & (part["minute"] <= 59)
    possible &= (part["second"] <= 59) & (part["year"] >= 1)
    second = part["hour"] * 3600 + part["minute"] * 60 + part["second"]
    micros = (second * 1_000_000 + part["micro"]).astype("timedelta64[us]")
    return day.astype("datetime64[us]") + micros, possible
