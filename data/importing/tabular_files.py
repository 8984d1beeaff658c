"""Which rows does a file hold, in chunks of columns, with the line on which each row begins?"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from data.importing.csv_text import BLOCK_BYTES, TextBlock, record_lines, text_blocks
from data.importing.errors import FileUnreadable
from data.importing.excel_rows import excel_rows
from data.importing.json_records import json_records
from data.importing.parquet_columns import parquet_columns

CHUNK_ROWS = 200_000

_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row with another number of fields than the header."""

    line: int
    found: int
    expected: int


@dataclass(frozen=True, slots=True)
class TableChunk:
    """Some rows of a file.

    Attributes:
        columns: arrays by column name, each n long; text columns of CSV, Excel and JSON files are strings.
        lines: (n,) line (CSV, JSON), sheet row (Excel) or record number (Parquet) of each row, from 1.
        ragged: rows that were left out because they have too many or too few fields.
        decoded: how many lines were read in which other encoding than UTF-8.
        left_out: columns of the file that were not wanted.
    """

    columns: dict[str, Any]
    lines: NDArray[np.int64]
    ragged: tuple[RaggedRow, ...] = ()
    decoded: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a mapping may say about a file that the file does not say itself."""

    delimiter: str | None = None
    sheet: str | None = None


def read_chunks(
    path: Path, wanted: Sequence[str] | None = None, shape: FileShape | None = None, chunk_rows: int = CHUNK_ROWS
) -> Iterator[TableChunk]:
    """Read a table in chunks: CSV, text, Excel, GeoJSON, JSON, Parquet, told apart by the file name's ending.

    GeoJSON points come as the columns `lon` and `lat` beside the properties.

    Args:
        path: the file.
        wanted: columns to read, as the mapping writes them; None reads all. A name is found exactly or, failing
            that, without regard to case, blanks and punctuation. A wanted column that is absent is left out.
        shape: delimiter and sheet.
        chunk_rows: about how many rows a chunk has.

    Raises:
        FileUnreadable: no such file, an unknown kind, or wrong content.
    """
    shape = shape or FileShape()
    kind = path.suffix.lower()
    if not path.is_file():
        raise FileUnreadable(str(path), "There is no such file.", "Check the path.")
    if kind in (".csv", ".txt", ".tsv"):
        return _read_csv(path, wanted, shape)
    if kind in (".xlsx", ".xlsm"):
        return _read_rows(excel_rows(path, shape.sheet), wanted, chunk_rows)
    if kind in (".json", ".geojson", ".ndjson", ".jsonl"):
        return _read_rows(((line, _flat(record)) for line, record in json_records(path)), wanted, chunk_rows)
    if kind in (".parquet", ".geoparquet", ".pq"):
        return _read_parquet(path, wanted, chunk_rows)
    raise FileUnreadable(
        path.name, f"{kind or 'A name without an ending'} is not known.", "Use csv, xlsx, json, geojson or parquet."
    )


def plain_name(name: str) -> str:
    """A column name without regard to case, blanks and punctuation: `Created Date` and `created_date` agree."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def find_columns(present: Sequence[str], wanted: Sequence[str] | None) -> dict[str, str]:
    """Which column of the file each wanted name stands for: {name as wanted: name in the file}."""
    if wanted is None:
        return {name: name for name in present}
    loose = {plain_name(name): name for name in reversed(present)}
    exact = set(present)
    found = {name: name if name in exact else loose.get(plain_name(name)) for name in wanted}
    return {name: column for name, column in found.items() if column is not None}


def _left_out(present: Sequence[str], names: dict[str, str]) -> tuple[str, ...]:
    """Columns of a file that no wanted name stands for; those without a name are not told."""
    used = set(names.values())
    return tuple(name for name in present if name and name not in used)


def _read_csv(path: Path, wanted: Sequence[str] | None, shape: FileShape) -> Iterator[TableChunk]:
    header: list[str] = []
    delimiter, names = shape.delimiter or ",", {}
    for block in text_blocks(path, BLOCK_BYTES):
        if not header:
            delimiter = shape.delimiter or _sniff_delimiter(block.text)
            block, header = _take_header(block, delimiter, path)
            names = find_columns(header, wanted)
        yield _parse_block(block, header, names, delimiter, path)


def _sniff_delimiter(text: bytes) -> str:
    first = re.sub(r'"[^"]*"', "", text.split(b"\n", 1)[0].decode("utf-8"))
    return max(_DELIMITERS, key=first.count)


