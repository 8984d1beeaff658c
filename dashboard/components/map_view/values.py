"""How do the figures of all units of a level travel to the map?"""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components.map_view.errors import MapDeclarationInvalid
from dashboard.components.map_view.sources import drop_none, require_local


def encode_values(values: NDArray[np.floating[Any]]) -> str:
    """Base64 of little-endian 32-bit floats.

    Args:
        values: Shape (units of the level,), in id order; NaN = no data.

    Returns:
        Text for `LayerValues.data`, 5.4 bytes per unit.
    """
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")


@dataclass(frozen=True, slots=True)
class LayerValues:
    """One snapshot of figures for a `unit-fill` layer. Only units whose class changed are repainted.

    Attributes:
        layer: Id of the layer.
        breaks: Upper bounds of the classes, inclusive, ascending; as many as colours or one fewer.
        colors: One colour per class, low to high.
        first_id: Unit id of the first value. With `url` to the choropleth interface its own `first_id` is used.
        version: Grows with every snapshot; an older one is ignored.
        revision: Boundary revision of the ids.
        data: Text of `encode_values`; or else `url`.
        url: Path of float32 bytes, or of `/api/v1/choropleth?…`.
        suppressed: Ids whose figure may not be shown.
        filtered: Ids outside the filter.
        zero_color: Colour of exactly zero; None = the theme's.
        zero_in_classes: Zero is an amount like any other.
        no_data_color, suppressed_color, filtered_color: Grounds under the patterns; None = the theme's.
    """

    layer: str
    breaks: tuple[float, ...]
    colors: tuple[str, ...]
    first_id: int = 0
    version: int = 0
    revision: str | None = None
    data: str | None = None
    url: str | None = None
    suppressed: tuple[int, ...] = ()
    filtered: tuple[int, ...] = ()
    zero_color: str | None = None
    zero_in_classes: bool = False
    no_data_color: str | None = None
    suppressed_color: str | None = None
    filtered_color: str | None = None

    def __post_init__(self) -> None:
        name = f"values of {self.layer}"
        if (self.data is None) == (self.url is None):
            raise MapDeclarationInvalid(name, "both or neither of data and url are given", "Give exactly one.")
        if self.url is not None:
            require_local(name, self.url)
        if not self.colors or len(self.breaks) not in (len(self.colors), len(self.colors) - 1):
            cause = f"{len(self.colors)} colours and {len(self.breaks)} breaks do not fit"
            raise MapDeclarationInvalid(name, cause, "Give one colour per class, and its upper bounds.")
        if any(b <= a for a, b in zip(self.breaks, self.breaks[1:], strict=False)):
            raise MapDeclarationInvalid(name, f"breaks {self.breaks} do not ascend", "Sort them and drop repeats.")

    def as_prop(self) -> dict[str, Any]:
        """JSON for one entry of the `values` prop."""
        given = {
            "revision": self.revision,
            "data": self.data,
            "url": self.url,
            "suppressed": list(self.suppressed) or None,
            "filtered": list(self.filtered) or None,
            "zeroColor": self.zero_color,
            "noDataColor": self.no_data_color,
            "suppressedColor": self.suppressed_color,
            "filteredColor": self.filtered_color,
        }
        prop = {
            "layer": self.layer,
            "firstId": self.first_id,
            "version": self.version,
            "breaks": list(self.breaks),
            "colors": list(self.colors),
            **drop_none(given),
        }
        return {**prop, "zeroColor": None} if self.zero_in_classes else prop


@dataclass(frozen=True, slots=True)
class Tooltip:
    """Names and wording for the label under the pointer, so that it needs no server.

    Attributes:
        layer: Id of the layer.
        first_id: Unit id of the first name.
        names: In id order.
        url: Path of JSON `{"first_id": …, "names": […]}`, instead of names.
        property: Feature property that holds the name, instead of names (points, places).
        metric: What the figure counts, such as 上报.
        unit: Such as 件.
        digits: Decimals of the figure.
    """

    layer: str
    first_id: int = 0
    names: tuple[str, ...] = ()
    url: str | None = None
    property: str | None = None
    metric: str | None = None
    unit: str | None = None
    digits: int = 0

    def __post_init__(self) -> None:
        if self.url is not None:
            require_local(f"tooltip of {self.layer}", self.url)

    def as_prop(self) -> dict[str, Any]:
        """JSON for one entry of the `tooltips` prop."""
        given = {"url": self.url, "property": self.property, "metric": self.metric, "unit": self.unit}
        names = {"firstId": self.first_id, "names": list(self.names)} if self.names else {}
        return {"layer": self.layer, "digits": self.digits, **names, **drop_none(given)}
