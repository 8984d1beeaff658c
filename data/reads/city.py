"""Which city is this, and what moment, boundaries and span of days does the snapshot show?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_one


@dataclass(frozen=True, slots=True)
class CityMoment:
    """The snapshot that all readers of one request share.

    Attributes:
        as_of: Time of the snapshot; figures include every change committed before it.
        boundary_revision: Newest accepted import of boundaries; 0 before the first.
        version: Version that the last fold of the rollups reached.
        pending: Whether changes wait to be folded; figures include them all the same.
        first_day: First city-local day with incidents; None without incidents.
        last_day: Last such day up to today.
    """

    as_of: datetime
    time_zone: str
    city: Mapping[str, str]
    boundary_revision: int
    version: int
    pending: bool
    first_day: date | None
    last_day: date | None

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        """The city-local day of the snapshot."""
        return self.as_of.astimezone(self.zone).date()


async def read_moment(conn: AsyncRows) -> CityMoment:
    """What the snapshot of this transaction shows."""
    moment = await fetch_one(conn, CityMoment, named("city_moment"))
    if moment is None:
        raise AssertionError("a SELECT without FROM returned no row")
    return moment
