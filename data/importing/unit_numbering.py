"""Which code does each candidate get that the file leaves without one?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from data.importing.unit_candidates import UnitCandidate
from data.importing.unit_codes import child_codes, reading_order
from data.importing.unit_parents import parent_positions
from data.importing.unit_store import StoredUnit

_SAME_UNIT_SHARE = 0.5


def number_units(
    units: Sequence[UnitCandidate],
    parent_ids: Sequence[int | None],
    parent_codes: Mapping[int | None, str],
    present: Sequence[StoredUnit],
) -> tuple[UnitCandidate, ...]:
    """Give codes to candidates without one.

    A candidate that covers most of a unit of the database keeps that unit's code, so that a file imported again meets
    itself; the others get the next free numbers below their parent, from west to east and north to south.

    Args:
        units: candidates.
        parent_ids: id of each one's parent.
        parent_codes: code of each parent.
        present: current units of the level.
    """
    numbered = list(units)
    kept = _codes_of_same_units(units, present)
    for position, code in kept.items():
        numbered[position] = replace(numbered[position], code=code)
    taken = {unit.code for unit in numbered if unit.code is not None} | {unit.code for unit in present}
    for parent, positions in parent_positions(parent_ids).items():
        open_ones = [position for position in positions if numbered[position].code is None]
        if not open_ones:
            continue
        order = reading_order(np.array([units[position].geometry for position in open_ones], dtype=object))
        codes = child_codes(parent_codes.get(parent, ""), len(open_ones), taken)
        for code, index in zip(codes, order, strict=True):
            numbered[open_ones[index]] = replace(numbered[open_ones[index]], code=code)
        taken.update(codes)
    return tuple(numbered)


def _codes_of_same_units(units: Sequence[UnitCandidate], present: Sequence[StoredUnit]) -> dict[int, str]:
    """Code by position of a candidate, for those that share more than half of both areas with a present unit."""
    wanted = [position for position, unit in enumerate(units) if unit.code is None]
    if not wanted or not present:
        return {}
    new = np.array([units[position].geometry for position in wanted], dtype=object)
    old = np.array([unit.geometry for unit in present], dtype=object)
    left, right = shapely.STRtree(old).query(shapely.point_on_surface(new), predicate="intersects")
    common = shapely.area(shapely.intersection(new[left], old[right]))
    larger = np.maximum(shapely.area(new[left]), shapely.area(old[right]))
    same = common > _SAME_UNIT_SHARE * larger
    return {wanted[candidate]: present[unit].code for candidate, unit in zip(left[same], right[same], strict=True)}
