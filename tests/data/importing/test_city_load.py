"""Does one command load a whole city, the same on every repetition, with totals that an independent count confirms?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import mapping
from sqlalchemy import Engine, text

from data.catalog_store import store_catalog
from data.importing.city_load import CityReport, load_city
from data.importing.errors import ImportStopped, MappingInvalid
from data.importing.unit_check import check_units
from data.models.space import ID_BLOCK

NOW = datetime(2023, 3, 5, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "examples" / "nyc.yaml"


@pytest.fixture
def catalogued(engine: Engine) -> Engine:
    """A database with the classes and sources that ship."""
    with engine.begin() as connection:
        store_catalog(connection)
    return engine


def _load(engine: Engine, path: Path, **options: object) -> CityReport:
    return load_city(engine, path, now=NOW, rng=np.random.default_rng(7), **options)  # type: ignore[arg-type]


def _counts(engine: Engine) -> dict[str, int]:
    tables = ("level", "unit", "cell", "straddle", "boundary_revision", "place", "incident", "rollup_day", "import_run")
    with engine.connect() as connection:
        return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}


def _by_subject(engine: Engine) -> dict[int, int]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT subject_id, sum(n) FROM rollup WHERE class_id = 0 GROUP BY 1"))
        return {subject: int(n) for subject, n in rows}


def _codes(engine: Engine, level: str) -> dict[int, str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, code FROM unit WHERE level_key = :level"), {"level": level})
        return {row[0]: row[1] for row in rows}


def _write_city(folder: Path) -> Path:
    """A small city of its own: two counties, four grids, a place and four incidents in three of the grids."""

    def geojson(name: str, shapes: dict[str, shapely.Polygon]) -> None:
        features = [
            {"type": "Feature", "properties": {"code": code}, "geometry": mapping(shape)}
            for code, shape in shapes.items()
        ]
        (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}))

    grids = {
        f"0{column + 1}0{row + 1}": shapely.box(column, row, column + 1, row + 1) for column in (0, 1) for row in (0, 1)
    }
    geojson("counties.geojson", {"01": shapely.box(0, 0, 1, 2), "02": shapely.box(1, 0, 2, 2)})
    geojson("grids.geojson", grids)
    (folder / "names.csv").write_bytes("编码,名称,户数\n01,城区,1200\n02,海丰县,900\n".encode("gbk"))
    (folder / "posts.csv").write_text("id,name,lon,lat\nP1,哨卡,0.5,0.5\nP2,无处,9,9\nP3,,0.5,0.5\n")
    (folder / "calls.csv").write_text(
        "no,time,kind,x,y\n"
        "1,2023-01-02 08:00,illegal parking,0.5,0.5\n2,2023-01-02 09:00,illegal parking,0.6,0.5\n"
        "3,2023-01-03 08:00,noise,1.5,1.5\n4,2023-01-04 08:00,noise,0.5,1.5\n"
    )
    path = folder / "city.yaml"
    path.write_text(
        """
city: {code: "4415", name: 汕尾市, name_en: Shanwei}
levels:
  - {key: city, zh: 市, en: City}
  - key: county
    zh: 县区
    file: counties.geojson
    fields: {code: code}
    attributes: {file: names.csv, fields: {code: 编码, name: 名称, households: 户数}}
  - key: small
    zh: 小网格
    file: grids.geojson
    fields: {code: code}
    parent: by_code
places:
  - {file: posts.csv, kind: sentry_post, fields: {code: id, name: name}}
incidents:
  - dataset: calls
    file: calls.csv
    crs: wgs84
    mapping:
      columns: {external_id: no, reported_at: time, class: kind, lon: x, lat: y}
      time: {zone: Asia/Shanghai}
