"""Where do numbers of people stand in a plain text: ID cards, phones, bank cards, however they are grouped?

Digits with at most three blanks, dashes, dots or brackets between them form a run of groups. From each group on,
the longest stretch of whole groups that is a number of a known kind counts. A stretch has at most six groups, or
24 single digits, and is looked at only where its first digits and their number fit a kind, so the work grows with
the length of the text and no faster.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from data.privacy import number_checks, surroundings
from data.privacy.kinds import Kind, Span
from data.privacy.surroundings import NOTHING, Announced, announced

_RUN = re.compile(r"[0-9]+(?:[ ()\-·.]{1,3}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_MOST_DIGITS = 24
_LEAST_DIGITS = 7
_MOST_GROUPS = 6
_ID_LENGTH = 18
_DECIMALS_AFTER = 17
"""`22.13812345678` is a latitude; up to 17 a number before a dot may count the points of a list."""

_MOBILE_SHAPES = frozenset(
    [
        *((11,), (3, 8), (7, 4), (5, 6), (6, 5), (3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (3, 5, 3)),
        *((5, 3, 3), (3, 2, 2, 2, 2), (3, 4, 2, 2), (3, 3, 3, 2), (1,) * 11),
    ]
)
_SUBSCRIBER_SHAPES = frozenset([(7,), (8,), (4, 4), (3, 4), (4, 3), (2, 2, 2, 2), (2, 2, 3), (3, 2, 2)])
_SERVICE_SHAPES = frozenset([(10,), (3, 7), (3, 3, 4), (3, 4, 3), (3, 2, 5), (4, 3, 3)])
_OLD_ID_SHAPES = frozenset([(15,), (6, 6, 3), (6, 9)])
_CARD_SHAPES = frozenset([(6, 10), (6, 13), (4, 6, 5), (4, 6, 4), (8, 8), (8, 11), (5, 5, 6), (5, 5, 5, 4)])
_TRUNKS = ("", "0086", "86", "0")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some groups of a run, one after the other.

    Attributes:
        text: the whole plain text.
        start, end: where the stretch stands in it.
        digits: its digits.
        shape: lengths of its groups.
        joints: what stands between them.
        words: what the words before it say that it is.
    """

    text: str
    start: int
    end: int
    digits: str
    shape: tuple[int, ...]
    joints: frozenset[str]
    words: Announced

    @property
    def whole(self) -> bool:
        """Whether it is one group."""
        return len(self.shape) == 1

    @property
    def dotted(self) -> bool:
        """Whether a dot stands between groups, as in decimals."""
        return any("." in joint for joint in self.joints)


def find_numbers(text: str) -> Iterator[Span]:
    """Numbers of people in a plain text, from left to right, none overlapping."""
    last_phone = -1
    for run in _RUN.finditer(text):
        if run.end() - run.start() < _LEAST_DIGITS:
            continue
        for span in _spans_of(text, run, last_phone):
            last_phone = span.end if span.kind is Kind.PHONE else last_phone
            yield span


def find_identifiers(text: str) -> Iterator[Span]:
    """Numbers that cannot well be the key of a record: mobile numbers, and ID numbers of people born before 2010."""
    for run in _RUN.finditer(text):
        for group in _GROUP.finditer(text, run.start(), run.end()):
            stretch = _stretch(text, [group.span()])
            end = group.end() + _x_follows(stretch)
            touches = text[max(0, group.start() - 1) : group.start()] + text[end : end + 1]
            if any(character.isalnum() or character == "_" for character in touches):
                continue
            kind = _identifier_kind(text[group.start() : end])
            if kind:
                yield Span(group.start(), end, kind)


_LATEST_BIRTH = 2010


def _identifier_kind(number: str) -> Kind | None:
    if len(number) == _ID_LENGTH and number_checks.is_id_card(number):
        return Kind.ID_CARD if int(number[6:10]) < _LATEST_BIRTH else None
    return Kind.PHONE if number_checks.is_mobile(number.removeprefix("86")) else None