def _take_header(block: TextBlock, delimiter: str, path: Path) -> tuple[TextBlock, list[str]]:
    """The column names, and the block without them."""
    stream = io.StringIO(block.text.decode("utf-8"), newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise FileUnreadable(
            path.name, f"Columns occur twice: {', '.join(twice)}.", "Rename one of each.", block.first_line
        )
    rest = b"".join(block.text.split(b"\n", reader.line_num)[reader.line_num :])
    first_line = block.first_line + reader.line_num
    return TextBlock(rest, first_line, block.gb18030_lines, block.latin1_lines), header


def _parse_block(block: TextBlock, header: list[str], names: dict[str, str], delimiter: str, path: Path) -> TableChunk:
    lines = record_lines(block.text, block.first_line) if block.text else np.zeros(0, np.int64)
    places = {name: header.index(column) for name, column in names.items()}
    decoded = {"gb18030": block.gb18030_lines, "latin1": block.latin1_lines}
    decoded = {codec: count for codec, count in decoded.items() if count}
    left_out = _left_out(header, names)
    ragged: list[pacsv.InvalidRow] = []
    table = _parse_fast(block.text, len(header), sorted(set(places.values())), delimiter, ragged)
    if table is None or table.num_rows + len(ragged) != len(lines):
        return replace(_parse_slow(block, len(header), places, delimiter, decoded, path), left_out=left_out)
    ragged_rows = np.array([row.number - 1 for row in ragged], np.int64)
    skipped = tuple(RaggedRow(int(lines[row.number - 1]), row.actual_columns, row.expected_columns) for row in ragged)
    columns = {name: table.column(str(place)).combine_chunks() for name, place in places.items()}
    return TableChunk(columns, np.delete(lines, ragged_rows), skipped, decoded, left_out)


def _parse_fast(
    text: bytes, width: int, places: list[int], delimiter: str, ragged: list[pacsv.InvalidRow]
) -> pa.Table | None:
    """The columns at the given places as text, named by their place; None where the text is no regular CSV."""

    def leave_out(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    names = [str(place) for place in range(width)]
    wanted = [str(place) for place in places]
    try:
        return pacsv.read_csv(
            pa.BufferReader(text),
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=max(len(text), 1)),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in text, invalid_row_handler=leave_out
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None


def _parse_slow(
    block: TextBlock, width: int, places: dict[str, int], delimiter: str, decoded: dict[str, int], path: Path
) -> TableChunk:
    """Row by row: for text with quotes where no quotes belong, on which line ends cannot be told by counting."""
    reader = csv.reader(io.StringIO(block.text.decode("utf-8"), newline=""), delimiter=delimiter)
    kept: list[list[str]] = []
    lines: list[int] = []
    ragged: list[RaggedRow] = []
    line = block.first_line
    try:
        for row in reader:
            if len(row) == width:
                kept.append(row)
                lines.append(line)
            elif row:
                ragged.append(RaggedRow(line, len(row), width))
            line = block.first_line + reader.line_num
    except csv.Error as error:
        raise FileUnreadable(path.name, f"The CSV is wrong: {error}.", "Export the file again.", line) from error
    columns = {name: pa.array([row[place] for row in kept], pa.string()) for name, place in places.items()}
    return TableChunk(columns, np.array(lines, np.int64), tuple(ragged), decoded)


def _read_rows(
    rows: Iterator[tuple[int, dict[str, str | None]]], wanted: Sequence[str] | None, chunk_rows: int
) -> Iterator[TableChunk]:
    lines: list[int] = []
    records: list[dict[str, str | None]] = []
    for line, record in rows:
        lines.append(line)
        records.append(record)
        if len(records) >= chunk_rows:
            yield _chunk_of(lines, records, wanted)
            lines, records = [], []
    if records:
        yield _chunk_of(lines, records, wanted)


def _chunk_of(lines: list[int], records: list[dict[str, str | None]], wanted: Sequence[str] | None) -> TableChunk:
    present = list(dict.fromkeys(name for record in records for name in record))
    names = find_columns(present, wanted)
    columns = {
        name: pa.array([record.get(column) for record in records], pa.string()) for name, column in names.items()
    }
    return TableChunk(columns, np.array(lines, np.int64), left_out=_left_out(present, names))


def _flat(record: dict[str, Any]) -> dict[str, str | None]:
    """A record as columns of text; a GeoJSON feature gives its properties and `lon`, `lat`."""
    if record.get("type") != "Feature":
        return {name: _text_of(value) for name, value in record.items()}
    row = {name: _text_of(value) for name, value in (record.get("properties") or {}).items()}
    geometry = record.get("geometry") or {}
    if geometry.get("type") == "Point" and len(geometry.get("coordinates") or ()) >= 2:
        row["lon"], row["lat"] = (_text_of(value) for value in geometry["coordinates"][:2])
    if "id" in record:
        row.setdefault("id", _text_of(record["id"]))
    return row


def _text_of(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "replace").decode("utf-8")
    return repr(value) if isinstance(value, float) else str(value)


def _read_parquet(path: Path, wanted: Sequence[str] | None, chunk_rows: int) -> Iterator[TableChunk]:
    first = 1
    left_out: list[str] = []

    def choose(present: Sequence[str]) -> dict[str, str]:
        names = find_columns(present, wanted)
        left_out.extend(_left_out(present, names))
        return names

    for columns, count in parquet_columns(path, choose, chunk_rows):
        lines = np.arange(first, first + count, dtype=np.int64)
        yield TableChunk(columns, lines, left_out=tuple(left_out))
        first += count
