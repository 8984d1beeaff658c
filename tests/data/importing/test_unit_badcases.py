"""Does every bad feature and every bad row of the shared collection end as its `expect` says?"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from data.engine import psycopg_connection
from data.importing.row_filter import RowFilter
from data.importing.unit_check import UnitCheck, check_unit_file, check_units
from data.importing.unit_import import import_units
from data.importing.unit_levels import ensure_levels
from data.importing.unit_report import UnitReport, rejected_csv
from data.importing.unit_source import LevelSpec, UnitFields, UnitSource
from data.importing.unit_table import HierarchyColumns, check_unit_table, read_unit_table
from geo.datum import Datum, to_wgs84

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
FIELDS = UnitFields("code", "name")

EXPECTED = {
    "bowtie (invalid)": {"repaired made_valid"},
    "null geometry": {"rejected the geometry is null"},
    "empty geometry": {"rejected the geometry is empty"},
    "point where polygon expected": {"rejected the geometry is a Point, a polygon is needed"},
    "line": {"rejected the geometry is a LineString, a polygon is needed"},
    "duplicate code": {"rejected duplicate code: feature 6 has 'B6' already", "noted duplicate_code"},
    "overlap with neighbours": {"checked overlap"},
    "gap with neighbours": {"checked gap"},
    "swapped lon/lat": {"repaired swapped_axes"},
    "GCJ-02 shifted ~570 m": {"noted suspected_gcj02", "checked overlap"},
    "3D coordinates": {"repaired dropped_height"},
    "clockwise ring": set(),
    "multipolygon with itself twice (invalid)": {"repaired merged_parts"},
    "sliver ~0 area": {"rejected sliver: the area is below 1 square metre"},
    "unclosed ring": {"repaired closed_ring"},
    "NaN coordinate": {"rejected point 2 of a ring is NaN or infinite"},
}
"""What must be said of a feature; `clockwise ring` stands for a ring that is sound as it is read."""

REPLACED = ("overlap with neighbours", "gap with neighbours", "swapped lon/lat", "GCJ-02 shifted ~570 m")


def _outcomes(report: UnitReport) -> dict[int, set[str]]:
    said: dict[int, set[str]] = defaultdict(set)
    for rejected in report.rejected:
        said[rejected.row.number].add(f"rejected {rejected.reason}")
    for repaired in report.repaired:
        said[repaired.row.number].add(f"repaired {repaired.repair}")
    for note in report.notes:
        said[note.row.number].add(f"noted {note.kind}")
    return said


def _originals(bad: list[Any], grids: Path) -> dict[str, str]:
    """Code of the sound grid that each of the bad ones was made from: the one in its place."""
    sound = gpd.read_file(grids).query("level == 6")
    sound_shapes = sound.geometry.to_numpy()
    found = {}
    for feature in bad:
        if feature["properties"]["expect"] in REPLACED:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            if feature["properties"]["expect"] == "swapped lon/lat":
                shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
            if feature["properties"]["expect"].startswith("GCJ"):
                shape = shapely.transform(shape, lambda xy: to_wgs84(xy, Datum.GCJ02))
            common = shapely.area(shapely.intersection(sound_shapes, shape))
            found[feature["properties"]["code"]] = sound["code"].iloc[int(common.argmax())]
    return found


@pytest.fixture
def outcome(engine: Engine, shared_data: Path, tmp_path: Path) -> tuple[list[Any], UnitReport, UnitCheck]:
    """The bad grids imported beside the sound ones, those that they replace left out, and the check after it."""
    grids = shared_data / "shanwei" / "synthetic_nested_grids.geojson"
    bad_file = shared_data / "badcases" / "grids_bad.geojson"
    bad = json.loads(bad_file.read_text())["features"]
    with engine.begin() as connection:
        ensure_levels(psycopg_connection(connection), [LevelSpec(k, k, k) for k in ("city", "county", "small")])
    for rank, level in ((1, "city"), (2, "county")):
        source = UnitSource(grids, where=RowFilter(f"level == {rank}"), fields=FIELDS)
        assert import_units(engine, source, level=level, now=NOW).rejected == ()
    replaced = sorted(_originals(bad, grids).values())
    assert len(replaced) == len(REPLACED)
    sound = UnitSource(grids, where=RowFilter(f"level == 6 and code not in {replaced}"), fields=FIELDS)
    assert import_units(engine, sound, level="small", now=NOW).added == 4555 - len(REPLACED)
    report = import_units(engine, UnitSource(bad_file, fields=UnitFields("code")), level="small", now=NOW)
    return bad, report, check_units(engine, ["small"])


def test_every_bad_grid_ends_as_expected(outcome: tuple[list[Any], UnitReport, UnitCheck]) -> None:
    bad, report, check = outcome
    said = _outcomes(report)
    gaps = [finding for finding in check.findings if finding.kind == "gap"]
    assert len(bad) == report.read == report.accepted + len(report.rejected)
    for number, feature in enumerate(bad, 1):
        code, expect = feature["properties"]["code"], feature["properties"]["expect"]
        for finding in check.findings:
            if code in finding.codes:
                said[number].add(f"checked {finding.kind}")
        said[number] |= {"checked gap" for gap in gaps if expect.startswith("gap") and _touches(gap.geometry, feature)}
        wanted = EXPECTED[expect]
        assert wanted & said[number] if expect == "duplicate code" else wanted <= said[number], (
            code,
            expect,
            said[number],
        )
        refused = any(word.startswith("rejected") for word in said[number])
        assert refused == any(word.startswith("rejected") for word in wanted) or expect == "duplicate code"
    assert {number for number, words in said.items() if "noted suspected_gcj02" in words} == {11}
    lines = rejected_csv(report.rejected).splitlines()
    assert lines[0] == "file,line,feature,code,field,reason,remedy"
    assert lines[1].startswith("grids_bad.geojson,1,2,B2,geometry,the geometry is null,")
    assert len(lines) == len(report.rejected) + 1 == 8


def _touches(gap: Any, feature: Any) -> bool:
    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    return bool(shapely.dwithin(shapely.geometry.shape(gap), shape, 1e-6))


def test_a_file_can_be_checked_without_a_database(shared_data: Path) -> None:
    source = UnitSource(shared_data / "badcases" / "grids_bad.geojson", fields=UnitFields("code"))
    check = check_unit_file(source, level="small")
    assert [item.row.code for item in check.rejected] == ["B2", "B3", "B4", "B5", "B6", "B14", "B16"]
    assert {frozenset(f.codes) for f in check.findings if f.kind == "overlap"} == {
        frozenset(pair) for pair in (("B1", "B11"), ("B1", "B15"), ("B11", "B15"))
    }


def test_bad_rows_of_a_hierarchy_are_named_with_their_lines(shared_data: Path) -> None:
    table = read_unit_table(shared_data / "badcases" / "hierarchy_bad.csv", ("id", "parent_id", "level", "code"))
    faults = check_unit_table(table, HierarchyColumns("id", "parent_id", "level", "code"))
    assert [(fault.row.line, fault.reason.split(":")[0]) for fault in faults] == [
        (12, "self_parent"),
        (13, "orphan"),
        (14, "cycle"),
        (15, "cycle"),
        (122, "level_skip"),
    ]
    assert all(fault.remedy for fault in faults)


@pytest.mark.parametrize("name", ["divisions_gbk", "divisions_utf8_bom_crlf", "divisions_mixed_gbk_utf8"])
def test_division_tables_read_alike_in_every_encoding(shared_data: Path, name: str) -> None:
    table = read_unit_table(shared_data / "badcases" / f"{name}.csv", ("code", "name", "level"))
    plain = read_unit_table(shared_data / "badcases" / "divisions_utf8_bom_crlf.csv", ("code", "name", "level"))
    assert [row.values for row in table.rows] == [row.values for row in plain.rows]
    assert table.rows[1].values["name"] == "城区"
    assert (sum(table.decoded.values()) > 0) == ("gbk" in name)


def test_the_real_division_table_is_sound(shared_data: Path) -> None:
    table = read_unit_table(shared_data / "shanwei" / "shanwei_divisions_5level.csv", ("code", "parent", "rank"))
    assert len(table.rows) == 960
    columns = HierarchyColumns("code", "parent", "rank", root_parent="440000000000")
    assert check_unit_table(table, columns) == ()