_BEGINNINGS = tuple(
    (re.compile(pattern), frozenset(lengths))
    for pattern, lengths in (
        (r"1[3-9][0-9]{9}", (11, 22)),
        (r"(?:0086|86|0)1[3-9][0-9]{9}", (12, 13, 15)),
        (r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6}", (10, 11, 12)),
        (r"(?:0086|86)(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6}", range(11, 17)),
        (r"[48]00[0-9]{7}", (10,)),
        (r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}", (17, 18)),
        (r"[1-9][0-9]{7}[01][0-9][0-3][0-9]{4}", (15,)),
    )
)
_CARD_BEGINNING = re.compile(r"(?:2[2-7]|[34569])[0-9]{12}")
"""How every number but a card begins that no word has to announce, and how many digits it has."""
_ANY_BEGINNING = re.compile("|".join([*(pattern.pattern for pattern, _ in _BEGINNINGS), _CARD_BEGINNING.pattern]))
"""Most stretches end here, at little cost."""
_ANNOUNCED_LENGTHS = frozenset(range(_LEAST_DIGITS, _MOST_DIGITS + 1))
_SECOND_LENGTHS = frozenset((7, 8))
"""Digits of a local number that follows another phone."""
_DIGITS_ONLY = {ord(character): None for character in " ()-·."}


@dataclass(frozen=True, slots=True)
class _Run:
    """Groups of digits that stand close together.

    Attributes:
        text: the whole plain text.
        groups: start and end of each group in it.
        digits: digits of all groups.
        offsets: digits before each group, and of all.
    """

    text: str
    groups: list[tuple[int, int]]
    digits: str
    offsets: list[int]

    def may_be_spelt(self, place: int, first: int) -> bool:
        """Whether a row of single digits may begin with a group: no single digit stands before it."""
        return place == first or self.offsets[place] - self.offsets[place - 1] > 1

    def may_begin(self, place: int, first: int) -> bool:
        """Whether a number may begin with a group, told at the least cost."""
        if place == first:
            return True
        reach = min(place + _MOST_GROUPS, len(self.groups))
        if self.offsets[reach] - self.offsets[place] < _LEAST_DIGITS and not self.may_be_spelt(place, first):
            return False
        return _ANY_BEGINNING.match(self.digits, self.offsets[place]) is not None

    def lengths(self, place: int, words: Announced, *, follows: bool) -> frozenset[int]:
        """How many digits a number, no card, that begins with a group may have; it may follow a phone."""
        if words != NOTHING:
            return _ANNOUNCED_LENGTHS
        at = self.offsets[place]
        second = _SECOND_LENGTHS if follows else frozenset()
        if not _ANY_BEGINNING.match(self.digits, at):
            return second
        return second.union(*(lengths for beginning, lengths in _BEGINNINGS if beginning.match(self.digits, at)))


def _spans_of(text: str, match: re.Match[str], last_phone: int) -> Iterator[Span]:
    groups = [group.span() for group in _GROUP.finditer(text, match.start(), match.end())]
    offsets = list(accumulate((end - start for start, end in groups), initial=0))
    run = _Run(text, groups, match[0].translate(_DIGITS_ONLY), offsets)
    place, first = 0, 0
    while place < len(groups):
        span = _from_group(run, place, first, last_phone) if run.may_begin(place, first) else None
        if span is None:
            yield from _inside_long_group(text, *groups[place])
            place += 1
            continue
        yield span
        last_phone = span.end if span.kind is Kind.PHONE else last_phone
        while place < len(groups) and groups[place][0] < span.end:
            place += 1
        # What follows a masked number reads as if its mark stood there: a run of its own.
        first = place


def _from_group(run: _Run, place: int, first: int, last_phone: int) -> Span | None:
    """The longest number that begins with a group; `first` is the first group after the last number found."""
    # Words announce the first group of a run only: before the others stand digits or a mark.
    words = announced(run.text, run.groups[0][0]) if place == 0 else NOTHING
    follows = place == first and surroundings.may_go_on_from(last_phone, run.groups[place][0])
    lengths = run.lengths(place, words, follows=follows)
    may_be_card = _CARD_BEGINNING.match(run.digits, run.offsets[place]) is not None
    if not lengths and not may_be_card:
        return None
    decimals = _are_decimals(run.text, run.groups, place, first)
    for stop in reversed(_stops(run, place, first)):
        digits = run.digits[run.offsets[place] : run.offsets[stop]]
        if len(digits) in lengths or (may_be_card and number_checks.is_bank_card(digits)):
            span = _judge(_stretch(run.text, run.groups[place:stop], words), last_phone, decimals=decimals)
            if span is not None:
                return span
    return None


