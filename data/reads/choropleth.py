"""Which value does each unit of a level have, in id order?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL

from data.engine import AsyncRows
from data.models.rollup import ALL_CLASSES
from data.named_sql import named
from data.reads.errors import MetricUnknown
from data.reads.levels import Level
from data.reads.measures import Measures
from data.reads.packed_sums import read_packed_sums
from data.reads.parts import read_child_of_cells
from data.reads.question import Question
from data.reads.recount import recount
from data.reads.released import read_released
from data.reads.rows import fetch_bytes
from data.reads.units import read_units

Metric = Literal["reported", "open", "overdue", "closed", "on_time_share", "per_km2", "per_1000"]
COUNTS = ("reported", "open", "overdue", "closed")
SIGNIFICANT_DIGITS = 5

_DUE = "sum(n_on_time + n_late + n_overdue)"
_SUMS: dict[str, tuple[str, str]] = {
    "reported": ("sum(n)", "1"),
    "open": ("sum(n_open)", "1"),
    "overdue": ("sum(n_overdue)", "1"),
    "closed": ("sum(n_closed)", "1"),
    "on_time_share": ("sum(n_on_time)", _DUE),
    "per_km2": ("sum(n)", "1"),
    "per_1000": ("sum(n)", "1"),
}
_PACKED: dict[str, tuple[str, ...]] = {
    "reported": ("n",),
    "open": ("n_open",),
    "overdue": ("n_overdue",),
    "closed": ("n_closed",),
    "on_time_share": ("n_on_time", "n_late", "n_overdue"),
    "per_km2": ("n",),
    "per_1000": ("n",),
}
_SUM_RECORD = np.dtype([("id", ">i4"), ("numerator", ">i8"), ("denominator", ">i8")])
_UNIT_RECORD = np.dtype(
    [("id", ">i4"), ("current", ">i2"), ("within", ">i2"), ("population", ">i4"), ("area_m2", ">f8")]
)


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a level's units by id.

    Attributes:
        values: (count,) float32; NaN is no data: no such unit now, no population known, or nothing to take a share of.
        filtered_out: (count,) True where the unit lies outside the unit that was asked for; its value is NaN.
        suppressed: Ids of units whose value is withheld to protect people, rising.
        not_permitted: (count,) True where the reader sees no unit, or not all of it; its value is NaN. Empty for a
            reader of everything.
    """

    values: NDArray[np.float32]
    filtered_out: NDArray[np.bool_]
    suppressed: tuple[int, ...] = ()
    not_permitted: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))


def parse_metric(text: str | None) -> Metric:
    """The metric that the text names; reported where it is empty.

    Raises:
        MetricUnknown: It names none.
    """
    known = get_args(Metric)
    if text and text not in known:
        raise MetricUnknown("metric", f"{text!r} is no metric.", f"Use one of: {', '.join(known)}.")
    return cast(Metric, text or "reported")


async def read_choropleth(conn: AsyncRows, question: Question, level: Level, metric: Metric) -> Values:
    """One value per unit of the level: place i is the unit with id `level.first_id + i`.

    Ratios are rounded to five significant digits. A unit without incidents has 0, not no data.
    """
    units = await _read_units(conn, question, level)
    numerator, denominator = await read_fractions(conn, question, level, metric)
    values = _values(metric, level, units, numerator, denominator)
    if question.moment.is_confined:
        values = await _confined(conn, question, level, units, values)
    if question.is_withheld:
        counted = numerator if metric == "reported" else (await read_fractions(conn, question, level, "reported"))[0]
        values = _withheld(level, units, values, counted)
    return values


def _withheld(level: Level, units: NDArray[np.void], values: Values, counted: NDArray[np.float64]) -> Values:
    """Values of sensitive classes: where nothing is released there may be none or a few, and both look the same."""
    hidden = np.zeros(level.count, bool)
    hidden[units["id"][units["current"] == 1] - level.first_id] = True
    hidden &= (counted == 0) & ~values.filtered_out
    if len(values.not_permitted):
        hidden &= ~values.not_permitted
    shown = np.where(hidden, np.float32(np.nan), values.values)
    return replace(values, values=shown, suppressed=tuple((np.flatnonzero(hidden) + level.first_id).tolist()))


async def _confined(
    conn: AsyncRows, question: Question, level: Level, units: NDArray[np.void], values: Values
) -> Values:
    """Values without those of units above the reader's area, of which the reader sees a part only."""
    area = await read_units(conn, [question.moment.area_id]) if question.moment.area_id is not None else ()
    hidden = np.ones(level.count, bool)
    if not area or level.rank >= area[0].rank:
        hidden[units["id"] - level.first_id] = False
    shown = np.where(hidden, np.float32(np.nan), values.values)
    return replace(values, values=shown, filtered_out=values.filtered_out & ~hidden, not_permitted=hidden)


