"""How does a report without an account stand? Who has its receipt learns state and deadline, and nothing else."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from data.engine import AsyncRows
from data.reads.rows import fetch_one
from data.report_page.codes import LETTERS
from data.scope import RowScope
from geo.status import CaseStatus

PROGRAM = RowScope(sees_sensitive=True)
"""In which the program files for nobody in particular, and looks at what a receipt stands for, whatever its class."""

LENGTH = 12
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_READ = """
SELECT incident.status, incident.reported_at, incident.due_at, incident.breached, timer.warn_at
FROM report_receipt AS receipt
JOIN incident ON incident.id = receipt.incident_id AND incident.reported_at = receipt.reported_at
LEFT JOIN case_timer AS timer
    ON timer.incident_id = receipt.incident_id AND timer.stage = 'handling' AND timer.done_at IS NULL
WHERE receipt.digest = %(digest)s AND receipt.code = %(code)s
ORDER BY timer.no DESC
LIMIT 1
"""


class PublicState(StrEnum):
    """A state in the words of people; the value is the end of a locale key."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    CHECKING = "checking"
    CLOSED = "closed"
    NOT_TAKEN = "not_taken"
    MERGED = "merged"
    SUSPENDED = "suspended"


_S = CaseStatus
_PUBLIC = {
    _S.reported: PublicState.RECEIVED,
    _S.filed: PublicState.ACCEPTED,
    _S.returned: PublicState.ACCEPTED,
    _S.dispatched: PublicState.HANDLING,
    _S.handling: PublicState.HANDLING,
    _S.rework: PublicState.HANDLING,
    _S.handled: PublicState.CHECKING,
    _S.closed: PublicState.CLOSED,
    _S.rejected: PublicState.NOT_TAKEN,
    _S.void: PublicState.NOT_TAKEN,
    _S.merged: PublicState.MERGED,
    _S.suspended: PublicState.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class PublicStanding:
    """What a receipt tells.

    Attributes:
        due_at: End of the limit of handling; None before there is one, and where it stands still.
        meaning: within, approaching, breached or closed.
    """

    state: PublicState
    reported_at: datetime
    due_at: datetime | None
    meaning: str

    def in_zone(self, zone: tzinfo) -> "PublicStanding":
        """The same with moments as the clocks of the city say them."""
        due_at = None if self.due_at is None else self.due_at.astimezone(zone)
        return replace(self, reported_at=self.reported_at.astimezone(zone), due_at=due_at)


@dataclass(frozen=True, slots=True)
class _Row:
    status: int
    reported_at: datetime
    due_at: datetime | None
    breached: bool
    warn_at: datetime | None


def receipt_of(token: str) -> str:
    """The receipt of a form: the same form, sent twice, has the same one. 12 letters, about 59 bits."""
    number = int.from_bytes(hashlib.sha256(f"receipt {token}".encode()).digest())
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def digest_of(receipt: str) -> bytes:
    """What the database holds of a receipt."""
    return hashlib.sha256(receipt.encode()).digest()


async def read_standing(conn: AsyncRows, code: str, receipt: str, now: datetime) -> PublicStanding | None:
    """What a receipt stands for; None where it stands for nothing. In the scope `PROGRAM`."""
    row = await fetch_one(conn, _Row, _READ, {"digest": digest_of(receipt), "code": code})
    if row is None:
        return None
    state = _PUBLIC[CaseStatus(row.status)]
    is_open = CaseStatus(row.status).is_open
    return PublicStanding(state, row.reported_at, row.due_at if is_open else None, _meaning(row, now, is_open))


def _meaning(row: _Row, now: datetime, is_open: bool) -> str:
    if not is_open:
        return "closed"
    if row.due_at is not None and now > row.due_at:
        return "breached"
    return "approaching" if row.warn_at is not None and now >= row.warn_at else "within"
