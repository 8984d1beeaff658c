"""Which mistakes of an imported polygon can be mended without moving a border, and what was done?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.box import Box
from geo.metric import areas_m2
from geo.validity import valid_areas

_MOST_ROUNDS = 4


class RepairAction(StrEnum):
    """What was done to a geometry."""

    CLOSED_RING = "closed_ring"
    DROPPED_HEIGHT = "dropped_height"
    SWAPPED_AXES = "swapped_axes"
    MERGED_PARTS = "merged_parts"
    MADE_VALID = "made_valid"
    DROPPED_NON_AREA = "dropped_non_area"
    RING_ORDER = "ring_order"


class RepairProblem(StrEnum):
    """Why a geometry cannot be used as a unit."""

    NULL = "null"
    EMPTY = "empty"
    NOT_POLYGON = "not_polygon"
    NOT_A_NUMBER = "not_a_number"
    TOO_FEW_POINTS = "too_few_points"
    OUT_OF_RANGE = "out_of_range"
    SLIVER = "sliver"
    UNREPAIRABLE = "unrepairable"


@dataclass(frozen=True, slots=True)
class Repaired:
    """A polygon after repair.

    Attributes:
        geometry: valid 2-D Polygon or MultiPolygon in degrees, or None where there is a problem.
        actions: what was done, in order, each once.
        problem: why there is no geometry, or None.
        area_before_m2: area that the rings as given enclose; overlapping windings cancel or count twice.
        area_after_m2: area of the result, 0 without one.
    """

    geometry: Any | None
    actions: tuple[RepairAction, ...] = ()
    problem: str | None = None
    area_before_m2: float = 0.0
    area_after_m2: float = 0.0

    @property
    def area_change_m2(self) -> float:
        """Square metres gained (or lost, negative) against the rings as given."""
        return self.area_after_m2 - self.area_before_m2

    @property
    def area_change_share(self) -> float:
        """Size of the change as a share of the result; 0 where there is no result."""
        return abs(self.area_change_m2) / self.area_after_m2 if self.area_after_m2 else 0.0


def repair_polygon(geometry: Any | None, *, extent: Box | None = None, least_area_m2: float = 1.0) -> Repaired:
    """Make an imported polygon valid without moving a border in silence.

    In this order: heights are dropped; axes are exchanged where latitudes are impossible, or where only the exchange
    brings the polygon into the extent; parts of a multipolygon that overlap (also a part given twice) are merged;
    rings that cross or touch themselves are rebuilt along their own lines; points and lines left over are dropped;
    outer rings are turned counter-clockwise and holes clockwise (RFC 7946). The change of area is part of the result.

    Args:
        geometry: a shapely geometry in degrees, or None.
        extent: box of the city with a margin, for the axes; None goes by impossible latitudes alone.
        least_area_m2: a smaller result is a sliver.

    Returns:
        The polygon, or a problem and no polygon. Nothing is raised for bad input.

    Example:
        >>> repair_polygon(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])).actions[0].value
        'made_valid'
    """
    problem = _problem_of(geometry)
    if geometry is None or problem is not None:
        return Repaired(None, problem=problem)
    actions: list[RepairAction] = []
    polygon = _on_globe(_flat(geometry, actions), extent, actions)
    if polygon is None:
        return Repaired(None, problem=RepairProblem.OUT_OF_RANGE)
    before = _area_m2(polygon)
    polygon = _oriented(_valid(_merged(polygon, actions), actions), actions)
    after = _area_m2(polygon)
    if after < least_area_m2:
        return Repaired(None, tuple(actions), RepairProblem.SLIVER, before)
    if not polygon.is_valid:
        return Repaired(None, tuple(actions), RepairProblem.UNREPAIRABLE, before)
    return Repaired(polygon, tuple(actions), None, before, after)


def polygon_from_coordinates(
    coordinates: Sequence[Any] | None, *, extent: Box | None = None, least_area_m2: float = 1.0
) -> Repaired:
    """Build and repair a polygon from the raw coordinates of a GeoJSON Polygon or MultiPolygon.

    Readers refuse a whole file for one unclosed ring; this closes the ring and says so.

    Args:
        coordinates: rings of positions, or polygons of rings of positions; positions hold 2 or 3 numbers.
        extent: as in :func:`repair_polygon`.
        least_area_m2: as in :func:`repair_polygon`.

    Returns:
        As :func:`repair_polygon`; ``closed_ring`` comes first where a ring was open.
    """
    if coordinates is None:
        return Repaired(None, problem=RepairProblem.NULL)
    polygons = [coordinates] if _depth(coordinates) < 4 else coordinates
    closed: list[RepairAction] = []
    parts = []
    for rings in polygons:
        arrays = [_ring(ring, closed) for ring in rings if len(ring)]
        problem = next((array for array in arrays if isinstance(array, RepairProblem)), None)
        if problem is not None:
            return Repaired(None, tuple(closed), problem)
        if arrays:
            parts.append(shapely.Polygon(arrays[0], arrays[1:]))
    if not parts:
        return Repaired(None, problem=RepairProblem.EMPTY)
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    result = repair_polygon(whole, extent=extent, least_area_m2=least_area_m2)
    actions = (*closed, *result.actions)
    return Repaired(result.geometry, actions, result.problem, result.area_before_m2, result.area_after_m2)


def _depth(value: Any) -> int:
    """How deep the lists are nested: 3 for a polygon, 4 for a multipolygon."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        return 0
    return 1 + max((_depth(inner) for inner in value[:1]), default=0)