""",
        encoding="utf-8",
    )
    return path


def test_a_city_of_ones_own_loads_in_one_command(catalogued: Engine, tmp_path: Path) -> None:
    report = _load(catalogued, _write_city(tmp_path))
    assert [(unit.level, unit.added) for unit in report.units] == [("county", 2), ("small", 4)]
    with catalogued.connect() as connection:
        named = connection.execute(
            text("SELECT code, name, households FROM unit WHERE level_key = 'county' ORDER BY 1")
        )
        assert [tuple(row) for row in named] == [("01", "城区", 1200), ("02", "海丰县", 900)]
        cells = connection.execute(text("SELECT code, cell_id FROM place ORDER BY code")).all()
    assert [tuple(cell) for cell in cells] == [("P1", 3 * ID_BLOCK + 1), ("P2", 0)]
    (places,) = report.places
    assert (places.added, places.in_no_unit, [item.field for item in places.rejected]) == (2, 1, ["name"])
    totals = _by_subject(catalogued)
    grids = {code: totals.get(unit, 0) for unit, code in _codes(catalogued, "small").items()}
    assert grids == {"0101": 2, "0102": 1, "0201": 0, "0202": 1}
    assert totals[ID_BLOCK + 1] == 4
    assert "posts.csv" in report.rejected_csv()
    json.dumps(report.as_json(), default=str)


def test_loading_twice_changes_nothing_and_a_dry_run_never_does(catalogued: Engine, tmp_path: Path) -> None:
    path, empty = _write_city(tmp_path), _counts(catalogued)
    rehearsal = _load(catalogued, path, dry_run=True)
    assert _counts(catalogued) == empty
    first = _load(catalogued, path)
    assert [unit.added for unit in rehearsal.units] == [unit.added for unit in first.units]
    assert rehearsal.incidents[0].accepted == first.incidents[0].accepted == 4
    loaded, totals = _counts(catalogued), _by_subject(catalogued)
    second = _load(catalogued, path)
    assert [unit.unchanged for unit in second.units] == [2, 4]
    assert second.places[0].unchanged == 2
    assert second.incidents[0].duplicate == 4
    assert {k: v for k, v in _counts(catalogued).items() if k != "import_run"} == {
        k: v for k, v in loaded.items() if k != "import_run"
    }
    assert _by_subject(catalogued) == totals


def test_a_level_that_cannot_be_read_leaves_nothing_half_done(catalogued: Engine, tmp_path: Path) -> None:
    path, empty = _write_city(tmp_path), _counts(catalogued)
    (tmp_path / "grids.geojson").write_text("{")
    with pytest.raises(ImportStopped, match=r"grids\.geojson"):
        _load(catalogued, path)
    assert _counts(catalogued) == empty
    (tmp_path / "grids.geojson").unlink()
    with pytest.raises(MappingInvalid, match=r"line 12, field levels\.2\.file"):
        _load(catalogued, path)


def _independent_counts(folder: Path) -> dict[str, pd.Series]:
    """Requests per borough, district and tract by a geopandas join."""
    rows = pd.read_csv(folder / "nyc311_2023_sample5000.csv", dtype=str, keep_default_na=False)
    lon, lat = (pd.to_numeric(rows[name], errors="coerce") for name in ("Longitude", "Latitude"))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)[lon.notna().to_numpy()]
    counts = {}
    for level, name in (("borough", "boroughs"), ("district", "community_districts"), ("tract", "census_tracts_2010")):
        units = gpd.read_file(folder / f"{name}.geojson").set_crs(4326, allow_override=True)
        units["geometry"] = units.geometry.make_valid()
        joined = gpd.sjoin(points, units[["geometry"]], predicate="within")
        counts[level] = joined.groupby("index_right").size()
    counts["code of borough"] = gpd.read_file(folder / "boroughs.geojson")["BoroCode"].astype(str)
    counts["code of district"] = gpd.read_file(folder / "community_districts.geojson")["BoroCD"].astype(str)
    return counts


def test_new_york_is_counted_like_geopandas_counts(catalogued: Engine, shared_data: Path) -> None:
    report = _load(catalogued, EXAMPLE, parameters={"data": str(shared_data / "nyc")})
    assert [(unit.level, unit.added, len(unit.rejected)) for unit in report.units] == [
        ("borough", 5, 0),
        ("district", 71, 0),
        ("tract", 2166, 0),
    ]
    assert report.units[2].repair_counts["made_valid"] == 2166 - 2067
    assert report.units[2].crs.chosen == "wgs84"
    wanted = _independent_counts(shared_data / "nyc")
    totals = _by_subject(catalogued)
    for level in ("borough", "district"):
        codes = wanted[f"code of {level}"]
        expected = {codes[row]: int(n) for row, n in wanted[level].items()}
        found = {code: totals[unit] for unit, code in _codes(catalogued, level).items() if totals.get(unit)}
        assert found == expected
        assert sum(found.values()) == 4912
    tracts = sorted(totals[unit] for unit in _codes(catalogued, "tract") if totals.get(unit))
    assert tracts == sorted(int(n) for n in wanted["tract"])
    assert sum(tracts) == 4912
    assert (totals[ID_BLOCK + 1], totals[0]) == (4912, 87)


def test_a_city_of_six_levels_out_of_one_file(catalogued: Engine, shared_data: Path, tmp_path: Path) -> None:
    keys = ("city", "county", "town", "large", "medium", "small")
    levels = "".join(
        f"  - {{key: {key}, zh: {key}, file: '${{data}}/synthetic_nested_grids.geojson', where: level == {rank},"
        " fields: {code: code, name: name}}\n"
        for rank, key in enumerate(keys, 1)
    )
    path = tmp_path / "shanwei.yaml"
    path.write_text(f"city: {{code: '441500', name: 汕尾市}}\nlevels:\n{levels}", encoding="utf-8")
    report = _load(catalogued, path, parameters={"data": str(shared_data / "shanwei")})
    assert [unit.added for unit in report.units] == [1, 4, 52, 56, 868, 4555]
    with catalogued.connect() as connection:
        named = connection.execute(
            text("SELECT code FROM unit WHERE id = (SELECT parent_id FROM unit WHERE code = 'S00000')")
        )
        assert named.scalar_one().startswith("M")
    kinds = {kind for counts in check_units(catalogued).counts().values() for kind in counts}
    assert kinds <= {"multipart"}


def test_counties_in_the_shifted_datum_are_recognised(catalogued: Engine, shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "shanwei.yaml"
    path.write_text(
        """
