"""Do the readers give every row with its line, whatever the encoding and kind of file?"""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.importing import tabular_files
from data.importing.csv_text import record_lines, text_blocks
from data.importing.errors import FileUnreadable
from data.importing.json_records import json_records
from data.importing.parquet_columns import points_of
from data.importing.tabular_files import FileShape, find_columns, read_chunks
from data.importing.text_cleaning import clean_text, repair_mojibake


def rows_of(
    path: Path, wanted: list[str] | None = None, shape: FileShape | None = None
) -> list[tuple[int, dict[str, object]]]:
    """(line, values by column) of every row."""
    found = []
    for chunk in read_chunks(path, wanted, shape):
        columns = {name: column.to_pylist() for name, column in chunk.columns.items()}
        for place, line in enumerate(chunk.lines.tolist()):
            found.append((line, {name: values[place] for name, values in columns.items()}))
    return found


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_in_every_encoding(tmp_path: Path, codec: str, newline: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(newline.join(["编号,名称", "1,汕尾市", '2,"两\n行"', "", "3,路面积水"]).encode(codec))
    assert rows_of(path) == [
        (2, {"编号": "1", "名称": "汕尾市"}),
        (3, {"编号": "2", "名称": "两\n行"}),
        (6, {"编号": "3", "名称": "路面积水"}),
    ]


def test_rows_of_mixed_encoding_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,汕尾\n".encode() + "2,陆丰\n".encode("gbk") + "3,海丰\n".encode())
    chunk = next(iter(read_chunks(path)))
    assert chunk.columns["b"].to_pylist() == ["汕尾", "陆丰", "海丰"]
    assert chunk.decoded == {"gb18030": 1}


def test_shared_divisions_read_alike(shared_data: Path) -> None:
    names = ("divisions_gbk.csv", "divisions_mixed_gbk_utf8.csv", "divisions_utf8_bom_crlf.csv")
    tables = [[row for _, row in rows_of(shared_data / "badcases" / name)] for name in names]
    assert len(tables[0]) > 100
    assert tables[0] == tables[1] == tables[2]


def test_a_stray_quote_does_not_swallow_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,5" pipe\n2,x\n3,y,z\n4,w\n', encoding="utf-8")
    chunks = list(read_chunks(path))
    assert [line for chunk in chunks for line in chunk.lines.tolist()] == [2, 3, 5]
    assert [(row.line, row.found, row.expected) for chunk in chunks for row in chunk.ragged] == [(4, 3, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimiter.join("ab") + "\n" + delimiter.join("12") + "\n", encoding="utf-8")
    assert rows_of(path) == [(2, {"a": "1", "b": "2"})]


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",'), max_size=8)


@given(st.lists(st.tuples(cells.filter(lambda cell: cell.strip() != ""), cells), min_size=1, max_size=30))
def test_blocks_of_any_size_agree_with_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    blocks = list(text_blocks(path, 16))
    assert b"".join(block.text for block in blocks) == stream.getvalue().encode()
    lines = np.concatenate([record_lines(block.text, block.first_line) for block in blocks]).tolist()
    heights = [1, *(1 + first.count("\n") + second.count("\n") for first, second in rows)]
    assert lines == np.cumsum([1, *heights])[:-1].tolist()
    assert [tuple(row.values()) for _, row in rows_of(path)] == rows


def test_many_blocks_keep_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular_files, "BLOCK_BYTES", 64)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{n},值{n}\n" for n in range(100)), encoding="utf-8")
    assert rows_of(path, ["b"]) == [(n + 2, {"b": f"值{n}"}) for n in range(100)]


def test_columns_are_found_exactly_or_loosely() -> None:
    present = ["Created Date", "x_coordinate_state_plane", "经度"]
    wanted = ["created_date", "X Coordinate (State Plane)", "经度", "absent"]
    assert find_columns(present, wanted) == dict(zip(wanted, present, strict=False))


def test_columns_that_occur_twice_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    with pytest.raises(FileUnreadable, match="twice: a"):
        rows_of(path)


def test_json_arrays_lines_and_features(tmp_path: Path) -> None:
    records = [{"service_request_id": n, "lat": 22.5, "long": None} for n in range(3)]
    array, lines = tmp_path / "a.json", tmp_path / "a.ndjson"
    array.write_text(json.dumps(records, indent=1), encoding="utf-8")
    lines.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    expected = {"service_request_id": "1", "lat": "22.5", "long": None}
    assert rows_of(array)[1] == (7, expected)
    assert rows_of(lines)[1] == (2, expected)


def test_json_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.importing.json_records._PART_CHARS", 7)
    path = tmp_path / "a.geojson"
    features = [{"type": "Feature", "properties": {"n": n}, "geometry": None} for n in range(20)]
    path.write_text(json.dumps({"type": "FeatureCollection", "name": "x", "features": features}), encoding="utf-8")
    assert [record["properties"]["n"] for _, record in json_records(path)] == list(range(20))


@pytest.mark.parametrize("text", ["[1, 2", '[{"a": 1}, {"a"', "plain"])
def test_broken_json_names_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text("\n" + text, encoding="utf-8")
    with pytest.raises(FileUnreadable, match="line 2"):
        list(json_records(path))


def test_points_from_wkb_of_both_byte_orders_and_none() -> None:
    points = [shapely.Point(115.3, 22.8), shapely.Point(-74, 40.7)]
    little = pa.array([shapely.to_wkb(point, byte_order=1) for point in points], pa.binary())
    mixed = pa.array([shapely.to_wkb(points[0], byte_order=0), None, shapely.to_wkb(points[1])], pa.binary())
    assert points_of(little).tolist() == [[115.3, -74.0], [22.8, 40.7]]
    assert points_of(little.slice(1)).tolist() == [[-74.0], [40.7]]
    np.testing.assert_array_equal(points_of(mixed), [[115.3, np.nan, -74.0], [22.8, np.nan, 40.7]])


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("Transportationâ\x80\x99s website", "Transportation’s website"),
        ("idling.Â\xa0Summonses", "idling.\xa0Summonses"),
        ("the cityâ€™s", "the city’s"),
        ("café", "café"),
        ("Ã© and naïve", "Ã© and naïve"),
        ("汕尾", "汕尾"),
    ],
)
def test_mojibake_is_repaired_where_it_is_certain(damaged: str, whole: str) -> None:
    assert repair_mojibake(damaged) == whole


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_misread_comes_back(text: str) -> None:
    misread = text.encode().decode("latin-1")
    assert repair_mojibake(misread) == text


def test_cleaning_a_column_marks_its_rows() -> None:
    cleaned = clean_text(pa.array(["  a ", "b\x00c", "Ã©", None, ""]))
    assert cleaned.texts.to_pylist() == ["a", "bc", "é", None, None]
    assert cleaned.mojibake.tolist() == [False, False, True, False, False]
    assert cleaned.control.tolist() == [False, True, False, False, False]


def test_the_mojibake_of_new_york_is_found(shared_data: Path) -> None:
    path = shared_data / "nyc" / "nyc311_2023_sample5000.csv"
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["Resolution Description"] for row in csv.DictReader(file)]
    assert sum("\u00e2\u0080" in text for text in texts) == 183
    chunks = read_chunks(path, ["Resolution Description"])
    found = np.concatenate([clean_text(chunk.columns["Resolution Description"]).mojibake for chunk in chunks])
    assert found.tolist() == [bool(re.search("[\u0080-\u00ff]", text)) for text in texts]
