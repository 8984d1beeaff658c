"""In which coordinate system is a polygon file, and what are its polygons in WGS 84?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from data.importing.polygon_feature import PolygonFile
from data.importing.unit_errors import CrsInvalid, CrsUndecided
from data.importing.unit_report import CrsDecision
from geo.datum import Datum, inside_china, to_wgs84

Shapes = NDArray[np.object_]

_LEAST_FIT = 0.8
_CLEARLY = 0.5
_COVERED = 0.5
_TOLERANCE_DEG = 2e-4
_GEOGRAPHIC = (4326, 4490)


@dataclass(frozen=True, slots=True)
class CoordinateSystem:
    """A system that coordinates may be in; `convert` turns (n, 2) of them into WGS 84 degrees."""

    name: str
    convert: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    def to_wgs84(self, shapes: Shapes) -> Shapes:
        """The polygons in WGS 84 (lon, lat)."""
        converted: Shapes = shapely.transform(shapes, self.convert)
        return converted


def choose_system(
    file: PolygonFile, requested: str | None, reference: Shapes | None
) -> tuple[CoordinateSystem, CrsDecision]:
    """Decide in which system a file is.

    Args:
        file: Polygons in the coordinates of the file.
        requested: `auto`, a datum, a name that PROJ reads, or None for what the file itself says.
        reference: Current polygons of the level above (or of the city) in WGS 84; None if there are none yet.

    Returns:
        The system, and the decision with its figures. Where the file's own statement was taken although another
        system fits the reference clearly better, the reason says so and `fits` holds the figures.

    Raises:
        CrsInvalid: PROJ does not know the requested system.
        CrsUndecided: Nothing was said and the coordinates do not decide it.
    """
    if requested is not None and requested.lower() != "auto":
        return named_system(requested), CrsDecision(named_system(requested).name, "as requested")
    shapes = _usable_shapes(file)
    fits = _fits(_candidates(file, shapes), shapes, reference) if reference is not None and len(shapes) else {}
    best = _clear_winner(fits)
    if requested is None and file.crs is not None:
        stated = named_system(file.crs)
        doubt = f"; {_figures(fits)} would rather be {best}" if best not in (None, stated.name) else ""
        return stated, CrsDecision(stated.name, f"the file or its format says so{doubt}", fits)
    if best is not None:
        reason = f"best fit with the level above: {_figures(fits)}"
        return _candidates(file, shapes)[best], CrsDecision(best, reason, fits)
    return _without_reference(file, shapes, fits)


def contradicts(decision: CrsDecision) -> str | None:
    """The system that clearly fits better than the one chosen, or None."""
    best = _clear_winner(decision.fits)
    return best if best != decision.chosen else None


def named_system(name: str) -> CoordinateSystem:
    """The system with a name: a datum (`wgs84`, `gcj02`, `bd09` …) or anything that PROJ reads, such as EPSG:2263.

    Raises:
        CrsInvalid: PROJ does not know it.
    """
    if name.lower() in tuple(datum.value for datum in Datum):
        datum = Datum(name.lower())
        return CoordinateSystem("wgs84" if datum is Datum.CGCS2000 else datum.value, lambda xy: to_wgs84(xy, datum))
    try:
        crs = pyproj.CRS.from_user_input(name)
    except CRSError as error:
        raise CrsInvalid(name) from error
    if crs.is_geographic and (crs.to_epsg() in _GEOGRAPHIC or "CRS84" in name):
        return CoordinateSystem("wgs84", lambda xy: xy)
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return CoordinateSystem(_short_name(crs), lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))


def _short_name(crs: pyproj.CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.name)


def _usable_shapes(file: PolygonFile) -> Shapes:
    shapes = np.array([f.geometry for f in file.features if f.geometry is not None], dtype=object)
    return np.asarray(shapely.make_valid(shapes)) if len(shapes) else shapes


def _candidates(file: PolygonFile, shapes: Shapes) -> dict[str, CoordinateSystem]:
    """Systems that the coordinates may be in, by name; those that change nothing here are left out."""
    stated = [] if file.crs is None else [named_system(file.crs)]
    middle = _middle(shapes)
    if len(middle) and (np.abs(middle) > 180).any():
        systems = [*stated, named_system("mercator")]
    else:
        shifted = ["gcj02", "bd09"] if inside_china(middle[None, :]).any() else []
        systems = [named_system(name) for name in ("wgs84", *shifted, "swapped")]
    return {system.name: system for system in systems}


def _middle(shapes: Shapes) -> NDArray[np.float64]:
    """A typical position (2,): the median of the boxes' middles, unmoved by single wild features."""
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    if not len(bounds):
        return np.empty(0)
    middle: NDArray[np.float64] = np.median((bounds[:, :2] + bounds[:, 2:]) / 2, axis=0)
    return middle


def _fits(candidates: dict[str, CoordinateSystem], shapes: Shapes, reference: Shapes) -> dict[str, float]:
    """Area in common with the reference over area of both together, by system."""
    plain = np.asarray(shapely.simplify(reference, _TOLERANCE_DEG))
    return {name: _fit(system.to_wgs84(shapes), plain) for name, system in candidates.items()}


def _fit(shapes: Shapes, reference: Shapes) -> float:
    """Share (0–1) for the part of the reference that the file covers at all: a file may hold one county of many."""
    covered = reference[_covered(shapes, reference)]
    if not len(covered):
        return 0.0
    whole = shapely.make_valid(shapely.simplify(shapely.union_all(shapely.make_valid(shapes)), _TOLERANCE_DEG))
    own, others = shapely.area(whole), shapely.area(shapely.union_all(covered))
    together = shapely.area(shapely.union_all(np.append(covered, whole)))
    return float(max(own + others - together, 0.0) / together)


def _covered(shapes: Shapes, reference: Shapes) -> NDArray[np.bool_]:
    """Which reference units (r,) have at least half of their area in units of the file, told by inner points."""
    area = np.zeros(len(reference))
    inner = shapely.point_on_surface(shapes)
    child, parent = shapely.STRtree(reference).query(inner, predicate="intersects")
    np.add.at(area, parent, shapely.area(shapes)[child])
    return np.asarray(area >= _COVERED * shapely.area(reference))


def _clear_winner(fits: dict[str, float]) -> str | None:
    """The best system if it fits well and misses at most half as much as the next; None otherwise."""
    if not fits:
        return None
    first, *others = sorted(fits, key=lambda name: -fits[name])
    if fits[first] < _LEAST_FIT or any(1 - fits[first] > _CLEARLY * (1 - fits[other]) for other in others[:1]):
        return None
    return first


def _without_reference(
    file: PolygonFile, shapes: Shapes, fits: dict[str, float]
) -> tuple[CoordinateSystem, CrsDecision]:
    """Choose the only possible system, or ask.

    Raises:
        CrsUndecided: Several are possible.
    """
    possible = _candidates(file, shapes)
    if len(_middle(shapes)) and abs(_middle(shapes)[0]) > 90:
        possible.pop("swapped", None)
    elif len(_middle(shapes)) and abs(_middle(shapes)[1]) > 90:
        possible.pop("wgs84", None)
    if len(possible) == 1:
        name, system = possible.popitem()
        return system, CrsDecision(name, "no other system is possible for these numbers", fits)
    raise CrsUndecided(str(file.path), _figures(fits) or f"possible: {', '.join(possible)}")


def _figures(fits: dict[str, float]) -> str:
    return ", ".join(f"{name} {fit:.1%}" for name, fit in sorted(fits.items(), key=lambda item: -item[1]))
