"""Which lines does a CSV file hold, whatever its encoding, and where does each record begin?"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 32 * 1024 * 1024

_NEWLINE, _QUOTE, _RETURN = 10, 34, 13
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Whole records as UTF-8.

    Attributes:
        text: the records, the last one ended by a newline.
        first_line: number of the line on which the first record begins, from 1.
        gb18030_lines: lines that were decoded as GB18030 because they are no UTF-8.
        latin1_lines: lines that are neither and were taken as Latin-1.
    """

    text: bytes
    first_line: int
    gb18030_lines: int = 0
    latin1_lines: int = 0


def text_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[TextBlock]:
    """Cut a file into blocks of whole records and decode each, line by line where it is not UTF-8.

    A block ends at a newline outside quotes. A byte order mark is dropped; UTF-16 is converted.

    Args:
        path: the file.
        block_bytes: about how much to read at once.
    """
    line, left = 1, b""
    for part in _raw_parts(path, block_bytes):
        left += part
        cut = _last_record_end(left)
        if cut:
            yield _decoded(left[:cut], line)
            line += left.count(b"\n", 0, cut)
            left = left[cut:]
    if left:
        yield _decoded(left if left.endswith(b"\n") else left + b"\n", line)


def record_lines(text: bytes, first_line: int) -> NDArray[np.int64]:
    """Line number (n,) on which each record that is not blank begins, in order."""
    raw = np.frombuffer(text, np.uint8)
    newlines = np.flatnonzero(raw == _NEWLINE)
    ends = newlines[_outside_quotes(raw, newlines)] if _QUOTE in text else newlines
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    lengths = ends - starts
    blank = (lengths == 0) | ((lengths == 1) & (raw[starts] == _RETURN))
    same = len(ends) == len(newlines)
    lines = np.arange(len(ends)) if same else np.searchsorted(newlines, starts)
    return np.asarray(lines[~blank] + first_line, np.int64)


def _raw_parts(path: Path, block_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        head = file.read(3)
        if head[:2] in _UTF16:
            yield (head + file.read()).decode("utf-16").encode("utf-8")
            return
        yield head.removeprefix(codecs.BOM_UTF8) + file.read(block_bytes)
        while part := file.read(block_bytes):
            yield part


def _outside_quotes(raw: NDArray[np.uint8], positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    quotes = np.flatnonzero(raw == _QUOTE)
    return np.asarray(np.searchsorted(quotes, positions) % 2 == 0)


def _last_record_end(data: bytes) -> int:
    """Where the last whole record ends: after its newline; 0 when none is whole."""
    if _QUOTE not in data:
        return data.rfind(b"\n") + 1
    raw = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(raw == _NEWLINE)
    ends = newlines[_outside_quotes(raw, newlines)]
    return int(ends[-1]) + 1 if len(ends) else 0


def _decoded(data: bytes, first_line: int) -> TextBlock:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded_by_line(data, first_line)
    return TextBlock(data, first_line)


def _decoded_by_line(data: bytes, first_line: int) -> TextBlock:
    lines = data.split(b"\n")
    codes = [_line_codec(line) for line in lines]
    text = "\n".join(line.decode(codec) for line, codec in zip(lines, codes, strict=True)).encode("utf-8")
    return TextBlock(text, first_line, codes.count("gb18030"), codes.count("latin-1"))


def _line_codec(line: bytes) -> str:
    for codec in ("utf-8", "gb18030"):
        try:
            line.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return "latin-1"
