"""Which rows of a column have to be looked at closely, told by one pass over its bytes?"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from data.privacy.letter_marks import PROVINCES
from data.privacy.plain_writing import NUMERALS, plain

_DIGIT, _LETTER, _AT, _NUMBER_SIGN, _BRACKET, _A, _PROVINCE, _J = (np.uint16(1 << place) for place in range(8))
_ENVOY, _CAR, _BOARD, _MARK, _JOINT, _UNSEEN, _FIGURE = (np.uint16(1 << place) for place in range(8, 15))
_SEEN = np.uint16(0xFFFF) ^ _UNSEEN
_CHARACTERS = (
    (_AT, "@"),
    (_NUMBER_SIGN, "#"),
    (_BRACKET, "([{<【〔"),
    (_A, "aA艾"),
    (_PROVINCE, PROVINCES),
    (_J, "jJ"),
    (_ENVOY, "使"),
    (_CAR, "车"),
    (_BOARD, "牌"),
    (_MARK, "号"),
    (_JOINT, " ()-·."),
)
_PLANE = 0x10000
_LEAST_RUN = 7
"""Digits of the shortest number that is masked without letters, each at most three joints after the one before."""
_MOST_JOINTS = 3
_ENVOY_RUN = 6
_MOBILE = 11
_MOBILE_ABROAD = 13
_ID_CARD = 18
_ANY = _DIGIT | _LETTER | _A | _J | _UNSEEN
"""Beyond the first plane: digits and letters of mathematics and invisible characters, taken for whatever is worst."""


def suspect_rows(texts: Any) -> NDArray[np.intp]:
    """Rows (k,) in which something may have to be masked; no other row has.

    Args:
        texts: arrow string array of n texts.
    """
    return _marked_rows(texts, _mark)


def suspect_keys(texts: Any) -> NDArray[np.intp]:
    """Rows (k,) in which the key of a record may be the number or address of a person; no other row's key is.

    Most serial numbers are told from ID and mobile numbers by how many digits stand together and by the year in them.

    Args:
        texts: arrow string array of n keys.
    """
    return _marked_rows(texts, _mark_keys)


def _marked_rows(texts: Any, mark: Callable[..., None]) -> NDArray[np.intp]:
    whole = pc.cast(texts, pa.large_string())
    if whole.offset:
        whole = pa.concat_arrays([whole])
    if not len(whole) or whole.buffers()[2] is None:
        return np.empty(0, np.intp)
    offsets = np.frombuffer(whole.buffers()[1], np.int64, len(whole) + 1, whole.offset * 8)
    raw = np.frombuffer(whole.buffers()[2], np.uint8)
    marks = np.zeros(len(whole), bool)
    mark(raw, offsets, _signs(), marks)
    return np.flatnonzero(marks & np.asarray(whole.is_valid()))


@cache
def _signs() -> NDArray[np.uint16]:
    """What each character of the first plane is a sign of."""
    return np.array([_sign(chr(code)) for code in range(_PLANE)], np.uint16)


def _sign(character: str) -> int:
    read = plain(character).text
    if not read:
        return int(_UNSEEN)
    sign = 0
    if read.isascii() and read.isdigit():
        sign |= int(_DIGIT | _FIGURE)
    if character in NUMERALS:
        sign |= int(_DIGIT)
    if read.isascii() and read.isalpha():
        sign |= int(_LETTER)
    for kind, characters in _CHARACTERS:
        sign |= int(kind) if read in characters else 0
    return sign


@njit(inline="always")
def _sign_at(raw, place, signs):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    """What the character at a place is a sign of, and where the next one begins."""
    byte = raw[place]
    if byte < 0x80:
        return signs[byte], place + 1
    if byte < 0xE0:
        return signs[(np.int64(byte) & 0x1F) << 6 | np.int64(raw[place + 1]) & 0x3F], place + 2
    if byte < 0xF0:
        middle = (np.int64(raw[place + 1]) & 0x3F) << 6
        return signs[(np.int64(byte) & 0x0F) << 12 | middle | np.int64(raw[place + 2]) & 0x3F], place + 3
    return _ANY, place + 4


@njit(cache=True, nogil=True)
def _mark(raw, offsets, signs, marks):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    for row in range(len(marks)):
        place, stop = offsets[row], offsets[row + 1]
        last = np.uint16(0)
        run, longest, gap = 0, 0, 0
        letter, plate, envoy, found = False, False, False, False
        while place < stop and not found:
            sign, place = _sign_at(raw, place, signs)
            if not sign:
                last, run, gap = sign, 0, 0
                continue
            if sign & _DIGIT:
                run = run + 1 if gap <= _MOST_JOINTS else 1
                longest = max(longest, run)
                found |= longest >= _LEAST_RUN
            elif not sign & (_JOINT | _UNSEEN):
                run = 0
            # `last` is the last character that is neither a joint nor invisible, `gap` counts the joints after it.
            found |= bool(sign & _AT)
            found |= bool(last & _J and sign & _PROVINCE)
            found |= bool(last & _BRACKET and sign & _A)
            found |= bool(last & _NUMBER_SIGN and sign & (_LETTER | _DIGIT))
            plate |= bool(last & _PROVINCE and sign & _LETTER and gap <= _MOST_JOINTS)
            plate |= bool(last & _CAR and sign & _MARK) or bool(sign & _BOARD)
            letter |= bool(sign & _LETTER)
            envoy |= bool(sign & _ENVOY)
            if sign & _UNSEEN:
                last |= sign & _SEEN
                gap = 0 if sign & _DIGIT else gap
            elif sign & _JOINT and not sign & _BRACKET:
                gap += 1
            else:
                last = sign
                gap = 1 if sign & _JOINT else 0
        marks[row] = found or (plate and letter) or (envoy and longest >= _ENVOY_RUN)


@njit(cache=True, nogil=True)
def _mark_keys(raw, offsets, signs, marks):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    for row in range(len(marks)):
        place, stop = offsets[row], offsets[row + 1]
        last = np.uint16(0)
        run, gap = 0, 0
        number: Any = np.int64(0)
        plain_digits, found = True, False
        while place < stop and not found:
            byte = raw[place]
            sign, place = _sign_at(raw, place, signs)
            if sign & _FIGURE:
                run += 1
                plain_digits &= byte < 0x80
                number = number * 10 + byte - 48 if run <= _ID_CARD else 0
            elif not sign & _UNSEEN:
                found = run >= _MOBILE and (not plain_digits or _may_be_of_person(run, number))
                run, number, plain_digits = 0, np.int64(0), True
            # Beyond the first plane: whatever is worst.
            found |= sign == _ANY
            found |= bool(sign & _AT)
            found |= bool(last & _BRACKET and sign & _A)
            found |= bool(last & _NUMBER_SIGN and sign & (_LETTER | _DIGIT))
            found |= bool(last & _PROVINCE and sign & _LETTER and gap <= _MOST_JOINTS)
            if sign & _JOINT and not sign & _BRACKET:
                gap += 1
            elif not sign & _UNSEEN:
                last = sign
                gap = 1 if sign & _JOINT else 0
        found |= run >= _MOBILE and (not plain_digits or _may_be_of_person(run, number))
        marks[row] = found


@njit(inline="always")
def _may_be_of_person(digits, number):  # type: ignore[no-untyped-def]  # as above
    """Whether so many digits together begin like a mobile number, or hold a year of birth like an ID number."""
    if digits == _MOBILE:
        return number // 1_000_000_000 >= 13
    if digits == _MOBILE_ABROAD:
        return number // 100_000_000_000 == 86
    year = number // (100_000_000 if digits == _ID_CARD else 10_000_000) % 10_000
    return (digits == _ID_CARD or digits == _ID_CARD - 1) and 1880 <= year < 2010
