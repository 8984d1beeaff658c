"""Which digits of an area code say where it lies?

A statistical code has 12 digits: 6 for the county (2 province, 2 city, 2 county), 3 for the town, 3 for the community.
Levels above the community fill up with zeros: 441502000000 is county 441502. A grid code has 15 digits, 6+3+3+3.
"""

CODE_LENGTHS = frozenset({6, 9, 12, 15})


def is_area_code(code: str) -> bool:
    """Whether the text has the form of an area code: 6, 9, 12 or 15 ASCII digits."""
    return len(code) in CODE_LENGTHS and code.isascii() and code.isdigit()


def significant_digits(code: str) -> str:
    """The code without the zeros that only fill it up.

    Whole empty groups go: three zeros at a time down to the county, then two at a time down to the province.

    Example:
        >>> [significant_digits(code) for code in ("441502001000", "441502000000", "441500000000", "440000")]
        ['441502001', '441502', '4415', '44']
    """
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    while 2 < len(code) <= 6 and code.endswith("00"):
        code = code[:-2]
    return code


def starts_with_parent(code: str, parent: str) -> bool:
    """Whether a child's code starts with its parent's significant digits; True where either is no area code."""
    if not (is_area_code(code) and is_area_code(parent)):
        return True
    return code.startswith(significant_digits(parent))
