"""Is a plan that was edited elsewhere understood, and is what is wrong with it told by row, field, cause and remedy?"""

import csv
import io
import zipfile

import geopandas
import numpy as np
import openpyxl
import pytest
import shapely

from data.importing.errors import FileUnreadable
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_export import export_plan
from data.zoning.plan_import import ImportedPlan, KnownUnits, RefusedPlan, match_plan
from data.zoning.plan_rows import read_plan_rows
from tests.support.plan_documents import board, known_of

DOCUMENT = board()
KNOWN = known_of(DOCUMENT)
CODES = DOCUMENT.units.codes


def table(folder, header, rows, name="plan.csv", encoding="utf-8"):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    (folder / name).write_bytes(buffer.getvalue().encode(encoding))
    return folder / name


def rows_of(document=DOCUMENT):
    """Code and zone from 1 of each unit."""
    return [[code, int(zone) + 1] for code, zone in zip(document.units.codes, document.units.zone, strict=True)]


def imported(path, known=KNOWN, **columns):
    return match_plan(read_plan_rows(path, **columns), known)


def frame_of(document=DOCUMENT, crs="EPSG:4326", **columns):
    values = {"code": list(document.units.codes), "zone": [int(z) + 1 for z in document.units.zone]} | columns
    return geopandas.GeoDataFrame(values, geometry=document.units.shapes, crs="EPSG:4326").to_crs(crs)


def written(frame, path):
    frame.to_file(path, engine="pyogrio")
    return path


def only_fault(read):
    assert isinstance(read, RefusedPlan), read
    assert read.count == len(read.faults) == 1, read.faults
    assert read.faults[0].cause.endswith(".")
    assert read.faults[0].remedy.endswith(".")
    return read.faults[0]


