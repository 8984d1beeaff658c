"""How does a page put a map into its layout?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from dash.development.base_component import Component

from dashboard.components.map_view.assets import NAMESPACE, register_namespace
from dashboard.components.map_view.errors import MapDeclarationInvalid
from dashboard.components.map_view.layers import MapLayer
from dashboard.components.map_view.sources import Source

register_namespace()


class MapViewProps(TypedDict, total=False):
    className: str
    style: dict[str, Any]
    lang: Literal["zh", "en"]
    theme: Literal["dark", "light"]
    palette: dict[str, str]
    reducedMotion: bool
    wall: bool
    scale: float
    busy: bool
    ariaLabel: str
    limits: dict[str, Any]
    sources: dict[str, Any]
    layers: list[dict[str, Any]]
    extra: dict[str, Any]
    values: list[dict[str, Any]]
    tooltips: list[dict[str, Any]]
    view: dict[str, Any]
    tool: Literal["pan", "box", "lasso", "paint", "line"]
    brushPx: float
    flags: dict[str, dict[str, list[int]]]
    selectedIds: dict[str, Any]
    exportPng: dict[str, Any]
    viewport: dict[str, Any]
    clicked: dict[str, Any]
    hovered: dict[str, Any]
    selected: dict[str, Any]
    stroke: dict[str, Any]
    drawn: dict[str, Any]
    status: dict[str, Any]
    exported: dict[str, Any]


class MapView(Component):  # type: ignore[misc, unused-ignore]
    """A map of units, incidents and places, drawn by MapLibre GL from this server's own tiles.

    Keyword arguments (all JSON; the dataclasses of this package make them by `as_prop()`):

    - id (string): the id; also the id of the element on which `mapview:ready`, `mapview:idle`,
      `mapview:applied` {layer, changed, total, ms} and `mapview:painted` (the same, ms until the frame) are fired;
      also `mapview:brush` {step: "over" | "down" | "drag" | "up" | "cancel", layer, ids} while the brush moves, and
      `mapview:output` with every change of the outputs below.
    - className, style: of the outer element, which fills its place.
    - lang ("zh" | "en"; default "zh"), theme ("dark" | "light"; default "dark").
    - palette (dict): single colours that replace the theme's, by the names in `client/theme.js`.
    - reducedMotion (bool): no flights. wall (bool): one pixel per CSS pixel, no zoom buttons.
    - scale (number): of texts, lines and discs on the map; default: the root font size divided by 16 px.
    - busy (bool): dims the old picture while new figures are on their way.
    - ariaLabel (string): name of the map for screen readers.
    - limits (dict, `Limits`): read once, when the map is made.
    - sources (dict of id → source; `VectorSource`, `GeoJsonSource`, `ImageSource`, `RasterSource`).
    - layers (list, `MapLayer`): from bottom to top.
    - extra (dict {sources, layers, hide}): sources and layers of the browser's own on top of those, so that a script
      can draw while callbacks own the others; `hide` lists ids of layers that are not drawn meanwhile.
    - values (list, `LayerValues`): figures for `unit-fill` and `zone-fill` layers.
    - tooltips (list, `Tooltip`): names and wording under the pointer.
    - view (dict, `ViewCommand`): where to look.
    - tool ("pan" | "box" | "lasso" | "paint" | "line"; default "pan"): also an output, Escape sets it back to "pan".
    - brushPx (number): radius of the brush, default 5.
    - flags (dict of layer → dict of name → ids): marks of the page's own as feature-state. `zone-fill` draws `k`
      (locked), `x` (would be cut off), `b` (under the brush) and `g` (shown); `zone-border` draws `z` and `a`.
    - selectedIds (dict {layer, ids}): what the page wants marked as selected.
    - exportPng (dict, `PngExport`): save the picture.

    Outputs:

    - viewport: {bounds: [west, south, east, north], center: [lon, lat], zoom}, 150 ms after the map stands still.
    - clicked: {layer, id, properties, lngLat, shiftKey, nonce}; layer and id are null beside every feature.
    - hovered: {layer, id}, at most five times a second; null outside.
    - selected: {layer, ids, how: "click" | "box" | "lasso" | "clear", nonce}, by control-click, Space, box or lasso;
      units only. With shift, or a finger, a box or lasso adds, with control it removes. A unit belongs to a box or
      lasso when the centre of its visible shape does.
    - stroke: {layer, ids, nonce}, what a stroke of the brush passed over.
    - drawn: {line: [[lon, lat], …], nonce}, by the tool "line".
    - status: {ready, webgl: "ok" | "software" | "none", renderer, lost, error: null | {code, text}}; codes: "assets",
      "webgl", "props", "data", "revision", "map", "export".
    - exported: {nonce, bytes, width, height}.
    """

    _children_props: list[str] = []  # noqa: RUF012 (the base class declares it so)
    _base_nodes = ["children"]  # noqa: RUF012 (the base class declares it so)
    _namespace = NAMESPACE
    _type = "MapView"

    def __init__(self, id: str | dict[str, Any], **props: Unpack[MapViewProps]) -> None:
        self._prop_names = ["id", *MapViewProps.__annotations__]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        check_references(props.get("sources", {}), props.get("layers", []), props.get("values", []))
        super().__init__(id=id, **props)  # type: ignore[no-untyped-call]


def check_references(
    sources: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], values: Sequence[Mapping[str, Any]]
) -> None:
    """Makes sure that layers and values refer to what exists.

    Raises:
        MapDeclarationInvalid: when a layer id occurs twice, a layer names no source, a vector source is read without
            `sourceLayer`, or values name no layer.
    """
    seen: set[str] = set()
    for layer in layers:
        name = f"layer {layer['id']}"
        if layer["id"] in seen:
            raise MapDeclarationInvalid(name, "the id occurs twice", "Give each layer its own id.")
        seen.add(layer["id"])
        _check_source(name, layer, sources)
    for entry in values:
        if entry["layer"] not in seen:
            raise MapDeclarationInvalid("values", f"no layer {entry['layer']!r}", "Declare the layer first.")


def _check_source(name: str, layer: Mapping[str, Any], sources: Mapping[str, Any]) -> None:
    source = sources.get(layer["source"])
    if source is None:
        raise MapDeclarationInvalid(name, f"no source {layer['source']!r}", "Declare the source in `sources`.")
    if source["type"] == "vector" and "sourceLayer" not in layer:
        raise MapDeclarationInvalid(name, "reads a vector source without source_layer", "Name the layer of the tile.")


def source_props(sources: Mapping[str, Source]) -> dict[str, dict[str, Any]]:
    """JSON for the `sources` prop."""
    return {name: source.as_prop() for name, source in sources.items()}


def layer_props(layers: Iterable[MapLayer]) -> list[dict[str, Any]]:
    """JSON for the `layers` prop, bottom first."""
    return [layer.as_prop() for layer in layers]
