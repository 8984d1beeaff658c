"""Are units read from any polygon file, plans written and read again, and faults named?"""

import json
import warnings

import geopandas
import numpy as np
import pytest
import shapely

import app
from data.importing.errors import FileUnreadable
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_file import check_target, write_plan
from data.zoning.unit_file import UnitColumns, read_unit_file


def _squares(columns=6, rows=4, west=0.0, south=0.0, side=0.01, crs="EPSG:4326"):
    """Units A00, A01 … row by row, alike in the west and in the east; the last column is a county of its own."""
    boxes = [
        shapely.box(west + c * side, south + r * side, west + (c + 1) * side, south + (r + 1) * side)
        for r in range(rows)
        for c in range(columns)
    ]
    column = np.arange(len(boxes)) % columns
    return geopandas.GeoDataFrame(
        {
            "code": [f"A{k:02d}" for k in range(len(boxes))],
            "kind": (column >= columns // 2) * 5.0 + column * 0.01,
            "work": np.ones(len(boxes)),
            "county": np.where(column == columns - 1, "east", "west"),
        },
        geometry=boxes,
        crs=crs,
    )


def _saved(frame, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        frame.to_file(path, engine="pyogrio")
    return path


def _run(capsys, *words):
    code = app.main(["zones", *map(str, words)])
    return code, capsys.readouterr()


COLUMNS = UnitColumns("code", ("kind",), "work", "county")


@pytest.mark.parametrize(
    ("west", "south", "side", "crs"),
    [
        (115.0, 22.0, 0.01, "EPSG:4326"),
        (500_000.0, 2_500_000.0, 1_000.0, "EPSG:4526"),
        (0.0, 0.0, 0.01, None),
        (0.0, 0.0, 250.0, None),
        (0.0, 0.0, 0.02, "EPSG:3857"),
    ],
)
@pytest.mark.parametrize("ending", ["gpkg", "shp"])
def test_borders_are_found_in_any_coordinates(tmp_path, west, south, side, crs, ending):
    path = _saved(_squares(4, 3, west, south, side, crs), tmp_path / f"units.{ending}")
    first, second, length = read_unit_file(path, COLUMNS).units.graph.pairs()
    # 3 × 3 borders side by side and 4 × 2 one above the other; corners are none.
    assert len(first) == 17
    assert ((second - first == 1) | (second - first == 4)).all()
    assert length.max() / length.min() < 1.2


def test_figures_fence_and_ids(tmp_path):
    units = read_unit_file(_saved(_squares(), tmp_path / "units.geojson"), COLUMNS).units
    assert units.ids[:2] == ("A00", "A01")
    assert units.attributes[:, 0].tolist() == _squares()["kind"].tolist()
    assert units.workload.tolist() == [1.0] * 24
    assert (units.fence[5], units.fence[4]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "columns", "field", "words"),
    [
        ({}, UnitColumns("nowhere", ("kind",)), "nowhere", "Its fields are: code, kind, work, county"),
        ({"kind": "many"}, COLUMNS, "kind", "unit A00 has 'many', not a number"),
        ({"work": -1.0}, COLUMNS, "work", "unit A00 has .*-1.0.*0 or more"),
        ({"code": "A01"}, COLUMNS, "code", "features 1 and 2 both have the id A01"),
        ({"code": ""}, COLUMNS, "code", "feature 1 has no id"),
    ],
)
def test_a_bad_field_is_named_with_its_cause(tmp_path, change, columns, field, words):
    frame = _squares()
    for name, value in change.items():
        frame[name] = frame[name].astype(object)
        frame.loc[0, name] = value
    with pytest.raises(UnitFileInvalid, match=words.replace("'", ".")) as caught:
        read_unit_file(_saved(frame, tmp_path / "units.geojson"), columns)
    assert caught.value.field == field
    assert caught.value.remedy


def test_no_such_file(tmp_path):
    with pytest.raises(FileUnreadable):
        read_unit_file(tmp_path / "none.gpkg", COLUMNS)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp"])
def test_a_plan_is_read_as_it_was_written(tmp_path, ending):
    file = read_unit_file(_saved(_squares(), tmp_path / "units.gpkg"), COLUMNS)
    zone = np.arange(24) % 6 // 2
    write_plan(tmp_path / f"plan.{ending}", file.source, zone)
    again = read_unit_file(tmp_path / f"plan.{ending}", UnitColumns("code", ("kind",), "work", "county", "zone"))
    assert again.zone().tolist() == zone.tolist()
    assert again.units.attributes.tolist() == file.units.attributes.tolist()
    write_plan(tmp_path / f"plan.{ending}", file.source, zone)


def test_targets_that_cannot_be_written(tmp_path):
    for target in (tmp_path / "plan.xyz", tmp_path / "missing" / "plan.gpkg"):
        with pytest.raises(UnitFileInvalid):
            check_target(target)


def test_propose_writes_a_plan_that_check_accepts(tmp_path, capsys):
    path, out = _saved(_squares(), tmp_path / "units.gpkg"), tmp_path / "plan.gpkg"
    words = ["--units", path, "--id-field", "code", "--attributes", "kind", "--workload", "work", "--fence", "county"]
    code, said = _run(capsys, "propose", *words, "--zones", 3, "--seconds", 0.05, "--out", out, "--json")
    report = json.loads(said.out)
    assert code == 0
    assert {
        "zones",
        "ratio",
        "contiguous",
        "workload_max_over_mean",
        "compactness",
        "cpu_s",
        "compile_s",
        "refused",
    } <= set(report)
    assert (report["zones"], report["contiguous"], report["refused"]) == (3, True, None)
    # West of the fence two kinds of 12 and 8 units, beyond it 4: the fullest has 12 of a mean of 8.
    assert report["workload_max_over_mean"] == 1.5
    code, said = _run(capsys, "check", out, "--id-field", "code", "--fence", "county", "--zones", 3)
    assert (code, said.out.strip()) == (0, "3 zones, no fault")
    code, said = _run(capsys, "check", out, "--id-field", "code", "--workload", "work", "--balance", 1.1, "--json")
    assert code == 1
    assert {fault["rule"] for fault in json.loads(said.out)["faults"]} == {"workload"}


def test_a_floor_links_cuts_and_groups(tmp_path, capsys):
    path = _saved(_squares(4, 1), tmp_path / "units.gpkg")
    base = ["propose", "--units", path, "--id-field", "code", "--attributes", "kind", "--seconds", 0.05, "--json"]
    code, said = _run(capsys, *base, "--floor", 2)
    assert (code, json.loads(said.out)["zones"]) == (0, 2)
    code, said = _run(capsys, *base, "--zones", 1, "--cut", "A01,A02")
    assert (code, json.loads(said.out)["refused"]["rule"]) == (1, "connected")
    code, said = _run(capsys, *base, "--zones", 1, "--cut", "A01,A02", "--link", "A00,A03")
    assert code == 0
    code, said = _run(capsys, *base, "--zones", 2, "--together", "A00,A03", "--apart", "A00,A01")
    assert (code, json.loads(said.out)["refused"]["rule"]) == (1, "apart")


def test_a_broken_plan_is_found_broken(tmp_path, capsys):
    frame = _squares(4, 1)
    frame["zone"] = ["n", "s", "n", None]
    code, said = _run(capsys, "check", _saved(frame, tmp_path / "plan.geojson"), "--id-field", "code", "--json")
    faults = json.loads(said.out)["faults"]
    assert code == 1
    assert [(fault["rule"], fault["units"]) for fault in faults] == [("zones", ["A03"]), ("connected", ["A02"])]


def test_errors_end_with_2(tmp_path, capsys):
    path = _saved(_squares(), tmp_path / "units.gpkg")
    code, said = _run(capsys, "propose", "--units", path, "--attributes", "none", "--zones", 2, "--json")
    assert (code, json.loads(said.out)["error"]) == (2, "UnitFileInvalid")
    assert "field none" in said.err
    code, said = _run(capsys, "propose", "--units", path, "--attributes", "kind", "--zones", 0)
    assert code == 2
    with pytest.raises(SystemExit) as stopped:
        _run(capsys, "propose", "--units", path, "--attributes", "kind", "--zones", 2, "--balance", 0.5)
    assert stopped.value.code == 2
