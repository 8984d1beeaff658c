"""How does a case stand, what happened to it, and what can the one who asks do to it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.accounts.account import Account
from data.cases.action import Act
from data.cases.by_itself import told_to
from data.cases.event import CaseEvent
from data.cases.first_event import first_event
from data.cases.flow import Attempt, Refusal, possible
from data.cases.fold import fold
from data.cases.links import merged_into
from data.cases.local_rules import read_city_rules
from data.cases.log import read_logs
from data.cases.sight import sighting
from data.cases.state import CaseState
from data.cases.timers import TimerRow, timer_rows
from data.engine import AsyncRows
from data.reads.incidents import IncidentDetail, read_incident


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case as its page shows it.

    Attributes:
        events: Its log; of a case without one, the event that its row stands for.
        timers: All time limits, in the order in which they began.
        acts: Every act, with the reason why it is not possible for who asks; None where it is.
        merged: Cases that are merged into it, as far as the scope shows them.
        told: Who the escalation ladder has told of the limit of handling.
        days_known: Whether holidays are known for all years in which its limits run.
    """

    incident: IncidentDetail
    events: tuple[CaseEvent, ...]
    state: CaseState
    timers: tuple[TimerRow, ...]
    acts: Mapping[Act, Refusal | None]
    merged: tuple[int, ...]
    told: tuple[str, ...]
    days_known: bool


async def read_case(conn: AsyncRows, case_id: int, account: Account, now: datetime) -> CaseDetail:
    """One case.

    Raises:
        CaseUnknown: There is none in the scope.
        NotPermitted: The account may not read about single incidents.
    """
    rules = await read_city_rules(conn)
    async with sighting(conn, case_id, account) as sighted:
        events = (await read_logs(conn, [case_id])).get(case_id) or [first_event(sighted.row, rules)]
        incident = await read_incident(conn, case_id)
        merged = await merged_into(conn, case_id)
    state = fold(events)
    timers = timer_rows(state, rules)
    moment = max(now, events[-1].at)
    years = {moment.year} | {timer.due_at.year for timer in timers if timer.due_at is not None}
    return CaseDetail(
        incident,
        tuple(events),
        state,
        timers,
        possible(Attempt(case_id, state, account, moment, rules.flow)),
        merged,
        told_to(state, timers),
        years <= rules.calendar.years,
    )
