"""In which state can a case be, and which states are open?"""

from enum import IntEnum


class CaseStatus(IntEnum):
    """State of a case by the flow of DOMAIN §4; the number is what the database stores, the name is the neutral key."""

    reported = 1
    filed = 2
    dispatched = 3
    handling = 4
    handled = 5
    closed = 6
    rejected = 7
    void = 8
    merged = 9
    returned = 10
    rework = 11
    suspended = 12

    @property
    def key(self) -> str:
        """Neutral key, as used in URLs and files."""
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act before the case is over."""
        return self in OPEN_STATUSES


OPEN_STATUSES = frozenset(
    {
        CaseStatus.reported,
        CaseStatus.filed,
        CaseStatus.dispatched,
        CaseStatus.handling,
        CaseStatus.handled,
        CaseStatus.returned,
        CaseStatus.rework,
        CaseStatus.suspended,
    }
)
"""States in which somebody still has to act."""

TIMED_STATUSES = OPEN_STATUSES - {CaseStatus.handled, CaseStatus.suspended}
"""Open states in which the time limit runs."""


class Severity(IntEnum):
    """How serious an incident is."""

    general = 1
    serious = 2
    major = 3