def _ring(positions: Any, closed: list[RepairAction]) -> "NDArray[np.float64] | RepairProblem":
    """A closed ring of 2-D or 3-D positions, or why there is none."""
    try:
        ring = np.array([tuple(position)[:3] for position in positions], dtype=np.float64)
    except (TypeError, ValueError):
        return RepairProblem.NOT_A_NUMBER
    if ring.ndim != 2 or ring.shape[1] < 2 or not np.isfinite(ring[:, :2]).all():
        return RepairProblem.NOT_A_NUMBER
    if not np.array_equal(ring[0, :2], ring[-1, :2]):
        ring = np.vstack((ring, ring[:1]))
        _note(RepairAction.CLOSED_RING, closed)
    return ring if len(ring) >= 4 else RepairProblem.TOO_FEW_POINTS


def _problem_of(geometry: Any | None) -> RepairProblem | None:
    if geometry is None:
        return RepairProblem.NULL
    if geometry.geom_type not in {"Polygon", "MultiPolygon"} and not (
        geometry.geom_type == "GeometryCollection" and shapely.area(geometry) > 0
    ):
        return RepairProblem.NOT_POLYGON
    if geometry.is_empty:
        return RepairProblem.EMPTY
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return RepairProblem.NOT_A_NUMBER
    return None


def _note(action: RepairAction, actions: list[RepairAction]) -> None:
    if action not in actions:
        actions.append(action)


def _flat(geometry: Any, actions: list[RepairAction]) -> Any:
    """The areas of a geometry, without heights."""
    if shapely.has_z(geometry):
        _note(RepairAction.DROPPED_HEIGHT, actions)
        geometry = shapely.force_2d(geometry)
    return _areas_only(geometry, actions)


def _areas_only(geometry: Any, actions: list[RepairAction]) -> Any:
    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        return geometry
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    _note(RepairAction.DROPPED_NON_AREA, actions)
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(list(areas))


def _on_globe(geometry: Any, extent: Box | None, actions: list[RepairAction]) -> Any | None:
    """The geometry with its axes the right way round, or None where no way is on the globe."""
    as_given, exchanged = _fits(shapely.bounds(geometry)), _fits(shapely.bounds(geometry)[[1, 0, 3, 2]])
    if extent is not None and exchanged:
        frame = shapely.box(*extent.as_tuple())
        bounds = shapely.bounds(geometry)
        apart = not shapely.box(*bounds).intersects(frame)
        as_given = as_given and not (apart and shapely.box(*bounds[[1, 0, 3, 2]]).within(frame))
    if as_given:
        return geometry
    if not exchanged:
        return None
    _note(RepairAction.SWAPPED_AXES, actions)
    return shapely.transform(geometry, lambda lonlat: lonlat[:, ::-1])


def _fits(bounds: NDArray[np.float64]) -> bool:
    west, south, east, north = bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def _merged(geometry: Any, actions: list[RepairAction]) -> Any:
    """Parts that overlap as one; parts that only lie side by side are left as they are."""
    if geometry.geom_type != "MultiPolygon" or geometry.is_valid:
        return geometry
    parts = valid_areas(shapely.get_parts(geometry))
    union = shapely.union_all(parts)
    if shapely.area(union) < shapely.area(parts).sum() * (1 - 1e-9):
        _note(RepairAction.MERGED_PARTS, actions)
        return union
    return geometry


def _valid(geometry: Any, actions: list[RepairAction]) -> Any:
    if geometry.is_valid:
        return geometry
    _note(RepairAction.MADE_VALID, actions)
    return valid_areas(np.array([geometry], dtype=object))[0]


def _oriented(geometry: Any, actions: list[RepairAction]) -> Any:
    """Rings in the order of RFC 7946; told only of rings as given, not of those that a rebuild left in any order."""
    turned = shapely.orient_polygons(geometry)
    rebuilt = RepairAction.MADE_VALID in actions or RepairAction.MERGED_PARTS in actions
    if not rebuilt and not shapely.equals_exact(turned, geometry, 0.0):
        _note(RepairAction.RING_ORDER, actions)
    return turned


def _area_m2(geometry: Any) -> float:
    return float(areas_m2(np.array([geometry], dtype=object))[0])
