"""For how long is an account closed after wrong passwords?"""

from datetime import datetime, timedelta

FREE_ATTEMPTS = 4
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
"""Kept short: a lock that lasts for hours would be a weapon against the account's owner."""


def delay_after(failed_attempts: int) -> timedelta:
    """Time without any attempt after so many wrong passwords in a row.

    >>> [int(delay_after(n).total_seconds()) for n in (4, 5, 6, 7, 8, 99)]
    [0, 30, 60, 120, 240, 900]
    """
    beyond = failed_attempts - FREE_ATTEMPTS
    if beyond <= 0:
        return timedelta(0)
    return min(FIRST_DELAY * (1 << min(beyond - 1, 20)), LONGEST_DELAY)


def locked_until(failed_attempts: int, now: datetime) -> datetime | None:
    """Moment from which the next attempt counts; None where it may come at once."""
    delay = delay_after(failed_attempts)
    return now + delay if delay else None


def is_locked(until: datetime | None, now: datetime) -> bool:
    """Whether attempts are ignored now."""
    return until is not None and now < until
