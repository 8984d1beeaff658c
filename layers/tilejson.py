"""How does a layer describe itself to a map?

Source: TileJSON 3.0.0.
"""

from dataclasses import dataclass
from typing import Any

from layers.declaration import Layer, LayerKind

PICTURE_SIDE = 256
"""Pixels a side of a raster tile."""

_LEGAL_LATITUDE = 85.0511


@dataclass(frozen=True, slots=True)
class Place:
    """Where the layer's tiles lie.

    Attributes:
        base: Address of /tiles as the reader sees it, without a slash at the end.
        bounds: West, south, east, north in degrees; None for a city without units.
        revision: Boundary revision that tile addresses carry.
        query: Filters that tile addresses carry on, URL-encoded.
        plans: Plans of zones that tile addresses carry, separated by commas.
    """

    base: str
    bounds: tuple[float, float, float, float] | None
    revision: int
    query: str = ""
    plans: str = ""


def _query(layer: Layer, place: Place) -> str:
    if layer.kind is LayerKind.ZONES:
        return f"plan={place.plans}" if place.plans else ""
    return place.query if layer.live else f"rev={place.revision}"


def tilejson(layer: Layer, place: Place, lang: str) -> dict[str, Any]:
    """The TileJSON 3.0.0 document of a layer."""
    query = _query(layer, place)
    west, south, east, north = place.bounds or (-180.0, -_LEGAL_LATITUDE, 180.0, _LEGAL_LATITUDE)
    parts = [
        {
            "id": part.name,
            "fields": dict(part.fields),
            "minzoom": layer.min_zoom,
            "maxzoom": layer.max_zoom,
        }
        for part in layer.vector_layers
    ]
    document = {
        "tilejson": "3.0.0",
        "name": layer.title(lang),
        "scheme": "xyz",
        "tiles": [f"{place.base}/{layer.url}" + (f"?{query}" if query else "")],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, min(9, layer.max_zoom)],
    }
    # Pictures have no layers inside, but a side in pixels.
    return document | ({"vector_layers": parts} if parts else {"tileSize": PICTURE_SIDE})
