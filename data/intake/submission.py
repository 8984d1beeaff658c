"""What does a sender hand in at once, and what is the sender told about each part of it?"""

from dataclasses import dataclass
from enum import StrEnum

from data.intake.report import Report, ReportRefused


class Outcome(StrEnum):
    """What became of a report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one report.

    Attributes:
        outcome: Accepted and duplicate are safe in the database when the sender hears of them.
        incident_id: The incident; None for a rejected report, and for a duplicate of one that the sender may not see.
        refusal: Why it was rejected.
    """

    outcome: Outcome
    incident_id: int | None = None
    refusal: ReportRefused | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Reports that a sender hands in with one request.

    Attributes:
        rows: In order; a refused one stays in its place.
        key: The request's Idempotency-Key, None where it has none.
        digest: SHA-256 of the request; tells a repeated request from another one under the same key.
    """

    rows: tuple[Report | ReportRefused, ...]
    key: str | None
    digest: bytes

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The Idempotency-Key was used before, for another request."""


Answer = tuple[Verdict, ...] | KeyReused
