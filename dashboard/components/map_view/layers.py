"""What may a map draw?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dashboard.components.map_view.errors import MapDeclarationInvalid
from dashboard.components.map_view.sources import drop_none

LayerKind = Literal[
    "land",
    "unit-fill",
    "unit-line",
    "unit-label",
    "zone-fill",
    "zone-border",
    "points",
    "bins",
    "heat",
    "hex",
    "places",
    "outline",
]
"""The names are the same in the browser (`client/style.js`)."""


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One layer, drawn in the order of the `layers` prop from bottom to top.

    Attributes:
        id: Name; no slash. Clicks, values and selections refer to it.
        kind: How it is drawn.
        source: Id of a source.
        source_layer: Layer inside a vector tile; required for vector sources.
        min_zoom: Drawn from this zoom on (inclusive).
        max_zoom: Drawn below this zoom (exclusive); nested levels get ranges that do not overlap.
        visible: Whether it is drawn.
        interactive: Answers to hover, click and selection; None = the kind's own habit (fills and points do).
        ids: Draw only these features, such as the parent's outline.
        filter: MapLibre filter expression on top of `ids`.
        property: Feature property that carries the name (labels), the amount (bins, hex, heat, points) or the kind
            (places). Defaults: `name`, `n`, `kind`.
        breaks: Upper bounds of the classes of `property`, inclusive.
        colors: One colour per class of `property`.
        symbols: places: one character per kind.
        paint: MapLibre paint properties that replace the theme's.
        layout: MapLibre layout properties that replace the theme's.
    """

    id: str
    kind: LayerKind
    source: str
    source_layer: str | None = None
    min_zoom: float = 0
    max_zoom: float = 24
    visible: bool = True
    interactive: bool | None = None
    ids: tuple[int, ...] | None = None
    filter: Sequence[Any] | None = None
    property: str | None = None
    breaks: tuple[float, ...] = ()
    colors: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)
    paint: Mapping[str, Any] = field(default_factory=dict)
    layout: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "/" in self.id or not self.id:
            raise MapDeclarationInvalid(
                "layers.id", f"{self.id!r} is empty or holds a slash", "Use letters and dashes."
            )
        if self.kind not in get_args(LayerKind):
            raise MapDeclarationInvalid(f"layer {self.id}", f"kind {self.kind!r} is unknown", "Use a LayerKind.")
        if self.colors and len(self.breaks) < len(self.colors) - 1:
            cause = f"{len(self.colors)} colours but {len(self.breaks)} breaks"
            raise MapDeclarationInvalid(f"layer {self.id}", cause, "Give a break between every two colours.")

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `layers` prop; empty fields are left out."""
        given = {
            "sourceLayer": self.source_layer,
            "minzoom": self.min_zoom,
            "maxzoom": self.max_zoom,
            "visible": self.visible,
            "interactive": self.interactive,
            "ids": None if self.ids is None else list(self.ids),
            "filter": None if self.filter is None else list(self.filter),
            "property": self.property,
            "breaks": list(self.breaks) or None,
            "colors": list(self.colors) or None,
            "symbols": dict(self.symbols) or None,
            "paint": dict(self.paint) or None,
            "layout": dict(self.layout) or None,
        }
        return {"id": self.id, "kind": self.kind, "source": self.source, **drop_none(given)}
