"""Do the units of a level tile their parents, and where do they not? (划分体检)

All geometry is computed in the local equal-area plane of :mod:`geo.metric`, so areas are square metres.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.containment import AreaShares, area_shares
from geo.division_values import DivisionFault, DivisionFinding, DivisionLimits, UnitLayer
from geo.metric import LocalMetres
from geo.validity import valid_areas

__all__ = ["DivisionFault", "DivisionFinding", "DivisionLimits", "UnitLayer", "check_division"]


@dataclass(frozen=True, slots=True)
class _Survey:
    """A level and its parents in metres, made valid for computation; what was invalid is told apart."""

    units: UnitLayer
    above: UnitLayer | None
    limits: DivisionLimits
    plane: LocalMetres
    shapes: NDArray[np.object_]
    above_shapes: NDArray[np.object_]
    areas_m2: NDArray[np.float64]


def check_division(
    units: UnitLayer, parents: UnitLayer | None = None, limits: DivisionLimits | None = None
) -> tuple[DivisionFinding, ...]:
    """Find the faults of one level and of its place in the level above.

    Args:
        units: the level to check.
        parents: the level above; None checks the level alone (then a gap is a hole that the units surround).
        limits: what counts as a fault; None takes the defaults.

    Returns:
        Findings by kind, then falling area, then codes.
    """
    survey = _survey(units, parents, limits or DivisionLimits())
    findings = [finding for check in _CHECKS for finding in check(survey)]
    kinds = list(DivisionFault)
    return tuple(sorted(findings, key=lambda found: (kinds.index(found.fault), -found.area_m2, found.codes)))


def _survey(units: UnitLayer, above: UnitLayer | None, limits: DivisionLimits) -> _Survey:
    everything = units.geometries if above is None else np.concatenate((units.geometries, above.geometries))
    plane = LocalMetres.of(everything)
    shapes = valid_areas(plane.project(units.geometries))
    above_shapes = valid_areas(plane.project(above.geometries)) if above is not None else shapes[:0]
    return _Survey(units, above, limits, plane, shapes, above_shapes, shapely.area(shapes))


def _finding(
    survey: _Survey, fault: DivisionFault, codes: tuple[str, ...], shape: Any, share: float = 1.0
) -> DivisionFinding:
    """A finding about an area in metres, turned back into degrees."""
    if shape is None or shape.is_empty:
        return DivisionFinding(fault, codes, None, 0.0, None, share)
    place = survey.plane.unproject(shapely.point_on_surface(shape))
    lonlat = (float(place.x), float(place.y))
    return DivisionFinding(fault, codes, lonlat, float(shape.area), survey.plane.unproject(shape), share)


def _whole_unit(survey: _Survey, fault: DivisionFault, rows: NDArray[Any]) -> list[DivisionFinding]:
    return [_finding(survey, fault, (survey.units.codes[row],), survey.shapes[row]) for row in rows]


def _unsound_geometry(survey: _Survey) -> list[DivisionFinding]:
    """Missing, invalid and multipart geometry and units that are next to nothing."""
    given = survey.units.geometries
    present = ~(shapely.is_missing(given) | shapely.is_empty(given))
    invalid = np.flatnonzero(present & ~shapely.is_valid(given))
    parts = np.flatnonzero(shapely.get_num_geometries(survey.shapes) > 1)
    tiny = np.flatnonzero(present & (survey.areas_m2 < survey.limits.least_unit_m2))
    return [
        *_whole_unit(survey, DivisionFault.MISSING_GEOMETRY, np.flatnonzero(~present)),
        *_whole_unit(survey, DivisionFault.INVALID, invalid),
        *_whole_unit(survey, DivisionFault.MULTIPART, parts),
        *_whole_unit(survey, DivisionFault.SLIVER, tiny),
    ]


def _overlaps(survey: _Survey) -> list[DivisionFinding]:
    left, right = shapely.STRtree(survey.shapes).query(survey.shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    # Neighbours only touch: the cheap test keeps most pairs from the costly intersection.
    crossing = ~shapely.touches(survey.shapes[left], survey.shapes[right])
    left, right = left[crossing], right[crossing]
    common = valid_areas(shapely.intersection(survey.shapes[left], survey.shapes[right]))
    smaller = np.minimum(survey.areas_m2[left], survey.areas_m2[right])
    found = np.flatnonzero(_tellable(survey, common))
    return [
        _piece(
            survey,
            DivisionFault.OVERLAP,
            (survey.units.codes[left[pair]], survey.units.codes[right[pair]]),
            common[pair],
            float(smaller[pair]),
        )
        for pair in found
    ]


def _piece(
    survey: _Survey, fault: DivisionFault, codes: tuple[str, ...], shape: Any, whole_m2: float
) -> DivisionFinding:
    """A gap or overlap, told as a sliver where it is thin."""
    thin = 2 * shape.area < survey.limits.least_width_m * shape.length
    share = min(shape.area / whole_m2, 1.0) if whole_m2 > 0 else 1.0
    return _finding(survey, DivisionFault.SLIVER if thin else fault, codes, shape, share)


def _gaps(survey: _Survey) -> list[DivisionFinding]:
    return _gaps_in_parents(survey) if survey.above is not None else _holes(survey)


def _gaps_in_parents(survey: _Survey) -> list[DivisionFinding]:
    """Parts of each parent that no unit of the level covers, whichever parent the unit names."""
    assert survey.above is not None
    above, unit = shapely.STRtree(survey.shapes).query(survey.above_shapes, predicate="intersects")
    findings = []
    for row, (code, shape) in enumerate(zip(survey.above.codes, survey.above_shapes, strict=True)):
        inside = survey.shapes[unit[above == row]]
        uncovered = shapely.difference(shape, shapely.union_all(inside)) if len(inside) else shape
        findings += _gap_pieces(survey, (code,), uncovered, float(shape.area))
    return findings


def _holes(survey: _Survey) -> list[DivisionFinding]:
    union = shapely.union_all(survey.shapes)
    parts = shapely.get_parts(union)
    outlines = shapely.polygons(shapely.get_exterior_ring(parts))
    outside = shapely.difference(shapely.union_all(outlines), union)
    return _gap_pieces(survey, (), outside, float(survey.areas_m2.sum()))


def _gap_pieces(survey: _Survey, codes: tuple[str, ...], uncovered: Any, whole_m2: float) -> list[DivisionFinding]:
    parts = shapely.get_parts(uncovered)
    told = parts[_tellable(survey, parts)]
    return [_piece(survey, DivisionFault.GAP, codes, part, whole_m2) for part in told]


def _tellable(survey: _Survey, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which gaps or overlaps are more than rounding (n,)."""
    areas = shapely.area(shapes)
    told: NDArray[np.bool_] = (areas > 0) & (areas >= survey.limits.least_area_m2)
    told &= 2 * areas >= survey.limits.rounding_width_m * shapely.length(shapes)
    return told