def _values(
    metric: Metric,
    level: Level,
    units: NDArray[np.void],
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
) -> Values:
    place = units["id"] - level.first_id
    known = np.zeros(level.count, bool)
    known[place] = units["current"] == 1
    filtered_out = np.zeros(level.count, bool)
    filtered_out[place] = (units["current"] == 1) & (units["within"] == 0)
    if metric == "per_km2":
        denominator[place] = units["area_m2"] / 1e6
    if metric == "per_1000":
        denominator[place] = np.maximum(units["population"], 0) / 1e3
    usable = known & ~filtered_out & (denominator > 0)
    values = np.full(level.count, np.nan)
    values[usable] = numerator[usable] / denominator[usable]
    return Values(rounded(values, metric).astype(np.float32), filtered_out)


def rounded(values: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    """Ratios to five significant digits; counts as they are."""
    if metric in COUNTS:
        return values
    magnitude = np.floor(np.log10(np.where(values > 0, values, 1.0)))
    scale = 10.0 ** (SIGNIFICANT_DIGITS - 1 - magnitude)
    shortened: NDArray[np.float64] = np.round(values * scale) / scale
    return shortened


async def _read_units(conn: AsyncRows, question: Question, level: Level) -> NDArray[np.void]:
    unit = question.unit
    within = list(unit.zone.members) if unit.zone is not None else [unit.id] if unit.rank else None
    values = {"first_id": level.first_id, "last_id": level.first_id + level.count - 1, "within": within}
    packed = await fetch_bytes(conn, named("level_facts"), values)
    return np.frombuffer(packed, _UNIT_RECORD)


async def read_fractions(
    conn: AsyncRows, question: Question, level: Level, metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numerator and denominator (count,) of every unit: packed days at once, the others row by row."""
    days: Sequence[date] = question.period.days
    numerator = np.zeros(level.count)
    denominator = np.zeros(level.count) if metric == "on_time_share" else np.ones(level.count)
    if question.class_ids is None and not question.moment.is_confined:
        packed = await read_packed_sums(conn, level, days, _PACKED[metric])
        days = packed.rest
        numerator += packed.sums[0]
        if metric == "on_time_share":
            denominator += packed.sums.sum(axis=0)
    if days:
        sums = await _read_sums(conn, question, level, metric, days)
        # A reader sees incidents of the own area that lie in units of others too: those units have no place here.
        sums = sums[(sums["id"] >= level.first_id) & (sums["id"] < level.first_id + level.count)]
        place = sums["id"] - level.first_id
        numerator[place] += sums["numerator"]
        if metric == "on_time_share":
            denominator[place] += sums["denominator"]
    return numerator, denominator


async def _read_sums(
    conn: AsyncRows, question: Question, level: Level, metric: Metric, days: Sequence[date]
) -> NDArray[np.void]:
    by_department = question.moment.department_id is not None
    if by_department or (question.class_ids is not None and not level.rollup_by_class):
        return await _recount_sums(conn, question, level, metric)
    numerator, denominator = _SUMS[metric]
    statement = SQL(named("choropleth")).format(numerator=SQL(numerator), denominator=SQL(denominator))
    values = {
        "first_id": level.first_id,
        "last_id": level.first_id + level.count - 1,
        "days": list(days),
        "classes": [ALL_CLASSES] if question.class_ids is None else sorted(question.class_ids),
    }
    return np.frombuffer(await fetch_bytes(conn, statement, values, prepare=False), _SUM_RECORD)


async def _recount_sums(conn: AsyncRows, question: Question, level: Level, metric: Metric) -> NDArray[np.void]:
    zone = question.moment.zone
    figures = await recount(conn, "cell", question.period, zone, class_ids=question.class_ids)
    unit_of = await read_child_of_cells(conn, level.rank)
    sums: dict[int, Measures] = {}
    for cell, figure in figures.items():
        unit = unit_of.get(cell, 0)
        if unit:
            sums[unit] = sums.get(unit, Measures()) + figure
    ids = range(level.first_id, level.first_id + level.count)
    for unit, figure in (await read_released(conn, question, question.period, subjects=ids)).items():
        sums[unit] = sums.get(unit, Measures()) + figure
    records = [(unit, *_fraction(metric, figure)) for unit, figure in sums.items()]
    return np.array(records, _SUM_RECORD)


def _fraction(metric: Metric, figure: Measures) -> tuple[int, int]:
    if metric == "on_time_share":
        return figure.n_on_time, figure.n_on_time + figure.n_late + figure.n_overdue
    count = {"open": figure.n_open, "overdue": figure.n_overdue, "closed": figure.n_closed}.get(metric, figure.n)
    return count, 1
