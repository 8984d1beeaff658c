"""Which incidents fill the large benchmark database, and how do they come into a file?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from data.demo.class_list import ClassList, read_class_list
from data.demo.geography import DemoGeography, DemoUnit

DAYS = 365
ROW_GROUP = 200_000
SPOTS = 250_000
CLASS_SKEW = 0.9
"""Exponent of the rank in the share of a class: a few classes make most of the reports, as in the demo city."""

_SPOT_SKEW = 1.2
_SPREAD_DEG = 0.00015
_WITHOUT_POSITION = 0.003
_LIMIT_HOURS = (4, 24, 72, 168)
_HOUR_WEIGHTS = np.array([2, 1, 1, 1, 1, 2, 4, 8, 14, 15, 13, 11, 8, 8, 12, 13, 12, 10, 9, 9, 8, 6, 4, 3], np.float64)
_OPEN_STAGES = np.array(["reported", "filed", "dispatched", "handling"], object)

Moments = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Spots:
    """Places at which incidents happen, and how often each of them is meant (cumulated, up to 1)."""

    lonlat: NDArray[np.float64]
    cumulated: NDArray[np.float64]


def build_spots(geography: DemoGeography, rng: np.random.Generator) -> Spots:
    """Places inside the small grids: as many as people live there, a few of them much more frequented than others."""
    grids = geography.level("small")
    people = np.array([grid.population for grid in grids], np.float64)
    counts = np.maximum(1, np.round(SPOTS * people / people.sum())).astype(np.int64)
    lonlat = _points_inside(grids, counts, rng)
    weight = rng.lognormal(0.0, _SPOT_SKEW, len(lonlat))
    return Spots(lonlat, np.cumsum(weight) / weight.sum())


def _points_inside(
    grids: tuple[DemoUnit, ...], counts: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    shapes = np.array([grid.geometry for grid in grids], object)
    shapely.prepare(shapes)
    bounds = shapely.bounds(shapes)
    of_point = np.repeat(np.arange(len(grids)), counts)
    lonlat = np.empty((len(of_point), 2))
    missing = np.arange(len(of_point))
    while len(missing):
        box = bounds[of_point[missing]]
        drawn = box[:, :2] + rng.random((len(missing), 2)) * (box[:, 2:] - box[:, :2])
        lonlat[missing] = drawn
        inside = shapely.contains_xy(shapes[of_point[missing]], drawn[:, 0], drawn[:, 1])
        missing = missing[~inside]
    return lonlat


class IncidentMaker:
    """Draws incidents in the order of their report, as an export of a city's system has them."""

    def __init__(self, spots: Spots, rows: int, end: datetime, rng: np.random.Generator) -> None:
        self._spots, self._rng, self._rows = spots, rng, rows
        self._classes: ClassList = read_class_list()
        count = len(self._classes.codes)
        self._class_share = rng.permutation((1.0 + np.arange(count)) ** -CLASS_SKEW)
        self._class_share /= self._class_share.sum()
        self._end = np.datetime64(pd.Timestamp(end).tz_convert("UTC").tz_localize(None), "us")
        self._day_ends = self._ends_of_days()

    def _ends_of_days(self) -> NDArray[np.int64]:
        """How many rows belong to the first 1, 2, … days."""
        day = np.arange(DAYS)
        weight = (1 + 0.25 * np.sin(2 * np.pi * day / DAYS)) * np.where(day % 7 < 5, 1.0, 0.8)
        return np.cumsum(self._rng.multinomial(self._rows, weight / weight.sum()))

    def tables(self) -> Iterator[pa.Table]:
        """All rows in tables of at most ROW_GROUP rows."""
        for first in range(0, self._rows, ROW_GROUP):
            yield self._table(np.arange(first, min(first + ROW_GROUP, self._rows)))

    def _table(self, row: NDArray[np.int64]) -> pa.Table:
        n, rng = len(row), self._rng
        reported = self._reported(row)
        limit = rng.choice(np.array(_LIMIT_HOURS, "timedelta64[h]"), n, p=[0.35, 0.35, 0.2, 0.1])
        due = reported + limit
        handled = reported + (limit.astype("timedelta64[s]") * rng.lognormal(-0.7, 0.6, n)).astype("timedelta64[us]")
        closed = handled + rng.integers(600, 86_400, n).astype("timedelta64[s]")
        refused = rng.random(n) < 0.03
        handled[refused | (handled > self._end)] = np.datetime64("NaT")
        closed[np.isnat(handled) | (closed > self._end)] = np.datetime64("NaT")
        status = np.where(
            np.isnat(handled), rng.choice(_OPEN_STAGES, n), np.where(np.isnat(closed), "handled", "closed")
        )
        status[refused] = rng.choice(np.array(["rejected", "void"], object), int(refused.sum()))
        lonlat = self._places(n)
        columns = {
            "external_id": pa.array(np.char.add("B", np.char.zfill(row.astype("U9"), 9))),
            "reported_at": _moments(reported),
            "handled_at": _moments(handled),
            "closed_at": _moments(closed),
            "due_at": _moments(due),
            "class": _named(self._classes.codes, rng.choice(len(self._class_share), n, p=self._class_share)),
            "status": pa.array(status, pa.string()),
            "source": _named(self._classes.sources, rng.integers(0, len(self._classes.sources), n)),
            "lon": pa.array(lonlat[:, 0], from_pandas=True),
            "lat": pa.array(lonlat[:, 1], from_pandas=True),
        }
        return pa.table(columns)

    def _reported(self, row: NDArray[np.int64]) -> Moments:
        """City-local days end at midnight of UTC+8; the last one ends with the run."""
        day = np.searchsorted(self._day_ends, row, side="right")
        hour = self._rng.choice(24, len(row), p=_HOUR_WEIGHTS / _HOUR_WEIGHTS.sum())
        second = hour * 3_600 + self._rng.integers(0, 3_600, len(row))
        last_midnight = self._end - np.timedelta64(self._end.astype("int64") % 86_400_000_000, "us")
        first_day = last_midnight - np.timedelta64(DAYS, "D") - np.timedelta64(8, "h")
        moments: Moments = first_day + day.astype("timedelta64[D]") + second.astype("timedelta64[s]")
        return moments.astype("datetime64[us]")

    def _places(self, n: int) -> NDArray[np.float64]:
        spot = np.searchsorted(self._spots.cumulated, self._rng.random(n), side="right")
        spot = np.minimum(spot, len(self._spots.lonlat) - 1)
        lonlat: NDArray[np.float64] = self._spots.lonlat[spot] + self._rng.normal(0, _SPREAD_DEG, (n, 2))
        lonlat[self._rng.random(n) < _WITHOUT_POSITION] = np.nan
        return lonlat


