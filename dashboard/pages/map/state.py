"""What does the address of the map page say?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.reads.choropleth import Metric
from data.reads.period import Period

METRICS: Final[tuple[Metric, ...]] = (
    "reported", "open", "overdue", "closed", "on_time_share", "per_km2", "per_1000",
)  # fmt: skip
SCHEMES: Final = ("quantile", "natural", "fixed")
DENSITIES: Final = ("auto", "points", "kde", "hex", "off")
OVERLAYS: Final = ("places", "zones")
THEMES: Final = ("dark", "light")
PRESETS: Final = (1, 7, 30, 90, 365)
"""Lengths in days that the period buttons offer."""


@dataclass(frozen=True, slots=True)
class MapState:
    """Everything that decides what the page shows; an empty text means "the default".

    Attributes:
        unit: Code of the selected unit; empty is the whole city.
        first, last: Ends of the period as the address has them (YYYY-MM-DD).
        focus: Days within the period that the time slider has brushed.
        classes: Class filter: codes, group keys, or `scenario:KEY`.
        level: Key of the level to colour; empty is the children of the unit.
        density: How incidents are drawn; auto is points, once the map is near enough not to hide the units.
        panel: What the drawer shows: `list:open`, `incident:123`, `place:5`.
    """

    unit: str = ""
    metric: Metric = "reported"
    first: str = ""
    last: str = ""
    focus: Period | None = None
    classes: str = ""
    level: str = ""
    density: str = "auto"
    overlays: tuple[str, ...] = ()
    scheme: str = "quantile"
    panel: str = ""
    theme: str = "dark"
    lang: str = "zh"

    @property
    def scenario(self) -> str:
        """Key of the chosen scenario, or empty."""
        kind, _, key = self.classes.partition(":")
        return key if kind == "scenario" else ""


def parse_state(query: Mapping[str, str] | None) -> MapState:
    """Read the state from the query; a choice that does not exist falls back to its default.

    Unit, period and classes are taken as they are: only the database can say whether they exist.
    """
    given = query or {}
    return MapState(
        unit=given.get("unit", "").strip(),
        metric=next((metric for metric in METRICS if metric == given.get("metric")), METRICS[0]),
        first=given.get("from", ""),
        last=given.get("to", ""),
        focus=_focus(given.get("days", "")),
        classes=given.get("class", "").strip(),
        level=given.get("level", "").strip(),
        density=_one_of(given.get("layer"), DENSITIES),
        overlays=tuple(name for name in OVERLAYS if name in given.get("show", "").split(",")),
        scheme=_one_of(given.get("scheme"), SCHEMES),
        panel=given.get("panel", "").strip(),
        theme=_one_of(given.get("theme"), THEMES),
        lang=_one_of(given.get("lang"), ("zh", "en")),
    )


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]


def _focus(text: str) -> Period | None:
    first, _, last = text.partition("..")
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        return None
    return period if period.length_days > 0 else None


def window_of(state: MapState, period: Period) -> Period:
    """The days that map and figures show: the brushed part of the period, or all of it."""
    focus = state.focus
    if focus is None or focus.first < period.first or focus.last > period.last:
        return period
    return focus


def preset_of(period: Period, newest: date) -> str:
    """The period button that stands for the period; empty where none does."""
    fits = period.last == newest and period.length_days in PRESETS
    return str(period.length_days) if fits else ""
