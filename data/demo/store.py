"""How are the generated units, places, incidents and truths written to the tables?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from pyproj import Transformer

from data.bulk import BulkLoad
from data.cells import CityLocator, write_grid_cells
from data.demo.geography import LEVELS, DemoGeography, DemoUnit
from data.demo.incidents import DemoIncidents
from data.demo.places import DemoPlace
from data.demo.truth import PlantedTruth
from data.importing.level_zoom import zoom_ranges
from data.importing.row_hashes import combine_hashes, hash_numbers, hash_texts, keys_of
from data.importing.unit_codes import search_letters
from data.incident_batch import IncidentBatch
from data.models.space import ID_BLOCK, MOST_UNITS_BY_CLASS
from geo.metric import areas_m2
from geo.status import CaseStatus

DATASET = "demo"
ZONE = ZoneInfo("Asia/Shanghai")
LEVEL_NAMES = {
    "city": ("市", "City"),
    "county": ("县区", "County"),
    "large": ("大网格", "Large grid"),
    "medium": ("中网格", "Medium grid"),
    "small": ("小网格", "Small grid"),
}
_UNIT_COLUMNS = (
    "id, level_key, code, name, name_en, pinyin, parent_id, path, population, households, area_m2, geom, geom_3857, "
    "label_point, revision_id"
)


def store_units(connection: psycopg.Connection, geography: DemoGeography) -> dict[str, int]:
    """Write levels, units, their cells and the city's settings.

    Returns:
        Unit id by code.
    """
    mercator = _mercator(geography.units)
    _store_levels(connection, geography.units, mercator)
    row = connection.execute("INSERT INTO boundary_revision (source) VALUES ('demo') RETURNING id").fetchone()
    assert row is not None
    ids, paths = _number(geography.units)
    shapes = np.array([_multi(unit.geometry) for unit in geography.units], object)
    columns = zip(
        geography.units,
        areas_m2(shapes),
        shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True),
        shapely.to_wkb(shapely.set_srid(mercator, 3857), hex=True, include_srid=True),
        shapely.to_wkb(shapely.set_srid(_label_points(shapes), 4326), hex=True, include_srid=True),
        strict=True,
    )
    with connection.cursor().copy(f"COPY unit ({_UNIT_COLUMNS}) FROM STDIN".encode()) as copy:
        for unit, area_m2, *geometries in columns:
            copy.write_row(
                (
                    ids[unit.code],
                    unit.level,
                    unit.code,
                    unit.name,
                    unit.name_en,
                    search_letters(unit.name),
                    ids.get(unit.parent_code or ""),
                    paths[unit.code],
                    unit.population,
                    unit.households,
                    float(area_m2),
                    *geometries,
                    row[0],
                )
            )
    connection.execute("ANALYZE unit")
    write_grid_cells(connection)
    _store_settings(connection, geography.units[0])
    return ids


def _number(units: Iterable[DemoUnit]) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Id and path of each unit by code; ids run without gaps within a level."""
    counts = dict.fromkeys(LEVELS, 0)
    ids: dict[str, int] = {}
    paths: dict[str, list[int]] = {}
    for unit in units:
        counts[unit.level] += 1
        ids[unit.code] = (LEVELS.index(unit.level) + 1) * ID_BLOCK + counts[unit.level]
        above = paths[unit.parent_code] if unit.parent_code else []
        paths[unit.code] = [*above, ids[unit.code]]
    return ids, paths


def _multi(geometry: shapely.Polygon | shapely.MultiPolygon) -> shapely.MultiPolygon:
    return geometry if isinstance(geometry, shapely.MultiPolygon) else shapely.MultiPolygon([geometry])


def _mercator(units: Iterable[DemoUnit]) -> NDArray[np.object_]:
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True).transform
    shapes = np.array([_multi(unit.geometry) for unit in units], object)
    projected: NDArray[np.object_] = shapely.transform(shapes, lambda xy: np.column_stack(to_mercator(*xy.T)))
    return projected


