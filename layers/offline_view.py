"""What does an offline map show?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.legend import Lang, Legend
from layers.palette import Theme


@dataclass(frozen=True, slots=True)
class OfflineUnit:
    """One unit as drawn.

    Attributes:
        geometry: GeoJSON, degrees WGS 84.
        colour: CSS hex, of its class or of its state.
        figure: The amount as text, or the word for its state.
    """

    id: int
    code: str
    name: str
    geometry: Mapping[str, Any]
    colour: str
    figure: str


@dataclass(frozen=True, slots=True)
class OfflinePoint:
    """One incident or place as drawn.

    Attributes:
        facts: Pairs of wording and text, shown when the point is clicked.
    """

    lon: float
    lat: float
    title: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OfflineView:
    """The view that the offline file keeps.

    Attributes:
        title: Unit and metric, in the language.
        as_of: Moment of the figures, as text with its zone.
        notes: Period, filters, boundary revision and the like, one line each.
        figures: Pairs of wording and text, such as reported and open.
        backdrop: GeoJSON geometry of the land; None draws none.
    """

    title: str
    as_of: str
    units: tuple[OfflineUnit, ...]
    legend: Legend
    theme: Theme = "light"
    lang: Lang = "zh"
    notes: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    points: tuple[OfflinePoint, ...] = ()
    backdrop: Mapping[str, Any] | None = None
