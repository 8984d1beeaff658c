"""What is a zone called and which code does it get when nobody says so?"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from geo.zoning.graph import Ints

FIRST_NUMBER, LAST_NUMBER = 601, 999
"""Range of joined communities (CJ/T 349-2010)."""

NO_TOWN = "000"
_COUNTY, _TOWN = 6, 9
_KIND_ZH = re.compile(r"(?<=.{2})(社区居民委员会|社区居委会|村民委员会|村委会|居委会|社区|村)$")
_KIND_EN = re.compile(r"(?<=.) (Village|Community|Residents' Committee|Villagers' Committee)$", re.IGNORECASE)
NAME_ZH, NAME_EN = "{}联防片区", "{} Joint-defence Zone"


def zone_name(unit: str) -> str:
    """Chinese name of a zone after a unit.

    Example:
        >>> zone_name("红岭村")
        '红岭联防片区'
    """
    return NAME_ZH.format(_KIND_ZH.sub("", unit))


def zone_name_en(unit: str) -> str:
    """English name of a zone after a unit; empty where the unit has none.

    Example:
        >>> zone_name_en("Hongling Village")
        'Hongling Joint-defence Zone'
    """
    return NAME_EN.format(_KIND_EN.sub("", unit)) if unit else ""


def numbered_apart(names: Sequence[str], between: str = "") -> tuple[str, ...]:
    """The names with 2, 3 … behind those that came up before; empty ones stay.

    Args:
        names: in the order in which they are numbered.
        between: what stands before the number, such as a blank.

    Example:
        >>> numbered_apart(["a", "b", "a"])
        ('a', 'b', 'a2')
    """
    held, told = set(names), []
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        number, text = seen[name], name
        while name and number > 1:
            text = f"{name}{between}{number}"
            if text not in held:
                break
            number += 1
        held.add(text)
        seen[name] = number
        told.append(text)
    return tuple(told)


def code_stem(codes: Sequence[str], fallback: str) -> str:
    """What the code of a zone begins with: county and town of its units, 000 for the town where it spans several.

    Args:
        codes: of its units.
        fallback: where the units have no statistical codes of one county.

    Example:
        >>> code_stem(["441502001601", "441502003201"], "Z1-")
        '441502000'
    """
    if not all(code.isascii() and code.isdigit() and len(code) >= _TOWN for code in codes):
        return fallback
    if len({code[:_COUNTY] for code in codes}) != 1:
        return fallback
    towns = {code[:_TOWN] for code in codes}
    return towns.pop() if len(towns) == 1 else codes[0][:_COUNTY] + NO_TOWN


def zone_codes(stems: Mapping[int, str], kept: Mapping[int, str], taken: Collection[str]) -> dict[int, str]:
    """A code for each zone: its stem and the first free number from 601.

    Args:
        stems: what the code of each zone begins with, by its number.
        kept: codes of zones that go on from the plan before; kept where they begin as they must.
        taken: codes that are in use by others.

    Returns:
        Codes by number of the zone, all different; past 999 numbers go on with four digits.
    """
    found: dict[int, str] = {}
    used = set(taken)
    for number in sorted(stems):
        code = kept.get(number)
        if code is not None and code not in used and code.startswith(stems[number]):
            found[number] = code
            used.add(code)
    for number in sorted(stems.keys() - found.keys()):
        counter = FIRST_NUMBER
        while f"{stems[number]}{counter}" in used:
            counter += 1
        found[number] = f"{stems[number]}{counter}"
        used.add(found[number])
    return found


def successors(before: Ints, after: Ints) -> dict[int, int]:
    """Zones that go on: each has more than half of an older one's units, and more than half of its own are from there.

    Args:
        before: (n,) zone of each unit in the older plan, below 0 for none.
        after: (n,) zone in the newer one.

    Returns:
        Number of the older zone by that of the newer one.
    """
    both = (before >= 0) & (after >= 0)
    width = int(before.max(initial=0)) + 1
    pairs, shared = np.unique(after[both] * width + before[both], return_counts=True)
    old = np.bincount(before[before >= 0], minlength=width)
    new = np.bincount(after[after >= 0])
    found = {}
    for pair, count in zip(pairs.tolist(), shared.tolist(), strict=True):
        number, older = divmod(pair, width)
        if 2 * count > old[older] and 2 * count > new[number]:
            found[number] = older
    return found
