"""How does a plan leave as GeoJSON, GeoPackage, Shapefile, Excel or CSV?"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import geopandas
import numpy as np
import orjson
import pandas as pd
import pyogrio
import shapely

from data.importing.errors import ExportInvalid
from data.importing.report import safe_cell
from data.zoning.plan_columns import Columns, head_fields, shapes_in_order, unit_columns, zone_columns
from data.zoning.plan_document import PlanDocument, Shapes
from data.zoning.plan_workbook import plan_workbook

UNIT_LAYER, ZONE_LAYER, HEAD_LAYER = "units", "zones", "plan"
_INTEGERS = ("zone", "members", "pieces", "revision")
_DECIMALS = 7
"""Of a degree: 1 cm."""


def export_plan(document: PlanDocument, kind: str) -> bytes:
    """The plan as one file; `EXPORTS` lists the kinds.

    Every kind holds the code and the zone of each unit, and reading it again gives a plan with the same hash.

    Raises:
        ExportInvalid: There is no such kind.
    """
    if kind not in EXPORTS:
        raise ExportInvalid(f"The format {kind!r} is not known. Use one of: {', '.join(EXPORTS)}.")
    return EXPORTS[kind](document)


def kind_of_file(target: Path) -> str:
    """The kind that the ending of a file name stands for.

    Raises:
        ExportInvalid: There is none.
    """
    name = target.name.lower()
    for kind in EXPORTS:
        if name.endswith(f".{kind}"):
            return kind
    if name.endswith(".json"):
        return "geojson"
    raise ExportInvalid(f"{target.name}: no plan is written so. End the name with one of: .{', .'.join(EXPORTS)}.")


def plan_csv(document: PlanDocument) -> bytes:
    """Units as CSV with a byte-order mark; texts that a spreadsheet would run get an apostrophe in front."""
    buffer = io.StringIO()
    columns = unit_columns(document)
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([safe_cell(value) if isinstance(value, str) else value for value in row])
    return buffer.getvalue().encode("utf-8-sig")


def plan_geojson(document: PlanDocument) -> bytes:
    """Units as features (RFC 7946); head and zones stand beside them as the members `plan` and `zones`."""
    columns, zones = unit_columns(document), zone_columns(document)
    shapes = shapely.orient_polygons(document.units.shapes)
    rows = zip(*columns.values(), strict=True)
    features = [
        {"type": "Feature", "geometry": _geometry(shape), "properties": dict(zip(columns, row, strict=True))}
        for shape, row in zip(shapes, rows, strict=True)
    ]
    members = {
        "plan": head_fields(document),
        "zones": [dict(zip(zones, row, strict=True)) for row in zip(*zones.values(), strict=True)],
    }
    return orjson.dumps({"type": "FeatureCollection", "name": UNIT_LAYER} | members | {"features": features})


def plan_geopackage(document: PlanDocument) -> bytes:
    """Layers `units` and `zones`, and the head as the table `plan`."""
    head = head_fields(document)
    table = pd.DataFrame({"field": list(head), "value": ["" if v is None else str(v) for v in head.values()]})
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plan.gpkg"
        units = _frame(unit_columns(document), document.units.shapes)
        pyogrio.write_dataframe(units, target, layer=UNIT_LAYER, driver="GPKG")
        zones = _frame(zone_columns(document), shapes_in_order(document))
        pyogrio.write_dataframe(zones, target, layer=ZONE_LAYER, driver="GPKG", append=True)
        pyogrio.write_dataframe(table, target, layer=HEAD_LAYER, driver="GPKG", append=True)
        return target.read_bytes()


def plan_shapefile(document: PlanDocument) -> bytes:
    """Units as a zipped Shapefile with its encoding (UTF-8) in a .cpg file."""
    return _zipped_shapefile(_frame(unit_columns(document), document.units.shapes), "plan_units")


def zones_shapefile(document: PlanDocument) -> bytes:
    """Zones as a zipped Shapefile."""
    return _zipped_shapefile(_frame(zone_columns(document), shapes_in_order(document)), "plan_zones")


def plan_excel(document: PlanDocument) -> bytes:
    """Sheets `units`, `zones` and `plan`."""
    return plan_workbook(unit_columns(document), zone_columns(document), head_fields(document))


def _zipped_shapefile(frame: geopandas.GeoDataFrame, name: str) -> bytes:
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        pyogrio.write_dataframe(frame, Path(folder) / f"{name}.shp", driver="ESRI Shapefile", encoding="UTF-8")
        for path in sorted(Path(folder).iterdir()):
            archive.write(path, path.name)
    return buffer.getvalue()


def _frame(columns: Columns, shapes: Shapes) -> geopandas.GeoDataFrame:
    """Columns with types of their own, so that an empty zone stays empty and a code stays a text."""
    series = {
        name: pd.Series(values, dtype="Int64" if name in _INTEGERS else _type_of(values))
        for name, values in columns.items()
    }
    multi = np.array([_multi(shape) for shape in shapes], dtype=object)
    return geopandas.GeoDataFrame(series, geometry=multi, crs="EPSG:4326")


def _type_of(values: list[object]) -> Literal["object", "float64"]:
    return "object" if any(isinstance(value, str) for value in values) else "float64"


def _multi(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape


def _geometry(shape: shapely.Geometry) -> orjson.Fragment:
    rounded = shapely.transform(shape, lambda lonlat: np.round(lonlat, _DECIMALS))
    return orjson.Fragment(shapely.to_geojson(rounded))


EXPORTS: Mapping[str, Callable[[PlanDocument], bytes]] = {
    "geojson": plan_geojson,
    "gpkg": plan_geopackage,
    "shp.zip": plan_shapefile,
    "xlsx": plan_excel,
    "csv": plan_csv,
}
"""Kind of file, which is also the ending of its name."""

MEDIA_TYPES: Mapping[str, str] = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "shp.zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
