"""Which polygons and attributes does a file hold: GeoJSON, TopoJSON, Shapefile or GeoPackage?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from data.importing.dbf_encoding import dbf_encoding
from data.importing.errors import FileUnreadable
from data.importing.geojson_polygons import POLYGON_TYPES, is_topology, parse_json, read_features
from data.importing.geopackage_tables import require_own_table
from data.importing.polygon_feature import FeatureFault, PolygonFeature, PolygonFile
from data.importing.polygon_kinds import require_polygon_kind
from geo.repair import RepairAction

JSON_SUFFIXES = (".geojson", ".json", ".topojson")


def read_polygons(path: Path, layer: str | None = None) -> PolygonFile:
    """Read every feature of a polygon file; broken ones come with their fault.

    Args:
        path: GeoJSON, TopoJSON (also when named .geojson), Shapefile or GeoPackage.
        layer: which layer of a file that holds several.

    Raises:
        FileUnreadable: There is no such file or layer, or it is no polygon file at all.
    """
    if not path.is_file():
        raise FileUnreadable(str(path), "there is no such file.", "Check the path, or set the parameter that it uses.")
    if path.suffix.lower() not in JSON_SUFFIXES:
        require_polygon_kind(path)
        return _read_with_gdal(path, layer)
    text = _text(path)
    document = parse_json(path, text)
    if is_topology(document):
        return _read_with_gdal(path, layer)
    return read_features(path, text, document)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _read_with_gdal(path: Path, layer: str | None) -> PolygonFile:
    encoding = dbf_encoding(path)
    chosen = _layer(path, layer)
    if path.suffix.lower() == ".gpkg":
        require_own_table(path, chosen)
    try:
        meta, _, blobs, columns = pyogrio.raw.read(path, layer=chosen, encoding=encoding, return_fids=False)
    except (DataSourceError, UnicodeDecodeError, ValueError) as error:
        raise FileUnreadable(str(path), f"it cannot be read ({error}).", "Export the file again.") from error
    if blobs is None:
        raise FileUnreadable(str(path), f"layer {chosen!r} has no geometry.", "Choose a layer of polygons.")
    fields = tuple(str(name) for name in meta["fields"])
    rows = _attribute_rows(fields, columns, len(blobs))
    features = tuple(_feature(number, row, blob) for number, (row, blob) in enumerate(zip(rows, blobs, strict=True), 1))
    return PolygonFile(path, features, meta["crs"], fields, encoding)


def _layer(path: Path, wanted: str | None) -> str:
    """The layer to read: the one wanted, or the only one with polygons."""
    try:
        layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    except DataSourceError as error:
        raise FileUnreadable(
            str(path), f"it is no file of polygons ({error}).", "Give GeoJSON, TopoJSON, Shapefile or GeoPackage."
        ) from error
    names = [name for name, _ in layers]
    if wanted is not None and wanted not in names:
        raise FileUnreadable(str(path), f"there is no layer {wanted!r}.", f"Choose one of: {', '.join(names)}.")
    if wanted is not None or len(names) == 1:
        return wanted or names[0]
    shaped = [name for name, kind in layers if "Polygon" in kind]
    if len(shaped) != 1:
        raise FileUnreadable(str(path), "it has several layers.", f"Name the layer: {', '.join(names)}.")
    return shaped[0]


def _attribute_rows(fields: tuple[str, ...], columns: list[NDArray[Any]], count: int) -> Iterator[dict[str, object]]:
    plain = [[_plain(value) for value in column] for column in columns]
    for index in range(count):
        yield {name: values[index] for name, values in zip(fields, plain, strict=True)}


def _plain(value: Any) -> object:
    """A Python value without NaN and NaT, the only values that differ from themselves."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value != value else value


def _feature(number: int, row: dict[str, object], blob: bytes | None) -> PolygonFeature:
    if blob is None:
        fault = FeatureFault("geometry", "the geometry is null", "Draw the unit, or delete the feature.")
        return PolygonFeature(number, None, row, None, fault)
    try:
        geometry = shapely.from_wkb(blob)
    except ShapelyError as error:
        fault = FeatureFault("geometry", f"the geometry cannot be read ({error})", "Draw the unit again.")
        return PolygonFeature(number, None, row, None, fault)
    fault_found = _fault(geometry)
    if fault_found is not None:
        return PolygonFeature(number, None, row, None, fault_found)
    repairs = (RepairAction.DROPPED_HEIGHT,) if shapely.has_z(geometry) else ()
    return PolygonFeature(number, None, row, shapely.force_2d(geometry), None, repairs)


def _fault(geometry: BaseGeometry) -> FeatureFault | None:
    if geometry.geom_type not in POLYGON_TYPES:
        return FeatureFault(
            "geometry", f"the geometry is a {geometry.geom_type}, a polygon is needed", "Give the unit's area."
        )
    if geometry.is_empty:
        return FeatureFault("geometry", "the geometry is empty", "Draw the unit, or delete the feature.")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return FeatureFault("geometry", "a coordinate is NaN or infinite", "Give the missing coordinate.")
    return None