def _stops(run: _Run, place: int, first: int) -> list[int]:
    """Where a number that begins with a group may end: after at most six groups, or after a row of single digits."""
    stops: list[int] = []
    spelt = run.may_be_spelt(place, first)
    for stop in range(place + 1, len(run.groups) + 1):
        digits, groups = run.offsets[stop] - run.offsets[place], stop - place
        if digits > _MOST_DIGITS or (groups > _MOST_GROUPS and not (spelt and digits == groups)):
            break
        if digits >= _LEAST_DIGITS:
            stops.append(stop)
    return stops


def _stretch(text: str, groups: list[tuple[int, int]], words: Announced = NOTHING) -> _Stretch:
    joints = frozenset(text[left[1] : right[0]] for left, right in pairwise(groups))
    digits = "".join(text[start:end] for start, end in groups)
    return _Stretch(
        text, groups[0][0], groups[-1][1], digits, tuple(end - start for start, end in groups), joints, words
    )


def _are_decimals(text: str, groups: list[tuple[int, int]], place: int, first: int) -> bool:
    if place == first or text[groups[place - 1][1] : groups[place][0]] != ".":
        return False
    before = text[slice(*groups[place - 1])]
    return len(before) > 2 or int(before) > _DECIMALS_AFTER or place > first + 1


def _judge(stretch: _Stretch, last_phone: int, *, decimals: bool) -> Span | None:
    if _inside_word(stretch):
        return None
    identity = _id_span(stretch)
    if identity is not None:
        return identity
    if decimals and stretch.whole:
        return None
    if _is_phone(stretch, last_phone):
        return _phone_span(stretch)
    return Span(stretch.start, stretch.end, Kind.BANK_CARD) if _is_card(stretch) else None


def _inside_word(stretch: _Stretch) -> bool:
    """Whether Latin letters stand on both sides, as in a hash; `tel138…` and `138…x` are no such words."""
    before, after = stretch.text[stretch.start - 1 : stretch.start], stretch.text[stretch.end : stretch.end + 1]
    return before.isascii() and before.isalpha() and after.isascii() and after.isalpha()


def _x_follows(stretch: _Stretch) -> int:
    """Length of blanks, dashes and an X right after 17 digits; 0 where there is none."""
    if len(stretch.digits) != _ID_LENGTH - 1:
        return 0
    match = _X.match(stretch.text, stretch.end)
    return match.end() - stretch.end if match else 0


_X = re.compile(r"[ \-]{0,3}[Xx](?![A-Za-z0-9])")


def _id_span(stretch: _Stretch) -> Span | None:
    x_length = _x_follows(stretch)
    number = stretch.digits + ("X" if x_length else "")
    if len(number) == _ID_LENGTH:
        is_one = number_checks.is_id_card(number) or _is_mistyped_id(stretch, number)
    else:
        is_one = _is_old_id(stretch)
    return Span(stretch.start, stretch.end + x_length, Kind.ID_CARD) if is_one else None


def _is_mistyped_id(stretch: _Stretch, number: str) -> bool:
    """A wrong check character does not make an ID number harmless; a day of this century makes it a serial number."""
    if stretch.words.id_card:
        return stretch.whole or number_checks.birth_year(number) is not None
    year = number_checks.birth_year(number)
    serial = stretch.words.serial
    return year is not None and year < 2000 and not serial and not stretch.dotted


def _is_old_id(stretch: _Stretch) -> bool:
    if stretch.words.id_card:
        return stretch.whole and 14 <= len(stretch.digits) <= 19
    if stretch.shape not in _OLD_ID_SHAPES or not number_checks.is_old_id_card(stretch.digits):
        return False
    serial = stretch.words.serial or number_checks.may_be_grid_code(stretch.digits)
    return not serial and not stretch.dotted


def _is_phone(stretch: _Stretch, last_phone: int) -> bool:
    is_one = (
        _is_mobile(stretch) or bool(_fixed_end(stretch)) or _is_service(stretch) or _is_announced(stretch, last_phone)
    )
    return is_one and not _stands_beside_amount(stretch)


