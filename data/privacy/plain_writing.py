"""How does a text read when width, digits of other scripts and invisible characters no longer matter?"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_DOTS = "·•・‧∙⋅･●"
_CROSSES = "×ХхⅩⅹ"
_NUMERALS = {
    **dict.fromkeys("〇零○", "0"),
    **dict.fromkeys("一幺壹", "1"),
    **dict.fromkeys("二两贰貳", "2"),
    **dict.fromkeys("三叁", "3"),
    **dict.fromkeys("四肆", "4"),
    **dict.fromkeys("五伍", "5"),
    **dict.fromkeys("六陆", "6"),
    **dict.fromkeys("七柒", "7"),
    **dict.fromkeys("八捌", "8"),
    **dict.fromkeys("九玖", "9"),
    **{chr(0x2460 + place): str(place + 1) for place in range(9)},
}
NUMERALS = "".join(_NUMERALS)
"""Characters that stand for one digit each where a number is spelt out."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain writing.

    Attributes:
        text: the plain text; each character stands for one of the original.
        origin: place in the original of each plain character; None where they are the same.
        length: length of the original.
    """

    text: str
    origin: Sequence[int] | None
    length: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text stands in the original, invisible characters within it included."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1


def plain(text: str) -> Plain:
    """The text with ASCII digits, letters, blanks, dashes and dots, without invisible characters.

    Example:
        >>> plain("１３８－ａ").text
        '138-a'
    """
    narrow = text.translate(_TABLE)
    if _GONE not in narrow:
        return Plain(narrow, None, len(text))
    origin = [place for place, character in enumerate(narrow) if character != _GONE]
    return Plain("".join(narrow[place] for place in origin), origin, len(text))


def spelt_digits(text: str) -> str:
    """A plain text with numerals such as 幺三八 as digits, character by character."""
    return text.translate(_SPELT)


_GONE = "\0"
_SPELT = str.maketrans(_NUMERALS)


class _Table(dict[int, str]):
    """Plain character by code point, worked out when first met."""

    def __missing__(self, code: int) -> str:
        character = self[code] = _plain_character(chr(code))
        return character


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if character == _GONE or category in ("Cf", "Mn", "Me"):
        return _GONE
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    if category == "Pd" or character == "−":
        return "-"
    if character in _DOTS:
        return "·"
    if character in _CROSSES:
        return "X"
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if category != "No" and len(compatible) == 1 else character


_TABLE = _Table()
