"""Which cases does a queue ask for, in which order and from where on?"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from data.reads.errors import CursorInvalid, RequestRefused
from geo.deadlines.states import DeadlineState
from geo.status import OPEN_STATUSES, CaseStatus

MOST_TEXT = 200
Kind = TypeVar("Kind", bound=StrEnum)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_S = CaseStatus


class Queue(StrEnum):
    """A heap of work."""

    ALL = "all"
    OPEN = "open"
    NEW = "new"
    """Reported, to be filed or refused."""
    TO_DISPATCH = "to_dispatch"
    IN_HAND = "in_hand"
    """With a department."""
    TO_VERIFY = "to_verify"
    CHECKS = "checks"
    """A check waits for its answer."""
    CALLED = "called"
    """The own department is called and has not reported in."""
    APPROVALS = "approvals"
    """An extension or an appeal waits for a decision."""
    SUSPENDED = "suspended"
    APPROACHING = "approaching"
    """The limit of handling is near."""
    BREACHED = "breached"
    ESCALATED = "escalated"
    """The escalation ladder has told somebody of its limit, and the work is not done."""
    RETURNED = "returned"
    MERGED = "merged"


STATES: Mapping[Queue, frozenset[CaseStatus]] = {
    Queue.ALL: frozenset(CaseStatus),
    Queue.OPEN: OPEN_STATUSES,
    Queue.NEW: frozenset({_S.reported}),
    Queue.TO_DISPATCH: frozenset({_S.filed, _S.returned}),
    Queue.IN_HAND: frozenset({_S.dispatched, _S.handling, _S.rework}),
    Queue.TO_VERIFY: frozenset({_S.handled}),
    Queue.CHECKS: frozenset({_S.reported, _S.handled}),
    Queue.CALLED: OPEN_STATUSES,
    Queue.APPROVALS: frozenset({_S.dispatched, _S.handling, _S.rework, _S.closed}),
    Queue.SUSPENDED: frozenset({_S.suspended}),
    Queue.APPROACHING: OPEN_STATUSES,
    Queue.BREACHED: OPEN_STATUSES,
    Queue.ESCALATED: OPEN_STATUSES,
    Queue.RETURNED: frozenset({_S.returned}),
    Queue.MERGED: frozenset({_S.merged}),
}
"""In which states the cases of a queue are."""

UNCOUNTED = frozenset({Queue.ALL, Queue.MERGED})
"""Queues of cases that nobody works on any more: there are as many as the city has history."""


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order: the moment that it goes by (None at the end) and the id of the case."""

    order: Order
    moment: datetime | None
    id: int


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Conditions that all hold together; empty ones do not count.

    Attributes:
        deadline: How the limit of handling stands.
        classes, unit, department: As the address has them: see `read_class_filter`, a unit's code, a department's key.
        text: Found in the text or the address, or equal to the external id.
    """

    queue: Queue = Queue.OPEN
    statuses: frozenset[CaseStatus] = frozenset()
    deadline: DeadlineState | None = None
    classes: str = ""
    unit: str = ""
    department: str = ""
    text: str = ""
    order: Order = Order.NEWEST

    @property
    def wanted(self) -> frozenset[CaseStatus]:
        """States of the queue that are asked for."""
        return STATES[self.queue] & self.statuses if self.statuses else STATES[self.queue]


def parse_queue(asked: Mapping[str, str]) -> QueueFilter:
    """The filter that texts of the address mean.

    Args:
        asked: By queue, state, deadline, class, unit, department, q and sort; an empty text does not count.

    Raises:
        RequestRefused: A text cannot be used.
    """
    states = frozenset(_state(term.strip()) for term in asked.get("state", "").split(",") if term.strip())
    deadline = asked.get("deadline", "")
    return QueueFilter(
        _one_of(Queue, "queue", asked.get("queue", "") or Queue.OPEN.value),
        states,
        _one_of(DeadlineState, "deadline", deadline) if deadline else None,
        asked.get("class", ""),
        asked.get("unit", ""),
        asked.get("department", ""),
        asked.get("q", "").strip()[:MOST_TEXT],
        _one_of(Order, "sort", asked.get("sort", "") or Order.NEWEST.value),
    )


def encode_place(place: Place) -> str:
    """Opaque text that stands for a place in the order."""
    micros = "" if place.moment is None else str((place.moment - _EPOCH) // timedelta(microseconds=1))
    return base64.urlsafe_b64encode(f"{place.order}.{micros}.{place.id}".encode()).decode().rstrip("=")


def decode_place(text: str, order: Order) -> Place | None:
    """The place that a cursor stands for; None where it is empty.

    Raises:
        CursorInvalid: It was not made here, or for another order.
    """
    if not text:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        made_for, micros, case_id = decoded.split(".")
        moment = _EPOCH + timedelta(microseconds=int(micros)) if micros else None
        if made_for != order.value or not 0 <= int(case_id) < 2**63 or (moment is None and order is not Order.DUE):
            raise ValueError("of another list")
        return Place(order, moment, int(case_id))
    except (binascii.Error, ValueError, OverflowError) as error:
        raise CursorInvalid("cursor", "The cursor is damaged or of another list.", "Start without a cursor.") from error


def _state(key: str) -> CaseStatus:
    found = next((status for status in CaseStatus if status.key == key), None)
    if found is None:
        known = ", ".join(status.key for status in CaseStatus)
        raise RequestRefused("state", f"{key!r} is no state.", f"Use any of: {known}; separate several by commas.")
    return found


def _one_of(kind: type[Kind], field: str, value: str) -> Kind:
    try:
        return kind(value)
    except ValueError as error:
        raise RequestRefused(field, f"{value!r} is not known.", f"Use one of: {', '.join(kind)}.") from error
