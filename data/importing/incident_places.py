"""Where do the rows of a chunk lie in WGS 84, and in which datum did their file write it?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from data.importing.errors import DatumUnclear
from data.importing.incident_mapping import ProjectedColumns
from data.importing.unit_errors import CrsInvalid
from geo.box import Box
from geo.coordinates import ParsedLonlat, Problem, Repair, parse_lonlat
from geo.datum import Datum, to_wgs84
from geo.datum_detect import Locator, datum_candidates, detect_datum

Transform = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_NUMBER = r"^\s*[+-]?[0-9]+(\.[0-9]*)?\s*$"
_WKT = r"(?i)^\s*POINT\s*\(\s*(?P<lon>[^\s,]+)[\s,]+(?P<lat>[^\s,)]+)\s*\)\s*$"
_PAIR = r"^\s*\(\s*(?P<lat>[^\s,]+)\s*,\s*(?P<lon>[^\s,)]+)\s*\)\s*$"
_GEOGRAPHIC = (Datum.WGS84, Datum.CGCS2000, Datum.GCJ02, Datum.BD09)
_ZERO_M = 1e-9


@dataclass(frozen=True, slots=True)
class ChosenDatum:
    """The datum of a file, how to turn it into WGS 84, and why it was chosen."""

    name: str
    reason: str
    transform: Transform


@dataclass(frozen=True, slots=True)
class Placement:
    """Positions of n rows.

    Attributes:
        parsed: WGS 84 degrees, repairs and problems.
        from_projected: (n,) rows whose position comes from the projected columns.
    """

    parsed: ParsedLonlat
    from_projected: NDArray[np.bool_]


def lonlat_columns(raw: dict[str, Any]) -> tuple[Any, Any] | None:
    """The columns of longitude and latitude; a point column gives both. None where there are neither."""
    if "lon" in raw and "lat" in raw:
        return raw["lon"], raw["lat"]
    if "point" not in raw:
        return None
    text = pc.cast(raw["point"], pa.string())
    wkt, pair = pc.extract_regex(text, _WKT), pc.extract_regex(text, _PAIR)
    lon, lat = (pc.coalesce(pc.struct_field(wkt, name), pc.struct_field(pair, name)) for name in ("lon", "lat"))
    return lon, lat


def named_datum(name: str, reason: str) -> ChosenDatum:
    """The datum of that name: a member of `Datum`, or EPSG:number.

    Raises:
        CrsInvalid: nobody knows it.
    """
    if name.lower() in tuple(datum.value for datum in Datum):
        datum = Datum(name.lower())
        return ChosenDatum(datum.value, reason, lambda xy: to_wgs84(xy, datum))
    return ChosenDatum(name.upper(), reason, _projection(name))


def choose_datum(
    raw: dict[str, Any],
    stated: NDArray[np.int32],
    locator: Locator,
    projected: ProjectedColumns | None,
    *,
    rng: np.random.Generator,
) -> ChosenDatum:
    """Choose the datum in which the points fall where they should.

    Args:
        raw: coordinate columns of a sample of the file.
        stated: (n,) ids of stated units, 0 for none.
        locator: units of the level that rows state, or of the whole city.
        projected: names the system of the file's projected columns, which is tried too.
        rng: draws the sample.

    Raises:
        DatumUnclear: no datum is clearly best; holds the figures.
    """
    columns = lonlat_columns(raw)
    points = _numbers(*columns) if columns else np.empty((0, 2))
    if not np.isfinite(points).all(axis=1).any():
        return named_datum("wgs84", "The sample has no coordinates to compare.")
    candidates = dict(datum_candidates())
    if projected:
        candidates[projected.crs] = _projection(projected.crs)
    verdict = detect_datum(locator, points, stated, candidates, rng=rng)
    if verdict.chosen is None:
        raise DatumUnclear(verdict.reason)
    return ChosenDatum(verdict.chosen, verdict.reason, candidates[verdict.chosen])


def place_rows(
    raw: dict[str, Any], n: int, datum: ChosenDatum, extent: Box, projected: ProjectedColumns | None
) -> Placement:
    """Positions of the rows of a chunk; the projected columns fill in where lon and lat have nothing."""
    columns = lonlat_columns(raw)
    parsed = _parse(columns, datum, extent) if columns else _nowhere(n)
    filled = np.zeros(n, bool)
    if projected and "x" in raw and "y" in raw:
        parsed, filled = _fill(parsed, raw, _projection(projected.crs))
    return Placement(parsed, filled)


def _parse(columns: tuple[Any, Any], datum: ChosenDatum, extent: Box) -> ParsedLonlat:
    if datum.name == Datum.SWAPPED:
        columns, datum = columns[::-1], named_datum("wgs84", datum.reason)
    if datum.name in _GEOGRAPHIC:
        parsed = parse_lonlat(*columns, extent=extent)
        if datum.name in (Datum.WGS84, Datum.CGCS2000):
            return parsed
        metres = parsed.repair == Repair.MERCATOR_M
        lonlat = np.where(metres[:, None], parsed.lonlat, datum.transform(parsed.lonlat))
        return ParsedLonlat(lonlat, parsed.repair, parsed.problem)
    return _parse_metres(columns, datum.transform)


def _parse_metres(columns: tuple[Any, Any], transform: Transform) -> ParsedLonlat:
    """Coordinates of a projected system: plain numbers only."""
    points = _numbers(*columns)
    problem = np.where(np.isfinite(points).all(axis=1), Problem.NONE, Problem.NOT_A_NUMBER).astype(np.int8)
    empty = _is_empty(columns[0]) | _is_empty(columns[1])
    problem[empty] = Problem.MISSING
    lonlat = transform(points)
    lost = (problem == Problem.NONE) & ~_on_globe(lonlat)
    problem[lost] = Problem.OUT_OF_RANGE
    lonlat[problem != Problem.NONE] = np.nan
    return ParsedLonlat(lonlat, np.zeros(len(lonlat), np.int8), problem)


def _fill(parsed: ParsedLonlat, raw: dict[str, Any], transform: Transform) -> tuple[ParsedLonlat, NDArray[np.bool_]]:
    wanting = parsed.problem != Problem.NONE
    points = _numbers(raw["x"], raw["y"])
    filled = wanting & np.isfinite(points).all(axis=1)
    if not filled.any():
        return parsed, filled
    lonlat, problem = parsed.lonlat.copy(), parsed.problem.copy()
    lonlat[filled] = transform(points[filled])
    filled &= _on_globe(lonlat)
    lonlat[wanting & ~filled] = np.nan
    problem[filled] = Problem.NONE
    return ParsedLonlat(lonlat, parsed.repair, problem), filled


def _nowhere(n: int) -> ParsedLonlat:
    return ParsedLonlat(np.full((n, 2), np.nan), np.zeros(n, np.int8), np.full(n, Problem.MISSING, np.int8))


def _numbers(x: Any, y: Any) -> NDArray[np.float64]:
    """Plain numbers (n, 2) of two columns; NaN for other writings and where both are zero."""
    points = np.column_stack([_floats(x), _floats(y)])
    points[(np.abs(points) < _ZERO_M).all(axis=1)] = np.nan
    return points


def _floats(column: Any) -> NDArray[np.float64]:
    if isinstance(column, np.ndarray):
        return column.astype(np.float64)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        plain = pc.fill_null(pc.match_substring_regex(column, _NUMBER), False)
        column = pc.utf8_trim_whitespace(pc.if_else(plain, column, None))
    return np.array(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _is_empty(column: Any) -> NDArray[np.bool_]:
    if isinstance(column, np.ndarray):
        return np.isnan(column)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.asarray(column.is_null())
    length = pc.binary_length(pc.utf8_trim_whitespace(column))
    return np.asarray(pc.equal(pc.fill_null(length, 0), 0))


def _on_globe(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    on: NDArray[np.bool_] = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    return on


@cache
def _projection(name: str) -> Transform:
    try:
        transformer = pyproj.Transformer.from_crs(name, "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise CrsInvalid(name) from error
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
