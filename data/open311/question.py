"""Which requests does a query of Open311 ask for?

Source: Open311 GeoReport v2, GET Service Requests.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.open311.terms import STATUSES
from data.reads.errors import RequestRefused

MOST_DAYS = 90
MOST_ROWS = 1_000
MOST_BEFORE = 100_000
"""So many requests may be passed over by paging; beyond that shorter periods are faster for both sides."""

_ID = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """A query as the address has it; what is empty was not asked."""

    service_request_id: str = ""
    service_code: str = ""
    status: str = ""
    start_date: str = ""
    end_date: str = ""
    page: str = ""
    page_size: str = ""


@dataclass(frozen=True, slots=True)
class RequestQuestion:
    """Conditions that all hold together.

    Attributes:
        ids: These requests, whatever their period; None for a period.
        codes: Codes of services; None for all.
        statuses: `open`, `closed` or both.
        start, end: Of the time of the report, aware; from `start` on, up to and including `end`.
        skipped: Requests of the pages before.
        rows: Size of the page.
    """

    ids: tuple[int, ...] | None
    codes: tuple[str, ...] | None
    statuses: tuple[str, ...]
    start: datetime
    end: datetime
    skipped: int
    rows: int


def parse_question(texts: RequestTexts, now: datetime, zone: ZoneInfo) -> RequestQuestion:
    """What a query means; without a period that of the last 90 days.

    Args:
        texts: As asked.
        now: Aware.
        zone: Of moments that state none.

    Raises:
        RequestRefused: A value cannot be used.
    """
    rows = _number("page_size", texts.page_size, MOST_ROWS, MOST_ROWS)
    skipped = (_number("page", texts.page, 1, 999_999) - 1) * rows
    if skipped > MOST_BEFORE:
        raise RequestRefused("page", f"It begins after more than {MOST_BEFORE:,} requests.", "Ask for fewer days.")
    start, end = _period(texts, now, zone)
    return RequestQuestion(
        ids=_ids(texts.service_request_id),
        codes=_listed(texts.service_code) or None,
        statuses=_statuses(texts.status),
        start=start,
        end=end,
        skipped=skipped,
        rows=rows,
    )


def parse_id(text: str) -> int:
    """The number of a request.

    Raises:
        RequestRefused: It is none.
    """
    if not _ID.fullmatch(text):
        raise RequestRefused("service_request_id", "It is no number of a request.", "Send the number that was given.")
    return int(text)


def _ids(text: str) -> tuple[int, ...] | None:
    ids = _listed(text)
    if len(ids) > MOST_ROWS:
        raise RequestRefused("service_request_id", f"There are more than {MOST_ROWS:,}.", "Ask in several steps.")
    return tuple(parse_id(one) for one in ids) or None


def _statuses(text: str) -> tuple[str, ...]:
    words = _listed(text)
    if set(words) - set(STATUSES):
        raise RequestRefused("status", "It is no status.", "Use open, closed, or both with a comma between.")
    return words or STATUSES


def _period(texts: RequestTexts, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    longest = timedelta(days=MOST_DAYS)
    start, end = _moment("start_date", texts.start_date, zone), _moment("end_date", texts.end_date, zone)
    if start is None:
        end = end or now
        return end - longest, end
    end = end or min(start + longest, now)
    if end < start and texts.end_date:
        raise RequestRefused("end_date", "It lies before start_date.", "Exchange the two.")
    if end - start > longest:
        raise RequestRefused("end_date", f"The period is longer than {MOST_DAYS} days.", "Ask in several steps.")
    return start, end


def _moment(field: str, text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign that was not written as %2B arrives as a blank.
        moment = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        # Far ends of the calendar cannot be told in another zone.
        if not 1900 <= aware.astimezone(UTC).year <= 2999:
            raise ValueError
    except (ValueError, OverflowError):
        raise RequestRefused(field, "It is no time in W3C form.", "Write it like 2026-03-02T08:00:00Z.") from None
    return aware


def _number(field: str, text: str, default: int, most: int) -> int:
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise RequestRefused(field, "It is no usable number.", f"Send a whole number from 1 to {most:,}.")
    return int(text)


def _listed(text: str) -> tuple[str, ...]:
    """The parts between commas, each once, in their order."""
    return tuple(dict.fromkeys(part.strip() for part in text.replace("\0", "").split(",") if part.strip()))
