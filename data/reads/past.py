"""How does a transaction come to show everything as it stood at a past moment?

The schema `past` has relations of the same names as the tables of incidents and figures. Put in front of them on the
search path, they are what every statement of the transaction reads; so a figure of the past is counted by the very
statement that counts it now.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from data.engine import AsyncRows
from data.reads.city import CityMoment
from data.reads.errors import MomentUnavailable

_LOOK_BACK = "SELECT set_config('minqing.as_of', %(moment)s, true), set_config('search_path', 'past, public', true)"
_EARLIEST = date(1900, 1, 1)
_REMEDY = "Give a moment up to now, such as 2026-03-02T08:30:00+08:00; without an offset it is the city's own time."


async def look_back(conn: AsyncRows, now: CityMoment, text: str) -> CityMoment:
    """Let this transaction read incidents and figures as they stood at a moment, until it ends.

    Args:
        conn: A reading transaction.
        now: What its snapshot shows.
        text: ISO 8601; the plus sign of an offset may have become a space on its way through an address.

    Returns:
        The moment; nothing that is read at it goes into a cache of the present.

    Raises:
        MomentUnavailable: It is no moment, lies in the future, or before the first day with an incident.
    """
    moment = parse_moment(text, now)
    day = moment.astimezone(now.zone).date()
    if now.first_day is not None and day < now.first_day:
        raise MomentUnavailable(
            "as_of", f"Nothing is known of {text}: the first incident is of {now.first_day}.", "Give a later moment."
        )
    last_day = None if now.last_day is None else min(now.last_day, day)
    then = replace(now, as_of=moment, is_replay=True, pending=True, last_day=last_day)
    await stand_at(conn, then)
    return then


async def stand_at(conn: AsyncRows, moment: CityMoment) -> None:
    """Let another transaction read at the moment of a question; for a question about the present nothing changes."""
    if moment.is_replay:
        await conn.execute(_LOOK_BACK, {"moment": moment.as_of.astimezone(UTC).isoformat()})


def parse_moment(text: str, now: CityMoment, field: str = "as_of") -> datetime:
    """The moment that a text means, in the city's time where it names no offset.

    Raises:
        MomentUnavailable: It means none, one in the future, or one before 1900.
    """
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
        moment = found.replace(tzinfo=now.zone) if found.tzinfo is None else found
        is_future = moment > now.as_of
    except (ValueError, OverflowError) as error:
        raise MomentUnavailable(field, f"{text!r} is no moment.", _REMEDY) from error
    if is_future:
        raise MomentUnavailable(field, f"{text} has not come yet.", _REMEDY)
    if moment.date() < _EARLIEST:
        raise MomentUnavailable(field, f"{text} is too long ago.", _REMEDY)
    return moment
