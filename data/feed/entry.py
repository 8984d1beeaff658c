"""What is a viewer told of one thing that changed?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

CHANNEL = "feed"
"""On which the folding process tells, once a second, how far the entries reach."""


class FeedKind(StrEnum):
    """What a viewer can listen to."""

    CASES = "cases"
    FIGURES = "figures"
    ZONES = "zones"
    ALERTS = "alerts"
    WALLS = "walls"


RESET = "reset"
"""Kind of an entry that stands for more changes than are worth telling one by one: read everything anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the feed, as a viewer may read it.

    Attributes:
        id: 1, 2, 3 … of the whole feed; a viewer's own entries have gaps between them.
        kind: A `FeedKind`, or `RESET`.
        at: When it was changed.
        incident_id: The case; None of other kinds.
        seq: Of a case the number of its last event, of a plan its version.
        act: What was done; `report`, `breach` and `update` besides the acts of the flow.
        status: How the case stood when it was told, a number of `geo/status.py`.
        gone: Whether the case has left the viewer's department with it.
        plan_id: The plan of zones; None of other kinds.
        detail: Further facts of the kind.
    """

    id: int
    kind: str
    at: datetime
    incident_id: int | None = None
    seq: int | None = None
    act: str | None = None
    status: int | None = None
    gone: bool = False
    plan_id: int | None = None
    detail: dict[str, Any] | None = None
