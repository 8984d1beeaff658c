"""How did a case stand before each of its events, and how is that kept so that any past moment can be shown?

What is kept is a case's standing from one change to the next; the last one is the row of the incident itself. A case to
which nothing has happened has none: its own moments say how it stood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from data.cases.case_row import CaseRow
from data.cases.event import CaseEvent
from data.cases.fold import applied
from data.cases.local_rules import CityRules
from data.cases.projection import Standing, standing
from data.cases.state import CaseState
from data.cases.timers import timer_rows
from data.engine import AsyncRows
from data.reads.rows import fetch_all

_COLUMNS = ", ".join(Standing.__dataclass_fields__)
_VALUES = ", ".join(f"%({name})s" for name in Standing.__dataclass_fields__)
_BEGUN = (
    "SELECT COALESCE((SELECT max(until) FROM case_past WHERE incident_id = %(incident)s), %(reported_at)s) AS since"
)
_KEEP = f"""
INSERT INTO case_past (incident_id, seq, reported_at, since, until, {_COLUMNS})
SELECT %(incident)s, %(seq)s, %(reported_at)s, begun.since, %(until)s, {_VALUES}
FROM ({_BEGUN}) AS begun
WHERE begun.since < %(until)s
"""
_READ = f"""
SELECT incident_id, seq, since, until, {_COLUMNS} FROM case_past
WHERE incident_id = ANY(%(ids)s)
ORDER BY incident_id, seq
"""
_FORGET = "DELETE FROM case_past WHERE incident_id = %(incident)s"


@dataclass(frozen=True, slots=True)
class PastStanding:
    """How a case stood from `since` until just before `until`; `seq` is the last event of that time."""

    seq: int
    since: datetime
    until: datetime
    stood: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row(Standing):
    incident_id: int
    seq: int
    since: datetime
    until: datetime


async def keep_past(conn: AsyncRows, row: CaseRow, state: CaseState, until: datetime, rules: CityRules) -> None:
    """Keep how a locked case stood until an event that is being written.

    Args:
        row: Of the case.
        state: After the event before.
        until: Moment of the event.
        rules: Of the city.
    """
    await _write(conn, row, state.seq, until, stood_until(state, until, rules))


def stood_until(state: CaseState, until: datetime, rules: CityRules) -> Standing:
    """How the row of a case stood when its next event came; with the report alone there was no log yet."""
    stood = standing(state, timer_rows(state, rules), until)
    return stood if state.seq > 1 else replace(stood, marks=0)


def past_of(events: Sequence[CaseEvent], rules: CityRules) -> tuple[PastStanding, ...]:
    """What follows from a log: how the case stood before each event; times without a length are left out."""
    found: list[PastStanding] = []
    state = applied(None, events[0])
    since = events[0].at
    for event in events[1:]:
        if since < event.at:
            found.append(PastStanding(state.seq, since, event.at, stood_until(state, event.at, rules)))
            since = event.at
        state = applied(state, event)
    return tuple(found)


async def read_past(conn: AsyncRows, ids: Sequence[int]) -> Mapping[int, tuple[PastStanding, ...]]:
    """What is kept of cases, by case, the oldest first."""
    found: dict[int, tuple[PastStanding, ...]] = {}
    for row in await fetch_all(conn, _Row, _READ, {"ids": list(ids)}):
        stood = Standing(**{name: getattr(row, name) for name in Standing.__dataclass_fields__})
        one = PastStanding(row.seq, row.since, row.until, stood)
        found[row.incident_id] = (*found.get(row.incident_id, ()), one)
    return found


async def rewrite_past(conn: AsyncRows, row: CaseRow, past: Sequence[PastStanding]) -> None:
    """Replace what is kept of a locked case; as the owner."""
    await conn.execute(_FORGET, {"incident": row.id})
    for one in past:
        await _write(conn, row, one.seq, one.until, one.stood)


async def _write(conn: AsyncRows, row: CaseRow, seq: int, until: datetime, stood: Standing) -> None:
    key = {"incident": row.id, "reported_at": row.reported_at, "seq": seq, "until": until}
    await conn.execute(_KEEP, {**asdict(stood), **key})
