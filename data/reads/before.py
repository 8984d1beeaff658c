"""What were the figures of the period before, as it stood when it was as old as this period is now?

Older incidents have had longer to be handled and closed. So the period [a, b] at the moment `now` is set beside the
period of equal length before it as it stood that length earlier: same days since the report, same chance to be closed.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.sql import SQL

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.city import CityMoment
from data.reads.figures import Scope, count_total, read_scope
from data.reads.levels import read_levels
from data.reads.measures import NOTHING, Measures
from data.reads.parts import read_cells
from data.reads.period import Period
from data.reads.question import Question
from data.reads.recount import KeyedMeasures
from data.reads.released import read_released_total
from data.reads.rows import fetch_all
from data.reads.summary import FigureKey, values_of

CAPACITY = 256
COARSEST_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One figure beside the same figure of the period before.

    Attributes:
        value: Count, or share from 0 to 1; None where there is nothing to take a share of.
        previous: The same for the period before; None where the data does not reach back.
        change: value - previous; None where either is missing.
    """

    key: FigureKey
    value: float | None
    previous: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Before:
    """Figures of a question beside those of the period before, at the same age.

    A reader who knows of sensitive classes what is released gets the figures of the others: a release has no past.

    Attributes:
        period: The period before.
        as_of: The moment at which the period before is looked at.
        known: Whether there is anything to compare with: the data reaches back to the start of the period before, and
            the reader may see it.
        figures: All five.
    """

    question: Question
    period: Period
    as_of: datetime
    known: bool
    figures: tuple[Change, ...]


class BeforeCache:
    """Figures of periods before that need no new recount; for one database and one process.

    What happens now changes the past state of a period only through corrections and late imports. Those that add or
    remove an incident are noticed at once, by its count in the rollups; others after `grain_of` at the latest.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._held: OrderedDict[tuple[object, ...], Measures] = OrderedDict()

    async def read(self, conn: AsyncRows, question: Question) -> Before:
        """The figures in this snapshot."""
        scope = await read_scope(conn, question, await read_levels(conn))
        now, _ = await count_total(conn, scope, question.period)
        earlier = question.period.before
        moment = same_age_before(question)
        now -= await read_released_total(conn, question, question.period)
        known = _is_known(question.moment, earlier) and not question.is_withheld
        then = await self._then(conn, scope, earlier, moment) if known else None
        return Before(question, earlier, moment, known, _compare(now, then))

    async def _then(self, conn: AsyncRows, scope: Scope, period: Period, moment: datetime) -> Measures:
        kept, _ = await count_total(conn, scope, period)
        key = (*_key(scope.question), period, moment, kept.n)
        if key not in self._held:
            self._held[key] = await _recount_as_of(conn, scope, period, moment)
        self._held.move_to_end(key)
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return self._held[key]


def grain_of(period: Period) -> timedelta:
    """How finely the past moment is told: a minute for each day of the period, at most an hour."""
    return timedelta(minutes=min(COARSEST_MINUTES, period.length_days))


def same_age_before(question: Question) -> datetime:
    """The moment at which the period before was as old as the period is now, rounded down to its grain."""
    period, moment = question.period, question.moment
    local = moment.as_of.astimezone(moment.zone) - timedelta(days=period.length_days)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    grain = grain_of(period)
    return midnight + (local - midnight) // grain * grain


def _is_known(moment: CityMoment, period: Period) -> bool:
    return moment.first_day is not None and moment.first_day <= period.first


def _key(question: Question) -> tuple[object, ...]:
    moment = question.moment
    reader = (moment.area_id, moment.department_id, moment.sees_sensitive)
    past = moment.as_of if moment.is_replay else None
    return (*reader, past, moment.boundary_revision, moment.time_zone, question.unit.id, question.class_ids)


async def _recount_as_of(conn: AsyncRows, scope: Scope, period: Period, moment: datetime) -> Measures:
    question, zone = scope.question, scope.question.moment.zone
    values: dict[str, object] = {"start": period.start(zone), "end": period.end(zone), "moment": moment}
    conditions = [SQL("TRUE")]
    cells = await read_cells(conn, question.unit)
    if cells is not None:
        values["cells"] = list(cells)
        conditions.append(SQL("cell_id = ANY(%(cells)s)"))
    if question.class_ids is not None:
        values["classes"] = sorted(question.class_ids)
        conditions.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
    statement = SQL(named("recount_as_of")).format(condition=SQL(" AND ").join(conditions))
    rows = await fetch_all(conn, KeyedMeasures, statement, values, prepare=False)
    return rows[0].measures if rows else NOTHING


def _compare(now: Measures, then: Measures | None) -> tuple[Change, ...]:
    previous = values_of(then if then is not None else NOTHING)
    return tuple(_change(key, value, None if then is None else previous[key]) for key, value in values_of(now).items())


def _change(key: FigureKey, value: float | None, previous: float | None) -> Change:
    change = None if value is None or previous is None else value - previous
    return Change(key, value, previous, change)