def _moments(values: Moments) -> pa.Array:
    return pa.array(values, pa.timestamp("us", "UTC"))


def _named(names: tuple[str, ...], position: NDArray[np.int64]) -> pa.Array:
    return pa.array(names).take(pa.array(position))


def write_parquet(maker: IncidentMaker, path: Path) -> None:
    """Write all rows, 200,000 in a row group."""
    writer: pq.ParquetWriter | None = None
    for table in maker.tables():
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=ROW_GROUP)
    assert writer is not None
    writer.close()


def write_csv(maker: IncidentMaker, path: Path) -> None:
    """Write all rows with city-local times to the second, as spreadsheets and exports have them."""
    writer: pacsv.CSVWriter | None = None
    for table in maker.tables():
        local = table
        for position, column in enumerate(table.schema):
            if pa.types.is_timestamp(column.type):
                local = local.set_column(position, column.name, _as_local_text(table.column(column.name)))
        writer = writer or pacsv.CSVWriter(path, local.schema)
        writer.write_table(local)
    assert writer is not None
    writer.close()


def _as_local_text(column: pa.ChunkedArray) -> pa.Array:
    moments = column.to_numpy().astype("datetime64[s]") + np.timedelta64(8, "h")
    text = np.char.replace(np.datetime_as_string(moments), "T", " ").astype(object)
    text[np.isnat(moments)] = None
    return pa.array(text, pa.string())
