"""What can be wrong with the chain, and how is it told?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.audit.chain import Head


class Fault(StrEnum):
    """What was done to a row."""

    EDITED = "edited"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    BROKEN = "broken"
    UNSEALED = "unsealed"
    ANCHOR_UNKNOWN = "anchor_unknown"
    KEY_NEEDED = "key_needed"
    UNKEYED = "unkeyed"
    HEAD_MISSING = "head_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        fault: What was done.
        text: The same as a sentence that names the row.
        seq: Number in the chain; None where it has none.
        entry_id: The entry; None where nobody can tell.
        at: When the entry was written, where that is known.
    """

    fault: Fault
    text: str
    seq: int | None = None
    entry_id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the whole chain found.

    Attributes:
        sealed: Seals that were checked.
        dropped: Seals among them whose entries retention had dropped.
        keyed: Seals among them that were made with the key.
        waiting: Entries that wait for their seal, not long enough to be a fault.
        first_seq: Number of the first seal; 0 where there is none.
        head: The end of the chain; note it down elsewhere.
        findings: Everything wrong, in the order of the chain; the first thousand.
    """

    sealed: int
    dropped: int
    keyed: int
    waiting: int
    first_seq: int
    head: Head
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, object]:
        """The result as plain values."""
        return {
            "whole": self.is_whole,
            "sealed": self.sealed,
            "dropped": self.dropped,
            "keyed": self.keyed,
            "waiting": self.waiting,
            "first_seq": self.first_seq,
            "head": str(self.head),
            "findings": [
                {
                    "fault": finding.fault.value,
                    "seq": finding.seq,
                    "entry": finding.entry_id,
                    "at": None if finding.at is None else finding.at.isoformat(),
                    "text": finding.text,
                }
                for finding in self.findings
            ],
        }
