"""Which units look as if only they were in another datum than the rest of their level?"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.importing.unit_candidates import UnitCandidate
from data.importing.unit_report import UnitNote
from geo.datum import Datum, inside_china, to_wgs84

_SUSPICIOUS_SHARE = 0.2
_CLEARED_SHARE = 0.05
_SAME_UNIT_SHARE = 0.9
_MOST_TESTED = 1_000
_BESIDE_DEG = 1e-4


def doubtful_datums(units: Sequence[UnitCandidate], others: NDArray[np.object_]) -> tuple[UnitNote, ...]:
    """Notes on units that overlap their neighbours as given, and hardly at all when read as GCJ-02 or BD-09.

    Args:
        units: units of one level, as read.
        others: polygons of the level that are in the database under other codes.

    Returns:
        A note per unit, `suspected_gcj02` or `suspected_bd09`. Nothing is moved.
    """
    if not units:
        return ()
    own = np.array([unit.geometry for unit in units], dtype=object)
    middle = shapely.get_coordinates(shapely.centroid(own))
    if not inside_china(middle).any():
        return ()
    siblings = np.concatenate((own, others))
    tree = shapely.STRtree(siblings)
    suspects = _overlapping(tree, own)[:_MOST_TESTED]
    notes = (_doubt(units[position], tree, siblings, position) for position in suspects)
    return tuple(note for note in notes if note is not None)


def _overlapping(tree: shapely.STRtree, own: NDArray[np.object_]) -> list[int]:
    left, right = tree.query(own, predicate="intersects")
    pairs = left != right
    left, right = left[pairs], right[pairs]
    meets = ~shapely.touches(own[left], tree.geometries[right])
    left, right = left[meets], right[meets]
    common = np.zeros(len(own))
    np.add.at(common, left, shapely.area(shapely.intersection(own[left], tree.geometries[right])))
    return [int(position) for position in np.flatnonzero(common > _SUSPICIOUS_SHARE * shapely.area(own))]


def _doubt(unit: UnitCandidate, tree: shapely.STRtree, siblings: NDArray[np.object_], position: int) -> UnitNote | None:
    read_as = {datum: _read_as(unit, datum) for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09)}
    shares = {datum: _overlap_share(shape, tree, siblings, position) for datum, shape in read_as.items()}
    best = min((Datum.GCJ02, Datum.BD09), key=lambda datum: shares[datum])
    if shares[Datum.WGS84] < _SUSPICIOUS_SHARE or shares[best] > _CLEARED_SHARE:
        return None
    if not _beside_siblings(read_as[best], tree, position):
        return None
    figures = f"{shares[Datum.WGS84]:.0%} as given, by {shares[best]:.0%} when read as {best.value}"
    return UnitNote(unit.row, f"suspected_{best.value}", f"overlaps its neighbours by {figures}")


def _read_as(unit: UnitCandidate, datum: Datum) -> BaseGeometry:
    return shapely.transform(unit.geometry, lambda xy: to_wgs84(xy, datum))


def _beside_siblings(shape: shapely.Geometry, tree: shapely.STRtree, position: int) -> bool:
    """Whether a polygon has neighbours where it is; away from all of them it would not fit any better."""
    near = tree.query(shape, predicate="dwithin", distance=_BESIDE_DEG)
    return bool((near != position).any())


def _overlap_share(
    shape: shapely.Geometry, tree: shapely.STRtree, siblings: NDArray[np.object_], position: int
) -> float:
    """Share of a polygon that lies in siblings, apart from itself and from a sibling that is the same area."""
    near = tree.query(shape, predicate="intersects")
    near = near[near != position]
    common = shapely.area(shapely.intersection(siblings[near], shape))
    larger = np.maximum(shapely.area(siblings[near]), shape.area)
    return float(common[common < _SAME_UNIT_SHARE * larger].sum() / shape.area)
