"""What is left of a text when ID numbers, phones, cards, plates and addresses of people are taken out?

Which numbers count as such, and which do not, is told in docs/privacy.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from data.privacy.digit_runs import find_identifiers, find_numbers
from data.privacy.kinds import MARKS, Kind, Masked, Span
from data.privacy.letter_marks import (
    PROVINCES,
    find_emails,
    find_named_plates,
    find_neighbour_ids,
    find_other_plates,
    find_passports,
    find_plates,
)
from data.privacy.plain_writing import NUMERALS, Plain, plain, spelt_digits

Finder = Callable[[str], Iterable[Span]]

_LEAST_NUMERALS = 3
_MOST_ROUNDS = 8


_BETWEEN = r"[ ()\-·.]"
_SUSPECT = re.compile(
    rf"(?:[0-9{NUMERALS}]{_BETWEEN}{{0,3}}){{7}}|[@#]|[(\[{{<【〔] ?(?:at|艾特)|[{PROVINCES}]{_BETWEEN}{{0,3}}[a-z]"
    rf"|[0-9]{{6}} ?\([a-z]\)|使{_BETWEEN}{{0,2}}[0-9]|[0-9]{_BETWEEN}{{0,2}}使|WJ|车牌|牌照|车号",
    re.IGNORECASE,
)
"""Fits every plain text in which something may have to be masked, and few others."""

_STIRRING = frozenset(NUMERALS + PROVINCES + "使车牌")
_CALM = (
    "".join(re.escape(chr(code)) for code in range(0x4E00, 0xA000) if chr(code) not in _STIRRING)
    + " \n，。、；：！？《》"
)
_QUIET = re.compile(f"[{_CALM}]*+(?:[0-9][{_CALM}]*+){{0,5}}")
"""Fits whole texts that `_SUSPECT` cannot fit once they are plain, so most texts need not be made plain at all."""

_PLAIN_KEY = re.compile(r"(?:[A-IK-Za-ik-z_\-./:]++|[0-9]{1,10}(?![0-9]))*+")
"""Fits whole keys of records in which nothing is to be masked, and most keys are such: a mobile or ID number has 11
digits or more in one piece, an address of e-mail a sign, a plate a character of a province or a J."""


def mask(text: str) -> Masked:
    """The text with a mark in place of each number or address of a person.

    Masking again changes nothing.

    Example:
        >>> mask("联系 13812345678 李").text
        '联系 ［电话］ 李'
    """
    return _masked(text, _FINDERS)


def mask_identifier(text: str) -> Masked:
    """The key of a record, masked only where it cannot well be anything but the number or address of a person.

    Serial numbers and codes of units stay: mobile numbers, ID numbers with a right check character and a birth before
    2010, plates and e-mail addresses go.
    """
    return Masked(text) if _PLAIN_KEY.fullmatch(text) else _masked(text, _IDENTIFIER_FINDERS)


def masked_text(text: str) -> str:
    """As `mask`, the text alone."""
    return mask(text).text


def _masked(text: str, finders: tuple[Finder, ...]) -> Masked:
    if _QUIET.fullmatch(text):
        return Masked(text)
    counts: Counter[Kind] = Counter()
    # What stood on both sides of a masked number may be a number by itself afterwards.
    for _ in range(_MOST_ROUNDS):
        read, before = plain(text), text
        if not _SUSPECT.search(read.text):
            break
        for finder in finders:
            masked = _replaced(text, read, finder, counts)
            if masked is not text:
                text, read = masked, plain(masked)
        if text is before:
            break
    return Masked(text, dict(counts))


def _replaced(text: str, read: Plain, finder: Finder, counts: Counter[Kind]) -> str:
    """The text with marks in place of what a finder finds in its plain writing; the very text where that is nothing."""
    parts: list[str] = []
    done = 0
    for span in finder(read.text):
        start, end = read.original(span.start, span.end)
        parts += [text[done:start], MARKS[span.kind]]
        counts[span.kind] += 1
        done = end
    return "".join([*parts, text[done:]]) if parts else text


def _find_spelt_numbers(text: str) -> Iterator[Span]:
    """Phones and ID numbers written with numerals such as 幺三八."""
    if not _SPELT.search(text):
        return
    for span in find_numbers(spelt_digits(text)):
        numerals = sum(text[place] in NUMERALS for place in range(span.start, span.end))
        if numerals >= _LEAST_NUMERALS and span.kind is not Kind.BANK_CARD:
            yield span


_SPELT = re.compile(rf"(?:[{NUMERALS}][^\w]{{0,3}}){{{_LEAST_NUMERALS}}}")
_FINDERS: tuple[Finder, ...] = (
    find_emails,
    find_plates,
    find_other_plates,
    find_named_plates,
    find_passports,
    find_neighbour_ids,
    find_numbers,
    _find_spelt_numbers,
)
_IDENTIFIER_FINDERS: tuple[Finder, ...] = (find_emails, find_plates, find_identifiers)
