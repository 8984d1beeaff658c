"""What do the rows of a chunk say, before anything is looked up in the database?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importing.incident_mapping import TIME_COLUMNS, IncidentMapping
from data.importing.incident_times import ParsedTimes, parse_times
from data.importing.tabular_files import RaggedRow, TableChunk
from data.importing.text_cleaning import clean_text
from data.privacy.columns import drop_personal_identifiers, mask_column
from data.privacy.kinds import Kind
from data.privacy.masking import mask, mask_identifier

JOINTS = {"class": " / ", "text": "\n", "address": " "}
FREE_TEXTS = ("external_id", "close_reason", "text", "address")
CODED = ("status", "severity", "source", "department")


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """A column of few distinct values.

    Attributes:
        codes: (n,) position of each row's value in `values`.
        values: distinct values in order of appearance; None where the cell was empty.
    """

    codes: NDArray[np.int32]
    values: tuple[str | None, ...]

    def used(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Positions of the values that the marked rows have, in order of appearance."""
        marked = np.zeros(len(self.values), bool)
        marked[self.codes[rows]] = True
        return np.flatnonzero(marked)

    def texts_at(self, rows: NDArray[np.int64]) -> list[str]:
        """Values of some rows as text."""
        return [self.values[code] or "" for code in self.codes[rows]]


@dataclass(frozen=True, slots=True)
class RowChunk:
    """n rows of a file as the mapping reads them; texts and coded values hold no numbers or addresses of people.

    Attributes:
        file: name of the file.
        lines: (n,) line of each row.
        times: parsed times by meaning, for columns that the file has.
        texts: cleaned arrow strings by meaning: external_id, close_reason, text, address.
        coded: class, status, severity, source, department, stated_unit.
        raw: arrow columns of coordinates and times as written: lon, lat, x, y, and the time columns.
        mojibake: (n,) rows in which mojibake was repaired.
        control: (n,) rows from which control characters were removed.
        masked: how many numbers and addresses of people were masked, by kind.
        ragged: rows left out for their number of fields.
        decoded: lines by other encoding.
    """

    file: str
    lines: NDArray[np.int64]
    times: dict[str, ParsedTimes]
    texts: dict[str, Any]
    coded: dict[str, CodedColumn]
    raw: dict[str, Any]
    mojibake: NDArray[np.bool_]
    control: NDArray[np.bool_]
    masked: Mapping[Kind, int] = field(default_factory=dict)
    ragged: tuple[RaggedRow, ...] = ()
    decoded: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)


def read_rows(chunk: TableChunk, mapping: IncidentMapping, file: str, *, now: datetime) -> RowChunk:
    """Read a chunk by a mapping; needs neither the units nor the database.

    Args:
        chunk: columns of the file.
        mapping: what they mean.
        file: name of the file, for reports.
        now: aware; reports from later than a day after it are refused.
    """
    cleaner = _Cleaner(chunk, mapping)
    texts = {name: cleaner.free(name) for name in FREE_TEXTS}
    coded = {name: cleaner.coded(cleaner.column(name)) for name in ("class", *CODED)}
    stated = mapping.stated_unit.column if mapping.stated_unit else None
    coded["stated_unit"] = cleaner.coded(chunk.columns.get(stated) if stated else None, is_code=True)
    return RowChunk(
        file=file,
        lines=chunk.lines,
        times=_times(chunk, mapping, now),
        texts={name: column for name, column in texts.items() if column is not None},
        coded=coded,
        raw=_raw(chunk, mapping),
        mojibake=cleaner.mojibake,
        control=cleaner.control,
        masked=dict(cleaner.masked),
        ragged=chunk.ragged,
        decoded=chunk.decoded,
    )


