"""Which polygons does a GeoJSON file hold, feature by feature, with its faults named?

Features are read one at a time so that a broken one ends as a row of the report and not as a failed file.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.importing.errors import FileUnreadable
from data.importing.polygon_feature import FeatureFault, PolygonFeature, PolygonFile
from geo.repair import RepairAction

POLYGON_TYPES = ("Polygon", "MultiPolygon")
_MIN_RING_POINTS = 3


class _Unusable(Exception):
    """A geometry that cannot become a polygon; carries the fault."""

    def __init__(self, fault: FeatureFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def is_topology(document: object) -> bool:
    """Whether a parsed JSON document is TopoJSON, whatever the file's name says."""
    return isinstance(document, dict) and document.get("type") == "Topology"


def parse_json(path: Path, text: str) -> Any:
    """The JSON document in a text.

    Raises:
        FileUnreadable: The text is not JSON; names the line.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise FileUnreadable(str(path), "the JSON is nested too deeply.", "Export the file again.") from error
    except json.JSONDecodeError as error:
        cause = f"this is not JSON ({error.msg}, column {error.colno})."
        raise FileUnreadable(str(path), cause, "Export the file again.", line=error.lineno) from error


def read_features(path: Path, text: str, document: Any) -> PolygonFile:
    """All features of a GeoJSON document, sound and broken, in the order of the file.

    Raises:
        FileUnreadable: The document is JSON but not GeoJSON.
    """
    members = _feature_members(path, document)
    lines = _feature_lines(text, len(members))
    features = tuple(_feature(number, lines[number - 1], member) for number, member in enumerate(members, 1))
    fields = tuple(dict.fromkeys(name for feature in features for name in feature.attributes))
    return PolygonFile(path, features, _declared_crs(document), fields)


def _feature_members(path: Path, document: Any) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if kind == "Feature":
        return [document]
    if kind in POLYGON_TYPES:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise FileUnreadable(
        str(path), f"the JSON is of type {kind!r}, not a GeoJSON FeatureCollection.", "Give a GeoJSON or TopoJSON file."
    )


def _declared_crs(document: Mapping[str, Any]) -> str:
    """What the old `crs` member names; without it GeoJSON is WGS 84 (RFC 7946)."""
    match document.get("crs"):
        case {"properties": {"name": str(name)}}:
            return name
    return "OGC:CRS84"


def _feature(number: int, line: int | None, member: Any) -> PolygonFeature:
    if not isinstance(member, dict):
        fault = FeatureFault("geometry", "the feature is not an object", "Export the feature again.")
        return PolygonFeature(number, line, {}, None, fault)
    attributes = dict(member.get("properties") or {})
    if member.get("id") is not None:
        attributes.setdefault("id", member["id"])
    try:
        geometry, repairs = _polygon(member.get("geometry"))
    except _Unusable as unusable:
        return PolygonFeature(number, line, attributes, None, unusable.fault)
    return PolygonFeature(number, line, attributes, geometry, None, repairs)


def _polygon(member: Any) -> tuple[BaseGeometry, tuple[RepairAction, ...]]:
    """Polygon or MultiPolygon of a GeoJSON geometry and the repairs made on the way.

    Raises:
        _Unusable: It cannot be one.
    """
    if member is None:
        raise _Unusable(FeatureFault("geometry", "the geometry is null", "Draw the unit, or delete the feature."))
    kind = member.get("type") if isinstance(member, dict) else None
    if kind not in POLYGON_TYPES:
        raise _Unusable(
            FeatureFault("geometry", f"the geometry is a {kind}, a polygon is needed", "Give the unit's area.")
        )
    coordinates = member.get("coordinates") or []
    repairs: set[RepairAction] = set()
    parts = [coordinates] if kind == "Polygon" else coordinates
    polygons = [_part(rings, repairs) for rings in parts if rings and any(rings)]
    if not polygons:
        raise _Unusable(FeatureFault("geometry", "the geometry is empty", "Draw the unit, or delete the feature."))
    return polygons[0] if kind == "Polygon" else shapely.multipolygons(polygons), tuple(sorted(repairs))


def _part(rings: list[Any], repairs: set[RepairAction]) -> BaseGeometry:
    loops = [shapely.linearrings(_ring(ring, repairs)) for ring in rings if ring]
    return shapely.polygons(loops[0], holes=loops[1:] or None)


def _ring(ring: list[Any], repairs: set[RepairAction]) -> NDArray[np.float64]:
    """Closed ring (n, 2); names the repair where it had to be closed or lost its heights."""
    try:
        points = np.asarray(ring, dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] < 2:
        raise _Unusable(
            FeatureFault("geometry", "a ring is not a list of (lon, lat) numbers", "Export the feature again.")
        )
    if not np.isfinite(points[:, :2]).all():
        position = int(np.flatnonzero(~np.isfinite(points[:, :2]).all(axis=1))[0]) + 1
        raise _Unusable(
            FeatureFault("geometry", f"point {position} of a ring is NaN or infinite", "Give the missing coordinate.")
        )
    if points.shape[1] > 2:
        repairs.add(RepairAction.DROPPED_HEIGHT)
    points = points[:, :2]
    if (points[0] != points[-1]).any():
        points = np.vstack((points, points[:1]))
        repairs.add(RepairAction.CLOSED_RING)
    if len(points) <= _MIN_RING_POINTS:
        raise _Unusable(FeatureFault("geometry", "a ring has fewer than three corners", "Draw the unit again."))
    return points


def _feature_lines(text: str, count: int) -> list[int | None]:
    """Line on which each feature begins; None where the layout of the text cannot be followed."""
    lines: list[int | None] = [*islice(_walk_features(text), count)]
    return lines + [None] * (count - len(lines))


def _walk_features(text: str) -> Iterator[int]:
    decoder = json.JSONDecoder()
    start = text.find("[", max(text.find('"features"'), 0)) + 1
    line, counted = 1, 0
    while start:
        start = _skip(text, start)
        line, counted = line + text.count("\n", counted, start), start
        if start >= len(text) or text[start] != "{":
            return
        yield line
        start = decoder.raw_decode(text, start)[1]


def _skip(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \t\r\n,":
        start += 1
    return start
