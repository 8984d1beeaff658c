"""Does a Parquet file unpack into more than a machine can hold? Asked before anything of it is unpacked.

A few kilobytes can stand for terabytes in three ways: packed pages, a long value that every row names again, and a
value that repeats the beginning of the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.importing.archive_limits import MOST_RATIO, SMALL_BYTES
from data.importing.errors import FileUnreadable
from data.importing.parquet_pages import Page, PageUnreadable, read_pages

MOST_ROWS = 500_000_000
MOST_BYTES = 100_000_000_000
"""Of the columns that are read, unpacked, one group of rows after the other."""

AT_ONCE_BYTES = 1_000_000_000
"""Of these so much may have to be in memory at the same time."""

MOST_WRITTEN_RATIO = 1_000
"""Of a file's values to the file; rows that say the same again and again take next to no room in it."""

_REMEDY = "Save it in parts, or with smaller groups of rows, or as CSV."


@dataclass(frozen=True, slots=True)
class SafeReading:
    """How the columns can be read within the limits.

    Attributes:
        batch_rows: So many rows at once.
        coded: Columns whose values are to be read as places in a dictionary, and written out once their size is known.
    """

    batch_rows: int
    coded: tuple[str, ...]


def require_safe_parquet(path: Path, file: pq.ParquetFile, columns: Sequence[str], chunk_rows: int) -> SafeReading:
    """Refuse a file that would take too much memory.

    Args:
        path: The file.
        file: The same, opened.
        columns: Which of its plain columns are read.
        chunk_rows: How many rows are wanted at once.

    Raises:
        FileUnreadable: It would, or says two things about its size.
    """
    if file.metadata.num_rows > MOST_ROWS:
        raise FileUnreadable(
            path.name, f"It says that it has {file.metadata.num_rows:,} rows.", f"Give at most {MOST_ROWS:,}."
        )
    places = [index for index, name in enumerate(file.schema.names) if name in columns]
    repeating, coded, total = 0, set[str](), 0
    for group in range(file.metadata.num_row_groups):
        pages = {
            file.schema.names[place]: _pages(path, file.metadata.row_group(group).column(place)) for place in places
        }
        at_once = sum(sum(_largest(pages[name], dictionary=kind) for kind in (True, False)) for name in pages)
        total += sum(page.unpacked_bytes for column in pages.values() for page in column)
        _require_sizes(path, total, at_once)
        coded |= {name for name, column in pages.items() if any(page.is_dictionary for page in column)}
        beginnings = [[page for page in column if page.shares_beginnings] for column in pages.values()]
        repeating = max(repeating, sum(_largest(column, dictionary=False) for column in beginnings))
    fixed = sum(_width(file.schema_arrow.field(name).type) for name in columns)
    rows = min(chunk_rows, AT_ONCE_BYTES // max(1, repeating), AT_ONCE_BYTES // max(1, fixed))
    texts = [name for name in columns if name in coded and _is_text(file.schema_arrow.field(name).type)]
    return SafeReading(max(1, rows), tuple(texts))


class WrittenOut:
    """Values of batches in place of their places in a dictionary, as long as they stay in proportion to the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._packed = path.stat().st_size
        self._total = 0

    def column(self, column: Any) -> Any:
        """A column of a batch.

        Raises:
            FileUnreadable: It is too long, or what has been read is out of all proportion to the file.
        """
        size = _size(column)
        self._total += size
        if size > AT_ONCE_BYTES or (self._total > AT_ONCE_BYTES and self._total > MOST_WRITTEN_RATIO * self._packed):
            told = f"It would unpack from {self._packed:,} to {self._total:,} bytes or more."
            raise FileUnreadable(self._path.name, told, _REMEDY)
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _size(column: Any) -> int:
    """Bytes of the values when each is written out."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).cast(pa.int64()).take(column.indices)
    return pc.sum(lengths).as_py() or 0


def _pages(path: Path, chunk: Any) -> list[Page]:
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
        start = min(start, chunk.dictionary_page_offset)
    try:
        with path.open("rb") as file:
            pages = read_pages(file, start, start + chunk.total_compressed_size)
    except PageUnreadable as error:
        raise FileUnreadable(path.name, f"It is damaged ({error}).", "Export it again.") from error
    return pages


def _largest(pages: Sequence[Page], *, dictionary: bool) -> int:
    return max((page.unpacked_bytes for page in pages if page.is_dictionary == dictionary), default=0)


def _require_sizes(path: Path, total: int, at_once: int) -> None:
    packed = path.stat().st_size
    if total > MOST_BYTES or (total > SMALL_BYTES and total > MOST_RATIO * packed):
        raise FileUnreadable(path.name, f"It would unpack from {packed:,} to {total:,} bytes or more.", _REMEDY)
    if at_once > AT_ONCE_BYTES:
        raise FileUnreadable(path.name, f"It would need {at_once:,} bytes of memory at once.", _REMEDY)


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _width(kind: pa.DataType) -> int:
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 0
