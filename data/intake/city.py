"""What must a process know of the city to take reports: boundaries, classes, sources, departments, data sets?"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from psycopg.rows import tuple_row

from data.cells import LEVELS, UNITS, CityLocator, level_units
from data.engine import AsyncRows
from data.intake.report import DEFAULT_DATASET

REVISION = "SELECT coalesce(max(id), 0) FROM boundary_revision"
_API_DATASET = "SELECT ensure_api_dataset() WHERE NOT EXISTS (SELECT FROM dataset WHERE key = %s)"


@dataclass(frozen=True, slots=True)
class KnownClass:
    """A class as the intake needs it."""

    id: int
    severity: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """Codes of the catalog and the ids behind them."""

    classes: Mapping[str, KnownClass]
    sources: Mapping[str, int]
    departments: Mapping[str, int]
    datasets: Mapping[str, int]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class City:
    """A city as of one boundary revision."""

    revision: int
    locator: CityLocator
    catalog: Catalog


async def read_catalog(conn: AsyncRows) -> Catalog:
    """The catalog as it is now; makes the data set of reports that name none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_API_DATASET, [DEFAULT_DATASET])
        await cursor.execute("SELECT code, id, severity FROM incident_class")
        classes = {code: KnownClass(class_id, severity) for code, class_id, severity in await cursor.fetchall()}
        ids: dict[str, dict[str, int]] = {}
        for table in ("source", "department", "dataset"):
            await cursor.execute(f"SELECT key, id FROM {table}".encode())
            ids[table] = dict(await cursor.fetchall())
        await cursor.execute("SELECT city_time_zone()")
        zone = await cursor.fetchone()
    assert zone is not None
    return Catalog(classes, ids["source"], ids["department"], ids["dataset"], ZoneInfo(zone[0]))


async def read_city(conn: AsyncRows) -> City:
    """Boundaries and catalog; building the search trees takes a second or two, beside the event loop."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        revision = await (await cursor.execute(REVISION)).fetchone()
        levels = await (await cursor.execute(LEVELS)).fetchall()
        units = await (await cursor.execute(UNITS)).fetchall()
    assert revision is not None
    catalog = await read_catalog(conn)
    locator = await asyncio.to_thread(lambda: CityLocator(level_units(levels, units)))
    return City(revision[0], locator, catalog)
