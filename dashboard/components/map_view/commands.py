"""What can a page tell the map to do? Each command is carried out once per nonce."""

from dataclasses import dataclass
from typing import Any, Literal

from dashboard.components.map_view.errors import MapDeclarationInvalid
from dashboard.components.map_view.sources import Bounds, drop_none


@dataclass(frozen=True, slots=True)
class ViewCommand:
    """Where to look.

    Attributes:
        nonce: A number not used before; the same nonce does nothing.
        bounds: What must be in the picture; wins over centre and zoom.
        center: (lon, lat) in degrees.
        zoom: Zoom level.
        fly: Move there visibly, unless the reader asked for less motion.
        padding: Pixels kept free around `bounds`.
    """

    nonce: int
    bounds: Bounds | None = None
    center: tuple[float, float] | None = None
    zoom: float | None = None
    fly: bool = True
    padding: int = 24

    def __post_init__(self) -> None:
        if self.bounds is None and self.center is None and self.zoom is None:
            raise MapDeclarationInvalid("view", "nothing to look at", "Give bounds, a centre or a zoom.")

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `view` prop."""
        given = {
            "bounds": None if self.bounds is None else list(self.bounds),
            "center": None if self.center is None else list(self.center),
            "zoom": self.zoom,
        }
        return {"nonce": self.nonce, "fly": self.fly, "padding": self.padding, **drop_none(given)}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One swatch under an exported picture."""

    label: str
    color: str
    pattern: Literal["noData", "suppressed"] | None = None


@dataclass(frozen=True, slots=True)
class PngExport:
    """Save the picture on screen as a PNG with title, legend and footer."""

    nonce: int
    title: str = ""
    subtitle: str = ""
    legend: tuple[LegendEntry, ...] = ()
    footer: str = ""
    file_name: str = "map.png"

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `exportPng` prop."""
        legend = [drop_none({"label": e.label, "color": e.color, "pattern": e.pattern}) for e in self.legend]
        return {
            "nonce": self.nonce,
            "title": self.title,
            "subtitle": self.subtitle,
            "legend": legend,
            "footer": self.footer,
            "fileName": self.file_name,
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """How far people may zoom and move."""

    min_zoom: float = 0
    max_zoom: float = 20
    bounds: Bounds | None = None

    def as_prop(self) -> dict[str, Any]:
        """JSON for the `limits` prop."""
        given = {"bounds": None if self.bounds is None else list(self.bounds)}
        return {"minZoom": self.min_zoom, "maxZoom": self.max_zoom, **drop_none(given)}
