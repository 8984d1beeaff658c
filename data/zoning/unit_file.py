"""Which units, figures and borders does a polygon file give the zoning engine?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from data.importing.polygon_feature import PolygonFeature, PolygonFile
from data.importing.polygon_files import read_polygons
from data.importing.unit_datum import named_system
from data.zoning.errors import UnitFileInvalid
from geo.adjacency import LEAST_BORDER_M, TOLERANCE_M, shared_borders
from geo.metric import LocalMetres, areas_m2
from geo.validity import valid_areas
from geo.zoning.graph import Floats, Ints, UnitGraph, by_first_use
from geo.zoning.problem import ZoningUnits

Shapes = NDArray[np.object_]

_PLANE_SIDE_M = 1_000.0
_LEAST_BORDER_SHARE = 0.005
_TOLERANCE_SHARE = 0.0002


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """Which field of the file holds what.

    Attributes:
        unit: distinct ids; None numbers the features.
        attributes: what similar units have in common; none where only a plan is checked.
        workload: work of each unit; None counts each as 1.
        fence: what no zone may leave, such as a county.
        zone: zone of each unit in a plan.
    """

    unit: str | None = None
    attributes: tuple[str, ...] = ()
    workload: str | None = None
    fence: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFile:
    """Units of a file, in its order.

    Attributes:
        source: the features as they were read, for writing them again.
        units: the units for the engine; links and cuts are not in yet.
        zone_names: (n,) zone of each unit where the plan's field was named, None for a unit in no zone.
    """

    source: PolygonFile
    units: ZoningUnits
    zone_names: tuple[str | None, ...] | None

    def zone(self) -> Ints:
        """(n,) number of each unit's zone, −1 for none; numbered in the order of first use."""
        names = self.zone_names or ()
        known = sorted({name for name in names if name is not None})
        place = {name: k for k, name in enumerate(known)}
        number = np.array([-1 if name is None else place[name] for name in names], np.int64)
        placed = number >= 0
        number[placed] = by_first_use(number[placed])
        return number


def read_unit_file(path: Path, columns: UnitColumns, layer: str | None = None) -> UnitFile:
    """Read polygons with their figures and find the borders that they share.

    Borders are lines that two units have in common; a common corner is none. Coordinates in degrees or in a known
    projection are measured in metres; other coordinates count as a plane.

    Args:
        path: GeoJSON, TopoJSON, Shapefile or GeoPackage.
        columns: which field holds what.
        layer: which layer of a file with several.

    Raises:
        FileUnreadable: There is no such file or layer, or it is no polygon file.
        UnitFileInvalid: A field is missing, or a feature has no usable value or polygon.
    """
    file = read_polygons(path, layer)
    if not file.features:
        raise UnitFileInvalid(str(path), "geometry", "the file holds no features.", "Export the units again.")
    _check_fields(file, columns)
    ids = _ids(file, columns.unit)
    fence = None if columns.fence is None else _numbered([_text(f, columns.fence) for f in file.features])
    attributes = [_figures(file, ids, name) for name in columns.attributes]
    count = len(file.features)
    workload = np.ones(count) if columns.workload is None else _figures(file, ids, columns.workload, least=0.0)
    degrees = in_degrees(file)
    units = ZoningUnits(
        ids,
        np.column_stack(attributes) if attributes else np.zeros((count, 1)),
        workload,
        _borders(ids, degrees),
        fence=fence,
        place_m=_places(degrees),
    )
    names = None
    if columns.zone is not None:
        names = tuple(_text(feature, columns.zone) for feature in file.features)
    return UnitFile(file, units, names)


def in_degrees(file: PolygonFile) -> Shapes:
    """The polygons as valid polygons in degrees; plane coordinates are laid around the point 0° 0°.

    Raises:
        UnitFileInvalid: A feature has no usable polygon.
    """
    for feature in file.features:
        if feature.geometry is None:
            cause = feature.fault.reason if feature.fault else "there is no polygon"
            remedy = feature.fault.remedy if feature.fault else "Draw it again."
            raise UnitFileInvalid(str(file.path), "geometry", f"feature {feature.number}: {cause}.", remedy)
    shapes = np.array([feature.geometry for feature in file.features], dtype=object)
    wrong = ~shapely.is_valid(shapes)
    shapes[wrong] = valid_areas(shapes[wrong])
    convert = _known_system(file.crs)
    degrees = shapely.transform(shapes, convert) if convert else shapes
    return degrees if _on_globe(degrees) else _plane(shapes)


