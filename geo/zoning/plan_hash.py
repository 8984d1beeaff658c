"""By which number does anybody see that two plans join the same units, whatever their zones are called?"""

import hashlib
from collections.abc import Sequence

from geo.errors import ShapeError
from geo.zoning.graph import Ints


def zone_keys(codes: Sequence[str], zone: Ints) -> tuple[str, ...]:
    """For each unit the smallest code of its zone; empty for a unit in no zone.

    Numbers and names of zones change while a plan is edited in other programs; which units are together does not.

    Args:
        codes: (n,) distinct codes.
        zone: (n,) zone of each unit, below 0 for none.

    Raises:
        ShapeError: if there is not one zone per unit.

    Example:
        >>> zone_keys(["c", "a", "b"], np.array([4, 4, -1]))
        ('a', 'a', '')
    """
    if zone.shape != (len(codes),):
        raise ShapeError("zone", f"({len(codes)},) like the codes", zone.shape)
    smallest: dict[int, str] = {}
    for code, number in zip(codes, zone.tolist(), strict=True):
        if number >= 0:
            smallest[number] = min(code, smallest.get(number, code))
    return tuple(smallest.get(number, "") for number in zone.tolist())


def plan_hash(codes: Sequence[str], zone: Ints) -> str:
    """SHA-256 of the lines `code,zone key` in the order of codes, UTF-8, each ended by a line feed; hexadecimal.

    Plans with the same hash have the same units in the same company. Order of units, numbers and names of zones do
    not count.

    Args:
        codes: (n,) distinct codes.
        zone: (n,) zone of each unit, below 0 for none.

    Example:
        >>> plan_hash(["b", "a"], np.array([0, 0])) == hashlib.sha256(b"a,a\\nb,a\\n").hexdigest()
        True
    """
    lines = sorted(zip(codes, zone_keys(codes, zone), strict=True))
    return hashlib.sha256("".join(f"{code},{key}\n" for code, key in lines).encode()).hexdigest()
