"""How do incidents leave the database as a CSV, GeoJSON or Parquet file?

The columns are those of the preset `plain`, so that an export can be imported again.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine

from data.importing.errors import ExportInvalid
from data.importing.report import safe_cell
from data.named_sql import named
from geo.status import CaseStatus

FORMATS = ("csv", "geojson", "parquet")
TIMES = ("reported_at", "filed_at", "dispatched_at", "handled_at", "closed_at", "due_at")
COLUMNS = (
    "dataset",
    "external_id",
    *TIMES,
    "class",
    "class_name",
    "status",
    "severity",
    "source",
    "department",
    "close_reason",
    "text",
    "address",
    "lon",
    "lat",
    "unit_code",
    "stated_unit_code",
)
_STATUS = COLUMNS.index("status")
_LON, _LAT = COLUMNS.index("lon"), COLUMNS.index("lat")
_AT_ONCE = 20_000

Row = list[Any]


def export_incidents(
    engine: Engine,
    target: Path,
    *,
    unit: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    file_format: str | None = None,
) -> int:
    """Write incidents to a file, row by row, from one snapshot.

    Args:
        engine: the database.
        target: the file; it is replaced.
        unit: code of a unit; None, or the code of the whole city, takes all incidents, those in no unit included.
        first_day: first local day of report, inclusive.
        last_day: last local day of report, inclusive.
        file_format: `csv`, `geojson` or `parquet`; None goes by the ending of the file name.

    Returns:
        How many incidents were written.

    Raises:
        ExportInvalid: no such format or unit.
    """
    kind = file_format or target.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ExportInvalid(f"The format {kind!r} is not known. Use one of: {', '.join(FORMATS)}.")
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        parameters = _parameters(connection, unit, first_day, last_day)
        with connection.cursor(name="incident_export") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(named("incident_export").encode(), parameters)
            return _WRITERS[kind](target, _chunks(cursor))
    finally:
        pooled.rollback()
        pooled.close()


def _parameters(
    connection: psycopg.Connection, unit: str | None, first_day: date | None, last_day: date | None
) -> dict[str, object]:
    row = connection.execute("SELECT city_time_zone()").fetchone()
    assert row is not None
    zone = ZoneInfo(row[0])
    return {
        "unit_id": None if unit is None else _unit_id(connection, unit),
        "first_moment": None if first_day is None else datetime.combine(first_day, time(), zone),
        "end_moment": None if last_day is None else datetime.combine(last_day + timedelta(days=1), time(), zone),
    }


def _unit_id(connection: psycopg.Connection, code: str) -> int | None:
    """Id of the current unit of a code, the highest level first; None for the whole city."""
    row = connection.execute(
        """
        SELECT unit.id, level.rank
        FROM unit
        JOIN level ON level.key = unit.level_key
        WHERE unit.code = %s AND unit.ended_revision_id IS NULL
        ORDER BY level.rank, unit.id
        LIMIT 1
        """,
        [code],
    ).fetchone()
    if row is None:
        raise ExportInvalid(f"There is no unit with the code {code!r}. Look it up with the search on the map.")
    return None if row[1] == 0 else int(row[0])


def _chunks(cursor: "psycopg.ServerCursor[Any]") -> Iterator[list[Row]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield [_named_status(list(row)) for row in rows]


def _named_status(row: Row) -> Row:
    row[_STATUS] = CaseStatus(row[_STATUS]).key
    return row


def _write_csv(target: Path, chunks: Iterator[list[Row]]) -> int:
    count = 0
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for rows in chunks:
            writer.writerows([_cell(value) for value in row] for row in rows)
            count += len(rows)
    return count


def _cell(value: object) -> object:
    if isinstance(value, str):
        return safe_cell(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _write_geojson(target: Path, chunks: Iterator[list[Row]]) -> int:
    count = 0
    with target.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for rows in chunks:
            for row in rows:
                file.write(",\n" if count else "\n")
                file.write(json.dumps(_feature(row), ensure_ascii=False))
                count += 1
        file.write("\n]}\n")
    return count


def _feature(row: Sequence[Any]) -> dict[str, object]:
    lon, lat = row[_LON], row[_LAT]
    values = zip(COLUMNS, row, strict=True)
    properties = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
    properties = {name: value for name, value in properties.items() if name not in ("lon", "lat")}
    geometry = None if lon is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _write_parquet(target: Path, chunks: Iterator[list[Row]]) -> int:
    schema = pa.schema([(name, _arrow_type(name)) for name in COLUMNS])
    count = 0
    with pq.ParquetWriter(target, schema) as writer:
        for rows in chunks:
            columns = zip(COLUMNS, zip(*rows, strict=True), strict=True)
            arrays = [pa.array(values, _arrow_type(name)) for name, values in columns]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(rows)
    return count


def _arrow_type(name: str) -> pa.DataType:
    if name in TIMES:
        return pa.timestamp("us", "UTC")
    if name in ("lon", "lat"):
        return pa.float64()
    return pa.int16() if name == "severity" else pa.string()


_WRITERS: dict[str, Callable[[Path, Iterator[list[Row]]], int]] = {
    "csv": _write_csv,
    "geojson": _write_geojson,
    "parquet": _write_parquet,
}
