"""What happened where and when, before anybody writes it down or handles it?"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from data.demo.class_list import ClassList
from data.demo.geography import DemoGeography
from data.demo.profiles import ARCHETYPES, base_mix, boosts
from data.demo.rhythm import Rhythm, build_rhythm, draw_days, draw_rows, draw_seconds
from data.demo.spots import Ground, build_ground, draw_near, draw_spots
from data.demo.truth import PlantedTruth

DUPLICATES = 0.025
UNLOCATED = 0.007
ODD_MEDIUMS = 0.05
MIX_NOISE = 9.0
SAME_CLASS = 0.88
REPEAT_HOURS = 15.0
REPEAT_WITHIN_HOURS = 72.0
DAY = np.timedelta64(1, "D")

# Chances of the sources in the order of sources.yaml, by kind of class.
SOURCE_CHANCES = {
    "component": (0.47, 0.22, 0.02, 0.05, 0.06, 0.09, 0.03, 0.05, 0.01, 0.0),
    "event": (0.42, 0.25, 0.02, 0.07, 0.03, 0.10, 0.02, 0.08, 0.01, 0.0),
    "dispute": (0.36, 0.20, 0.24, 0.09, 0.06, 0.03, 0.0, 0.0, 0.02, 0.0),
    "prevention": (0.46, 0.11, 0.06, 0.13, 0.16, 0.04, 0.0, 0.03, 0.01, 0.0),
}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Matters:
    """Reports in time order, one row each, shape (n,) unless stated.

    Attributes:
        reported_at: Local time, datetime64[us].
        small: Row of the small grid, -1 without a usable location.
        lonlat: Position, shape (n, 2), NaN without a usable location.
        anchor: Hot spot within the grid, -1 for elsewhere.
        class_index, source: Positions in the class list.
        severity: 1 … 3.
        outbreak: Position of the outbreak, -1 for the usual.
        duplicate_of: Row of the first report, -1 for a first report.
    """

    reported_at: Times
    small: Ints
    lonlat: Floats
    anchor: Ints
    class_index: Ints
    source: Ints
    severity: Ints
    outbreak: Ints
    duplicate_of: Ints


def draw_matters(
    geography: DemoGeography,
    truth: PlantedTruth,
    classes: ClassList,
    days: int,
    count: int,
    end: datetime,
    rng: np.random.Generator,
) -> Matters:
    """Draw first reports and repeated ones, `count` in all, and put them into time order; `end` is local time."""
    ground = build_ground(geography)
    repeats = round(DUPLICATES * count)
    first = _first_reports(geography, ground, truth, classes, days, count - repeats, end, rng)
    again = _repeats(first, ground, classes, repeats, np.datetime64(end, "us"), rng)
    return _in_time_order(_unlocate(_joined(first, again), rng))


def _first_reports(
    geography: DemoGeography,
    ground: Ground,
    truth: PlantedTruth,
    classes: ClassList,
    days: int,
    count: int,
    end: datetime,
    rng: np.random.Generator,
) -> Matters:
    rhythm = build_rhythm(classes, (end - timedelta(days=days)).date(), days + 1, rng)
    planted = sum(outbreak.excess for outbreak in truth.outbreaks)
    small = _usual_places(geography, count - planted, rng)
    mix = _class_mix(geography, truth, classes, rng)
    class_index = draw_rows(mix, geography.facts.medium[small], rng)
    day = draw_days(rhythm, class_index, rng)
    extra = [_outbreak_rows(geography, truth, classes, i, days, rng) for i in range(len(truth.outbreaks))]
    small, class_index, day, outbreak = (
        np.concatenate([usual, *(rows[:, column] for rows in extra)])
        for column, usual in enumerate((small, class_index, day, np.full(len(small), -1, dtype=np.int64)))
    )
    spots = draw_spots(ground, small, rng)
    reported_at = _moments(rhythm, class_index, day, days, end, rng)
    return Matters(
        reported_at=reported_at,
        small=small,
        lonlat=spots.lonlat,
        anchor=spots.anchor,
        class_index=class_index,
        source=_sources(classes, class_index, rng),
        severity=_severities(classes, class_index, rng),
        outbreak=outbreak,
        duplicate_of=np.full(count, -1, dtype=np.int64),
    )


def _usual_places(geography: DemoGeography, count: int, rng: np.random.Generator) -> Ints:
    """Small grids by number of residents, with grids that are quiet or busy beyond that."""
    facts = geography.facts
    people = facts.density_km2 * facts.area_km2
    busy = rng.lognormal(0.0, 0.35, int(facts.medium.max()) + 1)[facts.medium]
    weight = people**0.85 * facts.area_km2**0.05 * busy * rng.lognormal(0.0, 0.5, len(people))
    return rng.choice(len(people), count, p=weight / weight.sum()).astype(np.int64)


def _class_mix(geography: DemoGeography, truth: PlantedTruth, classes: ClassList, rng: np.random.Generator) -> Floats:
    """Share of each class in each medium grid: ground, profile of its group, chance; a few mediums go their own way."""
    mediums = geography.level("medium")
    mix = base_mix(classes, geography.facts, len(mediums))
    factors = {archetype.key: boosts(archetype, classes) for archetype in ARCHETYPES}
    odd = rng.random(len(mediums)) < ODD_MEDIUMS
    stray = rng.integers(0, len(ARCHETYPES), len(mediums))
    for row, unit in enumerate(mediums):
        group = truth.profile_groups.get(unit.code)
        profile = ARCHETYPES[stray[row]].key if odd[row] or group is None else truth.profiles[group]
        mix[row] *= factors[profile]
    return np.asarray(mix * rng.gamma(MIX_NOISE, 1.0 / MIX_NOISE, mix.shape) + 1e-9)


def _outbreak_rows(
    geography: DemoGeography, truth: PlantedTruth, classes: ClassList, index: int, days: int, rng: np.random.Generator
) -> Ints:
    """Small grid, class, day and outbreak of the reports of one outbreak, shape (excess, 4)."""
    outbreak = truth.outbreaks[index]
    row_of = {unit.code: row for row, unit in enumerate(geography.level("small"))}
    small = rng.choice([row_of[code] for code in outbreak.small_codes], outbreak.excess)
    first, last = days - outbreak.first_days_ago, days - outbreak.last_days_ago
    peak = rng.triangular(first, (2 * first + last) / 3, last + 1, outbreak.excess)
    rows = np.empty((outbreak.excess, 4), dtype=np.int64)
    rows[:, 0], rows[:, 1] = small, classes.codes.index(outbreak.class_code)
    rows[:, 2], rows[:, 3] = peak.astype(np.int64), index
    return rows


def _moments(rhythm: Rhythm, class_index: Ints, day: Ints, days: int, end: datetime, rng: np.random.Generator) -> Times:
    """Local times; what falls outside the period moves by a week into it, or for short periods anywhere into it."""
    stop = np.datetime64(end, "us")
    start = stop - days * DAY
    midnight = start.astype("datetime64[D]").astype("datetime64[us]")
    moment = midnight + day * DAY + draw_seconds(rhythm, class_index, rng).astype("timedelta64[s]")
    moment = np.where(moment >= stop, moment - 7 * DAY, moment)
    moment = np.where(moment < start, moment + 7 * DAY, moment)
    share = rng.random(len(day))
    anywhere = start + (share * (stop - start).astype(np.int64)).astype("timedelta64[us]")
    return np.where((moment >= start) & (moment < stop), moment, anywhere)


def _sources(classes: ClassList, class_index: Ints, rng: np.random.Generator) -> Ints:
    chances = np.array([SOURCE_CHANCES[row.kind] for row in classes.classes])
    return draw_rows(chances, class_index, rng)


def _severities(classes: ClassList, class_index: Ints, rng: np.random.Generator) -> Ints:
    """Mostly the class's own severity, sometimes a step up or down."""
    usual = np.array([row.severity for row in classes.classes])[class_index]
    fate = rng.random(len(class_index))
    step = np.where(fate < 0.06, 1, np.where(fate > 0.92, -1, 0))
    return np.asarray(np.clip(usual + step, 1, 3), dtype=np.int64)


