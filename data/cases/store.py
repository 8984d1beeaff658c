"""How is something done to a case: one transaction that writes the event and all that follows from it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from data.accounts.account import Account
from data.accounts.errors import NotPermitted
from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.cases.action import Act
from data.cases.case_row import CaseRow, lock_cases
from data.cases.decide import decide
from data.cases.errors import CaseKeyReused, CaseMoved, CaseRefused
from data.cases.event import CaseEvent
from data.cases.first_event import first_event
from data.cases.flow import BY_ACT, Attempt, Refusal, Refused
from data.cases.fold import applied, fold
from data.cases.given_facts import settled_facts
from data.cases.links import linked_events
from data.cases.local_rules import CityRules, read_city_rules
from data.cases.log import RequestKey, read_known, read_logs, write_events
from data.cases.past import keep_past
from data.cases.projection import Standing, calls_of, standing, standing_of, write_projection
from data.cases.sight import linked_scope, looking, sighting
from data.cases.state import CaseState
from data.cases.stored_timers import read_timers
from data.cases.timers import TimerRow, timer_rows
from data.engine import AsyncRows
from geo.status import CaseStatus

CHECKS = frozenset({Act.ASK_PRE_FILING_CHECK, Act.ASK_PRE_CLOSING_CHECK})


@dataclass(frozen=True, slots=True)
class Command:
    """Something that is to be done to a case.

    Attributes:
        facts: As the client sent them.
        seq: Number of the last event that the client has seen.
        key: What the client calls the request by; the same one is carried out once. None without one.
    """

    case_id: int
    act: Act
    facts: Mapping[str, Any]
    seq: int
    key: str | None = None

    @property
    def request(self) -> RequestKey | None:
        """The key with a hash of what is asked for."""
        if self.key is None:
            return None
        asked = [self.case_id, self.act.value, dict(self.facts), self.seq]
        return RequestKey(self.key, sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).digest())


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        event: What was written.
        state: How the case stood after it.
        timers: Its time limits.
        again: Whether the request had been carried out before.
    """

    case_id: int
    event: CaseEvent
    state: CaseState
    timers: tuple[TimerRow, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that is locked.

    Attributes:
        events: Its log, which begins with an event that is not stored yet where `stored` is 0.
        stored: How many of the events are in the database.
    """

    row: CaseRow
    events: Sequence[CaseEvent]
    stored: int
    state: CaseState = field(init=False)

    def __post_init__(self) -> None:
        """Work out the state."""
        object.__setattr__(self, "state", fold(self.events))


def opened(row: CaseRow, log: Sequence[CaseEvent] | None, rules: CityRules) -> OpenCase:
    """The case of a row with its log; without one it begins with what the row says."""
    return OpenCase(row, log or [first_event(row, rules)], len(log or ()))


async def transition(conn: AsyncRows, command: Command, account: Account, now: datetime) -> Done:
    """Do something to a case, in the caller's transaction and scope.

    Args:
        conn: A transaction of the account.
        command: What is to be done.
        account: Who does it.
        now: Aware; never before the last event.

    Raises:
        CaseUnknown: There is no such case in the scope.
        CaseMoved: Somebody else was faster.
        CaseRefused: The act is not possible.
        NotPermitted: The account has no right to it.
        CaseKeyReused: The key stands for another request.
    """
    rules = await read_city_rules(conn)
    async with sighting(conn, command.case_id, account, lock_cases) as sighted:
        log = (await read_logs(conn, [command.case_id])).get(command.case_id)
        case = opened(sighted.row, log, rules)
        known = await _known(conn, command, account)
        if known is not None:
            return _again(case, known, rules)
        if command.seq != case.state.seq:
            raise CaseMoved(case.state.seq, [told(event) for event in case.events if event.seq > command.seq])
        event = await _decided(conn, case, command, account, max(now.astimezone(UTC), case.events[-1].at), rules)
        done = await written(conn, case, event, rules, command.request)
        await record(conn, change_entry(case.row, done, standing_of(case.row)))
    await _follow(conn, done, account, rules)
    return done


def told(event: CaseEvent) -> dict[str, object]:
    """An event as somebody is told of it who was too late."""
    return {"seq": event.seq, "at": event.at.isoformat(), "act": event.act.value, "who": event.account_name}


async def written(
    conn: AsyncRows, case: OpenCase, event: CaseEvent, rules: CityRules, request: RequestKey | None = None
) -> Done:
    """Write an event of a locked case, and what follows from it to the tables."""
    state = applied(case.state, event)
    timers = timer_rows(state, rules)
    new = [event] if case.stored else [*case.events, event]
    await write_events(conn, case.row.id, case.row.reported_at, new, request)
    await keep_past(conn, case.row, case.state, event.at, rules)
    before = (await read_timers(conn, [case.row.id])).get(case.row.id, ())
    await write_projection(
        conn,
        case.row,
        standing(state, timers, event.at),
        (before, timers),
        (calls_of(case.state) if case.stored else (), calls_of(state)),
    )
    return Done(case.row.id, event, state, timers)


async def _known(conn: AsyncRows, command: Command, account: Account) -> CaseEvent | None:
    """The event that the request has already made.

    Raises:
        CaseKeyReused: Its key stands for another one.
    """
    request = command.request
    known = None if request is None else await read_known(conn, account.id, request.key)
    if known is None or request is None:
        return None
    if (known.incident_id, known.digest) != (command.case_id, request.digest):
        raise CaseKeyReused
    return known.event


def _again(case: OpenCase, event: CaseEvent, rules: CityRules) -> Done:
    state = fold(one for one in case.events if one.seq <= event.seq)
    return Done(case.row.id, event, state, timer_rows(state, rules), again=True)


async def _decided(
    conn: AsyncRows, case: OpenCase, command: Command, account: Account, now: datetime, rules: CityRules
) -> CaseEvent:
    facts = await settled_facts(conn, command.act, command.facts)
    decided: CaseEvent | Refusal
    if isinstance(facts, Refusal):
        decided = facts
    else:
        attempt = Attempt(case.row.id, case.state, account, now, rules.flow, facts)
        decided = decide(command.act, attempt, case.row.limit(now, rules.calendar.zone))
    if isinstance(decided, CaseEvent) and command.act is Act.MERGE:
        decided = await _into_open(conn, int(decided.facts["into"])) or decided
    if isinstance(decided, Refusal) and decided.why is Refused.ROLE:
        raise NotPermitted(BY_ACT[command.act].permission)
    if isinstance(decided, Refusal):
        raise CaseRefused(command.act.value, decided.why.value, decided.field, case.state.status.key)
    if command.act in CHECKS:
        # A check belongs to the responsible grid, never to whoever happens to be near.
        units = case.row.units
        return replace(decided, facts={**decided.facts, "grid": case.row.grid_id or (units[-1] if units else None)})
    return decided


async def _into_open(conn: AsyncRows, into: int) -> Refusal | None:
    """Why a case cannot be merged into that one; it is locked, so that it stays open until the end."""
    rows = await lock_cases(conn, [into])
    if into not in rows:
        return Refusal(Refused.FIELD_INVALID, "into")
    return None if CaseStatus(rows[into].status).is_open else Refusal(Refused.INTO_SETTLED, "into")


async def _follow(conn: AsyncRows, done: Done, account: Account, rules: CityRules) -> None:
    """What an act does to the cases that are merged into this one, and to those merged into them."""
    async with looking(conn, linked_scope(account)):
        for case_id, make in await linked_events(conn, done.case_id, done.event):
            rows = await lock_cases(conn, [case_id])
            log = (await read_logs(conn, [case_id])).get(case_id)
            case = opened(rows[case_id], log, rules)
            event = make(case.state, max(done.event.at, case.events[-1].at))
            if event is None:
                continue
            linked = await written(conn, case, event, rules)
            await record(conn, change_entry(case.row, linked, standing_of(case.row)))
            await _follow(conn, linked, account, rules)


def change_entry(row: CaseRow, done: Done, before: Standing) -> Entry:
    """What the audit log is told of an act: the act, and what it changed of the row."""
    after = standing(done.state, done.timers, done.event.at)
    was, is_now = _shown(before), _shown(after)
    return Entry(
        Action.CASE_CHANGED,
        "incident",
        str(row.id),
        unit_ids=tuple(row.units[-1:]),
        detail={"act": done.event.act.value, "seq": done.event.seq},
        before=differing(was, is_now),
        after=differing(is_now, was),
    )


def _shown(one: Standing) -> dict[str, object]:
    return {
        "status": CaseStatus(one.status).key,
        "department": one.department_id,
        "due_at": one.due_at,
        "breached": one.breached,
        "close_reason": one.close_reason,
    }
