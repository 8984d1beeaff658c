"""How do reports of each kind of class spread over the days of the year and the hours of the day?"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from data.demo.class_list import ClassList, DemoClass
from data.demo.duty_calendar import holidays, spring_festival_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_PATTERNS = ("street", "office", "home", "weather", "fire", "bathing")
HOUR_PATTERNS = ("daytime", "evening", "round_the_clock")
DAY_OF_GROUP = {
    "street_order": "street",
    "appearance_sanitation": "street",
    "advertising": "street",
    "other_events": "street",
    "consumer": "street",
    "neighbour": "home",
    "marriage_family": "home",
    "emergencies": "weather",
    "disaster": "weather",
    "fire": "fire",
}
DAY_OF_CLASS = {
    "S-P-4-04": "bathing",
    "U-E-4-08": "bathing",
    "U-E-4-10": "bathing",
    "U-C-1-03": "weather",
    "U-C-1-04": "weather",
    "U-C-3-07": "weather",
    "U-E-5-03": "office",
    "U-E-5-10": "office",
    "U-E-1-11": "fire",
    "S-D-5-01": "office",
    "U-E-1-13": "weather",
}
EVENING_GROUPS = frozenset({"neighbour", "marriage_family", "disorder"})
EVENING_CLASSES = frozenset(
    {"U-E-4-08", "U-E-4-09", "U-E-4-10", "U-E-3-01", "U-C-1-13", "U-C-1-14", "S-P-1-01", "U-E-4-02"}
)
ALL_HOURS_GROUPS = frozenset({"emergencies", "disaster"})
WEEK = {
    "street": (0.97, 0.94, 0.94, 0.96, 1.04, 1.18, 1.12),
    "office": (1.30, 1.18, 1.12, 1.10, 1.06, 0.55, 0.42),
    "home": (0.92, 0.88, 0.90, 0.92, 1.02, 1.20, 1.24),
    "weather": (1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.92),
    "fire": (1.02, 1.0, 1.0, 1.0, 1.02, 1.0, 0.96),
    "bathing": (0.90, 0.88, 0.90, 0.92, 1.08, 1.28, 1.26),
}
SUMMER = {"street": 0.12, "office": 0.0, "home": 0.05, "weather": 0.75, "fire": -0.40, "bathing": 0.85}
SPRING_FESTIVAL_FACTOR = {"street": 0.80, "office": 0.22, "home": 1.45, "weather": 0.85, "fire": 2.60, "bathing": 0.70}
HOLIDAY_FACTOR = {"street": 1.30, "office": 0.40, "home": 1.18, "weather": 0.95, "fire": 1.25, "bathing": 1.45}
STORM_FACTOR = {"street": 0.55, "office": 0.55, "home": 0.80, "weather": 9.0, "fire": 0.60, "bathing": 0.25}
HOUR_WEIGHT = {
    "daytime": (1, 1, 1, 1, 2, 5, 12, 30, 70, 92, 88, 62, 38, 44, 74, 82, 76, 58, 40, 30, 22, 14, 6, 3),
    "evening": (10, 5, 3, 2, 2, 3, 8, 18, 30, 36, 36, 34, 32, 26, 30, 34, 38, 50, 68, 88, 96, 80, 46, 22),
    "round_the_clock": (14, 11, 10, 10, 12, 20, 34, 50, 60, 62, 58, 50, 46, 46, 52, 56, 54, 48, 44, 40, 36, 30, 24, 18),
}


@dataclass(frozen=True)
class Rhythm:
    """Weights of days and hours by class.

    Attributes:
        day_weight: One row per day pattern, shape (6, days); the overall mean is 1.
        day_of_class: Day pattern of each class.
        hour_of_class: Hour pattern of each class.
        storm_days: Positions of the days on which a typhoon or a rainstorm passed.
    """

    day_weight: Floats
    day_of_class: Ints
    hour_of_class: Ints
    storm_days: tuple[int, ...]


def build_rhythm(classes: ClassList, first: date, days: int, rng: np.random.Generator) -> Rhythm:
    """Draw the storms of the period and combine week, season, holidays and chance into weights."""
    dates = [first + timedelta(days=i) for i in range(days)]
    storms = _storm_days(dates, rng)
    noise = rng.lognormal(0.0, 0.10, days)
    return Rhythm(
        day_weight=np.array([_day_weights(name, dates, storms) * noise for name in DAY_PATTERNS]),
        day_of_class=np.array([DAY_PATTERNS.index(_day_pattern(row)) for row in classes.classes]),
        hour_of_class=np.array([HOUR_PATTERNS.index(_hour_pattern(row)) for row in classes.classes]),
        storm_days=tuple(sorted(storms)),
    )


def _day_pattern(row: DemoClass) -> str:
    return DAY_OF_CLASS.get(row.code, DAY_OF_GROUP.get(row.group, "office"))


def _hour_pattern(row: DemoClass) -> str:
    if row.code in EVENING_CLASSES or row.group in EVENING_GROUPS:
        return "evening"
    return "round_the_clock" if row.group in ALL_HOURS_GROUPS else "daytime"


def _storm_days(dates: list[date], rng: np.random.Generator) -> dict[int, float]:
    """Three typhoons of two days in July to September, three rainy days in May and June; position → strength."""
    typhoon = [i for i, day in enumerate(dates) if day.month in (7, 8, 9)]
    rain = [i for i, day in enumerate(dates) if day.month in (5, 6)]
    storms: dict[int, float] = {}
    for landfall in rng.choice(typhoon, min(3, len(typhoon)), replace=False) if typhoon else ():
        storms[int(landfall)] = 1.0
        storms[min(int(landfall) + 1, len(dates) - 1)] = 0.65
    for day in rng.choice(rain, min(3, len(rain)), replace=False) if rain else ():
        storms[int(day)] = 0.5
    return storms


def _day_weights(name: str, dates: list[date], storms: dict[int, float]) -> Floats:
    festival = frozenset(day for year in {d.year for d in dates} for day in spring_festival_days(year))
    off = holidays(dates[0], dates[-1])
    weight = np.array([_calm_weight(name, day, day in festival, day in off) for day in dates])
    for position, strength in storms.items():
        weight[position] *= 1.0 + (STORM_FACTOR[name] - 1.0) * strength
    return np.asarray(weight / weight.mean())


def _calm_weight(name: str, day: date, in_festival: bool, is_off: bool) -> float:
    phase = 2.0 * np.pi * (day.timetuple().tm_yday - 205) / 365.25
    season = 1.0 + SUMMER[name] * 0.6 * float(np.cos(phase))
    if in_festival:
        return season * SPRING_FESTIVAL_FACTOR[name]
    return season * (HOLIDAY_FACTOR[name] if is_off else WEEK[name][day.weekday()])


def draw_days(rhythm: Rhythm, class_index: Ints, rng: np.random.Generator) -> Ints:
    """A day for each incident by the pattern of its class, shape (n,)."""
    return draw_rows(rhythm.day_weight, rhythm.day_of_class[class_index], rng)


def draw_seconds(rhythm: Rhythm, class_index: Ints, rng: np.random.Generator) -> Ints:
    """A second of the day for each incident by the pattern of its class, shape (n,)."""
    hours = np.array([HOUR_WEIGHT[name] for name in HOUR_PATTERNS], dtype=np.float64)
    hour = draw_rows(hours, rhythm.hour_of_class[class_index], rng)
    return hour * 3_600 + rng.integers(0, 3_600, len(hour))


def draw_rows(weights: Floats, row: Ints, rng: np.random.Generator) -> Ints:
    """A column for each wanted row with chances proportional to that row's weights."""
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    cumulative[:, -1] = 1.0
    ladder = (cumulative + np.arange(len(weights))[:, None]).ravel()
    position = np.searchsorted(ladder, row + rng.random(len(row)), side="right")
    return np.asarray(np.minimum(position - row * weights.shape[1], weights.shape[1] - 1))
