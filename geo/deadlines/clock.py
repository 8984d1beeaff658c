"""By which of the four clocks is a time limit counted, and how long is it?"""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from geo.errors import ParameterError


class Clock(StrEnum):
    """The clocks of DOMAIN §3."""

    URGENT_HOUR = "urgent_hour"
    """紧急工作时: runs around the clock."""
    WORK_HOUR = "work_hour"
    """工作时: runs in the work windows of work days."""
    WORK_DAY = "work_day"
    """工作日: as many work hours as a full work day has."""
    CALENDAR_DAY = "calendar_day"
    """自然日: ends at the same wall-clock time so many days later."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So many units of a clock.

    Attributes:
        amount: hours or days, 0 or more.
        clock: what is counted.
    """

    amount: float
    clock: Clock

    def __post_init__(self) -> None:
        """Check the amount.

        Raises:
            ParameterError: if it is negative or no number.
        """
        if not isfinite(self.amount) or self.amount < 0:
            raise ParameterError("amount", self.amount, "0 or more hours or days")

    def times(self, share: float) -> "TimeLimit":
        """The limit times a share, such as the part after which a deadline counts as approaching."""
        return TimeLimit(self.amount * share, self.clock)
