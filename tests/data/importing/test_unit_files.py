"""Which polygons and attributes do files of each kind give, and how do broken ones end?"""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from data.importing.dbf_encoding import dbf_encoding
from data.importing.errors import FileUnreadable
from data.importing.polygon_files import read_polygons
from data.importing.row_filter import FilterInvalid, RowFilter
from geo.repair import RepairAction

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def _geojson(path: Path, *geometries: object, indent: int | None = 0) -> Path:
    features = [
        {"type": "Feature", "properties": {"code": f"U{number}"}, "geometry": geometry}
        for number, geometry in enumerate(geometries, 1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=indent), encoding="utf-8")
    return path


def _polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "null"),
        (_polygon([]), "empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "Point", "coordinates": [1, 2]}, "Point"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "LineString"),
        (_polygon([[0, 0], [float("nan"), 1], [1, 1], [0, 0]]), "point 2"),
        (_polygon([[0, 0], ["x", 1], [1, 1], [0, 0]]), "numbers"),
        (_polygon([[0, 0], [1, 1]]), "three corners"),
        ("nonsense", "None"),
    ],
)
def test_a_broken_feature_is_a_row_and_the_others_are_read(tmp_path: Path, geometry: object, reason: str) -> None:
    file = read_polygons(_geojson(tmp_path / "x.geojson", geometry, _polygon(SQUARE)))
    broken, sound = file.features
    assert broken.geometry is None
    assert broken.fault is not None
    assert reason in broken.fault.reason
    assert sound.geometry is not None
    assert sound.geometry.area == 1.0


def test_lines_of_features_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    feature = json.dumps({"type": "Feature", "properties": {}, "geometry": _polygon(SQUARE)})
    path.write_text('{"type": "FeatureCollection",\n"features": [\n' + f"{feature},\n\n{feature}\n]}}")
    assert [feature.line for feature in read_polygons(path).features] == [3, 5]


def test_open_ring_is_closed_and_heights_are_dropped(tmp_path: Path) -> None:
    open_ring = _polygon([[0, 0], [1, 0], [1, 1], [0, 1]])
    high = _polygon([[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]])
    first, second = read_polygons(_geojson(tmp_path / "x.geojson", open_ring, high)).features
    assert first.repairs == (RepairAction.CLOSED_RING,)
    assert first.geometry is not None
    assert first.geometry.equals(shapely.box(0, 0, 1, 1))
    assert second.repairs == (RepairAction.DROPPED_HEIGHT,)


def test_geojson_without_crs_is_wgs84_and_an_old_crs_member_is_heard(tmp_path: Path) -> None:
    path = _geojson(tmp_path / "x.geojson", _polygon(SQUARE))
    assert read_polygons(path).crs == "OGC:CRS84"
    document = json.loads(path.read_text())
    document["crs"] = {"type": "name", "properties": {"name": "EPSG:2263"}}
    path.write_text(json.dumps(document))
    assert read_polygons(path).crs == "EPSG:2263"


def test_text_that_is_no_json_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text('{"type": "FeatureCollection",\n"features": [}')
    with pytest.raises(FileUnreadable, match="line 2"):
        read_polygons(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no such file"):
        read_polygons(tmp_path / "none.geojson")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_shapefile_text_is_read_without_cpg(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.shp"
    names = ["海丰县", "陆河县", "城区", "plain"]
    frame = gpd.GeoDataFrame({"name": names}, geometry=[shapely.box(n, 0, n + 1, 1) for n in range(4)], crs=4326)
    frame.to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    path.with_suffix(".prj").unlink()
    file = read_polygons(path)
    assert file.encoding == encoding
    assert [feature.attributes["name"] for feature in file.features] == names
    assert file.crs is None


def test_cpg_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "x.shp"
    gpd.GeoDataFrame({"name": ["城区"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(path, encoding="gb18030")
    assert dbf_encoding(path) is None
    assert read_polygons(path).features[0].attributes["name"] == "城区"


def test_layer_of_a_geopackage_is_chosen_or_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    frame = gpd.GeoDataFrame({"code": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    frame.to_file(path, layer="towns")
    assert read_polygons(path).features[0].attributes["code"] == "A"
    frame.to_file(path, layer="villages")
    with pytest.raises(FileUnreadable, match="towns, villages"):
        read_polygons(path)
    assert len(read_polygons(path, "villages").features) == 1
    with pytest.raises(FileUnreadable, match="no layer 'cities'"):
        read_polygons(path, "cities")


def test_topojson_under_the_name_geojson(tmp_path: Path) -> None:
    topology = {
        "type": "Topology",
        "objects": {"x": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0]]}]}},
        "arcs": [SQUARE],
    }
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps(topology))
    (feature,) = read_polygons(path).features
    assert feature.geometry is not None
    assert feature.geometry.area == 1.0


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("level == 6", [6]),
        ("level in [4, 5]", [4, 5]),
        ("level > 4 and not level == 6", [5]),
        ("name == '城区' or level <= 4", [4, 5]),
        ("level == '6'", []),
        ("level < 'a'", []),
        ("missing == 1", []),
    ],
)
def test_where_keeps_what_it_says(expression: str, kept: list[int]) -> None:
    rows = [{"level": 4, "name": "x"}, {"level": 5, "name": "城区"}, {"level": 6, "name": None}]
    row_filter = RowFilter(expression)
    assert [row["level"] for row in rows if row_filter.keeps(row)] == kept


@pytest.mark.parametrize("expression", ["", "level", "level == open('x')", "__import__('os')", "1 < level < 3"])
def test_where_refuses_anything_but_comparisons(expression: str) -> None:
    with pytest.raises(FilterInvalid, match="where"):
        RowFilter(expression)
