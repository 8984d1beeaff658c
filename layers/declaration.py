"""What is a layer of the map?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LayerKind(StrEnum):
    """What a layer shows."""

    UNITS = "units"
    INCIDENTS = "incidents"
    HEAT = "heat"
    HEX = "hex"
    PLACES = "places"
    ZONES = "zones"
    BACKDROP = "backdrop"


class SourceKind(StrEnum):
    """In which form a layer reaches the browser."""

    VECTOR = "vector"
    RASTER = "raster"


class LegendKind(StrEnum):
    """How a layer is explained."""

    CHOROPLETH = "choropleth"
    AMOUNT = "amount"
    RAMP = "ramp"
    SYMBOLS = "symbols"
    OUTLINE = "outline"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """One layer inside the tiles.

    Attributes:
        name: As in the tile.
        fields: Property → what it means.
    """

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One way in which the map draws the layer.

    Attributes:
        kind: Kind of drawing that the map component knows: unit-fill, unit-line, points, bins, places …
        source_layer: Layer inside the tiles; None for pictures.
        min_zoom, max_zoom: Where the map shows it unless somebody chooses otherwise.
    """

    kind: str
    source_layer: str | None = None
    min_zoom: float = 0
    max_zoom: float = 24


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the map, as declared.

    Attributes:
        key: Unique; stands in addresses.
        url: Path of the tiles below /tiles, with {z}, {x}, {y}.
        min_zoom, max_zoom: Zooms that have tiles; the map enlarges the last.
        drawings: Bottom first.
        popup_fields: Facts shown for a clicked feature, by key of the wording.
        permission: Right that a reader needs.
        level_key: Level of the area tree, for unit layers.
        live: Whether the content changes with the incidents; otherwise with the boundaries.
    """

    key: str
    title_zh: str
    title_en: str
    kind: LayerKind
    source: SourceKind
    url: str
    min_zoom: int
    max_zoom: int
    drawings: tuple[Drawing, ...]
    legend: LegendKind
    permission: str
    vector_layers: tuple[VectorLayer, ...] = ()
    popup_fields: tuple[str, ...] = ()
    level_key: str | None = None
    live: bool = False

    @property
    def ending(self) -> str:
        """Ending of the address of a tile."""
        return "mvt" if self.source is SourceKind.VECTOR else "png"

    def title(self, lang: str) -> str:
        """Title in the language, zh or en."""
        return self.title_en if lang == "en" else self.title_zh
