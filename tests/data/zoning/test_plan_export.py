"""Does every file of a plan hold the whole plan, and nothing that a spreadsheet would run?"""

import hashlib
import io
import json
import subprocess
import zipfile

import geopandas
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

import app
from data.importing.errors import ExportInvalid
from data.zoning.plan_export import EXPORTS, export_plan, kind_of_file, zones_shapefile
from data.zoning.plan_import import ImportedPlan, match_plan
from data.zoning.plan_rows import read_plan_rows
from geo.zoning.plan_hash import plan_hash, zone_keys
from tests.support.plan_documents import NASTY, board, known_of


def saved(document, kind, folder):
    path = folder / f"plan.{kind}"
    path.write_bytes(export_plan(document, kind))
    return path


@pytest.mark.parametrize("kind", EXPORTS)
@pytest.mark.parametrize("unassigned", [False, True])
def test_a_plan_comes_back_with_the_same_hash(tmp_path, kind, unassigned):
    zone = [0, 0, 1, 1, 2, 2] * 4
    if unassigned:
        zone[0] = zone[23] = -1
    document = board(zone=zone, names=(NASTY, "南片区", "'=1+1"))
    read = match_plan(read_plan_rows(saved(document, kind, tmp_path)), known_of(document))
    assert isinstance(read, ImportedPlan), read
    assert read.hash == document.hash
    assert read.notes == ()
    assert (read.zone == -1).sum() == 2 * unassigned


@pytest.mark.parametrize("kind", EXPORTS)
def test_names_come_back(tmp_path, kind):
    document = board(names=("=1+1", "@北片区", "中片区"))
    read = match_plan(read_plan_rows(saved(document, kind, tmp_path)), known_of(document))
    assert read.names == ("=1+1", "@北片区", "中片区")


def test_the_hash_can_be_made_from_the_csv_by_anybody(tmp_path):
    document = board()
    path = saved(document, "csv", tmp_path)
    command = f"tail -n +2 '{path}' | cut -d, -f1,2 | sha256sum"
    made = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert made.split()[0] == document.hash
    # By hand: two columns of the board make a zone, whose smallest code stands in its lowest row.
    codes = [f"04150200{k + 1:04d}" for k in range(24)]
    lines = "".join(f"{code},{codes[k % 6 // 2 * 2]}\n" for k, code in enumerate(codes))
    assert document.hash == hashlib.sha256(lines.encode()).hexdigest()


def test_the_hash_is_of_the_company_alone():
    codes, zone = ("a", "b", "c", "d"), np.array([5, 5, -1, 2])
    assert zone_keys(codes, zone) == ("a", "a", "", "d")
    assert plan_hash(codes, zone) == plan_hash(codes, np.array([0, 0, -1, 1]))
    assert plan_hash(codes[::-1], zone[::-1]) == plan_hash(codes, zone)
    assert plan_hash(codes, zone) != plan_hash(codes, np.array([5, 5, 5, 2]))
    assert plan_hash(codes, zone) != plan_hash(codes, np.array([5, 5, 2, 2]))


def test_a_spreadsheet_runs_nothing(tmp_path):
    document = board(names=(NASTY, "+1", "-1"))
    book = openpyxl.load_workbook(io.BytesIO(export_plan(document, "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "b"}
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-"))]
    assert len(risky) == 24 + 3
    assert all(cell.quotePrefix for cell in risky)
    assert book.sheetnames == ["units", "zones", "plan"]
    assert book["units"]["A2"].value == "041502000001"
    text = export_plan(document, "csv").decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text
    assert ',"=HYPERLINK' not in text


def test_files_for_maps_hold_units_and_zones(tmp_path):
    document = board(zone=[0, 0, 1, 1, 2, -1] * 4)
    path = saved(document, "gpkg", tmp_path)
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == {"units", "zones", "plan"}
    units, zones = geopandas.read_file(path, layer="units"), geopandas.read_file(path, layer="zones")
    assert units.crs == zones.crs == "EPSG:4326"
    assert units["zone"].isna().sum() == 4
    assert zones["members"].tolist() == [8, 8, 4]
    assert np.allclose(shapely.area(zones.geometry.values), [8e-4, 8e-4, 4e-4])
    head = geopandas.read_file(path, layer="plan").set_index("field")["value"]
    assert head["sha256"] == document.hash
    assert json.loads(head["parameters"])["rules"] == {"tolerance": 0.1}


def test_a_shapefile_says_its_encoding_and_shortens_no_name(tmp_path):
    document = board()
    for content, name in ((export_plan(document, "shp.zip"), "plan_units"), (zones_shapefile(document), "plan_zones")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {f"{name}.{e}" for e in ("shp", "shx", "dbf", "prj", "cpg")} == set(archive.namelist())
            assert archive.read(f"{name}.cpg").strip() == b"UTF-8"
        (tmp_path / f"{name}.zip").write_bytes(content)
        frame = geopandas.read_file(tmp_path / f"{name}.zip")
        assert all(len(column) <= 10 for column in frame.columns)
        assert frame["zone_name"].tolist()[0] == "红岭1联防片区"


def test_geojson_is_in_the_order_and_orientation_of_its_standard(tmp_path):
    document = board()
    read = json.loads(export_plan(document, "geojson"))
    assert read["plan"]["sha256"] == document.hash
    assert [zone["members"] for zone in read["zones"]] == [8, 8, 8]
    ring = shapely.LinearRing(read["features"][0]["geometry"]["coordinates"][0][0])
    assert shapely.is_ccw(ring)
    assert list(read["features"][0]["properties"])[:3] == ["code", "zone_key", "zone"]


def test_endings_and_kinds(tmp_path):
    assert kind_of_file(tmp_path / "a.b.shp.zip") == "shp.zip"
    assert kind_of_file(tmp_path / "A.JSON") == "geojson"
    with pytest.raises(ExportInvalid, match=r"End the name with one of: \.geojson"):
        kind_of_file(tmp_path / "plan.dwg")
    with pytest.raises(ExportInvalid, match="not known"):
        export_plan(board(), "dwg")


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "shp.zip"])
def test_check_verifies_an_exported_plan(tmp_path, capsys, kind):
    sound = saved(board(), kind, tmp_path)
    assert app.main(["zones", "check", str(sound)]) == 0
    assert capsys.readouterr().out.strip() == "3 zones, no fault"
    torn = board(zone=[0, 1, 0, 1, 2, 2] * 4)
    assert app.main(["zones", "check", str(saved(torn, kind, tmp_path)), "--json"]) == 1
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert [fault["rule"] for fault in faults] == ["connected", "connected"]
    assert faults[0]["units"][0] == "041502000003"
