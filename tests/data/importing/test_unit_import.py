"""Do polygons become units with the right ids, codes and parents, and what is refused or repaired?"""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from sqlalchemy import Engine, text

from data.engine import psycopg_connection
from data.importing.errors import ColumnMissing
from data.importing.unit_check import check_unit_file, check_units
from data.importing.unit_errors import (
    CrsUndecided,
    LevelUnknown,
    ParentLevelEmpty,
)
from data.importing.unit_levels import settle_rollups
from data.importing.unit_source import ParentRule, UnitFields
from data.models.space import ID_BLOCK
from geo.datum import Datum, from_wgs84
from tests.support.unit_files import (
    COUNTIES,
    GRIDS,
    SOUTH,
    STEP,
    WEST,
    Write,
    box,
    current_ids,
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


def test_ids_run_without_gaps_in_parent_and_code_order(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    load_units(city, write("small", GRIDS[::-1]), "small")
    assert current_ids(city, "county") == {"01": 2 * ID_BLOCK + 1, "02": 2 * ID_BLOCK + 2}
    assert current_ids(city, "small") == {code: 3 * ID_BLOCK + n for n, (code, *_) in enumerate(sorted(GRIDS), 1)}


def test_root_is_made_from_the_level_below(gridded: Engine) -> None:
    ((code, name, parent, path),) = rows_of(
        gridded, "SELECT code, name, parent_id, path FROM unit WHERE level_key = 'city'"
    )
    assert (code, name, parent, path) == ("4415", "汕尾市", None, [ID_BLOCK + 1])
    ((same,),) = rows_of(
        gridded,
        "SELECT ST_Equals((SELECT geom FROM unit WHERE level_key = 'city'), ST_Union(geom)) FROM unit"
        " WHERE level_key = 'county'",
    )
    assert same


def test_stored_forms_of_a_unit_agree(gridded: Engine) -> None:
    rows = rows_of(
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
    rows = rows_of(
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
    rows = rows_of(gridded, "SELECT min_zoom, max_zoom, rollup_by_class FROM level ORDER BY rank")
    assert rows[0][0] == 0.0
    assert rows[-1][1] == 22.0
    assert all(upper[1] == lower[0] < lower[1] for upper, lower in pairwise(rows))
    assert [row[2] for row in rows] == [True, True, False]


def test_units_without_codes_are_numbered_like_text_is_read_and_keep_their_numbers(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    source = write("small", GRIDS, fields=UnitFields())
    load_units(city, source, "small")
    codes = dict(rows_of(city, "SELECT code, ST_AsText(ST_Centroid(geom)) FROM unit"))
    assert set(codes) == {"4415", "01", "02", *(f"{c}00{n}" for c in ("01", "02") for n in range(1, 5))}
    corners = [shapely.from_wkt(codes[f"0100{n}"]) for n in range(1, 5)]
    assert corners[0].x < corners[1].x
    assert corners[0].y == pytest.approx(corners[1].y)
    assert corners[0].y > corners[2].y
    assert load_units(city, source, "small").unchanged == 8
    fewer = write("small", [GRIDS[3], GRIDS[5]], fields=UnitFields())
    assert load_units(city, fewer, "small").unchanged == 2


def test_parents_by_code_and_orphans(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    report = load_units(city, write("small", [*GRIDS, ("990", "孤", box(0, 0))], parent=ParentRule.CODE), "small")
    assert report.added == 8
    ((orphan),) = report.rejected
    assert (orphan.row.code, orphan.row.number, orphan.field) == ("990", 9, "parent")
    assert "orphan" in orphan.reason


def test_a_unit_far_away_is_rejected_with_the_reason(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    report = load_units(city, write("small", [("99", "远", box(500, 0))]), "small")
    assert [item.reason for item in report.rejected] == ["lies in no unit of level county"]


def test_exchanged_axes_are_repaired_and_counted(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    exchanged = shapely.transform(GRIDS[1][2], lambda xy: xy[:, ::-1])
    report = load_units(city, write("small", [GRIDS[0], ("011", "反", exchanged)]), "small")
    assert (report.added, report.repair_counts["swapped_axes"]) == (2, 1)


def test_a_file_that_is_believed_against_the_evidence_is_noted(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    shifted = [(code, name, _in_gcj02(shape)) for code, name, shape in GRIDS]
    report = load_units(city, write("small", shifted), "small", dry_run=True)
    assert (report.crs.chosen, report.added) == ("wgs84", 8)
    assert [note.kind for note in report.notes if note.row.number == 0] == ["suspected_gcj02"]
    report = load_units(city, write("small", shifted, crs="auto"), "small")
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
        load_units(city, source, "village")
    with pytest.raises(ParentLevelEmpty, match="Import 'county' first"):
        load_units(city, source, "small")
    with pytest.raises(ColumnMissing, match="BM"):
        load_units(city, write("county", COUNTIES, fields=UnitFields("BM")), "county")
    with pytest.raises(CrsUndecided, match="wgs84, gcj02, bd09"):
        load_units(city, write("county", COUNTIES, crs="auto"), "county")


def test_a_file_is_checked_against_the_level_above_without_importing_it(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    source = write("small", [*GRIDS[:7], ("99", "远", box(500, 0))])
    with city.connect() as connection:
        check = check_unit_file(source, level="small", connection=psycopg_connection(connection))
    assert [(finding.kind, finding.codes) for finding in check.findings] == [("gap", ("02",))]
    assert [item.row.code for item in check.rejected] == ["99"]
    assert current_ids(city, "small") == {}


def test_check_finds_gap_overlap_multipart_and_wrong_parent_with_place_and_area(city: Engine, write: Write) -> None:
    load_units(city, write("county", COUNTIES), "county")
    units = {code: shape for code, _, shape in GRIDS}
    units["010"] = box(0, 0, 1, 0.5)
    units["011"] = box(0.5, 0, 1.5, 1)
    units["020"] = shapely.union_all([box(2, 0, 0.4, 1), box(2.6, 0, 0.4, 1)])
    load_units(city, write("small", [(code, code, shape) for code, shape in units.items()]), "small")
    check = check_units(city)
    assert check.counts()["county"] == {}
    assert check.counts()["small"] == {"gap": 2, "multipart": 1, "overlap": 1}
    (overlap,) = [finding for finding in check.findings if finding.kind == "overlap"]
    assert set(overlap.codes) == {"010", "011"}
    cell_m2 = rows_of(city, "SELECT area_m2 FROM unit WHERE code = '013'")[0][0]
    assert overlap.area_m2 == pytest.approx(cell_m2 / 4, rel=1e-3)
    assert overlap.lon is not None
    assert WEST < overlap.lon < WEST + STEP
    features = check.as_geojson()["features"]
    assert len(features) == len(check.findings)
    assert all(feature["geometry"]["type"] in ("Polygon", "MultiPolygon") for feature in features)
    json.dumps(check.as_json())
