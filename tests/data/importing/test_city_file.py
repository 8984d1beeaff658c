"""Is a city file understood, and does each mistake in it end in a message with line, field, cause and remedy?"""

from pathlib import Path

import pytest

from data.importing.city_file import City, environment_parameters, read_city
from data.importing.errors import MappingInvalid
from data.importing.unit_source import ParentRule

GOOD = """\
parameters:
  data: files
city:
  code: "4415"
  name: 汕尾市
  name_en: Shanwei
levels:
  - key: city
    zh: 市
  - key: county
    zh: 县区
    en: County
    file: ${data}/counties.shp
    crs: gcj02
    fields: {code: adcode, name: name}
    attributes:
      file: ${data}/counties.csv
      fields: {code: BM, name: MC, households: HS}
  - key: small
    zh: 小网格
    file: ${data}/grids.gpkg
    layer: small
    where: level == 6
    fields: {code: id, parent: parent_id}
    valid_from: 2026-01-31
places:
  - file: ${data}/posts.csv
    kind: sentry_post
    fields: {code: id, name: name}
incidents:
  - dataset: calls
    files: ["${data}/a.csv", "${data}/b.csv"]
    mapping:
      columns: {reported_at: time, lon: x, lat: y}
      time: {zone: Asia/Shanghai}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the city file."""
    return tmp_path


def _read(folder: Path, text: str, **parameters: str) -> City:
    path = folder / "city.yaml"
    path.write_text(text, encoding="utf-8")
    return read_city(path, parameters)


def test_a_city_file_says_everything(folder: Path) -> None:
    city = _read(folder, GOOD)
    assert (city.facts.code, city.facts.name, city.facts.time_zone, city.facts.lang) == (
        "4415",
        "汕尾市",
        "Asia/Shanghai",
        "zh",
    )
    root, county, small = city.levels
    assert root.source is None
    assert county.source is not None
    assert county.source.path == folder / "files" / "counties.shp"
    assert (county.source.crs, county.source.fields.code, county.source.parent) == (
        "gcj02",
        "adcode",
        ParentRule.LOCATION,
    )
    assert county.source.attributes is not None
    assert county.source.attributes.fields.households == "HS"
    assert small.source is not None
    assert (small.source.layer, small.source.parent) == ("small", ParentRule.FIELD)
    assert small.source.where is not None
    assert small.source.where.keeps({"level": 6})
    assert small.valid_from is not None
    assert small.valid_from.isoformat() == "2026-01-31"
    assert city.places[0].kind == "sentry_post"
    assert [path.name for path in city.incidents[0].source.files] == ["a.csv", "b.csv"]
    assert city.incidents[0].source.mapping.columns["lon"] == "x"


def test_a_given_parameter_comes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(folder)
    for given in (str(elsewhere), "elsewhere"):
        source = _read(folder, GOOD, data=given).levels[1].source
        assert source is not None
        assert source.path == elsewhere / "counties.shp"


def test_parameters_come_from_the_environment() -> None:
    assert environment_parameters({"MINQING_PARAM_DATA": "/x", "PATH": "/bin"}) == {"data": "/x"}


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ("code: adcode", "cod: adcode", 15, "levels.1.fields.cod", "Use one of: code, name"),
        ("zh: 县区", "zh:", 11, "levels.1.zh", "Add it"),
        ("key: county", "key: Kreis-1", 10, "levels.1.key", "small letters"),
        ("key: county", "key: city", 10, "levels.1.key", "used twice"),
        ("${data}/grids.gpkg", "${dta}/grids.gpkg", 21, "levels.2.file", "--set dta=VALUE"),
        ("    file: ${data}/grids.gpkg\n", "", 19, "levels.2", "only the first level"),
        ("crs: gcj02", "crs: EPSG:0", 14, "levels.1.crs", "bd09"),
        ("    kind: sentry_post\n", "    kind: x\n    crs: auto\n", 29, "places.0.crs", "wgs84"),
        ("  - dataset: calls\n", "  - dataset: calls\n    crs: mars\n", 32, "incidents.0.crs", "EPSG"),
        ("level == 6", "level = 6", 23, "levels.2.where", "Compare fields"),
        ("2026-01-31", "31.1.2026", 25, "levels.2.valid_from", "2026-01-31"),
        (
            "    valid_from",
            "    parent: beside\n    valid_from",
            25,
            "levels.2.parent",
            "by_location, by_code, by_field",
        ),
        ("    kind: sentry_post\n", "", 27, "places.0", "fields.kind"),
        ("  - dataset: calls\n    files", "  - files", 31, "incidents.0.dataset", "Add it"),
        ("reported_at: time, ", "", 34, "incidents.0.mapping.columns", "reported_at"),
        ("name_en: Shanwei", "time_zone: Mars", 6, "city.time_zone", "IANA"),
        ("name_en: Shanwei", "lang: fr", 6, "city.lang", "zh, en"),
        ("city:\n", "town:\n", 3, "town", "parameters, city, levels"),
    ],
)
def test_mistakes_name_line_field_and_remedy(
    folder: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    assert old in GOOD
    with pytest.raises(MappingInvalid) as caught:
        _read(folder, GOOD.replace(old, new, 1))
    assert (caught.value.line, caught.value.field) == (line, field)
    assert words in str(caught.value)
    assert "city.yaml, line" in str(caught.value)


def test_a_missing_file_is_a_mistake_with_a_line_when_it_is_needed(folder: Path) -> None:
    path = folder / "city.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(MappingInvalid, match=r"line 13, field levels\.1\.file: There is no file"):
        read_city(path, files_must_exist=True)


def test_one_level_is_no_city(folder: Path) -> None:
    with pytest.raises(MappingInvalid, match="2 to 8"):
        _read(folder, "city: {code: A, name: B}\nlevels:\n  - {key: city, zh: 市}\n")


def test_yaml_that_cannot_be_parsed_names_the_line(folder: Path) -> None:
    with pytest.raises(MappingInvalid) as caught:
        _read(folder, "city: {code: A\nlevels: [\n")
    assert caught.value.line is not None


def test_the_shipped_example_is_valid() -> None:
    city = read_city(Path(__file__).parents[3] / "examples" / "nyc.yaml")
    assert [level.spec.key for level in city.levels] == ["city", "borough", "district", "tract"]
    assert city.incidents[0].source.mapping.stated_unit is not None
