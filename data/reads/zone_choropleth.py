"""Which value does each zone in force have, in id order? Sums over the units of each."""

import numpy as np
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.reads.choropleth import Metric, Values, read_fractions, rounded
from data.reads.levels import Level, find_level, read_levels
from data.reads.question import Question
from data.reads.zones import ZoneRow, read_zones_in_force

Floats = NDArray[np.float64]


async def read_zone_values(conn: AsyncRows, question: Question, level: Level, metric: Metric) -> Values:
    """One value per zone in force when the period ends: place i is the zone with id `level.first_id + i`.

    A zone of which the reader sees a part has no value. Sensitive classes alone: a zone for whose units nothing is
    released is withheld, whether it had none or few.
    """
    unit = question.unit
    within = unit.id if unit.rank and unit.zone is None else None
    zones = await read_zones_in_force(conn, question.period.last, within)
    place = np.array([zone.id - level.first_id for zone in zones], np.int64)
    numerator, denominator = await _sums(conn, question, zones, metric)
    if metric == "per_km2":
        denominator = np.array([zone.area_m2 / 1e6 for zone in zones])
    if metric == "per_1000":
        denominator = np.array([(zone.population or 0) / 1e3 for zone in zones])
    outside = np.array([_is_outside(zone, question) for zone in zones], np.bool_)
    hidden = np.array([_is_hidden(zone, question) for zone in zones], np.bool_)
    counted = numerator
    if question.is_withheld and metric != "reported":
        counted, _ = await _sums(conn, question, zones, "reported")
    withheld = (counted == 0) & ~outside & ~hidden if question.is_withheld else np.zeros(len(zones), np.bool_)
    usable = (denominator > 0) & ~outside & ~hidden & ~withheld
    values = np.full(level.count, np.nan)
    values[place[usable]] = numerator[usable] / denominator[usable]
    return Values(
        rounded(values, metric).astype(np.float32),
        _mask(level, place[outside & ~hidden]),
        tuple((place[withheld] + level.first_id).tolist()),
        _mask(level, place[hidden]) if question.moment.is_confined else np.zeros(0, np.bool_),
    )


async def _sums(
    conn: AsyncRows, question: Question, zones: tuple[ZoneRow, ...], metric: Metric
) -> tuple[Floats, Floats]:
    """Numerator and denominator (zones,)."""
    levels = await read_levels(conn)
    numerator = np.zeros(len(zones))
    denominator = np.zeros(len(zones)) if metric == "on_time_share" else np.ones(len(zones))
    for base in sorted({zone.base_level for zone in zones}):
        level = find_level(levels, base)
        above, below = await read_fractions(conn, question, level, metric)
        for k, zone in enumerate(zones):
            if zone.base_level == base:
                units = np.array(zone.members, np.int64) - level.first_id
                numerator[k] = above[units].sum()
                denominator[k] = below[units].sum() if metric == "on_time_share" else 1.0
    return numerator, denominator


def _is_outside(zone: ZoneRow, question: Question) -> bool:
    unit = question.unit
    if unit.zone is not None:
        return zone.id != unit.id
    return bool(unit.rank) and not zone.inside


def _is_hidden(zone: ZoneRow, question: Question) -> bool:
    return question.moment.area_id is not None and zone.facts.is_partial


def _mask(level: Level, place: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(level.count, np.bool_)
    mask[place] = True
    return mask
