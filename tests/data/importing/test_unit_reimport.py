"""Does importing units again change only what changed, and do incidents and figures follow?"""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from data.cells import CityLocator
from data.engine import psycopg_connection
from data.importing.unit_errors import (
    CityDiffers,
    LevelsInUse,
    TimeZoneInUse,
)
from data.importing.unit_levels import ensure_levels, write_settings
from data.importing.unit_source import ParentRule, UnitFields
from data.models.space import ID_BLOCK
from data.rollup import fold
from tests.support.unit_files import (
    COUNTIES,
    GRIDS,
    LEVELS,
    SOUTH,
    STEP,
    WEST,
    Write,
    box,
    current_ids,
    everything,
    gridded_city,
    levelled_city,
    load_units,
    rows_of,
    writing_to,
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writing_to(tmp_path)


@pytest.fixture
def city(engine: Engine) -> Engine:
    return levelled_city(engine)


@pytest.fixture
def gridded(city: Engine, write: Write) -> Engine:
    return gridded_city(city, write)


def test_importing_twice_changes_nothing(gridded: Engine, write: Write) -> None:
    before = everything(gridded)
    for level, units in (("county", COUNTIES), ("small", GRIDS)):
        report = load_units(gridded, write(level, units), level)
        assert (report.unchanged, report.added, report.redrawn, report.renamed) == (len(units), 0, 0, 0)
        assert report.revision_id is None
    assert everything(gridded) == before


def test_turned_rings_are_no_change(gridded: Engine, write: Write) -> None:
    turned = [(code, name, shapely.Polygon(shape.exterior.coords[::-1])) for code, name, shape in GRIDS]
    assert load_units(gridded, write("turned", turned), "small").unchanged == len(GRIDS)


def test_dry_run_reports_the_same_and_changes_nothing(city: Engine, write: Write) -> None:
    before = everything(city)
    report = load_units(city, write("county", COUNTIES), "county", dry_run=True)
    assert (report.added, report.dry_run, report.revision_id) == (2, True, None)
    assert everything(city) == before
    assert rows_of(city, "SELECT count(*) FROM import_run") == [(0,)]


def test_a_new_name_is_stored_in_place(gridded: Engine, write: Write) -> None:
    before = current_ids(gridded, "small")
    report = load_units(gridded, write("small", [(GRIDS[0][0], "红海湾", GRIDS[0][2])]), "small")
    assert (report.renamed, report.absent) == (1, len(GRIDS) - 1)
    assert current_ids(gridded, "small") == before
    assert rows_of(gridded, "SELECT name, pinyin FROM unit WHERE code = '010'") == [("红海湾", "honghaiwan hhw")]


def test_a_new_border_ends_the_unit_and_its_successor_gets_the_next_id(gridded: Engine, write: Write) -> None:
    old = current_ids(gridded, "county")["02"]
    changed = [("02", "海丰县", box(2, 0, 3, 2))]
    report = load_units(gridded, write("county", changed), "county", valid_from=date(2026, 12, 1))
    new = current_ids(gridded, "county")["02"]
    assert (report.redrawn, new) == (1, 2 * ID_BLOCK + 3)
    rows = rows_of(gridded, f"SELECT valid_to, ended_revision_id = {report.revision_id} FROM unit WHERE id = {old}")
    assert rows == [(date(2026, 12, 1), True)]
    paths = rows_of(gridded, "SELECT path FROM unit WHERE level_key = 'small' AND code LIKE '02%'")
    assert all(path[1] == new for (path,) in paths)
    ((covered,),) = rows_of(
        gridded,
        f"SELECT ST_CoveredBy((SELECT geom FROM unit WHERE id = {new}), geom) FROM unit WHERE level_key = 'city'",
    )
    assert covered


def _add_incidents(engine: Engine, lonlat: np.ndarray) -> None:
    with engine.begin() as connection:
        raw = psycopg_connection(connection)
        placed = CityLocator.load(raw).place(raw, lonlat)
        raw.execute("SELECT ensure_incident_partition('2026-11-01')")
        for (lon, lat), cell, grid in zip(lonlat, placed.cell_id, placed.grid_id, strict=True):
            raw.execute(
                "INSERT INTO incident (reported_at, cell_id, grid_id, class_id, source_id, dataset_id, morton, geom)"
                " VALUES ('2026-11-02', %s, %s, 7, 1, 1, 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
                [int(cell), int(grid) or None, float(lon), float(lat)],
            )


def _rollup(engine: Engine) -> dict[tuple[int, int], int]:
    rows = rows_of(engine, "SELECT subject_id, class_id, sum(n) FROM rollup GROUP BY 1, 2 HAVING sum(n) <> 0")
    return {(subject, class_id): int(n) for subject, class_id, n in rows}


def _recount(engine: Engine) -> dict[tuple[int, int], int]:
    """Figures from the incidents and cells alone."""
    rows = rows_of(
        engine,
        """
        SELECT subject, class_id, count(*)
        FROM incident
        JOIN cell ON cell.id = incident.cell_id
        CROSS JOIN LATERAL unnest(cell.subjects) AS subject
        GROUP BY 1, 2
        """,
    )
    keeps = [subject for (subject,) in rows_of(engine, "SELECT first_id FROM level WHERE rollup_by_class")]
    figures: dict[tuple[int, int], int] = {}
    for subject, class_id, n in rows:
        figures[subject, 0] = figures.get((subject, 0), 0) + n
        if subject <= 0 or subject // ID_BLOCK * ID_BLOCK + 1 in keeps:
            figures[subject, class_id] = n
    return figures


def _cells_by_location(engine: Engine) -> None:
    """Assert that every incident's cell names exactly the current units that PostGIS finds it in."""
    wrong = rows_of(
        engine,
        """
        SELECT incident.id, cell.unit_ids, array_agg(unit.id ORDER BY unit.id)
        FROM incident
        JOIN cell ON cell.id = incident.cell_id
        LEFT JOIN unit ON unit.ended_revision_id IS NULL AND ST_Contains(unit.geom, incident.geom)
        GROUP BY 1, 2
        HAVING array_remove(cell.unit_ids, 0) IS DISTINCT FROM coalesce(array_agg(unit.id ORDER BY unit.id)
            FILTER (WHERE unit.id IS NOT NULL), '{}')
        """,
    )
    assert wrong == []


@pytest.mark.parametrize("folded", [True, False])
def test_incidents_follow_changed_borders_and_the_rollup_stays_exact(
    gridded: Engine, write: Write, folded: bool
) -> None:
    rng = np.random.default_rng(3)
    lonlat = np.column_stack((rng.uniform(WEST, WEST + 5 * STEP, 300), rng.uniform(SOUTH, SOUTH + 2 * STEP, 300)))
    _add_incidents(gridded, lonlat)
    if folded:
        with gridded.begin() as connection:
            fold(psycopg_connection(connection))
    assert _rollup(gridded) == _recount(gridded)
    moved_border = [("01", "城区", box(0, 0, 1.5, 2)), ("02", "海丰县", box(1.5, 0, 3.5, 2))]
    report = load_units(gridded, write("county", moved_border), "county")
    assert report.redrawn == 2
    assert report.relocated > 0
    _cells_by_location(gridded)
    assert _rollup(gridded) == _recount(gridded)
    report = load_units(gridded, write("small", [("024", "新网格", box(4, 0, 1, 2))]), "small")
    assert (report.added, report.relocated > 0) == (1, True)
    _cells_by_location(gridded)
    assert _rollup(gridded) == _recount(gridded)


def test_a_new_parent_is_stored_in_place_and_the_rollup_stays_exact(city: Engine, write: Write) -> None:
    fields = UnitFields("code", "name", parent="name")
    load_units(city, write("county", COUNTIES), "county")
    grids = [(code, code[:2], shape) for code, _, shape in GRIDS]
    load_units(city, write("small", grids, fields=fields, parent=ParentRule.FIELD), "small")
    _add_incidents(city, np.array([[WEST + 0.3 * STEP, SOUTH + 0.3 * STEP], [WEST + 3.5 * STEP, SOUTH + 0.5 * STEP]]))
    before = current_ids(city, "small")
    moved = [("010", "02", GRIDS[0][2])]
    report = load_units(city, write("small", moved, fields=fields, parent=ParentRule.FIELD), "small")
    assert (report.renamed, current_ids(city, "small")) == (1, before)
    assert rows_of(city, "SELECT path[2] FROM unit WHERE code = '010'") == [(current_ids(city, "county")["02"],)]
    assert _rollup(city) == _recount(city)
    _cells_by_location(city)
    assert rows_of(city, "SELECT count(*) FROM straddle") == [(1,)]


def test_levels_city_and_time_zone_cannot_change_under_units_and_incidents(gridded: Engine) -> None:
    _add_incidents(gridded, np.array([[WEST + STEP / 2, SOUTH + STEP / 2]]))
    with gridded.connect() as connection:
        raw = psycopg_connection(connection)
        with pytest.raises(LevelsInUse):
            ensure_levels(raw, LEVELS[:2])
        with pytest.raises(CityDiffers):
            write_settings(raw, {"city": {"code": "NYC"}})
        with pytest.raises(TimeZoneInUse):
            write_settings(raw, {"time_zone": "Asia/Tokyo"})
