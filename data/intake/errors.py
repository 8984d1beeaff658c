"""Why can a submission not be taken right now?"""

from data.errors import DataError


class IntakeBusy(DataError):
    """More reports wait than may wait; nothing of this submission was stored."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many reports wait to be stored. Send this request again in a moment.")
        self.retry_after_s = retry_after_s


class OutcomeUnknown(DataError):
    """The database went away before it said whether the submission was stored."""

    def __init__(self) -> None:
        super().__init__(
            "The database went away before it confirmed. Send the same request again with the same Idempotency-Key "
            "or external ids: it is stored once."
        )


class BoundariesMoved(DataError):
    """The boundaries are newer than those that the reports were placed by; to be placed again."""


class AnswerTaken(DataError):
    """Another transaction has answered the same request meanwhile; to be looked up."""
