"""How does our flow read in the words of Open311 GeoReport v2?

The preset `open311_json` of the import reads the same words.
"""

from datetime import datetime

from geo.status import OPEN_STATUSES, CaseStatus

SOURCE = "open311"
"""Key of the source of what comes in this way (data/catalog/sources.yaml)."""

OPEN, CLOSED = "open", "closed"
STATUSES = (OPEN, CLOSED)
_ENDED_WITHOUT_REASON = {CaseStatus.merged: "duplicate"}


def status_of(code: int) -> str:
    """`open` as long as somebody has to act, else `closed`; it never says that something was fixed.

    >>> status_of(4), status_of(7)
    ('open', 'closed')
    """
    return OPEN if CaseStatus(code) in OPEN_STATUSES else CLOSED


def status_codes(word: str) -> frozenset[int]:
    """The states that a word of Open311 stands for."""
    return frozenset(int(status) for status in CaseStatus if status_of(status) == word)


def status_notes(code: int, close_reason: str | None) -> str:
    """How it ended, or where it stands: the close reason of what is closed, the state of everything else.

    >>> status_notes(6, "mediated"), status_notes(3, None), status_notes(9, None)
    ('mediated', 'dispatched', 'duplicate')
    """
    status = CaseStatus(code)
    if status is CaseStatus.closed:
        return close_reason or status.key
    return _ENDED_WITHOUT_REASON.get(status, status.key)


def updated_at(reported_at: datetime, *moments: datetime | None) -> datetime:
    """The last of the moments that are known."""
    return max([reported_at, *(moment for moment in moments if moment is not None)])