class _Cleaner:
    """Cleans columns of one chunk and remembers which rows it changed."""

    def __init__(self, chunk: TableChunk, mapping: IncidentMapping) -> None:
        self._columns = chunk.columns
        self._mapping = mapping
        self._n = len(chunk.lines)
        self.mojibake = np.zeros(self._n, bool)
        self.control = np.zeros(self._n, bool)
        self.masked: Counter[Kind] = Counter()

    def column(self, name: str) -> Any:
        """The column of a meaning, joined where several columns are named; None where the file has none of them."""
        names = self._mapping.joined.get(name) or tuple(filter(None, [self._mapping.columns.get(name)]))
        present = [self._columns[column] for column in names if column in self._columns]
        return _joined(present, JOINTS.get(name, " ")) if len(present) > 1 else next(iter(present), None)

    def free(self, name: str) -> Any:
        """A column of free text, cleaned and masked; None where the file has none."""
        column = self.column(name)
        if column is None:
            return None
        cleaned = clean_text(column)
        self._note(cleaned.mojibake, cleaned.control)
        # A masked id would make different rows the same; without an id a row is known by its content.
        masked = (drop_personal_identifiers if name == "external_id" else mask_column)(cleaned.texts)
        self.masked.update(masked.counts)
        return masked.texts

    def coded(self, column: Any, *, is_code: bool = False) -> CodedColumn:
        """A column of few values, each cleaned and masked once; codes of units are masked as identifiers are."""
        if column is None:
            return CodedColumn(np.zeros(self._n, np.int32), (None,))
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        codes = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)), np.int32)
        cleaned = clean_text(encoded.dictionary)
        self._note(_spread(cleaned.mojibake, codes), _spread(cleaned.control, codes))
        masked = mask_identifier if is_code else mask
        values = [None if text is None else masked(text) for text in cleaned.texts.to_pylist()]
        for value, rows in zip(values, np.bincount(codes, minlength=len(values) + 1).tolist(), strict=False):
            self.masked.update({kind: count * rows for kind, count in value.counts.items()} if value else {})
        return _distinct(codes, [None if value is None else value.text for value in values])

    def _note(self, mojibake: NDArray[np.bool_], control: NDArray[np.bool_]) -> None:
        self.mojibake |= mojibake
        self.control |= control


def _spread(marks: NDArray[np.bool_], codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    return np.append(marks, False)[codes] if marks.any() else np.zeros(len(codes), bool)


def _distinct(codes: NDArray[np.int32], texts: Sequence[str | None]) -> CodedColumn:
    """Values that cleaning or masking made equal share one code."""
    values: dict[str | None, int] = {}
    renumbered = [values.setdefault(value, len(values)) for value in [*texts, None]]
    return CodedColumn(np.array(renumbered, np.int32)[codes], tuple(values))


def _joined(columns: Sequence[Any], joint: str) -> Any:
    """Texts of several columns in one, without the empty ones."""
    texts = [pc.utf8_trim_whitespace(pc.cast(column, pa.string())) for column in columns]
    filled = [pc.if_else(pc.equal(pc.binary_length(text), 0), None, text) for text in texts]
    return pc.binary_join_element_wise(*filled, joint, null_handling="skip")


def _times(chunk: TableChunk, mapping: IncidentMapping, now: datetime) -> dict[str, ParsedTimes]:
    """Parsed times by meaning; a column with two meanings is read once, and deadlines may lie in the future."""
    assert mapping.times is not None
    parsed: dict[tuple[str, bool], ParsedTimes] = {}
    times: dict[str, ParsedTimes] = {}
    for name in TIME_COLUMNS:
        column = mapping.columns.get(name)
        if column is None or column not in chunk.columns:
            continue
        key = (column, name == "due_at")
        if key not in parsed:
            parsed[key] = parse_times(chunk.columns[column], mapping.times, now=None if name == "due_at" else now)
        times[name] = parsed[key]
    return times


def _raw(chunk: TableChunk, mapping: IncidentMapping) -> dict[str, Any]:
    names = {name: mapping.columns.get(name) for name in ("lon", "lat", "point", *TIME_COLUMNS)}
    if mapping.projected:
        names |= {"x": mapping.projected.x, "y": mapping.projected.y}
    return {name: chunk.columns[column] for name, column in names.items() if column in chunk.columns}
