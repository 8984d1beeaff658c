"""Can a file that somebody hands in, or one that we hand out, do anything but carry data?"""

import io
import json
import sqlite3
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from openpyxl import Workbook

from dashboard.api.tables import csv_lines
from data.importing import parquet_limits
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


def _zeros(path: Path) -> Path:
    """Two values of 70 MB that take a few kB."""
    schema = pa.schema([("text", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as writer:
        writer.write_table(pa.table({"text": ["0" * 70_000_000] * 2}))
    return path


def test_a_parquet_bomb_is_told_by_its_pages_before_any_is_unpacked(tmp_path: Path) -> None:
    bomb = _zeros(tmp_path / "bomb.parquet")
    assert bomb.stat().st_size < 100_000
    before = pa.total_allocated_bytes(), pa.default_memory_pool().max_memory()
    with pytest.raises(FileUnreadable, match="would unpack"):
        list(read_chunks(bomb))
    assert (pa.total_allocated_bytes(), pa.default_memory_pool().max_memory()) == before


def test_a_parquet_footer_that_plays_a_bomb_down_is_not_believed(tmp_path: Path) -> None:
    bomb = _zeros(tmp_path / "bomb.parquet")
    said = pq.ParquetFile(bomb).metadata.row_group(0).column(0).total_uncompressed_size
    number, content = said * 2, bomb.read_bytes()
    varint = bytes((number >> shift) & 127 | (128 if shift < 28 else 0) for shift in range(0, 35, 7))
    assert content.count(varint) >= 1
    (tmp_path / "lie.parquet").write_bytes(content.replace(varint, b"\x8a\x80\x80\x80\x00"))
    assert pq.ParquetFile(tmp_path / "lie.parquet").metadata.row_group(0).column(0).total_uncompressed_size == 5
    with pytest.raises(FileUnreadable, match="would unpack"):
        list(read_chunks(tmp_path / "lie.parquet"))


def test_a_long_value_that_parquet_rows_name_again_and_again_is_refused(tmp_path: Path) -> None:
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["0" * 5_000_000]))
    pq.write_table(pa.table({"text": rows}), tmp_path / "bomb.parquet", compression="zstd")
    with pytest.raises(FileUnreadable, match="would unpack"):
        list(read_chunks(tmp_path / "bomb.parquet"))


def test_parquet_values_that_repeat_the_one_before_are_refused_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_limits, "AT_ONCE_BYTES", 20_000_000)
    table = pa.table({"text": ["0" * 1_000_000] * 100})
    how = {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY"}}
    pq.write_table(table, tmp_path / "bomb.parquet", compression="zstd", **how)
    del table
    before = pa.default_memory_pool().max_memory(), pa.total_allocated_bytes()
    with pytest.raises(FileUnreadable, match="would unpack"):
        list(read_chunks(tmp_path / "bomb.parquet"))
    assert pa.default_memory_pool().max_memory() <= max(before[0], before[1] + 80_000_000)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "dictionary"])
def test_honest_parquet_files_are_read_whatever_wrote_them(tmp_path: Path, compression: str, encoding: str) -> None:
    table = pa.table({"id": [f"A-{number}" for number in range(3_000)], "text": ["积水", None, "路灯"] * 1_000})
    how = {"use_dictionary": True} if encoding == "dictionary" else {
        "use_dictionary": False, "column_encoding": dict.fromkeys(table.column_names, encoding),
    }  # fmt: skip
    pq.write_table(
        table, tmp_path / "a.parquet", compression=compression, data_page_version="2.0", row_group_size=1_000, **how
    )
    chunks = list(read_chunks(tmp_path / "a.parquet"))
    assert pa.concat_tables(pa.table(chunk.columns) for chunk in chunks).to_pydict() == table.to_pydict()


def test_a_parquet_file_that_was_cut_or_changed_is_told_and_no_crash(tmp_path: Path) -> None:
    table = pa.table({"id": [f"A-{number}" for number in range(3_000)], "x": [0.5] * 3_000})
    pq.write_table(table, tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    for place in range(4, 400, 3):
        (tmp_path / "b.parquet").write_bytes(content[:place] + b"\xff\xff\xff" + content[place + 3 :])
        with suppress(FileUnreadable):
            list(read_chunks(tmp_path / "b.parquet"))
    (tmp_path / "b.parquet").write_bytes(content[:200])
    with pytest.raises(FileUnreadable):
        list(read_chunks(tmp_path / "b.parquet"))


ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, zeroblob(1000000) AS geom FROM n"
)


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        (f"DROP TABLE units; CREATE VIEW units AS {ENDLESS}", "is a view"),
        ("ALTER TABLE units ADD COLUMN big BLOB AS (zeroblob(900000000)) VIRTUAL", "is computed"),
        (f"ALTER TABLE gpkg_contents RENAME TO old; CREATE VIEW gpkg_contents AS {ENDLESS}", "gpkg_contents is a view"),
    ],
)
def test_a_layer_that_is_computed_while_it_is_read_is_refused(tmp_path: Path, statement: str, cause: str) -> None:
    path = tmp_path / "a.gpkg"
    square = shapely.to_wkb([shapely.box(0, 0, 1, 1)])
    pyogrio.raw.write(
        path, square, [np.array(["1"], object)], ["code"], geometry_type="Polygon", crs="EPSG:4326", layer="units"
    )
    assert len(read_polygons(path).features) == 1
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        database.executescript(statement)
    with pytest.raises(FileUnreadable, match=cause):
        read_polygons(path)


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
