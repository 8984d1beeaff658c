"""What does the address of the map page say?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.reads.choropleth import Metric
from data.reads.incident_filter import encode_cursor
from data.reads.incidents import IncidentPage
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
        at: Key of its level, as a code may stand on several; empty is the highest of them.
        first, last: Ends of the period as the address has them (YYYY-MM-DD).
        focus: Days within the period that the time slider has brushed.
        classes: Class filter: codes, group keys, or `scenario:KEY`.
        level: Key of the level to colour; empty is the children of the unit.
        density: How incidents are drawn; auto is points, once the map is near enough not to hide the units.
        panel: What the drawer shows: `list:open`, `list:open:4401` of one part, `list:open:picked` of the selection,
            `list:all:none` of what lies in no part, `figure:handling_rate:numerator:factual`, with `:unit:4401` or
            `:department:water` of one item, `league:unit`, `picked`, `incident:123`, `place:5`.
        after: Cursor of the page of the list that is shown; empty is the newest.
        before_page: How many incidents the pages before it held.
        picked_level, picked: Level and codes of the units that were selected on the map.
        as_of: Past moment at which everything is shown as it stood; empty is now.
    """

    unit: str = ""
    at: str = ""
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
    after: str = ""
    before_page: int = 0
    picked_level: str = ""
    picked: tuple[str, ...] = ()
    as_of: str = ""
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
    level, codes = _picked(given.get("select", ""))
    count, _, cursor = given.get("after", "").partition(".")
    return MapState(
        unit=given.get("unit", "").strip(),
        at=given.get("at", "").strip(),
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
        after=cursor,
        before_page=int(count) if cursor and count.isdecimal() and len(count) < 10 else 0,
        picked_level=level if codes else "",
        picked=codes,
        as_of=given.get("as_of", "").strip(),
        theme=_one_of(given.get("theme"), THEMES),
        lang=_one_of(given.get("lang"), ("zh", "en")),
    )


def write_after(page: IncidentPage, before_page: int) -> str | None:
    """Value of the address key `after` for the page that follows; None where none does."""
    if page.next is None:
        return None
    return f"{before_page + len(page.incidents)}.{encode_cursor(page.next)}"


def write_picked(level: str, codes: Iterable[str]) -> str | None:
    """Value of the address key `select`; None where nothing is selected."""
    text = ",".join(codes)
    return f"{level}:{text}" if text else None


def _picked(text: str) -> tuple[str, tuple[str, ...]]:
    level, _, codes = text.partition(":")
    return level.strip(), tuple(dict.fromkeys(code.strip() for code in codes.split(",") if code.strip()))


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
