"""Which city-local days does a question cover?"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.reads.city import CityMoment
from data.reads.errors import PeriodInvalid

DEFAULT_DAYS = 30
MAX_DAYS = 3_660


@dataclass(frozen=True, slots=True)
class Period:
    """Whole city-local days, the first and the last included."""

    first: date
    last: date

    @property
    def length_days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        """Every day in order."""
        return [self.first + timedelta(days=offset) for offset in range(self.length_days)]

    @property
    def before(self) -> "Period":
        """The period of equal length that ends the day before this one starts."""
        return Period(self.first - timedelta(days=self.length_days), self.first - timedelta(days=1))

    def start(self, zone: ZoneInfo) -> datetime:
        """First moment of the period."""
        return datetime.combine(self.first, time(), zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """First moment after the period."""
        return datetime.combine(self.last + timedelta(days=1), time(), zone)


def parse_period(first: str | None, last: str | None, moment: CityMoment) -> Period:
    """Period from the texts of `from` and `to`, both days included (YYYY-MM-DD, city-local).

    Without `to` it ends on the last day with incidents up to today; without `from` it is 30 days long.

    Raises:
        PeriodInvalid: A text is no date, `from` is after `to`, or the period is longer than ten years.
    """
    start = _parse_day("from", first)
    end = _parse_day("to", last) or max(moment.last_day or moment.today, start or date.min)
    start = start or end - timedelta(days=DEFAULT_DAYS - 1)
    if start > end:
        raise PeriodInvalid("from", f"{start} is after {end}.", "Give a first day that is not after the last day.")
    period = Period(start, end)
    if period.length_days > MAX_DAYS:
        raise PeriodInvalid("from", f"{period.length_days} days are too many.", f"Ask for at most {MAX_DAYS} days.")
    return period


def _parse_day(field: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise PeriodInvalid(field, f"{value!r} is no date.", "Write it as YYYY-MM-DD, such as 2025-03-31.") from error
    if not date(1900, 1, 1) <= day <= date(2200, 12, 31):
        raise PeriodInvalid(field, f"{value} is out of range.", "Give a day between 1900-01-01 and 2200-12-31.")
    return day
