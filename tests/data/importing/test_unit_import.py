"""Do polygons become units with the right ids, codes and parents, and does importing again change only what changed?"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping
from sqlalchemy import Engine, text

from data.cells import CityLocator
from data.engine import psycopg_connection
from data.importing.errors import ColumnMissing
from data.importing.unit_check import check_unit_file, check_units
from data.importing.unit_errors import (
    CityDiffers,
    CrsUndecided,
    LevelsInUse,
    LevelUnknown,
    ParentLevelEmpty,
    TimeZoneInUse,
)
from data.importing.unit_import import import_units
from data.importing.unit_levels import ensure_levels, settle_rollups, write_settings
from data.importing.unit_report import UnitReport
from data.importing.unit_source import LevelSpec, ParentRule, UnitFields, UnitSource
from data.models.space import ID_BLOCK
from data.rollup import fold
from geo.datum import Datum, from_wgs84

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
LEVELS = (
    LevelSpec("city", "市", "City"),
    LevelSpec("county", "县", "County"),
    LevelSpec("small", "小网格", "Small grid"),
)
WEST, SOUTH, STEP = 115.30, 22.70, 0.01

Write = Callable[..., UnitSource]


def _box(column: float, row: float, width: float = 1, height: float = 1) -> shapely.Polygon:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + width * STEP, south + height * STEP, ccw=True)


COUNTIES = [("01", "城区", _box(0, 0, 2, 2)), ("02", "海丰县", _box(2, 0, 2, 2))]
GRIDS = [
    (f"{code}{n}", f"网格{code}{n}", _box(c + n % 2, n // 2)) for code, c in (("01", 0), ("02", 2)) for n in range(4)
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes units as GeoJSON and gives the source to import."""

    def source(name: str, units: list[tuple[str, str, Any]], **options: Any) -> UnitSource:
        features = [
            {"type": "Feature", "properties": {"code": code, "name": label}, "geometry": mapping(shape)}
            for code, label, shape in units
        ]
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
        return UnitSource(path, **{"fields": UnitFields("code", "name"), **options})

    return source


@pytest.fixture
def city(engine: Engine) -> Engine:
    """A database with three levels and no units."""
    with engine.begin() as connection:
        raw = psycopg_connection(connection)
        write_settings(raw, {"city": {"code": "4415", "name": "汕尾市", "name_en": "Shanwei"}})
        ensure_levels(raw, LEVELS)
    return engine


def _import(engine: Engine, source: UnitSource, level: str, **options: Any) -> UnitReport:
    return import_units(engine, source, level=level, now=NOW, **options)


@pytest.fixture
def gridded(city: Engine, write: Write) -> Engine:
    """The city with 2 counties of 4 grids each."""
    _import(city, write("county", COUNTIES), "county")
    _import(city, write("small", GRIDS), "small")
    return city


def _rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _current(engine: Engine, level: str) -> dict[str, int]:
    rows = _rows(engine, f"SELECT code, id FROM unit WHERE level_key = '{level}' AND ended_revision_id IS NULL")
    return dict(rows)


def _everything(engine: Engine) -> list[Any]:
    tables = (
        "level",
        "unit",
        "cell",
        "straddle",
        "boundary_revision",
        "setting",
        "incident",
        "rollup_day",
        "rollup_delta",
    )
    return [_rows(engine, f"SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1") for table in tables]


