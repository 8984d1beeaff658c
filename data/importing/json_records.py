"""Which records does a JSON file hold, read one after the other without loading the file whole?

Understands an array of objects (Open311), the `features` of a GeoJSON collection, and one object per line.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from data.importing.errors import FileUnreadable

_PART_CHARS = 4 * 1024 * 1024
_BETWEEN = " \t\r\n,"


class _Window:
    """The part of a text file that is in memory, and how far it has been read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.text = file.read(_PART_CHARS)
        self.at = 0
        self.line = 1

    def move_to(self, position: int) -> None:
        """Go forward to a position, counting the lines passed."""
        self.line += self.text.count("\n", self.at, position)
        self.at = position

    def grow(self) -> bool:
        """Read more and forget what has been passed; False at the end of the file."""
        part = self._file.read(max(_PART_CHARS, len(self.text) - self.at))
        self.text = self.text[self.at :] + part
        self.at = 0
        return bool(part)

    def skip_between(self) -> str:
        """Pass over blanks and commas; the character that follows, or "" at the end."""
        while True:
            position = self.at
            while position < len(self.text) and self.text[position] in _BETWEEN:
                position += 1
            self.move_to(position)
            if position < len(self.text):
                return self.text[position]
            if not self.grow():
                return ""


def json_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the objects of a file.

    Args:
        path: the file, UTF-8 with or without a byte order mark.

    Yields:
        (line on which the object begins, the object); what is in the array but no object is passed over.

    Raises:
        FileUnreadable: the file is no JSON of a known form; names the line.
    """
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            window = _Window(file)
            in_array = _enter_array(window, path)
            while (follows := window.skip_between()) not in ("", "]"):
                line = window.line
                record = _next_value(window, decoder, path)
                if isinstance(record, dict):
                    yield line, record
            if in_array and not follows:
                raise FileUnreadable(path.name, "The JSON breaks off.", "Export the file again.", window.line)
        except RecursionError as error:
            cause = "The JSON is nested too deeply."
            raise FileUnreadable(path.name, cause, "Export the file again.", window.line) from error
        except UnicodeDecodeError as error:
            raise FileUnreadable(path.name, f"It is not UTF-8 ({error.reason}).", "Save it as UTF-8.") from error


def _enter_array(window: _Window, path: Path) -> bool:
    """Go to the first object; whether it stands in an array, which has an end, or is the first of one per line."""
    first = window.skip_between()
    if first == "[":
        window.move_to(window.at + 1)
        return True
    if first == "{":
        return _enter_features(window)
    raise FileUnreadable(path.name, "It begins with neither [ nor {.", "Give a JSON array or GeoJSON.", window.line)


def _enter_features(window: _Window) -> bool:
    while '"features"' not in window.text and not _is_line_of_json(window.text):
        if not window.grow():
            return False
    if _is_line_of_json(window.text):
        return False
    window.move_to(window.text.index("[", window.text.index('"features"')) + 1)
    return True


def _is_line_of_json(text: str) -> bool:
    """Whether the first line is a whole object that is no feature collection."""
    try:
        record = json.loads(text.split("\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and record.get("type") != "FeatureCollection"


def _next_value(window: _Window, decoder: json.JSONDecoder, path: Path) -> object:
    while True:
        try:
            value, end = decoder.raw_decode(window.text, window.at)
        except ValueError as error:
            if not window.grow():
                raise FileUnreadable(
                    path.name, f"The JSON breaks off or is wrong: {error}.", "Export the file again.", window.line
                ) from error
        else:
            window.move_to(end)
            return value
