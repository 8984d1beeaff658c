"""How do the places 地/物 of a file get into the database?"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from data.audit.changes import record_import
from data.cells import CityLocator
from data.importing.unit_datum import named_system
from data.importing.unit_report import RejectedUnit, UnitRow
from data.importing.unit_table import TableRow, read_unit_table
from data.importing.unit_values import code_text
from data.privacy.masking import mask_identifier, masked_text
from geo.datum import Datum, from_wgs84


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """Which column holds what; GeoJSON points come as `lon` and `lat`."""

    code: str
    name: str
    name_en: str | None = None
    kind: str | None = None
    lon: str = "lon"
    lat: str = "lat"
    service_radius_m: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceSource:
    """A file of places: of one kind, or with the kind in a column."""

    path: Path
    kind: str | None
    crs: str
    fields: PlaceFields


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """What became of every row of a file of places; those in no unit are stored and counted."""

    file: str
    read: int
    added: int
    changed: int
    unchanged: int
    in_no_unit: int
    rejected: tuple[RejectedUnit, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    def lines(self) -> tuple[str, ...]:
        """The report as lines for a screen."""
        return (
            f"places {self.file}: {self.read} read, {self.added} added, {self.changed} changed, "
            f"{self.unchanged} unchanged, {len(self.rejected)} rejected, {self.in_no_unit} in no unit",
        )


@dataclass(frozen=True, slots=True)
class _Place:
    row: UnitRow
    code: str
    name: str
    name_en: str
    kind: str
    radius_m: float | None
    lon: float
    lat: float


def import_places(connection: psycopg.Connection, source: PlaceSource, *, now: datetime) -> PlaceReport:
    """Add the places of a file, or change those with a known code, inside the caller's transaction.

    Args:
        connection: on a database whose units are there.
        source: the file and what it says where.
        now: moment of the import, aware.

    Raises:
        FileUnreadable, ColumnMissing: The file cannot be read or lacks a column.
        CrsInvalid: Nobody knows the coordinate system.
    """
    columns = tuple(str(value) for value in asdict(source.fields).values() if value is not None)
    table = read_unit_table(source.path, columns)
    places, rejected = _sorted(source, table.rows)
    lonlat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
    cells = CityLocator.load(connection).place(connection, lonlat).cell_id
    counts = _store(connection, places, lonlat, cells)
    report = PlaceReport(
        masked_text(source.path.name), len(table.rows), *counts, int((cells == 0).sum()), (*table.ragged, *rejected)
    )
    digest = hashlib.sha256(source.path.read_bytes()).hexdigest()
    connection.execute(
        "INSERT INTO import_run (kind, file_name, file_sha256, started_at, finished_at, report)"
        " VALUES ('places', %s, %s, %s, clock_timestamp(), %s)",
        [report.file, digest, now, Jsonb(report.as_json())],
    )
    figures = {name: getattr(report, name) for name in ("read", "added", "changed", "unchanged", "in_no_unit")}
    record_import(connection, "places", report.file, digest, figures | {"rejected": len(rejected)})
    return report


def _sorted(source: PlaceSource, rows: Sequence[TableRow]) -> tuple[list[_Place], list[RejectedUnit]]:
    places: dict[str, _Place] = {}
    rejected: list[RejectedUnit] = []
    for row, lonlat in zip(rows, _positions(source, rows), strict=True):
        place = _place(source, row, lonlat)
        if isinstance(place, _Place) and place.code in places:
            place = RejectedUnit(place.row, "code", "duplicate code in this file", "Give each place its own code.")
        if isinstance(place, _Place):
            places[place.code] = place
        else:
            rejected.append(place)
    return list(places.values()), rejected


def _positions(source: PlaceSource, rows: Sequence[TableRow]) -> Iterator[NDArray[np.float64]]:
    raw = [(_number(row.values.get(source.fields.lon)), _number(row.values.get(source.fields.lat))) for row in rows]
    yield from named_system(source.crs).convert(np.array(raw, dtype=np.float64).reshape(-1, 2))


def _number(value: object) -> float:
    try:
        return float(code_text(value) or "nan")
    except ValueError:
        return float("nan")


def _place(source: PlaceSource, row: TableRow, lonlat: NDArray[np.float64]) -> "_Place | RejectedUnit":
    texts = {name: code_text(row.values.get(str(column))) for name, column in asdict(source.fields).items()}
    texts |= {name: text and masked_text(text) for name, text in texts.items() if name in ("name", "name_en", "kind")}
    code = mask_identifier(texts["code"] or "")
    texts["code"] = code.text
    where = UnitRow(masked_text(source.path.name), row.line, row.line, code.text)
    if code.counts:
        return RejectedUnit(where, "code", "the code is the number or address of a person", "Give the place another.")
    kind = texts["kind"] or masked_text(source.kind or "")
    for field, value in (("code", texts["code"]), ("name", texts["name"]), ("kind", kind)):
        if not value:
            return RejectedUnit(where, field, f"the {field} is empty", "Fill it in.")
    if not (abs(lonlat[0]) <= 180 and abs(lonlat[1]) <= 90):
        return RejectedUnit(where, "lon, lat", "there is no position on the globe", "Give longitude and latitude.")
    radius = _number(texts["service_radius_m"])
    return _Place(
        where,
        texts["code"] or "",
        texts["name"] or "",
        texts["name_en"] or "",
        kind or "",
        None if np.isnan(radius) else radius,
        float(lonlat[0]),
        float(lonlat[1]),
    )


def _store(
    connection: psycopg.Connection, places: Sequence[_Place], lonlat: NDArray[np.float64], cells: NDArray[np.int32]
) -> tuple[int, int, int]:
    """Write places; returns how many were added, changed, unchanged."""
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    mercator = from_wgs84(lonlat, Datum.MERCATOR)
    for place, point, point_m, cell in zip(places, lonlat, mercator, cells, strict=True):
        counts[_store_one(connection, _values(place, point, point_m, int(cell)))] += 1
    return counts["added"], counts["changed"], counts["unchanged"]


def _values(
    place: _Place, point: NDArray[np.float64], point_m: NDArray[np.float64], cell_id: int
) -> Mapping[str, object]:
    return {
        "kind": place.kind,
        "code": place.code,
        "name": place.name,
        "name_en": place.name_en,
        "radius": place.radius_m,
        "cell": cell_id,
        "geom": shapely.to_wkb(shapely.Point(*point)),
        "geom_3857": shapely.to_wkb(shapely.Point(*point_m)),
    }


def _store_one(connection: psycopg.Connection, values: Mapping[str, object]) -> str:
    row = connection.execute(
        """
        INSERT INTO place (kind, code, name, name_en, cell_id, service_radius_m, geom, geom_3857)
        VALUES (
            %(kind)s, %(code)s, %(name)s, %(name_en)s, %(cell)s, %(radius)s,
            ST_GeomFromWKB(%(geom)s, 4326), ST_GeomFromWKB(%(geom_3857)s, 3857)
        )
        ON CONFLICT (code) DO UPDATE SET
            kind = excluded.kind, name = excluded.name, name_en = excluded.name_en, cell_id = excluded.cell_id,
            service_radius_m = excluded.service_radius_m, geom = excluded.geom, geom_3857 = excluded.geom_3857
        WHERE (place.kind, place.name, place.name_en, place.cell_id)
                <> (excluded.kind, excluded.name, excluded.name_en, excluded.cell_id)
            OR place.service_radius_m IS DISTINCT FROM excluded.service_radius_m
            OR NOT ST_Equals(place.geom, excluded.geom)
        RETURNING xmax = 0
        """,
        values,
    ).fetchone()
    if row is None:
        return "unchanged"
    return "added" if row[0] else "changed"
