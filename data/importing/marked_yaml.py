"""What does a YAML file say, and on which line does it say it?

Values stay as written: `0123` is a code, not an octal number, and `No` is a word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from data.importing.errors import MappingInvalid

Place = tuple[str | int, ...]

DEEPEST = 50
"""Nested lists and blocks; the parser takes minutes over thousands."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value at one place of a YAML file, which knows how to complain about itself.

    Attributes:
        value: what stands there: text as written, a list, a dict by text, or None.
        file: name of the file, for messages.
        path: keys and positions from the top of the file down to the value.
        lines: line, from 1, by path.
    """

    value: object
    file: str
    path: Place = ()
    lines: Mapping[Place, int] = field(default_factory=dict)

    def fail(self, cause: str, remedy: str) -> NoReturn:
        """Refuse the file because of this entry.

        Raises:
            MappingInvalid: always.
        """
        name = ".".join(str(part) for part in self.path) or "(whole file)"
        raise MappingInvalid(self.file, self._line(), name, cause, remedy)

    def child(self, key: str | int) -> "Entry":
        """The entry below a key; its value is None where the key is absent."""
        value: object = None
        if isinstance(self.value, dict):
            value = self.mapping().get(str(key))
        elif isinstance(self.value, list) and isinstance(key, int):
            value = self.value[key]
        return Entry(value, self.file, (*self.path, key), self.lines)

    def allow(self, keys: Sequence[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in self.mapping():
            if key not in keys:
                self.child(key).fail("This key means nothing here.", f"Use one of: {', '.join(keys)}.")

    def mapping(self) -> dict[str, object]:
        """The value as a dict; absent is empty."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            self.fail("A block of `key: value` lines is needed here.", "Indent the keys below this one.")
        return {str(key): value for key, value in self.value.items()}

    def text(self, default: str | None = None) -> str | None:
        """The value as text, as written."""
        if self.value is None:
            return default
        if isinstance(self.value, dict | list):
            self.fail("One text is needed here.", "Write `key: text`.")
        return str(self.value)

    def needed_text(self) -> str:
        """The value as text that must be there."""
        text = self.text()
        if not text:
            self.fail("A text is needed here and nothing stands there.", "Add it.")
        return text

    def texts(self) -> tuple[str, ...]:
        """The value as several texts; a single one counts as a list of one."""
        if self.value is None:
            return ()
        if not isinstance(self.value, list):
            return (self.needed_text(),)
        return tuple(self.child(position).needed_text() for position in range(len(self.value)))

    def truth(self, default: bool) -> bool:
        """The value as yes or no."""
        word = (self.text() or str(default)).lower()
        if word not in ("true", "false"):
            self.fail("true or false is needed here.", "Write `true` or `false`.")
        return word == "true"

    def one_of(self, choices: Sequence[str], default: str) -> str:
        """The value as one of a few words."""
        text = self.text(default) or default
        if text not in choices:
            self.fail(f"{text!r} is not known.", f"Use one of: {', '.join(choices)}.")
        return text

    def table(self) -> dict[str, str]:
        """The value as texts by text."""
        return {key: self.child(key).needed_text() for key in self.mapping()}

    def _line(self) -> int | None:
        """Line of this entry, or of the nearest one around it that the file really has."""
        for length in range(len(self.path), -1, -1):
            if self.path[:length] in self.lines:
                return self.lines[self.path[:length]]
        return None


def read_yaml(path: Path) -> Entry:
    """Read a YAML file with the line of each entry.

    Raises:
        MappingInvalid: there is no such file, or it is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingInvalid(
            path.name, None, "(whole file)", f"It cannot be read: {error}.", "Check the path."
        ) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, file: str) -> Entry:
    """Read YAML text; `file` names it in messages."""
    try:
        _refuse_growth(text, file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MappingInvalid(
            file, line, "(syntax)", f"It is no YAML: {error.problem}.", "Check indent and colons."
        ) from error
    if node is None:
        return Entry(None, file)
    return Entry(_value(node), file, (), dict(_lines(node, ())))


def _refuse_growth(text: str, file: str) -> None:
    """A few lines in which names stand for lists of names, or lists lie in lists, become more than a machine can do."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise MappingInvalid(file, line, "(syntax)", "`*name` repeats another place.", "Write it out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise MappingInvalid(file, line, "(syntax)", "It is nested too deeply.", "Write it flat.")


def _value(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(value) for value in node.value]
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _lines(node: yaml.Node, path: Place) -> Iterator[tuple[Place, int]]:
    """Line of every entry; a key's entry is on the key's line."""
    if not path:
        yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, key.value)
            yield below, key.start_mark.line + 1
            yield from _lines(value, below)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield (*path, position), value.start_mark.line + 1
            yield from _lines(value, (*path, position))
