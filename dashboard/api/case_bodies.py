"""Which fields do the JSON bodies of cases have?"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.bodies import IncidentBody, IncidentsBody, UnitNameBody
from data.cases.action import Act

DeadlineKey = Literal["within", "approaching", "breached"]


class TimerBody(BaseModel):
    """A time limit; `warn_at` and `due_at` are empty while it stands still, `state` is for good once it is done."""

    stage: str
    started_at: datetime
    amount: float
    clock: str
    warn_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    paused: bool
    state: DeadlineKey


class PauseBody(BaseModel):
    """A time that a limit stood still; `end` is null while it does."""

    model_config = ConfigDict(from_attributes=True)
    begin: datetime
    end: datetime | None


class CaseTimerBody(TimerBody):
    """A time limit with the times that it stood still."""

    pauses: list[PauseBody]


class QueuedCaseBody(IncidentBody):
    """A case in a queue: `seq` is the number of its last event, `timer` the limit that runs out first.

    `told` is how many steps of the escalation ladder were taken for its limit of handling.
    """

    seq: int
    timer: TimerBody | None
    told: int


class CasesBody(BaseModel):
    """A page of a queue; ask again with `next` as cursor for the following ones."""

    as_of: datetime
    queue: str
    items: list[QueuedCaseBody]
    next: str | None


class SamePlaceBody(BaseModel):
    """Other cases of the grid that a case lies in, newest first; `unit` is empty where it lies in none."""

    as_of: datetime
    unit: str | None
    items: list[QueuedCaseBody]


class FigureCasesBody(IncidentsBody):
    """Cases that a number counts, as queues show them; ask again with `next` as cursor for the following ones."""

    items: list[QueuedCaseBody]  # type: ignore[assignment]


class QueuesBody(BaseModel):
    """How many cases are in each queue."""

    as_of: datetime
    items: dict[str, int]


class EventBody(BaseModel):
    """Something that happened to a case; `who` is empty for the program and for imports.

    `role` is the one in which they acted, `program` where the program did it, empty where it is not known.
    """

    seq: int
    at: datetime
    act: str
    who: str | None
    role: str | None
    department_id: int | None
    facts: dict[str, Any]


class ActBody(BaseModel):
    """An act: whether it can be done by who asks, and if not, why; `fields` are the facts that it takes."""

    act: str
    possible: bool
    reason: str | None
    fields: dict[str, dict[str, str | bool]]


class StateBody(BaseModel):
    """How a case stands after its last event."""

    seq: int
    status: str
    department_id: int | None
    close_reason: str | None
    check: str | None
    check_found: bool | None
    extensions: int
    extension_asked: float | None
    suspended: int
    suspended_until: datetime | None
    called: list[int]
    missing: list[int]
    merged_into: int | None
    appeal: str | None
    exempt: bool
    level: int
    mediation: str | None
    grade: str
    supervised: int
    escalated: int
    returned: int
    reworked: int
    reopened: int


class CaseBody(BaseModel):
    """A case with its log, its time limits and what can be done to it.

    `told` are the steps of the escalation ladder that were taken for its limit; `days_known` is false where holidays of
    a year in which its limits run are not published yet.
    """

    as_of: datetime
    incident: IncidentBody
    located: list[UnitNameBody]
    state: StateBody
    events: list[EventBody]
    timers: list[CaseTimerBody]
    acts: list[ActBody]
    merged: list[int]
    told: list[str]
    days_known: bool


class TransitionAsked(BaseModel):
    """What is to be done to a case.

    `seq` is the number of the last event that was looked at: where something happened since, nothing is done (409).
    With a `key` of your own the request can be sent again and is carried out once.
    """

    model_config = ConfigDict(extra="forbid")
    act: Act
    facts: dict[str, Any] = Field(default_factory=dict)
    seq: int = Field(ge=1, lt=2**31)
    key: str | None = Field(None, min_length=1, max_length=200)


class CaseSeq(BaseModel):
    """A case and the number of its last event that was looked at."""

    model_config = ConfigDict(extra="forbid")
    id: int = Field(ge=1, lt=2**63)
    seq: int = Field(ge=1, lt=2**31)


class TransitionsAsked(BaseModel):
    """What is to be done to several cases: file, dispatch, supervise or escalate."""

    model_config = ConfigDict(extra="forbid")
    act: Act
    facts: dict[str, Any] = Field(default_factory=dict)
    cases: list[CaseSeq] = Field(min_length=1, max_length=200)
    key: str | None = Field(None, min_length=1, max_length=200)


class DoneBody(BaseModel):
    """What was done; `again` says that the same request had been carried out before."""

    id: int
    event: EventBody
    state: StateBody
    timers: list[TimerBody]
    again: bool


class VerdictBody(BaseModel):
    """What became of one of several: done, or the problem."""

    id: int
    done: bool
    seq: int | None
    status: str | None
    problem: dict[str, Any] | None


class CaseVerdictsBody(BaseModel):
    """One verdict per case, in the order asked."""

    done: int
    refused: int
    items: list[VerdictBody]