def _missing_parents(survey: _Survey) -> list[DivisionFinding]:
    if survey.above is None:
        return []
    known = set(survey.above.codes)
    named = survey.units.parents or (None,) * len(survey.units.codes)
    rows = [row for row, parent in enumerate(named) if parent not in known]
    return _whole_unit(survey, DivisionFault.MISSING_PARENT, np.array(rows, dtype=np.int64))


def _parent_places(survey: _Survey) -> list[DivisionFinding]:
    """Units outside their parent, units in another parent, and units across two."""
    if survey.above is None:
        return []
    shares = area_shares(survey.plane.unproject(survey.shapes), survey.plane.unproject(survey.above_shapes))
    stated = _stated_rows(survey.units, survey.above)
    return [*_outside(survey, shares, stated), *_straddling(survey, shares)]


def _stated_rows(units: UnitLayer, above: UnitLayer) -> NDArray[np.int64]:
    """Row of each unit's stated parent, -1 without one."""
    rows = {code: row for row, code in enumerate(above.codes)}
    named = units.parents or (None,) * len(units.codes)
    return np.array([rows.get(parent or "", -1) for parent in named], dtype=np.int64)


def _outside(survey: _Survey, shares: AreaShares, stated: NDArray[np.int64]) -> list[DivisionFinding]:
    assert survey.above is not None
    inside = np.zeros(len(stated))
    own = shares.parent == stated[shares.child]
    inside[shares.child[own]] = shares.share[own]
    best = np.full(len(stated), -1, dtype=np.int64)
    best[shares.child[::-1]] = shares.parent[::-1]
    has_area = survey.areas_m2 > 0
    findings = []
    for row in np.flatnonzero((stated >= 0) & has_area & (1 - inside > survey.limits.outside_share)):
        outside = shapely.difference(survey.shapes[row], survey.above_shapes[stated[row]])
        elsewhere = best[row] >= 0 and best[row] != stated[row] and inside[row] < 0.5
        fault = DivisionFault.WRONG_PARENT if elsewhere else DivisionFault.OUTSIDE_PARENT
        codes: tuple[str, ...] = (survey.units.codes[row], survey.above.codes[stated[row]])
        codes += (survey.above.codes[best[row]],) if elsewhere else ()
        findings.append(_finding(survey, fault, codes, outside, float(1 - inside[row])))
    return findings


def _straddling(survey: _Survey, shares: AreaShares) -> list[DivisionFinding]:
    """Units of which two or more parents hold a real share; the area is what the largest does not hold."""
    assert survey.above is not None
    large = shares.share >= survey.limits.straddling_share
    child, parent, share = shares.child[large], shares.parent[large], shares.share[large]
    rows, first, count = np.unique(child, return_index=True, return_counts=True)
    findings = []
    for row, start, number in zip(rows[count > 1], first[count > 1], count[count > 1], strict=True):
        holders = tuple(survey.above.codes[place] for place in parent[start : start + number])
        rest = shapely.difference(survey.shapes[row], survey.above_shapes[parent[start]])
        codes = (survey.units.codes[row], *holders)
        findings.append(_finding(survey, DivisionFault.STRADDLING, codes, rest, float(1 - share[start])))
    return findings


def _oversize(survey: _Survey) -> list[DivisionFinding]:
    households, most = survey.units.households, survey.limits.most_households
    if households is None or most is None:
        return []
    findings = []
    for row in np.flatnonzero(households > most):
        found = _finding(survey, DivisionFault.OVERSIZE, (survey.units.codes[row],), survey.shapes[row])
        findings.append(
            DivisionFinding(
                found.fault, found.codes, found.lonlat, found.area_m2, found.geometry, 1.0, int(households[row])
            )
        )
    return findings


_CHECKS: tuple[Callable[[_Survey], list[DivisionFinding]], ...] = (
    _unsound_geometry,
    _overlaps,
    _gaps,
    _missing_parents,
    _parent_places,
    _oversize,
)
