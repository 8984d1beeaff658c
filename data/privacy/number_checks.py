"""Can these digits be an ID card, a phone number, a bank card or the code of a unit?

Source: GB 11643-1999 (ID numbers, check character by ISO 7064 MOD 11-2), ISO/IEC 7812-1 (Luhn), GB/T 2260 (regions).
"""

import re
from datetime import date

_REGION_FIRSTS = {
    "1": "12345",
    "2": "123",
    "3": "1234567",
    "4": "123456",
    "5": "01234",
    "6": "12345",
    "7": "1",
    "8": "123",
    "9": "1",
}
_REGIONS = frozenset(first + second for first, seconds in _REGION_FIRSTS.items() for second in seconds)
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECKS = "10X98765432"
_DOUBLED = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))
_FIRST_BIRTH = 1880
_OLD_CARDS_FROM = 20
"""Cards of 15 digits name the year by two digits and belong to people born from 1920 to 1999."""
_CODE_LIKE_UNTIL = 40
"""Years 20 to 39 look like the towns 200 to 399 of a grid code."""

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([2-8][0-9]{6,7})")
_FIXED_ABROAD = re.compile(r"(?:0086|86)((?:10|2[0-9]|[3-9][0-9]{2}))([2-8][0-9]{6,7})")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_ISSUER = re.compile(r"(?:2[2-7]|[34569])[0-9]{12,18}")
_SHORT_ISSUER = re.compile(r"4[0-9]{12}|3(?:0[0-5]|[68][0-9])[0-9]{11}|3[47][0-9]{13}")
_GRID_CODE = re.compile(r"[0-9]{6}[0-5][0-9]{2}(?:[0-3][0-9]{2}|6[0-9]{2})[0-9]{3}")


def check_character(digits: str) -> str:
    """Last character of the ID number that begins with these 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11]


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    single, double = digits[::-2].encode(), digits[-2::-2].encode().translate(_DOUBLED)
    return (sum(single) + sum(double) - ord("0") * len(single)) % 10 == 0


def birth_year(number: str) -> int | None:
    """Year of birth in something built like an ID number of 18 characters; None where it is not built so."""
    if number[:2] not in _REGIONS or not _is_day(number[6:10], number[10:12], number[12:14]):
        return None
    year = int(number[6:10])
    return year if year >= _FIRST_BIRTH else None


def is_id_card(number: str) -> bool:
    """Whether 18 characters are an ID number: region, day of birth and check character."""
    return birth_year(number) is not None and check_character(number) == number[17].upper()


def is_old_id_card(digits: str) -> bool:
    """Whether 15 digits are built like an ID number of before 1999."""
    year = int(digits[6:8])
    return digits[:2] in _REGIONS and year >= _OLD_CARDS_FROM and _is_day(f"19{year}", digits[8:10], digits[10:12])


def may_be_grid_code(digits: str) -> bool:
    """Whether 15 digits may be the code of a unit grid: county 6, town 3, community 3, grid 3."""
    return bool(_GRID_CODE.fullmatch(digits)) and int(digits[6:8]) < _CODE_LIKE_UNTIL


def is_mobile(digits: str) -> bool:
    """Whether 11 digits are a mobile number."""
    return bool(_MOBILE.fullmatch(digits))


def fixed_area_length(digits: str, *, abroad: bool) -> int:
    """Digits before the subscriber's number of a fixed phone; 0 where it is none.

    Args:
        digits: area code and subscriber's number.
        abroad: whether a plus stands before, so that 86 is the country and the 0 is missing.
    """
    match = (_FIXED_ABROAD if abroad or digits.startswith("0086") else _FIXED).fullmatch(digits)
    return match.end(1) if match else 0


def is_service_number(digits: str) -> bool:
    """Whether 10 digits are a 400 or 800 number."""
    return bool(_SERVICE.fullmatch(digits))


def is_bank_card(digits: str) -> bool:
    """Whether 13 to 19 digits are a card: an issuer that exists, the Luhn digit, and no serial number with a day."""
    issuer = _ISSUER if len(digits) >= 16 else _SHORT_ISSUER
    return bool(issuer.fullmatch(digits)) and luhn_holds(digits) and not is_serial(digits)


def is_serial(digits: str) -> bool:
    """Whether digits begin like a serial number: a county and a day of this century, or a grid's code."""
    if len(digits) == 15 and may_be_grid_code(digits) and digits[:2] in _REGIONS:
        return True
    of_county = digits[:2] in _REGIONS and not digits.startswith("62") and digits[6:8] == "20"
    return of_county and _is_day(digits[6:10], digits[10:12], digits[12:14])


def is_day(digits: str) -> bool:
    """Whether 8 digits are a day of the last or this century, such as 20261122."""
    return digits[:2] in ("19", "20") and _is_day(digits[:4], digits[4:6], digits[6:8])


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