def _known_system(crs: str | None) -> Callable[[NDArray[np.float64]], NDArray[np.float64]] | None:
    """How coordinates become degrees; None where they stand for themselves."""
    if crs is None:
        return None
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return None
    return named_system(crs).convert if system.is_projected else None


def _on_globe(shapes: Shapes) -> bool:
    bounds = shapely.total_bounds(shapes)
    return bool(np.isfinite(bounds).all() and (np.abs(bounds) <= [180, 90, 180, 90]).all())


def _plane(shapes: Shapes) -> Shapes:
    """Plane coordinates scaled so that a usual unit is a square kilometre, laid around the point 0° 0°."""
    west, south, east, north = shapely.total_bounds(shapes)
    side = float(np.sqrt(np.median(shapely.area(shapes)))) or 1.0
    middle = np.array([(west + east) / 2, (south + north) / 2])
    placed: Shapes = LocalMetres(0.0, 0.0).unproject(
        shapely.transform(shapes, lambda xy: (xy - middle) * (_PLANE_SIDE_M / side))
    )
    return placed


def _borders(ids: tuple[str, ...], degrees: Shapes) -> UnitGraph:
    """Common borders; found in the order of ids, so that the order of the file changes no digit."""
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
    side = float(np.sqrt(np.median(areas_m2(degrees))))
    borders = shared_borders(
        degrees[order],
        tolerance_m=min(TOLERANCE_M, _TOLERANCE_SHARE * side),
        least_border_m=min(LEAST_BORDER_M, _LEAST_BORDER_SHARE * side),
    )
    return UnitGraph.of(len(ids), order[borders.first], order[borders.second], borders.length_m)


def _places(degrees: Shapes) -> Floats:
    points = shapely.point_on_surface(LocalMetres.of(degrees).project(degrees))
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def _check_fields(file: PolygonFile, columns: UnitColumns) -> None:
    present = file.fields or tuple(dict.fromkeys(name for f in file.features for name in f.attributes))
    wanted = (columns.unit, *columns.attributes, columns.workload, columns.fence, columns.zone)
    for name in wanted:
        if name is not None and name not in present:
            remedy = f"Its fields are: {', '.join(present) or 'none'}. Name one of these."
            raise UnitFileInvalid(str(file.path), name, "the file has no such field.", remedy)


def _text(feature: PolygonFeature, field: str) -> str | None:
    value = feature.attributes.get(field)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None or value == "" else str(value)


def _ids(file: PolygonFile, field: str | None) -> tuple[str, ...]:
    if field is None:
        return tuple(f"{feature.number:06d}" for feature in file.features)
    seen: dict[str, int] = {}
    for feature in file.features:
        unit = _text(feature, field)
        if unit is None:
            raise UnitFileInvalid(str(file.path), field, f"feature {feature.number} has no id.", "Give it one.")
        if unit in seen:
            cause = f"features {seen[unit]} and {feature.number} both have the id {unit}."
            raise UnitFileInvalid(str(file.path), field, cause, "Give each unit its own id.")
        seen[unit] = feature.number
    return tuple(seen)


def _figures(file: PolygonFile, ids: tuple[str, ...], field: str, least: float = -np.inf) -> Floats:
    figures = np.empty(len(ids))
    for k, feature in enumerate(file.features):
        value = feature.attributes.get(field)
        try:
            figures[k] = float(value)  # type: ignore[arg-type]  # anything else is refused below
        except (TypeError, ValueError):
            figures[k] = np.nan
        if not (np.isfinite(figures[k]) and figures[k] >= least):
            wanted = "a number" if least == -np.inf else f"a number of {least:g} or more"
            shown = "nothing" if value is None else repr(value)
            raise UnitFileInvalid(
                str(file.path), field, f"unit {ids[k]} has {shown}, not {wanted}.", "Correct it, or leave the unit out."
            )
    return figures


def _numbered(names: list[str | None]) -> Ints:
    place = {name: k for k, name in enumerate(sorted({name or "" for name in names}))}
    return np.array([place[name or ""] for name in names], np.int64)
