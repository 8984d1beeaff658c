"""Where do plates, e-mail addresses and passports stand in a plain text?"""

import re
from collections.abc import Iterator

from data.privacy.kinds import Kind, Span

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SPECIAL = "挂学警港澳试超领使"
_PLATE = re.compile(
    rf"[{PROVINCES}][ ·.\-]{{0,3}}[A-Za-z][ ·.\-]{{0,3}}"
    rf"(?:[A-Za-z0-9]{{4,5}}[{_SPECIAL}]|[A-Za-z0-9]{{5,6}}(?![A-Za-z0-9]))"
)
_OTHER_PLATES = re.compile(
    r"使[ ·.\-]{0,2}[0-9]{6}(?![0-9])|(?<![0-9])[0-9]{6}[ ·.\-]{0,2}使(?!用)"
    rf"|(?i:WJ)[ ·.\-]?[{PROVINCES}][ ·.\-]?[A-Za-z0-9]{{5}}(?![A-Za-z0-9])"
)
_NAMED_PLATE = re.compile(r"(?:车牌|牌照|车号)[号码是为: ]{0,5}([A-Za-z][ ·.\-]?[A-Za-z0-9]{5,6})(?![A-Za-z0-9])")
_LEAST_PLATE_DIGITS = 2
_PASSPORT = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|旅行证|居留证|(?<![A-Za-z])(?i:passport))[号码是为: ]{0,5}(?i:no\.? ?)?"
    r"([A-Za-z]{0,2}[0-9]{7,10})(?![A-Za-z0-9])"
)
_HONG_KONG_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9]{6} ?\([0-9Aa]\)")

_AT = re.compile(
    r" {0,2}(?:@|[(\[{<【〔] ?(?:at|艾特) ?[)\]}>】〕]|#(?=(?:qq|163|126|139|189|sina|gmail|foxmail)[.。])) {0,2}", re.I
)
_LOCAL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_DOT = r"(?:[.。]| ?[(\[{<【〔] ?(?:dot|点) ?[)\]}>】〕] ?| dot | ?点 ?)"
_DOMAIN = re.compile(rf"[A-Za-z0-9\-]{{1,63}}(?:{_DOT}[A-Za-z0-9\-]{{2,63}}){{1,6}}", re.I)
_MOST_LOCAL = 64


def find_emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also with (at) or a number sign for the at sign."""
    last = 0
    for at in _AT.finditer(text):
        start = at.start()
        while start > max(last, at.start() - _MOST_LOCAL) and text[start - 1] in _LOCAL_CHARACTERS:
            start -= 1
        domain = _DOMAIN.match(text, at.end())
        if start < at.start() and domain:
            last = domain.end()
            yield Span(start, last, Kind.EMAIL)


def find_plates(text: str) -> Iterator[Span]:
    """Plates of vehicles, with the sign of a province or announced by words."""
    for match in _PLATE.finditer(text):
        if sum(character.isdigit() for character in match[0]) >= _LEAST_PLATE_DIGITS:
            yield Span(*match.span(), Kind.PLATE)


def find_other_plates(text: str) -> Iterator[Span]:
    """Plates of consulates and of the armed police."""
    yield from (Span(*match.span(), Kind.PLATE) for match in _OTHER_PLATES.finditer(text))


def find_named_plates(text: str) -> Iterator[Span]:
    """Plates without their province, announced by words."""
    yield from (Span(*match.span(1), Kind.PLATE) for match in _NAMED_PLATE.finditer(text))


def find_passports(text: str) -> Iterator[Span]:
    """Passports and permits announced by words."""
    yield from (Span(*match.span(1), Kind.PASSPORT) for match in _PASSPORT.finditer(text))


def find_neighbour_ids(text: str) -> Iterator[Span]:
    """Identity cards of Hong Kong, with their check digit in brackets."""
    yield from (Span(*match.span(), Kind.ID_CARD) for match in _HONG_KONG_ID.finditer(text))
