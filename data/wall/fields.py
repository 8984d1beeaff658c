"""How are single fields of the scenes read, and what is said of one that cannot be used?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

import yaml

from data.wall.errors import ScenesInvalid
from data.wall.scene import BELOW, Text

_KEY_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_MOST_CHARACTERS = 60
_STEPS = "123456"


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping of the file that knows on which line each of its fields stands.

    Attributes:
        file: Name of the file.
        path: Where it stands, such as `scenes[2].panels[0]`.
        line: Line of its beginning, from 1.
    """

    file: str
    path: str
    line: int
    nodes: Mapping[str, yaml.Node]

    def refuse(self, name: str, cause: str, remedy: str) -> ScenesInvalid:
        """The error that names this field."""
        node = self.nodes.get(name)
        field = f"{self.path}.{name}" if name and self.path else name or self.path
        return ScenesInvalid(self.file, self.line if node is None else _line(node), field, cause, remedy)

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return name in self.nodes

    def allow(self, known: frozenset[str]) -> None:
        """Refuse fields that nobody reads.

        Raises:
            ScenesInvalid: There is one.
        """
        for name in self.nodes:
            if name not in known:
                raise self.refuse(name, "There is no such field here.", f"Use any of: {', '.join(sorted(known))}.")

    def value(self, name: str) -> Any:
        """The plain value of a field.

        Raises:
            ScenesInvalid: It is missing, or of a kind that no field has.
        """
        node = self._node(name)
        try:
            return plain(node)
        except (yaml.YAMLError, ValueError):
            raise self.refuse(name, "The value cannot be read.", "Write a plain number or text.") from None

    def number(self, name: str, least: float, most: float, default: float | None = None) -> float:
        """A number within bounds."""
        if default is not None and not self.has(name):
            return default
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.refuse(name, f"{value!r} is no number from {least:g} to {most:g}.", "Correct it.")
        return float(value)

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        number = self.number(name, least, most, default)
        if number != int(number):
            raise self.refuse(name, f"{number:g} is no whole number.", f"Use one from {least} to {most}.")
        return int(number)

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        if not self.has(name):
            return default
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.refuse(name, f"{value!r} is neither true nor false.", "Write true or false.")
        return value

    def choice(self, name: str, known: tuple[str, ...], default: str | None = None) -> str:
        """One of several words."""
        if default is not None and not self.has(name):
            return default
        value = self.value(name)
        if value not in known:
            raise self.refuse(name, f"{value!r} is unknown.", f"Use one of: {', '.join(known)}.")
        return str(value)

    def key(self, name: str) -> str:
        """A key of small letters, digits, dashes."""
        value = self.value(name)
        if not isinstance(value, str) or not value or not set(value) <= _KEY_LETTERS:
            raise self.refuse(name, f"{value!r} is no key.", "Use small letters, digits, - and _.")
        return value

    def level(self, name: str) -> str:
        """A word for a level: `finest`, `below-1` …, or a key."""
        word = self.key(name)
        if word.startswith(BELOW) and word.removeprefix(BELOW) not in _STEPS:
            raise self.refuse(name, f"{word!r} is no step.", f"Use {BELOW}1 to {BELOW}{_STEPS[-1]}.")
        return word

    def words(self, name: str, known: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of words, each once; `known` limits them."""
        if not self.has(name):
            return ()
        value = self.value(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise self.refuse(name, f"{value!r} is no list of words.", "Write them as [one, two].")
        if len(set(value)) < len(value):
            raise self.refuse(name, "A word stands there twice.", "Leave each only once.")
        unknown = [] if known is None else [one for one in value if one not in known]
        if unknown and known is not None:
            raise self.refuse(name, f"{unknown[0]!r} is unknown.", f"Use any of: {', '.join(known)}.")
        return tuple(value)

    def text(self, zh: str = "zh", en: str = "en") -> Text:
        """A text in both languages, from two fields."""
        return Text(self._line_of_text(zh), self._line_of_text(en))

    def moment(self, name: str) -> time:
        """A time of day, as "07:30"."""
        value = self.value(name)
        try:
            return time.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.refuse(name, f"{value!r} is no time of day.", 'Write it in quotes, as "07:30".') from None

    def entry(self, name: str) -> "Entry":
        """A mapping below this one."""
        return entry_of(self.file, f"{self.path}.{name}" if self.path else name, self._node(name))

    def entries(self, name: str, least: int, most: int) -> tuple["Entry", ...]:
        """A list of mappings below this one."""
        node = self._node(name)
        if not isinstance(node, yaml.SequenceNode) or not least <= len(node.value) <= most:
            raise self.refuse(name, f"This is no list of {least} to {most} entries.", "Correct the list.")
        path = f"{self.path}.{name}" if self.path else name
        return tuple(entry_of(self.file, f"{path}[{n}]", one) for n, one in enumerate(node.value))

    def _node(self, name: str) -> yaml.Node:
        if name not in self.nodes:
            raise self.refuse(name, "The field is missing.", "Add it.")
        return self.nodes[name]

    def _line_of_text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST_CHARACTERS:
            raise self.refuse(name, f"{value!r} is no text.", f"Write 1 to {_MOST_CHARACTERS} characters.")
        return value.strip()


def entry_of(file: str, path: str, node: yaml.Node) -> Entry:
    """A node of the file as a mapping of fields.

    Raises:
        ScenesInvalid: It is none, or a field stands there twice.
    """
    if not isinstance(node, yaml.MappingNode):
        raise ScenesInvalid(file, _line(node), path or "file", "These are no fields.", "Write them as name: value.")
    nodes: dict[str, yaml.Node] = {}
    for name, value in node.value:
        if name.value in nodes:
            raise ScenesInvalid(file, _line(name), f"{path}.{name.value}", "It stands there twice.", "Leave one.")
        nodes[str(name.value)] = value
    return Entry(file, path, _line(node), nodes)


def plain(node: yaml.Node) -> Any:
    """The value of a node."""
    construct: Callable[..., Any] = yaml.SafeLoader("").construct_object
    return construct(node, deep=True)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
