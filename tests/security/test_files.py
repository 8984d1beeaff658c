"""Can a file that somebody hands in, or one that we hand out, do anything but carry data?"""

import io
import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from dashboard.api.tables import csv_lines
from data.importing.archive_limits import MOST_ENTRIES, require_safe_archive
from data.importing.errors import FileUnreadable, MappingInvalid
from data.importing.marked_yaml import parse_yaml
from data.importing.polygon_files import read_polygons
from data.importing.report import safe_cell
from data.importing.tabular_files import read_chunks
from data.importing.unit_report import RejectedUnit, UnitRow, rejected_csv

FORMULAS = (
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://x")',
)
LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x.json</SrcDataSource>'
VRT += "</OGRVRTLayer></OGRVRTDataSource>"


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _workbook(path: Path) -> Path:
    book = Workbook()
    book.active.append(["id", "text"])
    book.active.append([1, "积水"])
    book.save(path)
    return path


def test_an_honest_workbook_and_a_dense_but_small_one_are_read(tmp_path: Path) -> None:
    chunks = list(read_chunks(_workbook(tmp_path / "a.xlsx")))
    assert chunks[0].columns["text"].to_pylist() == ["积水"]
    require_safe_archive(_zip(tmp_path / "dense.zip", {"a.txt": bytes(50_000_000)}))


def test_a_bomb_is_told_by_its_table_of_contents(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/a.bin", "w") as sheet:
        for _ in range(200):
            sheet.write(bytes(1_000_000))
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(FileUnreadable, match="would unpack"):
        list(read_chunks(bomb))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    files = {f"{number}.txt": b"" for number in range(MOST_ENTRIES + 1)}
    with pytest.raises(FileUnreadable, match="files"):
        require_safe_archive(_zip(tmp_path / "many.zip", files))


@pytest.mark.parametrize("name", ["../x.shp", "/etc/x.shp", "a/../../x.shp", "C:\\x.shp", "..\\x.shp", "a/..\\..\\x"])
def test_names_outside_of_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadable, match="outside"):
        require_safe_archive(_zip(tmp_path / "a.zip", {name: b"x"}))


def test_links_and_encrypted_files_in_an_archive_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FileUnreadable, match="link"):
        require_safe_archive(tmp_path / "link.zip")
    content = bytearray(_zip(tmp_path / "a.zip", {"a.txt": b"x"}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    with pytest.raises(FileUnreadable, match="encrypted"):
        require_safe_archive(tmp_path / "locked.zip")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_xml_with_entities_is_refused(tmp_path: Path, encoding: str) -> None:
    book = _workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(book) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["xl/worksheets/sheet1.xml"] = LAUGHS.encode(encoding)
    with pytest.raises(FileUnreadable, match="declares entities"):
        list(read_chunks(_zip(tmp_path / "laughs.xlsx", files)))


@pytest.mark.parametrize(
    "name", ["a.vrt", "a.kml", "a.gml", "a.xml", "a.csv", "a.sqlite", "a", "a.shp", "a.gpkg", "a.pdf"]
)
def test_directions_to_other_places_are_no_polygons(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(VRT)
    with pytest.raises(FileUnreadable, match=r"no kind of polygon file|no file of polygons"):
        read_polygons(tmp_path / name)


def test_a_zipped_shapefile_holds_a_shapefile_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="beside a shapefile"):
        read_polygons(_zip(tmp_path / "a.zip", {"a.shp": b"\x00\x00\x27\x0a", "b.vrt": VRT.encode()}))
    with pytest.raises(FileUnreadable, match="exactly one"):
        read_polygons(_zip(tmp_path / "b.zip", {"a.shp": b"", "b.shp": b""}))


def test_deep_json_is_told_and_no_crash(tmp_path: Path) -> None:
    deep = "[" * 100_000
    (tmp_path / "a.geojson").write_text('{"type":"FeatureCollection","features":' + deep)
    with pytest.raises(FileUnreadable):
        read_polygons(tmp_path / "a.geojson")
    (tmp_path / "b.json").write_text(f'[{{"a":{deep}')
    with pytest.raises(FileUnreadable):
        list(read_chunks(tmp_path / "b.json"))


def test_yaml_that_multiplies_itself_is_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(MappingInvalid, match="repeats another place"):
        parse_yaml("\n".join(lines), "bomb.yaml")
    with pytest.raises(MappingInvalid, match="nested too deeply"):
        parse_yaml("[" * 20_000, "deep.yaml")


def test_yaml_makes_no_objects() -> None:
    entry = parse_yaml("a: !!python/object/apply:os.system ['true']", "a.yaml")
    assert "system" not in json.dumps(entry.value)
    assert entry.child("a").value == ["true"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_of_an_export_is_a_formula(formula: str) -> None:
    cell = csv_lines([[formula, -1.5, 7]]).decode()
    assert cell.lstrip('"').startswith("'")
    assert ",-1.5,7" in cell
    assert safe_cell(formula) == f"'{formula}"
    assert safe_cell("积水 = 3") == "积水 = 3"


def test_the_rows_that_an_import_rejects_hold_no_formula() -> None:
    row = UnitRow("=cmd|x.geojson", 3, 1, "=1+1")
    text = rejected_csv([RejectedUnit(row, "code", "=2+2 is no code", "Correct it.")])
    cells = next(iter(io.StringIO(text.splitlines()[1])))
    assert "'=cmd" in cells
    assert "'=1+1" in cells
    assert "'=2+2" in cells
