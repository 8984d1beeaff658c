"""Do map declarations say in JSON what they mean, and refuse what cannot be drawn?"""

import base64
import json
import re
import struct
from typing import Any

import numpy as np
import pytest

from dashboard.components.map_view import assets
from dashboard.components.map_view.commands import LegendEntry, Limits, PngExport, ViewCommand
from dashboard.components.map_view.component import MapView, layer_props, source_props
from dashboard.components.map_view.errors import MapAssetsMissing, MapDeclarationInvalid
from dashboard.components.map_view.layers import MapLayer
from dashboard.components.map_view.sources import GeoJsonSource, ImageSource, RasterSource, VectorSource
from dashboard.components.map_view.values import LayerValues, Tooltip, encode_values

TILES = "/tiles/units-small/{z}/{x}/{y}.mvt"


def test_values_travel_as_little_endian_floats() -> None:
    text = encode_values(np.array([1.5, np.nan, 0.0], dtype=np.float64))
    assert base64.b64decode(text)[:4] == struct.pack("<f", 1.5)
    assert len(base64.b64decode(text)) == 3 * 4
    assert np.isnan(np.frombuffer(base64.b64decode(text), dtype="<f4")[1])


def test_values_say_whether_zero_is_a_class_of_its_own() -> None:
    plain = LayerValues("a", (1.0,), ("#000", "#fff"), data="")
    assert "zeroColor" not in plain.as_prop(), "absent: the theme's colour for zero"
    merged = LayerValues("a", (1.0,), ("#000", "#fff"), data="", zero_in_classes=True)
    assert merged.as_prop()["zeroColor"] is None


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"breaks": (1.0,), "colors": ("#000", "#fff")}, "neither of data and url"),
        ({"breaks": (1.0,), "colors": ("#000", "#fff"), "data": "", "url": "/x"}, "neither of data and url"),
        ({"breaks": (1.0,), "colors": (), "data": ""}, "do not fit"),
        ({"breaks": (1.0, 2.0, 3.0), "colors": ("#000", "#fff"), "data": ""}, "do not fit"),
        ({"breaks": (2.0, 1.0), "colors": ("#000", "#fff"), "data": ""}, "do not ascend"),
        ({"breaks": (1.0,), "colors": ("#000",), "url": "https://example.org/v"}, "not a path on this server"),
    ],
)
def test_values_that_cannot_be_drawn_are_refused(fields: dict[str, Any], cause: str) -> None:
    with pytest.raises(MapDeclarationInvalid, match=cause):
        LayerValues(layer="a", **fields)


@pytest.mark.parametrize(
    "address", ["https://example.org/{z}/{x}/{y}", "//example.org/{z}/{x}/{y}", "tiles/{z}/{x}/{y}"]
)
def test_a_source_elsewhere_is_refused(address: str) -> None:
    for kind in (VectorSource, RasterSource, GeoJsonSource):
        with pytest.raises(MapDeclarationInvalid, match="not a path on this server"):
            kind(address)


def test_a_tile_address_needs_its_three_parts() -> None:
    with pytest.raises(MapDeclarationInvalid, match="lacks"):
        VectorSource("/tiles/{z}/{x}.mvt")


def test_sources_say_what_the_browser_expects() -> None:
    made = source_props(
        {
            "small": VectorSource(TILES, max_zoom=13, bounds=(1, 2, 3, 4), revision="7"),
            "names": GeoJsonSource("/names.json"),
            "heat": ImageSource("/heat.png", (1, 2, 3, 4)),
        }
    )
    assert made["small"] == {
        "type": "vector", "tiles": [TILES], "minzoom": 0, "maxzoom": 13, "bounds": [1, 2, 3, 4], "revision": "7",
    }  # fmt: skip
    assert made["names"] == {"type": "geojson", "data": "/names.json"}
    assert made["heat"]["coordinates"] == [[1, 4], [3, 4], [3, 2], [1, 2]], "clockwise from the north-west"


