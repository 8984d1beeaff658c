"""What is a scene of the wall made of?"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

FINEST = "finest"
"""Word for the level of the smallest units."""

BELOW = "below-"
"""How words for a level begin that is so many steps below the unit of the scene."""


class PanelKind(StrEnum):
    """What a panel shows."""

    FIGURE = "figure"
    MAP = "map"
    TICKER = "ticker"
    TREND = "trend"
    RANKING = "ranking"
    LOAD = "load"
    ALERTS = "alerts"
    CASES = "cases"
    CLOCK = "clock"


class Place(StrEnum):
    """Where a panel stands; what shares a place stands below one another, or side by side where the screen is wide."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    FOOT = "foot"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Light:
    """From which value on a figure shows yellow and red; a red below the yellow means that low values are bad."""

    yellow: float
    red: float


@dataclass(frozen=True, slots=True)
class Ages:
    """How old data may be, in seconds, until a panel shows late, and until it shows lost."""

    late_s: int
    lost_s: int


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        kind: What it shows.
        place: Where it stands.
        share: Of the height of its place, beside the others.
        title: What stands above it.
        source: Where its data come from, in words; None for the usual words of its kind.
        action: Page that opens the cases behind it: cases, map, alerts, or none.
        ages: How old its data may be.
        classes: Class codes, groups, families or scenarios; empty for all.
        days: Length of its period in days; the last is today.
        metric: What it counts; of a figure also the key of a figure of handling.
        light: Of a figure.
        spark_days: Length of a figure's line in days.
        level: Whose units a map colours: `finest`, `below-1` …, or the key of a level.
        has_heat, has_pulses: What else a map shows.
        acts: What a ticker tells.
        fly_s: A ticker shows a place on the map at most so often; None for never.
        by: What a ranking compares.
        status: Which cases a list shows.
        rows: How many lines it has.
    """

    kind: PanelKind
    place: Place
    title: Text
    ages: Ages
    share: float = 1.0
    source: Text | None = None
    action: str = "none"
    classes: tuple[str, ...] = ()
    days: int = 1
    metric: str = "reported"
    light: Light | None = None
    spark_days: int = 14
    level: str = ""
    has_heat: bool = False
    has_pulses: bool = False
    acts: tuple[str, ...] = ()
    fly_s: int | None = None
    by: str = "unit"
    status: str = "overdue"
    rows: int = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture of the wall.

    Attributes:
        title: May hold `{unit}`, for a scene that is shown once for each unit of a level.
        for_each: That level, named as in a panel; None for a scene that is shown once.
        dwell_s: How long it stands.
    """

    key: str
    title: Text
    dwell_s: int
    panels: tuple[Panel, ...]
    for_each: str | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """What interrupts the rotation.

    Attributes:
        hold_s: How long an alarm stands.
        has_sound: Whether it is heard.
        on_risk: Whether a case that becomes a major risk raises one.
        on_breach: Whether a breached urgent deadline raises one.
    """

    hold_s: int
    has_sound: bool
    on_risk: bool
    on_breach: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on duty from a time of day on, until the next shift begins."""

    starts_at: time
    name: Text


@dataclass(frozen=True, slots=True)
class Night:
    """When the wall is dimmed, by the city's time of day, and by how much (0 … 0.8)."""

    starts_at: time
    ends_at: time
    dimmed_by: float


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything that the file says."""

    scenes: tuple[Scene, ...]
    alarms: Alarms
    shifts: tuple[Shift, ...]
    night: Night | None
