"""Which columns does a Parquet file hold, with points of GeoParquet as lon and lat?"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from data.importing.errors import FileUnreadable
from data.importing.parquet_limits import SafeReading, WrittenOut, require_safe_parquet

_POINT_BYTES = 21


def parquet_columns(
    path: Path, choose: Callable[[Sequence[str]], dict[str, str]], chunk_rows: int
) -> Iterator[tuple[dict[str, Any], int]]:
    """Read a Parquet file in chunks.

    A point column (GeoParquet's primary column, or binary `geometry`, `geom`, `wkb`) becomes `lon` and `lat`, unless
    the file has columns of these names. Columns of lists and records are as good as not there.

    Args:
        path: the file.
        choose: which columns of those present to read: {name to give: name in the file}.
        chunk_rows: how many rows a chunk has at most.

    Yields:
        (arrays by name, number of rows).

    Raises:
        FileUnreadable: the file is no Parquet, or unpacks into more than a machine can hold.
    """
    file = _opened(path)
    schema = file.schema_arrow
    point = _point_column(schema)
    has_lonlat = {"lon", "lat"} <= set(schema.names)
    points = point is not None and not has_lonlat
    plain = [name for name in schema.names if name != point and not pa.types.is_nested(schema.field(name).type)]
    names = choose(plain + (["lon", "lat"] if points else []))
    own = {name: column for name, column in names.items() if column in schema.names}
    read = sorted({*own.values(), *([point] if points and point else [])})
    safe = require_safe_parquet(path, file, read, chunk_rows)
    written = WrittenOut(path)
    for batch in _batches(path, safe, read):
        columns: dict[str, Any] = {name: written.column(batch.column(column)) for name, column in own.items()}
        if points:
            place = dict(zip(("lon", "lat"), points_of(written.column(batch.column(point))), strict=True))
            columns |= {name: place[column] for name, column in names.items() if column in place}
        yield columns, batch.num_rows


def _batches(path: Path, safe: SafeReading, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        yield from _opened(path, safe.coded).iter_batches(batch_size=safe.batch_rows, columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileUnreadable(path.name, f"It is damaged ({error}).", "Export it again.") from error


def _opened(path: Path, coded: Sequence[str] = ()) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, read_dictionary=list(coded))
    except (pa.ArrowInvalid, OSError) as error:
        raise FileUnreadable(path.name, f"It is no Parquet file ({error}).", "Export it again.") from error


def points_of(wkb: Any) -> NDArray[np.float64]:
    """Coordinates (2, n) of an arrow column of WKB points; NaN where there is none.

    Little-endian points of two dimensions are read straight from the buffer.
    """
    plain = wkb.cast(pa.binary())
    if plain.null_count == 0 and len(plain) and plain.offset == 0:
        offsets = np.frombuffer(plain.buffers()[1], np.int32, len(plain) + 1)
        if np.all(np.diff(offsets) == _POINT_BYTES):
            raw = np.frombuffer(plain.buffers()[2], np.uint8, len(plain) * _POINT_BYTES, int(offsets[0]))
            table = raw.reshape(-1, _POINT_BYTES)
            if np.all(table[:, :5] == np.array([1, 1, 0, 0, 0], np.uint8)):
                return np.ascontiguousarray(np.ascontiguousarray(table[:, 5:]).view("<f8").T)
    return _points_by_shapely(plain)


def _points_by_shapely(wkb: Any) -> NDArray[np.float64]:
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    return np.vstack(
        [np.where(is_point, shapely.get_x(shapes), np.nan), np.where(is_point, shapely.get_y(shapes), np.nan)]
    )


def _point_column(schema: pa.Schema) -> str | None:
    described = (schema.metadata or {}).get(b"geo")
    if described:
        primary = str(json.loads(described)["primary_column"])
        return primary if primary in schema.names else None
    binary = [name for name in ("geometry", "geom", "wkb") if name in schema.names]
    return next((name for name in binary if _is_binary(schema.field(name).type)), None)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))
