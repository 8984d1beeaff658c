"""How large do the pages of a Parquet file become when they are unpacked? Their headers say it.

The footer says so too, but a reader makes room for what the header of each page says.

Source: Apache Parquet format 2.10, `parquet.thrift` (PageHeader); Thrift compact protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

Fields = Mapping[int, Any]

_HEADER_BYTES = 512
_LONGEST_HEADER_BYTES = 16_777_216
"""No reader takes a longer one: it may hold the smallest and the largest value of the page."""

_DEEPEST = 8
_DICTIONARY_PAGE = 2
_DELTA_BYTE_ARRAY = 7
_STRUCT, _LIST, _SET, _BINARY, _DOUBLE, _BYTE = 12, 9, 10, 8, 7, 3
_TRUE, _FALSE = 1, 2


class PageUnreadable(ValueError):
    """What should be the header of a page is none."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        unpacked_bytes: What it unpacks into.
        is_dictionary: Whether other pages only name the values that stand in it.
        shares_beginnings: Whether a value may stand for the beginning of the one before, and be longer than what is
            written of it.
    """

    unpacked_bytes: int
    is_dictionary: bool
    shares_beginnings: bool


def read_pages(file: BinaryIO, start: int, stop: int) -> list[Page]:
    """The pages of one column in one group of rows.

    Args:
        file: The Parquet file.
        start: Offset of the first page.
        stop: Offset behind the last one.

    Raises:
        PageUnreadable: Something else stands there.
    """
    pages: list[Page] = []
    while start < stop:
        header, length = _read_header(file, start)
        unpacked, packed = header.get(2), header.get(3)
        if not isinstance(unpacked, int) or not isinstance(packed, int) or min(unpacked, packed) < 0:
            raise PageUnreadable("A page does not say how large it is.")
        details = ((header.get(5), 2), (header.get(8), 4))
        shares = any(isinstance(one, dict) and one.get(place) == _DELTA_BYTE_ARRAY for one, place in details)
        pages.append(Page(unpacked, header.get(1) == _DICTIONARY_PAGE, shares))
        start += length + packed
    return pages


def _read_header(file: BinaryIO, start: int) -> tuple[Fields, int]:
    size = _HEADER_BYTES
    while True:
        file.seek(start)
        text = file.read(size)
        try:
            reader = _Compact(text)
            return reader.struct(), reader.at
        except IndexError as error:
            if len(text) < size or size >= _LONGEST_HEADER_BYTES:
                raise PageUnreadable("The header of a page breaks off.") from error
            size *= 8


class _Compact:
    """Reads a structure; where the bytes end too early an IndexError says so."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields by number."""
        if depth > _DEEPEST:
            raise PageUnreadable("The header of a page is nested too deeply.")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._whole()
            kind = head & 15
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (4, 5, 6):
            return self._whole()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_BINARY, _DOUBLE, _BYTE, _TRUE, _FALSE):
            self._skip(self._plain() if kind == _BINARY else 8 if kind == _DOUBLE else 1)
            return None
        if kind in (_LIST, _SET):
            head = self._byte()
            for _ in range(self._plain() if head >> 4 == 15 else head >> 4):
                self._value(head & 15, depth + 1)
            return None
        raise PageUnreadable("The header of a page holds what no header holds.")

    def _skip(self, count: int) -> None:
        if self.at + count > len(self._text):
            raise IndexError
        self.at += count

    def _byte(self) -> int:
        self.at += 1
        return self._text[self.at - 1]

    def _plain(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise PageUnreadable("The header of a page holds a number that is none.")

    def _whole(self) -> int:
        value = self._plain()
        return (value >> 1) ^ -(value & 1)