@pytest.mark.parametrize(
    "header",
    [("code", "zone"), ("编码", "片区"), ("单元编码", "联防片区"), ("Unit Code", "Zone_Name"), ("GEOID", "片区名称")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_usual_names_of_columns_are_known(tmp_path, header, encoding):
    read = imported(table(tmp_path, header, rows_of(), encoding=encoding))
    assert isinstance(read, ImportedPlan)
    assert read.hash == DOCUMENT.hash


def test_other_columns_are_named(tmp_path):
    path = table(tmp_path, ("号", "队"), rows_of())
    with pytest.raises(UnitFileInvalid, match="no column of the file is called zone or 片区; its columns are: 号, 队"):
        imported(path)
    with pytest.raises(UnitFileInvalid, match="no column of the file is called code"):
        imported(path, zone="队")
    with pytest.raises(UnitFileInvalid, match="field 组: the file has no such column"):
        imported(path, unit="号", zone="组")
    assert imported(path, unit="号", zone="队").hash == DOCUMENT.hash


def test_names_in_gbk_and_names_of_zones(tmp_path):
    names = ("北", "中", "=1+1")
    rows = [[code, zone, names[zone - 1] if zone < 3 else "'=1+1"] for code, zone in rows_of()]
    read = imported(table(tmp_path, ("编码", "片区编号", "片区名称"), rows, encoding="gb18030"))
    assert read.names == names
    bare = imported(table(tmp_path, ("code", "zone"), [[code, names[zone - 1]] for code, zone in rows_of()]))
    assert bare.names == names


def test_a_spreadsheet_that_cut_zeros_is_understood_and_one_that_cut_digits_is_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["code", "zone"])
    for code, zone in rows_of():
        book.active.append([int(code), zone])
    book.save(tmp_path / "plan.xlsx")
    read = imported(tmp_path / "plan.xlsx")
    assert read.hash == DOCUMENT.hash
    assert read.notes == ("24 codes had lost leading zeros, which were put back.",)
    rows = [["4.1502E+10", 1], *rows_of()]
    fault = only_fault(imported(table(tmp_path, ("code", "zone"), rows)))
    assert (fault.row, fault.field) == (2, "code")
    assert "turned into a number and cut" in fault.cause
    assert "Edit the Excel file" in fault.remedy


def test_an_unfinished_plan_is_a_plan(tmp_path):
    rows = [[code, "" if k == 23 else "未分配" if k == 0 else zone] for k, (code, zone) in enumerate(rows_of())]
    read = imported(table(tmp_path, ("code", "zone"), rows))
    assert isinstance(read, ImportedPlan)
    assert np.flatnonzero(read.zone < 0).tolist() == [0, 23]


def test_codes_that_are_no_units_here(tmp_path):
    known = KnownUnits("海陆市", 3, KNOWN.units, elsewhere={"99": "ended with boundary revision 2"})
    rows = [*rows_of(), ["99", 1], ["7", 2]]
    read = imported(table(tmp_path, ("code", "zone"), rows), known)
    assert [(fault.row, fault.units) for fault in read.faults] == [(26, ("99",)), (27, ("7",))]
    assert read.faults[0].cause == "99 ended with boundary revision 2."
    assert read.faults[1].cause == "there is no unit '7' in 海陆市."


def test_units_twice_and_units_left_out(tmp_path):
    twice = only_fault(imported(table(tmp_path, ("code", "zone"), [*rows_of(), rows_of()[3]])))
    assert (twice.row, twice.units) == (26, (CODES[3],))
    assert "stands in the rows 5, 26" in twice.cause
    missing = only_fault(imported(table(tmp_path, ("code", "zone"), rows_of()[2:])))
    assert (missing.row, missing.units) == (None, CODES[:2])
    assert "2 of 24 units of 海陆市 are not in the file" in missing.cause


def test_half_the_codes_missing_in_a_table_and_on_a_map(tmp_path):
    holes = [[code if k % 2 else "", zone] for k, (code, zone) in enumerate(rows_of())]
    read = imported(table(tmp_path, ("code", "zone"), holes))
    assert isinstance(read, RefusedPlan)
    assert {fault.cause for fault in read.faults if fault.row} == {"the row has no code."}
    assert read.faults[0].row == 2
    placed = imported(written(frame_of(code=[code or None for code, _ in holes]), tmp_path / "plan.gpkg"))
    assert placed.hash == DOCUMENT.hash
    assert placed.notes == ("12 units without a code were told by their place.",)


def test_outlines_of_whole_zones_are_a_plan(tmp_path):
    zones = frame_of().dissolve("zone").reset_index()[["zone", "geometry"]]
    read = imported(written(zones.to_crs("EPSG:3857"), tmp_path / "zones.gpkg"))
    assert read.hash == DOCUMENT.hash
    moved = zones.assign(geometry=zones.geometry.translate(xoff=0.004))
    read = imported(written(moved, tmp_path / "moved.gpkg"))
    assert read.hash == DOCUMENT.hash
    grown = zones.assign(geometry=shapely.buffer(zones.geometry.values, 0.008))
    fault = imported(written(grown, tmp_path / "grown.gpkg")).faults[0]
    assert fault.field == "geometry"
    assert "stands in the rows 1, 2" in fault.cause


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:3857", "EPSG:4526"])
def test_any_coordinate_system_that_is_named(tmp_path, crs):
    frame = frame_of(crs=crs).drop(columns="code")
    assert imported(written(frame, tmp_path / "plan.gpkg")).hash == DOCUMENT.hash


def test_a_coordinate_system_that_is_wrong_or_not_named(tmp_path):
    metres = frame_of(crs="EPSG:3857").drop(columns="code")
    shifted = metres.set_crs("EPSG:32650", allow_override=True)
    fault = imported(written(shifted, tmp_path / "wrong.gpkg")).faults[0]
    assert "covers no unit of 海陆市" in fault.cause
    assert "coordinate system" in fault.remedy
    path = tmp_path / "unnamed.shp"
    written(metres, path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(UnitFileInvalid, match="the file does not say in which system"):
        imported(path)


def test_a_zone_in_two_pieces_or_across_the_fence(tmp_path):
    rows = rows_of()
    rows[0][1] = 3
    fault = only_fault(imported(table(tmp_path, ("code", "zone"), rows)))
    assert (fault.row, fault.field, fault.units) == (2, "zone", (CODES[0],))
    assert fault.cause == f"zone '3' is not in one piece: {CODES[0]} lies apart."
    fenced = KNOWN.units.__class__(
        KNOWN.units.ids, KNOWN.units.attributes, KNOWN.units.workload, KNOWN.units.graph, fence=np.arange(24) // 12
    )
    read = imported(table(tmp_path, ("code", "zone"), rows_of()), KnownUnits("海陆市", 3, fenced))
    assert read.count == 3
    assert "crosses the fence" in read.faults[0].cause


def test_one_of_two_columns_edited_is_told(tmp_path):
    rows = [[code, zone, f"第{zone}片区"] for code, zone in rows_of()]
    rows[1][2] = "第2片区"
    fault = only_fault(imported(table(tmp_path, ("code", "zone", "zone_name"), rows)))
    assert (fault.row, fault.units) == (3, (CODES[1],))
    assert "zone says 1, but '第2片区' is the name of another zone" in fault.cause
    rows[1][2] = "一片"
    read = imported(table(tmp_path, ("code", "zone", "zone_name"), rows))
    assert read.names[0] == "第1片区"
    assert read.notes == ("Zones with several names took the most frequent one: 1.",)


def test_files_that_are_no_plans(tmp_path):
    def refused(name, content, words):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileUnreadable, match=words):
            imported(tmp_path / name)

    whole = export_plan(DOCUMENT, "shp.zip")
    refused("cut.zip", whole[: len(whole) // 2], "no archive that can be read")
    refused("text.zip", b"code,zone\n1,1\n", "no archive")
    refused("cut.xlsx", export_plan(DOCUMENT, "xlsx")[:3000], "no archive|no Excel workbook")
    refused("cut.gpkg", export_plan(DOCUMENT, "gpkg")[:9000], "GeoPackage|polygons|cannot be read")
    refused("plan.geojson", b"{]", "JSON")
    refused("plan.dwg", b"AC1032", "no kind of plan")
    refused("ragged.csv", b"code,zone\n1,2\n1,2,3\n", "line 3.*3 fields where the heading has 2")
    with pytest.raises(FileUnreadable, match="no such file"):
        imported(tmp_path / "none.gpkg")
    outside = io.BytesIO()
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../plan.shp", b"x")
    refused("outside.zip", outside.getvalue(), "lies outside")


def test_a_shapefile_in_gbk_without_a_cpg(tmp_path):
    frame = frame_of(zone_name=[f"红岭{z + 1}片区" for z in DOCUMENT.units.zone])
    frame.to_file(tmp_path / "plan.shp", engine="pyogrio", encoding="GBK")
    (tmp_path / "plan.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "plan.zip", "w") as archive:
        for ending in ("shp", "shx", "dbf", "prj"):
            archive.write(tmp_path / f"plan.{ending}", f"方案/plan.{ending}")
    read = imported(tmp_path / "plan.zip")
    assert read.hash == DOCUMENT.hash
    assert read.names == ("红岭1片区", "红岭2片区", "红岭3片区")


def test_an_empty_file_and_broken_polygons(tmp_path):
    fault = only_fault(imported(table(tmp_path, ("code", "zone"), [])))
    assert "24 of 24 units" in fault.cause
    frame = frame_of(code=[None, *CODES[1:]])
    frame.loc[0, "geometry"] = None
    read = imported(written(frame, tmp_path / "plan.gpkg"))
    assert [fault.field for fault in read.faults] == ["geometry", "plan"]
    bow = shapely.Polygon([(115.3, 22.7), (115.31, 22.71), (115.31, 22.7), (115.3, 22.71)])
    frame.loc[0, "geometry"] = bow
    assert imported(written(frame, tmp_path / "bow.gpkg")).faults[0].field == "geometry"