def test_ids_run_without_gaps_in_parent_and_code_order(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    _import(city, write("small", GRIDS[::-1]), "small")
    assert _current(city, "county") == {"01": 2 * ID_BLOCK + 1, "02": 2 * ID_BLOCK + 2}
    assert _current(city, "small") == {code: 3 * ID_BLOCK + n for n, (code, *_) in enumerate(sorted(GRIDS), 1)}


def test_root_is_made_from_the_level_below(gridded: Engine) -> None:
    ((code, name, parent, path),) = _rows(
        gridded, "SELECT code, name, parent_id, path FROM unit WHERE level_key = 'city'"
    )
    assert (code, name, parent, path) == ("4415", "汕尾市", None, [ID_BLOCK + 1])
    ((same,),) = _rows(
        gridded,
        "SELECT ST_Equals((SELECT geom FROM unit WHERE level_key = 'city'), ST_Union(geom)) FROM unit"
        " WHERE level_key = 'county'",
    )
    assert same


def test_stored_forms_of_a_unit_agree(gridded: Engine) -> None:
    rows = _rows(
        gridded,
        "SELECT area_m2, ST_Area(geom::geography), ST_Distance(ST_Transform(geom, 3857), geom_3857),"
        " ST_Contains(geom, label_point), pinyin, path FROM unit WHERE code = '02'",
    )
    ((area, geodesic, shift, label_inside, pinyin, path),) = rows
    assert area == pytest.approx(geodesic, rel=1e-3)
    assert shift == pytest.approx(0, abs=1e-6)
    assert label_inside
    assert pinyin == "haifengxian hfx"
    assert path == [ID_BLOCK + 1, 2 * ID_BLOCK + 2]


def test_each_grid_has_its_cell(gridded: Engine) -> None:
    rows = _rows(
        gridded, "SELECT cell.id, grid_id, unit_ids = path, subjects = path FROM cell JOIN unit ON unit.id = cell.id"
    )
    assert len(rows) == 8
    assert all(cell == grid and same_units and same_subjects for cell, grid, same_units, same_subjects in rows)


def test_levels_have_touching_zooms_and_only_those_of_few_units_keep_classes(
    gridded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importing.unit_levels.MOST_UNITS_BY_CLASS", len(GRIDS) - 1)
    with gridded.begin() as connection:
        settle_rollups(psycopg_connection(connection))
    rows = _rows(gridded, "SELECT min_zoom, max_zoom, rollup_by_class FROM level ORDER BY rank")
    assert rows[0][0] == 0.0
    assert rows[-1][1] == 22.0
    assert all(upper[1] == lower[0] < lower[1] for upper, lower in pairwise(rows))
    assert [row[2] for row in rows] == [True, True, False]


def test_importing_twice_changes_nothing(gridded: Engine, write: Write) -> None:
    before = _everything(gridded)
    for level, units in (("county", COUNTIES), ("small", GRIDS)):
        report = _import(gridded, write(level, units), level)
        assert (report.unchanged, report.added, report.redrawn, report.renamed) == (len(units), 0, 0, 0)
        assert report.revision_id is None
    assert _everything(gridded) == before


def test_turned_rings_are_no_change(gridded: Engine, write: Write) -> None:
    turned = [(code, name, shapely.Polygon(shape.exterior.coords[::-1])) for code, name, shape in GRIDS]
    assert _import(gridded, write("turned", turned), "small").unchanged == len(GRIDS)


def test_dry_run_reports_the_same_and_changes_nothing(city: Engine, write: Write) -> None:
    before = _everything(city)
    report = _import(city, write("county", COUNTIES), "county", dry_run=True)
    assert (report.added, report.dry_run, report.revision_id) == (2, True, None)
    assert _everything(city) == before
    assert _rows(city, "SELECT count(*) FROM import_run") == [(0,)]


def test_a_new_name_is_stored_in_place(gridded: Engine, write: Write) -> None:
    before = _current(gridded, "small")
    report = _import(gridded, write("small", [(GRIDS[0][0], "红海湾", GRIDS[0][2])]), "small")
    assert (report.renamed, report.absent) == (1, len(GRIDS) - 1)
    assert _current(gridded, "small") == before
    assert _rows(gridded, "SELECT name, pinyin FROM unit WHERE code = '010'") == [("红海湾", "honghaiwan hhw")]


def test_a_new_border_ends_the_unit_and_its_successor_gets_the_next_id(gridded: Engine, write: Write) -> None:
    old = _current(gridded, "county")["02"]
    changed = [("02", "海丰县", _box(2, 0, 3, 2))]
    report = _import(gridded, write("county", changed), "county", valid_from=date(2026, 12, 1))
    new = _current(gridded, "county")["02"]
    assert (report.redrawn, new) == (1, 2 * ID_BLOCK + 3)
    rows = _rows(gridded, f"SELECT valid_to, ended_revision_id = {report.revision_id} FROM unit WHERE id = {old}")
    assert rows == [(date(2026, 12, 1), True)]
    paths = _rows(gridded, "SELECT path FROM unit WHERE level_key = 'small' AND code LIKE '02%'")
    assert all(path[1] == new for (path,) in paths)
    ((covered,),) = _rows(
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
    rows = _rows(engine, "SELECT subject_id, class_id, sum(n) FROM rollup GROUP BY 1, 2 HAVING sum(n) <> 0")
    return {(subject, class_id): int(n) for subject, class_id, n in rows}


def _recount(engine: Engine) -> dict[tuple[int, int], int]:
    """Figures from the incidents and cells alone."""
    rows = _rows(
        engine,
        """
        SELECT subject, class_id, count(*)
        FROM incident
        JOIN cell ON cell.id = incident.cell_id
        CROSS JOIN LATERAL unnest(cell.subjects) AS subject
        GROUP BY 1, 2
        """,
    )
    keeps = [subject for (subject,) in _rows(engine, "SELECT first_id FROM level WHERE rollup_by_class")]
    figures: dict[tuple[int, int], int] = {}
    for subject, class_id, n in rows:
        figures[subject, 0] = figures.get((subject, 0), 0) + n
        if subject <= 0 or subject // ID_BLOCK * ID_BLOCK + 1 in keeps:
            figures[subject, class_id] = n
    return figures


def _cells_by_location(engine: Engine) -> None:
    """Assert that every incident's cell names exactly the current units that PostGIS finds it in."""
    wrong = _rows(
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
    moved_border = [("01", "城区", _box(0, 0, 1.5, 2)), ("02", "海丰县", _box(1.5, 0, 3.5, 2))]
    report = _import(gridded, write("county", moved_border), "county")
    assert report.redrawn == 2
    assert report.relocated > 0
    _cells_by_location(gridded)
    assert _rollup(gridded) == _recount(gridded)
    report = _import(gridded, write("small", [("024", "新网格", _box(4, 0, 1, 2))]), "small")
    assert (report.added, report.relocated > 0) == (1, True)
    _cells_by_location(gridded)
    assert _rollup(gridded) == _recount(gridded)


def test_a_new_parent_is_stored_in_place_and_the_rollup_stays_exact(city: Engine, write: Write) -> None:
    fields = UnitFields("code", "name", parent="name")
    _import(city, write("county", COUNTIES), "county")
    grids = [(code, code[:2], shape) for code, _, shape in GRIDS]
    _import(city, write("small", grids, fields=fields, parent=ParentRule.FIELD), "small")
    _add_incidents(city, np.array([[WEST + 0.3 * STEP, SOUTH + 0.3 * STEP], [WEST + 3.5 * STEP, SOUTH + 0.5 * STEP]]))
    before = _current(city, "small")
    moved = [("010", "02", GRIDS[0][2])]
    report = _import(city, write("small", moved, fields=fields, parent=ParentRule.FIELD), "small")
    assert (report.renamed, _current(city, "small")) == (1, before)
    assert _rows(city, "SELECT path[2] FROM unit WHERE code = '010'") == [(_current(city, "county")["02"],)]
    assert _rollup(city) == _recount(city)
    _cells_by_location(city)
    assert _rows(city, "SELECT count(*) FROM straddle") == [(1,)]


def test_units_without_codes_are_numbered_like_text_is_read_and_keep_their_numbers(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    source = write("small", GRIDS, fields=UnitFields())
    _import(city, source, "small")
    codes = dict(_rows(city, "SELECT code, ST_AsText(ST_Centroid(geom)) FROM unit"))
    assert set(codes) == {"4415", "01", "02", *(f"{c}00{n}" for c in ("01", "02") for n in range(1, 5))}
    corners = [shapely.from_wkt(codes[f"0100{n}"]) for n in range(1, 5)]
    assert corners[0].x < corners[1].x
    assert corners[0].y == pytest.approx(corners[1].y)
    assert corners[0].y > corners[2].y
    assert _import(city, source, "small").unchanged == 8
    fewer = write("small", [GRIDS[3], GRIDS[5]], fields=UnitFields())
    assert _import(city, fewer, "small").unchanged == 2


def test_parents_by_code_and_orphans(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    report = _import(city, write("small", [*GRIDS, ("990", "孤", _box(0, 0))], parent=ParentRule.CODE), "small")
    assert report.added == 8
    ((orphan),) = report.rejected
    assert (orphan.row.code, orphan.row.number, orphan.field) == ("990", 9, "parent")
    assert "orphan" in orphan.reason


def test_a_unit_far_away_is_rejected_with_the_reason(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    report = _import(city, write("small", [("99", "远", _box(500, 0))]), "small")
    assert [item.reason for item in report.rejected] == ["lies in no unit of level county"]


def test_exchanged_axes_are_repaired_and_counted(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    exchanged = shapely.transform(GRIDS[1][2], lambda xy: xy[:, ::-1])
    report = _import(city, write("small", [GRIDS[0], ("011", "反", exchanged)]), "small")
    assert (report.added, report.repair_counts["swapped_axes"]) == (2, 1)


def test_a_file_that_is_believed_against_the_evidence_is_noted(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    shifted = [(code, name, _in_gcj02(shape)) for code, name, shape in GRIDS]
    report = _import(city, write("small", shifted), "small", dry_run=True)
    assert (report.crs.chosen, report.added) == ("wgs84", 8)
    assert [note.kind for note in report.notes if note.row.number == 0] == ["suspected_gcj02"]
    report = _import(city, write("small", shifted, crs="auto"), "small")
    assert (report.crs.chosen, report.notes) == ("gcj02", ())
    centres = "SELECT max(ST_Distance(ST_Centroid(geom), ST_Point(:x, :y, 4326))) FROM unit WHERE code = '010'"
    with city.connect() as connection:
        x, y = WEST + STEP / 2, SOUTH + STEP / 2
        assert connection.execute(text(centres), {"x": x, "y": y}).scalar_one() < 1e-6


def _in_gcj02(shape: shapely.Polygon) -> shapely.Polygon:
    return shapely.transform(shape, lambda xy: from_wgs84(xy, Datum.GCJ02))


def test_wrong_requests_are_refused_with_the_remedy(city: Engine, write: Write) -> None:
    source = write("small", GRIDS)
    with pytest.raises(LevelUnknown, match="city, county, small"):
        _import(city, source, "village")
    with pytest.raises(ParentLevelEmpty, match="Import 'county' first"):
        _import(city, source, "small")
    with pytest.raises(ColumnMissing, match="BM"):
        _import(city, write("county", COUNTIES, fields=UnitFields("BM")), "county")
    with pytest.raises(CrsUndecided, match="wgs84, gcj02, bd09"):
        _import(city, write("county", COUNTIES, crs="auto"), "county")


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


def test_a_file_is_checked_against_the_level_above_without_importing_it(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    source = write("small", [*GRIDS[:7], ("99", "远", _box(500, 0))])
    with city.connect() as connection:
        check = check_unit_file(source, level="small", connection=psycopg_connection(connection))
    assert [(finding.kind, finding.codes) for finding in check.findings] == [("gap", ("02",))]
    assert [item.row.code for item in check.rejected] == ["99"]
    assert _current(city, "small") == {}


def test_check_finds_gap_overlap_multipart_and_wrong_parent_with_place_and_area(city: Engine, write: Write) -> None:
    _import(city, write("county", COUNTIES), "county")
    units = {code: shape for code, _, shape in GRIDS}
    units["010"] = _box(0, 0, 1, 0.5)
    units["011"] = _box(0.5, 0, 1.5, 1)
    units["020"] = shapely.union_all([_box(2, 0, 0.4, 1), _box(2.6, 0, 0.4, 1)])
    _import(city, write("small", [(code, code, shape) for code, shape in units.items()]), "small")
    check = check_units(city)
    assert check.counts()["county"] == {}
    assert check.counts()["small"] == {"gap": 2, "multipart": 1, "overlap": 1}
    (overlap,) = [finding for finding in check.findings if finding.kind == "overlap"]
    assert set(overlap.codes) == {"010", "011"}
    cell_m2 = _rows(city, "SELECT area_m2 FROM unit WHERE code = '013'")[0][0]
    assert overlap.area_m2 == pytest.approx(cell_m2 / 4, rel=1e-3)
    assert overlap.lon is not None
    assert WEST < overlap.lon < WEST + STEP
    features = check.as_geojson()["features"]
    assert len(features) == len(check.findings)
    assert all(feature["geometry"]["type"] in ("Polygon", "MultiPolygon") for feature in features)
    json.dumps(check.as_json())