def _label_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point well inside the largest part of each unit."""
    largest = [max(shape.geoms, key=lambda part: part.area) for shape in shapes]
    circles = shapely.maximum_inscribed_circle(np.array(largest, object), tolerance=0.001)
    points: NDArray[np.object_] = shapely.get_point(circles, 0)
    return points


def _store_levels(connection: psycopg.Connection, units: tuple[DemoUnit, ...], mercator: NDArray[np.object_]) -> None:
    bounds = shapely.bounds(mercator)
    widths = bounds[:, 2] - bounds[:, 0]
    of_level = np.array([unit.level for unit in units])
    ranges = zoom_ranges([widths[of_level == level] for level in LEVELS])
    for rank, (level, (low, high)) in enumerate(zip(LEVELS, ranges, strict=True)):
        by_class = int((of_level == level).sum()) <= MOST_UNITS_BY_CLASS
        connection.execute(
            "INSERT INTO level VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [level, rank, *LEVEL_NAMES[level], (rank + 1) * ID_BLOCK + 1, low, high, by_class],
        )


def _store_settings(connection: psycopg.Connection, city: DemoUnit) -> None:
    values = {
        "city": {"code": city.code, "name": city.name, "name_en": city.name_en, "demo": True},
        "time_zone": ZONE.key,
        "lang": "zh",
    }
    for key, value in values.items():
        connection.execute(
            "INSERT INTO setting (key, value) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, Jsonb(value)],
        )


def store_places(connection: psycopg.Connection, places: tuple[DemoPlace, ...], locator: CityLocator) -> None:
    """Write the places with the cells that they lie in."""
    lonlat = np.array([place.lonlat for place in places])
    cells = locator.place(connection, lonlat).cell_id
    xy = np.column_stack(Transformer.from_crs(4326, 3857, always_xy=True).transform(*lonlat.T))
    degrees = shapely.to_wkb(shapely.set_srid(shapely.points(lonlat), 4326), hex=True, include_srid=True)
    metres = shapely.to_wkb(shapely.set_srid(shapely.points(xy), 3857), hex=True, include_srid=True)
    columns = "kind, code, name, name_en, cell_id, service_radius_m, geom, geom_3857"
    with connection.cursor().copy(f"COPY place ({columns}) FROM STDIN".encode()) as copy:
        for place, cell, point, point_3857 in zip(places, cells.tolist(), degrees, metres, strict=True):
            copy.write_row(
                (place.kind, place.code, place.name, place.name_en, cell, place.service_radius_m, point, point_3857)
            )
    connection.execute("ANALYZE place")


def store_incidents(
    connection: psycopg.Connection,
    incidents: DemoIncidents,
    locator: CityLocator,
    small_ids: NDArray[np.int32],
    now: datetime,
) -> NDArray[np.int64]:
    """Write the incidents through the bulk load.

    Args:
        small_ids: Unit id of each small grid, in the order that `incidents.small_code` counts.

    Returns:
        (n,) incident ids in the order of the generated rows.
    """
    row = connection.execute(
        "INSERT INTO dataset (key, name) VALUES (%s, %s) RETURNING id", [DATASET, "demo"]
    ).fetchone()
    assert row is not None
    with BulkLoad(connection, int(row[0]), ZONE, now) as bulk:
        added = bulk.add(_batch(connection, incidents, locator, small_ids))
        assert added.accepted.all()
        bulk.finish()
    return added.ids


def _batch(
    connection: psycopg.Connection, incidents: DemoIncidents, locator: CityLocator, small_ids: NDArray[np.int32]
) -> IncidentBatch:
    placed = locator.place(connection, incidents.lonlat)
    external = pa.array(incidents.external_id, pa.large_string())
    text = pa.array(incidents.text, pa.large_string())
    stated = np.where(incidents.small_code >= 0, small_ids[incidents.small_code], 0).astype(np.int32)
    statuses = np.array([CaseStatus[key] for key in incidents.status_keys], np.int16)
    reasons = np.array([None, *incidents.close_reason_keys], object)
    return IncidentBatch(
        key=keys_of(external, DATASET),
        digest=combine_hashes([hash_texts(text, 1), hash_numbers(incidents.reported_at, 2)]),
        reported_at=incidents.reported_at,
        lonlat=incidents.lonlat,
        cell_id=placed.cell_id,
        grid_id=placed.grid_id,
        stated_unit_id=stated,
        class_id=_ids_of(connection, "incident_class", "code", incidents.class_codes)[incidents.class_code],
        severity=incidents.severity.astype(np.int16),
        status=statuses[incidents.status],
        source_id=_ids_of(connection, "source", "key", incidents.source_keys)[incidents.source],
        department_id=_ids_of(connection, "department", "key", incidents.department_keys)[incidents.department],
        filed_at=incidents.filed_at,
        dispatched_at=incidents.dispatched_at,
        handled_at=incidents.handled_at,
        closed_at=incidents.closed_at,
        due_at=incidents.due_at,
        close_reason=reasons[incidents.close_reason + 1],
        external_id=external,
        text=text,
        address=pa.array(incidents.address, pa.large_string()),
    )


def _ids_of(connection: psycopg.Connection, table: str, column: str, keys: Iterable[str]) -> NDArray[np.int16]:
    known: Mapping[str, int] = dict(connection.execute(f"SELECT {column}, id FROM {table}".encode()).fetchall())
    return np.array([known[key] for key in keys], np.int16)


def store_truth(
    connection: psycopg.Connection,
    truth: PlantedTruth,
    unit_ids: Mapping[str, int],
    incident_ids: Mapping[str, int],
) -> None:
    """Write what was planted: profile groups, outbreaks, duplicates.

    Args:
        unit_ids: Unit id by code.
        incident_ids: Incident id by external id.
    """
    rows: list[tuple[Any, ...]] = [
        ("profile", group, unit_ids[code], None, Jsonb({"profile": truth.profiles[group]}))
        for code, group in truth.profile_groups.items()
    ]
    for outbreak in truth.outbreaks:
        payload = {
            "class_code": outbreak.class_code,
            "centre_lonlat": outbreak.centre_lonlat,
            "radius_m": outbreak.radius_m,
            "first_days_ago": outbreak.first_days_ago,
            "last_days_ago": outbreak.last_days_ago,
            "excess": outbreak.excess,
        }
        rows += [("outbreak", outbreak.key, unit_ids[code], None, Jsonb(payload)) for code in outbreak.small_codes]
    rows += [
        ("duplicate", first, None, incident_ids[repeat], Jsonb({"first_incident_id": incident_ids[first]}))
        for repeat, first in truth.duplicates.items()
    ]
    statement = b"COPY planted_truth (kind, group_key, unit_id, incident_id, payload) FROM STDIN"
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