def _repeats(
    first: Matters, ground: Ground, classes: ClassList, count: int, end: np.datetime64, rng: np.random.Generator
) -> Matters:
    """Later reports of matters already reported: near in place and time, mostly of the same class."""
    pool = rng.choice(len(first.small), max(1, round(0.75 * count)), replace=False)
    origin = rng.choice(pool, count)
    hours = np.minimum(rng.exponential(REPEAT_HOURS, count) + 0.05, REPEAT_WITHIN_HOURS)
    delay = (hours * 3_600.0).astype("timedelta64[s]").astype("timedelta64[us]")
    left = end - first.reported_at[origin]
    delay = np.minimum(delay, (left.astype(np.int64) * rng.uniform(0.2, 0.95, count)).astype("timedelta64[us]"))
    class_index = _similar_classes(classes, first.class_index[origin], rng)
    small = first.small[origin]
    return Matters(
        reported_at=first.reported_at[origin] + delay,
        small=small,
        lonlat=draw_near(ground, small, first.lonlat[origin], 22.0, rng),
        anchor=first.anchor[origin],
        class_index=class_index,
        source=_sources(classes, class_index, rng),
        severity=_severities(classes, class_index, rng),
        outbreak=first.outbreak[origin],
        duplicate_of=origin.astype(np.int64),
    )


def _similar_classes(classes: ClassList, class_index: Ints, rng: np.random.Generator) -> Ints:
    """The same class, or now and then another one of its group."""
    groups = [row.group for row in classes.classes]
    first = np.array([groups.index(group) for group in groups])
    size = np.array([groups.count(group) for group in groups])
    other = first[class_index] + rng.integers(0, size[class_index])
    return np.where(rng.random(len(class_index)) < SAME_CLASS, class_index, other)


def _joined(first: Matters, again: Matters) -> Matters:
    columns = {f.name: np.concatenate([getattr(first, f.name), getattr(again, f.name)]) for f in fields(Matters)}
    return Matters(**columns)


def _unlocate(matters: Matters, rng: np.random.Generator) -> Matters:
    """Take the location away from a few first reports that nobody repeats and no outbreak needs."""
    count = len(matters.small)
    free = np.ones(count, dtype=bool)
    free[matters.duplicate_of[matters.duplicate_of >= 0]] = False
    free &= (matters.duplicate_of < 0) & (matters.outbreak < 0)
    lost = rng.choice(np.flatnonzero(free), round(UNLOCATED * count), replace=False)
    columns = {f.name: getattr(matters, f.name).copy() for f in fields(Matters)}
    columns["small"][lost], columns["anchor"][lost], columns["lonlat"][lost] = -1, -1, np.nan
    return Matters(**columns)


def _in_time_order(matters: Matters) -> Matters:
    """Sort by time and renumber the references to first reports."""
    order = np.argsort(matters.reported_at, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    columns = {f.name: getattr(matters, f.name)[order] for f in fields(Matters)}
    origin = columns["duplicate_of"]
    columns["duplicate_of"] = np.where(origin >= 0, rank[origin], -1)
    return Matters(**columns)