def test_layers_leave_out_what_was_not_said() -> None:
    prop = MapLayer("small", "unit-fill", "small", "units", min_zoom=11, ids=(4, 5)).as_prop()
    assert prop == {
        "id": "small", "kind": "unit-fill", "source": "small", "sourceLayer": "units", "minzoom": 11, "maxzoom": 24,
        "visible": True, "ids": [4, 5],
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "a/b", "kind": "land", "source": "s"},
        {"id": "a", "kind": "sky", "source": "s"},
        {"id": "a", "kind": "hex", "source": "s", "colors": ("#000", "#fff"), "breaks": ()},
    ],
)
def test_layers_that_cannot_be_drawn_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MapDeclarationInvalid):
        MapLayer(**fields)


def vector_map(*layers: MapLayer, **props: Any) -> MapView:
    return MapView("m", sources=source_props({"s": VectorSource(TILES)}), layers=layer_props(layers), **props)


def test_the_component_is_json_and_names_its_program() -> None:
    view = vector_map(MapLayer("a", "unit-fill", "s", "units"), theme="light", lang="en")
    made = json.loads(json.dumps(view.to_plotly_json()))
    assert (made["type"], made["namespace"]) == ("MapView", "minqing_map_view")
    assert made["props"]["theme"] == "light"
    assert "values" not in made["props"]


@pytest.mark.parametrize(
    ("layers", "values", "cause"),
    [
        ((MapLayer("a", "land", "other", "x"),), [], "no source 'other'"),
        ((MapLayer("a", "land", "s"),), [], "without source_layer"),
        ((MapLayer("a", "land", "s", "x"), MapLayer("a", "outline", "s", "x")), [], "occurs twice"),
        ((MapLayer("a", "land", "s", "x"),), [{"layer": "b"}], "no layer 'b'"),
    ],
)
def test_references_into_nothing_are_refused(layers: tuple[MapLayer, ...], values: list[Any], cause: str) -> None:
    with pytest.raises(MapDeclarationInvalid, match=re.escape(cause)):
        vector_map(*layers, values=values)


def test_an_unknown_prop_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        vector_map(colour="red")


def test_commands_say_what_the_browser_expects() -> None:
    assert ViewCommand(3, bounds=(1, 2, 3, 4)).as_prop() == {
        "nonce": 3, "fly": True, "padding": 24, "bounds": [1, 2, 3, 4],
    }  # fmt: skip
    with pytest.raises(MapDeclarationInvalid, match="nothing to look at"):
        ViewCommand(3)
    order = PngExport(4, title="t", legend=(LegendEntry("无数据", "#111", "noData"),)).as_prop()
    assert order["legend"] == [{"label": "无数据", "color": "#111", "pattern": "noData"}]
    assert Limits(bounds=(1, 2, 3, 4)).as_prop() == {"minZoom": 0, "maxZoom": 20, "bounds": [1, 2, 3, 4]}
    assert Tooltip("a", 5, ("甲", "乙"), unit="件").as_prop() == {
        "layer": "a", "digits": 0, "firstId": 5, "names": ["甲", "乙"], "unit": "件",
    }  # fmt: skip


def test_every_browser_file_is_listed_and_there() -> None:
    folder = assets.ROOT / "dashboard/components/map_view/client"
    on_disk = {path.relative_to(assets.ROOT).as_posix() for path in folder.glob("*.js")}
    assert on_disk == set(assets.CLIENT_MODULES)
    assets.check_assets()


def test_missing_map_files_name_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    with pytest.raises(MapAssetsMissing, match="make setup"):
        assets.check_assets()


def test_lock_file_pins_by_hash_and_names_no_registry() -> None:
    lock = json.loads((assets.ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {"node_modules/maplibre-gl", "node_modules/leaflet"} <= set(packages)
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_browser_files_name_no_other_server() -> None:
    for name in (assets.BOOT_SCRIPT, assets.STYLE_SHEET, *assets.CLIENT_MODULES):
        text = (assets.ROOT / name).read_text()
        found = re.findall(r"https?://[^\s\"'`]+", text)
        assert all(address.startswith("http://www.w3.org/") for address in found), (name, found)