def _is_mobile(stretch: _Stretch) -> bool:
    for trunk in _TRUNKS:
        if not stretch.digits.startswith(trunk) or not number_checks.is_mobile(stretch.digits[len(trunk) :]):
            continue
        shape = _without(stretch.shape, len(trunk))
        if shape in _MOBILE_SHAPES:
            return not stretch.dotted or shape == (3, 4, 4) or stretch.shape == (1,) * 11
    return _is_row_of_mobiles(stretch)


def _is_row_of_mobiles(stretch: _Stretch) -> bool:
    digits = stretch.digits
    return stretch.shape == (22,) and number_checks.is_mobile(digits[:11]) and number_checks.is_mobile(digits[11:])


def _without(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Group lengths without the first `count` digits."""
    rest = list(shape)
    while rest and count >= rest[0]:
        count -= rest.pop(0)
    if count and rest:
        rest[0] -= count
    return tuple(rest)


def _fixed_end(stretch: _Stretch) -> int:
    """Where the area code of a fixed phone ends, counted in digits; 0 where it is no fixed phone."""
    if stretch.dotted:
        return 0
    abroad = stretch.text[stretch.start - 1 : stretch.start] == "+"
    area = number_checks.fixed_area_length(stretch.digits, abroad=abroad)
    if area and (stretch.whole or set(stretch.shape) == {1}):
        return area
    starts = [sum(stretch.shape[:count]) for count in range(len(stretch.shape))]
    return area if area in starts and _without(stretch.shape, area) in _SUBSCRIBER_SHAPES else 0


def _is_service(stretch: _Stretch) -> bool:
    if stretch.shape not in _SERVICE_SHAPES or stretch.dotted or not number_checks.is_service_number(stretch.digits):
        return False
    return not (stretch.whole and stretch.words.serial)


def _is_announced(stretch: _Stretch, last_phone: int) -> bool:
    """A number that the words before it, or the phone before it, make a phone number."""
    digits = stretch.digits
    if len(digits) > 13 or stretch.dotted or number_checks.is_day(digits[:8]) or len(stretch.shape) > 3:
        return False
    if stretch.words.phone:
        return stretch.whole or stretch.shape in _SUBSCRIBER_SHAPES | _MOBILE_SHAPES
    follows = last_phone >= 0 and surroundings.goes_on_from(stretch.text, last_phone, stretch.start)
    return follows and stretch.shape in _SUBSCRIBER_SHAPES and digits[0] in "2345678"


_CLOSED_OPENING, _PLUS = re.compile(r"(?:\(\+?|\+)\Z"), re.compile(r"\+\Z")


def _phone_span(stretch: _Stretch) -> Span:
    start, end = stretch.start, stretch.end
    if not _is_mobile(stretch):
        end = surroundings.with_extension(stretch.text, end)
    shape = _CLOSED_OPENING if ")" in stretch.text[start:end] else _PLUS
    opening = shape.search(stretch.text, max(0, start - 2), start)
    return Span(opening.start() if opening else start, end, Kind.PHONE)


def _is_card(stretch: _Stretch) -> bool:
    if not 13 <= len(stretch.digits) <= 19 or stretch.dotted or not _has_card_shape(stretch):
        return False
    if stretch.words.bank_card:
        return True
    if stretch.words.serial or not number_checks.is_bank_card(stretch.digits):
        return False
    return not _stands_beside_amount(stretch)


def _has_card_shape(stretch: _Stretch) -> bool:
    shape = stretch.shape
    in_fours = set(shape[:-1]) == {4} and shape[-1] <= 4
    return len(shape) == 1 or in_fours or shape in _CARD_SHAPES or set(shape) == {1}


def _stands_beside_amount(stretch: _Stretch) -> bool:
    return surroundings.says_amount(stretch.text, stretch.start, stretch.end)


def _inside_long_group(text: str, start: int, end: int) -> Iterator[Span]:
    """ID numbers inside digits that go on before or after them."""
    if end - start <= _ID_LENGTH:
        return
    last = start
    for match in _ID_AHEAD.finditer(text, start, end + 1):
        if match.start() >= last and number_checks.is_id_card(match[1]):
            last = match.start() + _ID_LENGTH
            yield Span(match.start(), last, Kind.ID_CARD)


_ID_AHEAD = re.compile(r"(?=([1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}(?:[0-9]|[Xx](?![A-Za-z0-9]))))")
