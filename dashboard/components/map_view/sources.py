"""Where may a map read its shapes from?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.components.map_view.errors import MapDeclarationInvalid

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def drop_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value is not None}


def require_local(field: str, address: str) -> None:
    """Refuses an address that names another server.

    Raises:
        MapDeclarationInvalid: when the address is not an absolute path such as `/tiles/…`.
    """
    if not address.startswith("/") or address.startswith("//"):
        raise MapDeclarationInvalid(field, f"{address!r} is not a path on this server", "Give a path such as /tiles/….")


@dataclass(frozen=True, slots=True)
class VectorSource:
    """Vector tiles whose features carry integer ids.

    Attributes:
        tiles: Path with {z}, {x} and {y}; it holds the boundary revision, so a new revision is a new source.
        min_zoom: Lowest zoom that has tiles.
        max_zoom: Highest zoom that has tiles; above it the map enlarges them.
        bounds: No tile is asked for outside.
        revision: Boundary revision of the ids; values of another revision are not painted.
        attribution: Credit line, only when the data ask for one.
    """

    tiles: str
    min_zoom: int = 0
    max_zoom: int = 14
    bounds: Bounds | None = None
    revision: str | None = None
    attribution: str | None = None

    def __post_init__(self) -> None:
        require_local("tiles", self.tiles)
        if not all(part in self.tiles for part in ("{z}", "{x}", "{y}")):
            raise MapDeclarationInvalid("tiles", f"{self.tiles!r} lacks {{z}}, {{x}} or {{y}}", "Put all three in.")

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `sources` prop."""
        return drop_none(
            {
                "type": "vector",
                "tiles": [self.tiles],
                "minzoom": self.min_zoom,
                "maxzoom": self.max_zoom,
                "bounds": None if self.bounds is None else list(self.bounds),
                "revision": self.revision,
                "attribution": self.attribution,
            }
        )


@dataclass(frozen=True, slots=True)
class RasterSource:
    """Picture tiles, such as a cached backdrop. Fields as in VectorSource; `tile_size` in pixels."""

    tiles: str
    min_zoom: int = 0
    max_zoom: int = 18
    tile_size: int = 256
    attribution: str | None = None

    def __post_init__(self) -> None:
        require_local("tiles", self.tiles)

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `sources` prop."""
        return drop_none(
            {
                "type": "raster",
                "tiles": [self.tiles],
                "minzoom": self.min_zoom,
                "maxzoom": self.max_zoom,
                "tileSize": self.tile_size,
                "attribution": self.attribution,
            }
        )


@dataclass(frozen=True, slots=True)
class GeoJsonSource:
    """GeoJSON, by path or inline. Features need integer `id`s to be hovered or selected."""

    data: str | Mapping[str, Any]

    def __post_init__(self) -> None:
        if isinstance(self.data, str):
            require_local("data", self.data)

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `sources` prop."""
        return {"type": "geojson", "data": self.data if isinstance(self.data, str) else dict(self.data)}


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One picture laid over a rectangle, such as a heat surface.

    Attributes:
        url: Path of the picture, or a `data:` address.
        bounds: Where its edges lie.
    """

    url: str
    bounds: Bounds

    def __post_init__(self) -> None:
        if not self.url.startswith("data:"):
            require_local("url", self.url)

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `sources` prop; corners clockwise from the north-west."""
        west, south, east, north = self.bounds
        corners = [[west, north], [east, north], [east, south], [west, south]]
        return {"type": "image", "url": self.url, "coordinates": corners}


Source = VectorSource | RasterSource | GeoJsonSource | ImageSource
