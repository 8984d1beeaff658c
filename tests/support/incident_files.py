"""Which files of incidents do tests import, and into which city? Rows have nothing wrong but what a test changes."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Engine

from data.catalog_store import store_catalog
from data.cells import write_grid_cells
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import preset_mapping
from data.importing.report import ImportReport, Outcome
from tests.support.grid_world import build_world

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
HEADER = ["external_id", "reported_at", "class", "status", "source", "text", "lon", "lat", "stated_unit_code"]
DRAWING = """
AABB
AABB
ccdd
"""
HERE = (115.005, 22.005)
ELSEWHERE = (115.035, 22.025)


def catalogued_city(engine: Engine) -> Engine:
    """A small drawn city with the catalog, and without incidents."""
    with engine.begin() as connection:
        store_catalog(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        build_world(raw, DRAWING)
        write_grid_cells(raw)
    return engine


def row_of(number: int, **changes: object) -> dict[str, object]:
    """A row that has nothing wrong; keyword arguments change single columns."""
    row = dict(
        zip(
            HEADER,
            [f"e{number}", "2026-03-01 08:05", "U-E-1-01", "closed", "walk_in", "路面积水", *HERE, ""],
            strict=True,
        )
    )
    return row | changes


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(engine: Engine, *paths: Path, crs: str = "wgs84", **options: Any) -> ImportReport:
    source = IncidentSource(paths, options.pop("mapping", preset_mapping("plain")), options.pop("dataset", "d"))
    return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs=crs, **options)


def query(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(statement).all())


def issue_reasons(report: ImportReport, outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(issue.line, issue.field, issue.reason) for issue in report.issues.rows([outcome])]
