"""Which cases are in a queue, page by page, and which of their time limits runs out first?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.sql import SQL, Composed, Literal

from data.accounts.account import acting_account_or_none
from data.cases.case_row import CaseRow, read_case_rows
from data.cases.first_event import first_event
from data.cases.fold import fold
from data.cases.local_rules import CityRules, read_city_rules
from data.cases.log import read_logs
from data.cases.queue_filter import STATES, UNCOUNTED, Order, Place, Queue, QueueFilter
from data.cases.sight import called_scope, looking
from data.cases.stored_timers import read_timers
from data.cases.timers import TimerRow, next_due, timer_rows
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.classes import read_class_filter
from data.reads.departments import read_department_id
from data.reads.incidents import Incident, read_incident, read_incidents_by_id, text_condition
from data.reads.parts import read_cells
from data.reads.rows import fetch_all
from data.reads.units import read_unit
from geo.deadlines.states import DeadlineState
from geo.status import OPEN_STATUSES, CaseStatus

SAME_PLACE = 12
SMALLEST_PATH = 2
"""Of a path of one unit, the city, nothing can be said to be near."""

_ORDERS: Mapping[Order, tuple[str, str]] = {
    Order.NEWEST: ("reported_at DESC, id DESC", "(reported_at, id) < (%(after)s, %(after_id)s)"),
    Order.OLDEST: ("reported_at, id", "(reported_at, id) > (%(after)s, %(after_id)s)"),
    Order.DUE: ("due_at, id", "((due_at, id) > (%(after)s, %(after_id)s) OR due_at IS NULL)"),
}
_AFTER_DUELESS = "due_at IS NULL AND id > %(after_id)s"
_OPEN = "status IN (1, 2, 3, 4, 5, 10, 11, 12)"
_DONE = "COALESCE(handled_at, closed_at)"
_BREACHED = f"(CASE WHEN {_DONE} IS NULL THEN due_at <= %(now)s ELSE due_at < {_DONE} END)"
# Of a case with a log its time limit says when it gets near. All that do are found at once: asking case by case, under
# the policies of both tables, would take longer than all the rest of a page.
_NEAR = f"""(
    {_DONE} IS NULL AND due_at > %(now)s
    AND CASE
        WHEN marks <> 0 THEN (id, due_at) IN (
            SELECT incident_id, due_at FROM case_timer
            WHERE stage = 'handling' AND done_at IS NULL AND due_at > %(now)s AND warn_at <= %(now)s
        )
        ELSE due_at - (due_at - COALESCE(dispatched_at, reported_at)) * %(near)s <= %(now)s
    END
)"""
_DEADLINES: Mapping[DeadlineState, str] = {
    DeadlineState.BREACHED: _BREACHED,
    DeadlineState.APPROACHING: _NEAR,
    DeadlineState.WITHIN: f"(due_at IS NULL OR NOT {_BREACHED} AND NOT {_NEAR})",
}
# IS TRUE: which limits are asked for is found once and kept; else the planner asks open case by open case, under the
# policies of both tables. Approvals reach back into closed cases, so there what waits has to lead to the case.
_QUEUES: Mapping[Queue, str] = {
    Queue.CHECKS: """(id, reported_at) IN (
        SELECT incident_id, reported_at FROM case_timer
        WHERE stage IN ('pre_filing_check', 'pre_closing_check') AND done_at IS NULL
    ) IS TRUE""",
    Queue.CALLED: """(id, reported_at) IN (
        SELECT incident_id, reported_at FROM case_call WHERE department_id = %(own)s AND NOT came
    )""",
    Queue.APPROVALS: """(id, reported_at, status = 6) IN (
        SELECT incident_id, reported_at, kind = 'appeal' FROM case_question
    )""",
    Queue.APPROACHING: _NEAR,
    Queue.BREACHED: _BREACHED,
    Queue.ESCALATED: """(id, reported_at) IN (
        SELECT incident_id, reported_at FROM case_timer
        WHERE stage = 'handling' AND done_at IS NULL AND due_at IS NOT NULL AND told > 0
    ) IS TRUE""",
}


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case as queues show it.

    Attributes:
        seq: Number of its last event.
        timer: The limit that runs out first of those that run; None where none does.
        told: Steps of the escalation ladder that were taken for its limit of handling, while the work is not done.
    """

    incident: Incident
    seq: int
    timer: TimerRow | None
    told: int = 0


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some cases in order, and where the next page starts (None at the end)."""

    cases: tuple[QueuedCase, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class _Spot:
    id: int
    reported_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Seq:
    id: int
    seq: int


@dataclass(frozen=True, slots=True)
class _Count:
    status: int
    n: int


async def read_queue(
    conn: AsyncRows, wanted: QueueFilter, now: datetime, *, after: Place | None = None, limit: int
) -> QueuePage:
    """The page of at most `limit` cases that follows `after`.

    Raises:
        RequestRefused: A class, unit or department does not exist.
        NotPermitted: A text is asked for by an account that may not read texts.
    """
    rules = await read_city_rules(conn)
    statement, values = await page_statement(conn, wanted, now, rules, after)
    account = acting_account_or_none()
    called = called_scope(account) if wanted.queue is Queue.CALLED and account is not None else None
    async with looking(conn, called):
        spots = await fetch_all(conn, _Spot, statement, values | {"limit": limit + 1}, prepare=False)
        cases = await _filled(conn, spots[:limit], rules)
    if len(spots) <= limit:
        return QueuePage(cases, None)
    last = spots[limit - 1]
    return QueuePage(
        cases, Place(wanted.order, last.due_at if wanted.order is Order.DUE else last.reported_at, last.id)
    )


async def page_statement(
    conn: AsyncRows, wanted: QueueFilter, now: datetime, rules: CityRules, after: Place | None = None
) -> tuple[Composed, dict[str, object]]:
    """The statement that finds the cases of a page, and its values but for the limit."""
    condition, values = await _condition(conn, wanted, now, rules)
    order, follows = _ORDERS[wanted.order]
    if after is not None:
        condition += SQL(" AND ") + SQL(_AFTER_DUELESS if after.moment is None else follows)
        values |= {"after": after.moment, "after_id": after.id}
    return SQL(named("case_queue")).format(condition=condition, order=SQL(order)), values


async def read_same_place(conn: AsyncRows, case_id: int, now: datetime) -> tuple[str | None, tuple[QueuedCase, ...]]:
    """Other cases of the smallest unit that a case lies in, newest first, SAME_PLACE at most.

    Returns:
        The unit's code, None where the case lies in no unit below the city, and the cases.

    Raises:
        IncidentUnknown: There is no such case in the scope.
    """
    located = (await read_incident(conn, case_id)).located
    if len(located) < SMALLEST_PATH:
        return None, ()
    wanted = QueueFilter(Queue.ALL, unit=located[-1].code)
    page = await read_queue(conn, wanted, now, limit=SAME_PLACE + 1)
    return located[-1].code, tuple(case for case in page.cases if case.incident.id != case_id)[:SAME_PLACE]


async def read_counts(conn: AsyncRows, wanted: QueueFilter, now: datetime) -> dict[Queue, int]:
    """How many cases are in each queue of open cases, under the other conditions of the filter."""
    rules = await read_city_rules(conn)
    account = acting_account_or_none()
    by_status = await _counts(conn, replace(wanted, queue=Queue.OPEN), now, rules)
    counts: dict[Queue, int] = {}
    for queue in Queue:
        if queue in UNCOUNTED:
            continue
        found = by_status
        if queue in _QUEUES:
            called = called_scope(account) if queue is Queue.CALLED and account is not None else None
            async with looking(conn, called):
                found = await _counts(conn, replace(wanted, queue=queue), now, rules)
        counts[queue] = sum(n for status, n in found.items() if status in STATES[queue])
    return counts


async def _counts(conn: AsyncRows, wanted: QueueFilter, now: datetime, rules: CityRules) -> dict[int, int]:
    """How many cases of a queue are in each state."""
    condition, values = await _condition(conn, wanted, now, rules)
    statement = SQL("SELECT status, count(*) AS n FROM incident WHERE ") + condition + SQL(" GROUP BY status")
    return {row.status: row.n for row in await fetch_all(conn, _Count, statement, values, prepare=False)}


async def _condition(
    conn: AsyncRows, wanted: QueueFilter, now: datetime, rules: CityRules
) -> tuple[Composed, dict[str, object]]:
    account = acting_account_or_none()
    values: dict[str, object] = {
        "now": now,
        "near": 1 - rules.flow.approaching_share,
        "own": account.department_id if account else None,
    }
    parts: list[SQL | Composed] = [_in_states(wanted.wanted)]
    if wanted.wanted <= OPEN_STATUSES:
        parts.append(SQL(_OPEN))
    if wanted.queue is Queue.CALLED and values["own"] is None:
        parts.append(SQL("FALSE"))
    if account is not None and account.department_id is not None and wanted.queue is not Queue.CALLED:
        # The policy says so as well, but in words that no index fits.
        parts.append(SQL("department_id = %(own)s"))
    if wanted.queue in _QUEUES:
        parts.append(SQL(_QUEUES[wanted.queue]))
    if wanted.deadline is not None:
        parts.append(SQL(_DEADLINES[wanted.deadline]))
    class_ids = await read_class_filter(conn, wanted.classes)
    if class_ids is not None:
        parts.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
        values["classes"] = sorted(class_ids)
    if wanted.unit:
        cells = await read_cells(conn, await read_unit(conn, wanted.unit))
        if cells is not None:
            # Thousands of numbers would be weighed one by one, for each month and index, before anything is read.
            parts.append(SQL("cell_id <@ %(cells)s::int4multirange"))
            values["cells"] = "{" + ",".join(f"[{cell},{cell}]" for cell in sorted(cells)) + "}"
    if wanted.department:
        parts.append(SQL("department_id = %(department)s"))
        values["department"] = await read_department_id(conn, wanted.department)
    if wanted.text:
        found, texts = text_condition(wanted.text)
        parts.append(found)
        values |= texts
    return SQL(" AND ").join(parts), values


def _in_states(states: Collection[CaseStatus]) -> SQL | Composed:
    """In words that partial indexes fit; a single state also fits the index by state."""
    if not states:
        return SQL("FALSE")
    numbers = [Literal(int(status)) for status in sorted(states)]
    if len(numbers) == 1:
        return SQL("status = {}").format(numbers[0])
    return SQL("status IN ({})").format(SQL(", ").join(numbers))


async def _filled(conn: AsyncRows, spots: Sequence[_Spot], rules: CityRules) -> tuple[QueuedCase, ...]:
    ids = [spot.id for spot in spots]
    incidents = await read_incidents_by_id(conn, ids, [spot.reported_at for spot in spots])
    return await _queued(conn, [incidents[case_id] for case_id in ids if case_id in incidents], rules)


async def read_queued(
    conn: AsyncRows, incidents: Sequence[Incident], moment: datetime | None = None
) -> tuple[QueuedCase, ...]:
    """Incidents of any list as queues show their cases, in the order given.

    Args:
        moment: A past one at which the transaction stands: of their logs, only what had happened by then counts.
    """
    rules = await read_city_rules(conn)
    return await (_queued(conn, incidents, rules) if moment is None else _queued_at(conn, incidents, moment, rules))


async def _queued_at(
    conn: AsyncRows, incidents: Sequence[Incident], moment: datetime, rules: CityRules
) -> tuple[QueuedCase, ...]:
    ids = [incident.id for incident in incidents]
    rows, logs = await read_case_rows(conn, ids), await read_logs(conn, ids)
    found = []
    for incident in incidents:
        known = [event for event in logs.get(incident.id, ()) if event.at <= moment]
        # With the report alone the row says how far the case was: a log may begin with what an import knew later.
        state = fold(known if len(known) > 1 else [first_event(rows[incident.id], rules)])
        timers = timer_rows(state, rules)
        told = max((timer.told for timer in timers if timer.done_at is None), default=0)
        found.append(QueuedCase(incident, state.seq, next_due(timers), told))
    return tuple(found)


async def _queued(conn: AsyncRows, incidents: Sequence[Incident], rules: CityRules) -> tuple[QueuedCase, ...]:
    ids = [incident.id for incident in incidents]
    timers, seqs = await read_timers(conn, ids), await _seqs(conn, ids)
    bare = await read_case_rows(conn, [case_id for case_id in ids if case_id not in seqs])
    return tuple(
        QueuedCase(
            incident,
            seqs.get(incident.id, 1),
            next_due(_own_timers(bare[incident.id], rules) if incident.id in bare else timers.get(incident.id, ())),
            max((timer.told for timer in timers.get(incident.id, ()) if timer.done_at is None), default=0),
        )
        for incident in incidents
    )


def _own_timers(row: CaseRow, rules: CityRules) -> tuple[TimerRow, ...]:
    """Limits of a case without a log."""
    return timer_rows(fold([first_event(row, rules)]), rules)


async def _seqs(conn: AsyncRows, ids: Sequence[int]) -> dict[int, int]:
    statement = "SELECT incident_id AS id, max(seq) AS seq FROM case_event WHERE incident_id = ANY(%(ids)s) GROUP BY 1"
    return {row.id: row.seq for row in await fetch_all(conn, _Seq, statement, {"ids": list(ids)})}