city: {code: "4415", name: 汕尾市}
levels:
  - {key: city, zh: 市, file: "${data}/shanwei_counties_wgs84.geojson", where: adcode == '441500',
     fields: {code: adcode, name: name}}
  - {key: county, zh: 县区, file: "${data}/gary_shp/shanwei_districts.shp", crs: auto,
     fields: {code: adcode, name: name}}
""",
        encoding="utf-8",
    )
    report = _load(catalogued, path, parameters={"data": str(shared_data / "shanwei")})
    county = report.units[1]
    assert (county.crs.chosen, county.encoding, county.added) == ("gcj02", "utf-8", 4)
    assert county.crs.fits["gcj02"] > 0.99 > county.crs.fits["wgs84"]
    with catalogued.connect() as connection:
        names = connection.execute(text("SELECT array_agg(name ORDER BY code) FROM unit WHERE level_key = 'county'"))
        assert names.scalar_one() == ["城区", "海丰县", "陆河县", "陆丰市"]
        bounds = connection.execute(
            text("SELECT min(ST_XMin(geom)), min(ST_YMin(geom)) FROM unit WHERE level_key = 'county'")
        ).one()
    true_bounds = gpd.read_file(shared_data / "shanwei" / "shanwei_counties_wgs84.geojson").total_bounds
    assert np.allclose(bounds, true_bounds[:2], atol=2e-5)
