"""Which unit of the level above is each candidate's parent?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.importing.unit_candidates import Candidates, UnitCandidate
from data.importing.unit_report import RejectedUnit, UnitNote
from data.importing.unit_source import ParentRule
from data.importing.unit_store import StoredUnit
from geo.area_code import significant_digits
from geo.containment import parents_by_location

_LOW_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Placed:
    """Candidates that have a parent, and the id of each one's parent (None for the root)."""

    candidates: Candidates
    parent_ids: tuple[int | None, ...]


def place_in_tree(candidates: Candidates, parents: Sequence[StoredUnit], rule: ParentRule, above: str) -> Placed:
    """Give each candidate its parent; those without one are rejected.

    Args:
        candidates: units to place.
        parents: current units of the level above.
        rule: how to find parents.
        above: key of that level, for messages.
    """
    if rule is ParentRule.LOCATION:
        return _by_location(candidates, parents, above)
    ids = {parent.code: parent.id for parent in parents}
    if rule is ParentRule.FIELD:
        found = [ids.get(unit.parent_code or "") for unit in candidates.units]
        reasons = [f"orphan: level {above} has no unit {unit.parent_code!r}" for unit in candidates.units]
    else:
        prefixes = {significant_digits(code) if code.isdigit() else code: unit_id for code, unit_id in ids.items()}
        found = [_longest_prefix(unit.code or "", prefixes) for unit in candidates.units]
        reasons = [f"orphan: no code of level {above} begins the code {unit.code!r}" for unit in candidates.units]
    return _kept(candidates, found, reasons, candidates.notes)


def _longest_prefix(code: str, prefixes: dict[str, int]) -> int | None:
    matching = [prefix for prefix in prefixes if code.startswith(prefix)]
    return prefixes[max(matching, key=len)] if matching else None


def _by_location(candidates: Candidates, parents: Sequence[StoredUnit], above: str) -> Placed:
    if not candidates.units:
        return Placed(candidates, ())
    shapes = np.array([parent.geometry for parent in parents], dtype=object)
    found = parents_by_location(candidates.shapes(), shapes, low_share=_LOW_SHARE)
    ids = [parents[index].id if index >= 0 else None for index in found.index]
    doubtful = np.flatnonzero(found.low & (found.index >= 0))
    notes = [_doubt(candidates.units[n], parents[found.index[n]].code, float(found.share[n])) for n in doubtful]
    reasons = [f"lies in no unit of level {above}"] * len(ids)
    return _kept(candidates, ids, reasons, (*candidates.notes, *notes))


def _doubt(unit: UnitCandidate, parent: str, share: float) -> UnitNote:
    return UnitNote(unit.row, "straddles_parents", f"only {share:.0%} of its area lies in its parent {parent}")


def _kept(
    candidates: Candidates, ids: Sequence[int | None], reasons: Sequence[str], notes: tuple[UnitNote, ...]
) -> Placed:
    pairs = list(zip(candidates.units, ids, reasons, strict=True))
    rejected = [
        RejectedUnit(unit.row, "parent", reason, "Correct the parent or the position, or import the level above again.")
        for unit, parent, reason in pairs
        if parent is None
    ]
    units = tuple(unit for unit, parent, _ in pairs if parent is not None)
    kept = replace(candidates, units=units, rejected=(*candidates.rejected, *rejected), notes=notes)
    return Placed(kept, tuple(parent for _, parent, _ in pairs if parent is not None))


def parent_positions(parent_ids: Sequence[int | None]) -> dict[int | None, NDArray[np.int64]]:
    """Positions of the children of each parent."""
    groups: dict[int | None, list[int]] = {}
    for position, parent in enumerate(parent_ids):
        groups.setdefault(parent, []).append(position)
    return {parent: np.array(positions, np.int64) for parent, positions in groups.items()}
