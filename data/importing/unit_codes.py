"""Which code does a unit without one get, and by which letters is a unit found?"""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

_CITY_DIGITS = 4
_COUNTY_WIDTH = 2
_WIDTH = 3


def reading_order(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Order in which grids are numbered: west to east within a row, rows from north to south.

    A row is as high as a typical unit, so that neighbours that differ a little in latitude stay in one row.

    Args:
        shapes: (n,) polygons in degrees.

    Returns:
        (n,) positions, the first number first.

    Source: numbering rule of DOMAIN, section 2 (GB/T 30428.1 practice).
    """
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    height = max(float(np.median(bounds[:, 3] - bounds[:, 1])), 1e-9)
    centre = shapely.get_coordinates(shapely.point_on_surface(shapes))
    row = np.floor((bounds[:, 3].max() - centre[:, 1]) / height).astype(np.int64)
    return np.lexsort((centre[:, 1], centre[:, 0], row))


def child_codes(parent_code: str, count: int, taken: Iterable[str]) -> list[str]:
    """The next free codes below a parent: its code and a running number of three digits (two below a city's four).

    Args:
        parent_code: code of the parent.
        count: how many codes are needed.
        taken: codes that are in use.

    Example:
        >>> child_codes("441502001", 2, ["441502001001"])
        ['441502001002', '441502001003']
    """
    width = _COUNTY_WIDTH if parent_code.isdigit() and len(parent_code) == _CITY_DIGITS else _WIDTH
    used, number = set(taken), 0
    codes: list[str] = []
    while len(codes) < count:
        number += 1
        code = f"{parent_code}{number:0{width}d}"
        if code not in used:
            codes.append(code)
    return codes


def search_letters(name: str) -> str:
    """Full pinyin and initials of a name, in lower case; Latin letters stay.

    Example:
        >>> search_letters("海丰县")
        'haifengxian hfx'
    """
    syllables = [part.strip().lower() for part in lazy_pinyin(name)]
    initials = [part.strip().lower() for part in lazy_pinyin(name, style=Style.FIRST_LETTER)]
    full, short = "".join(syllables), "".join(initials)
    return full if full == short else f"{full} {short}"
