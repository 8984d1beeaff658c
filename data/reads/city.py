"""Which city is this, and what moment, boundaries and span of days does the snapshot show?"""

from collections.abc import Mapping, Sequence
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
        area_id: Unit whose subtree the reader sees; None is the whole city.
        department_id: Department whose incidents the reader sees; None is all.
        sees_sensitive: Whether the reader sees incidents of sensitive classes and exact figures of them.
        minimum_count: From how many sensitive incidents on a group is counted for all; None for an exact reader.
        withheld_ids: Sensitive classes of which the reader knows what is released.
        is_replay: Whether `as_of` is a past moment that was asked for.
    """

    as_of: datetime
    time_zone: str
    city: Mapping[str, str | bool]
    boundary_revision: int
    version: int
    pending: bool
    first_day: date | None
    last_day: date | None
    area_id: int | None = None
    department_id: int | None = None
    sees_sensitive: bool = False
    minimum_count: int | None = None
    withheld_ids: Sequence[int] = ()
    is_replay: bool = False

    @property
    def is_confined(self) -> bool:
        """Whether the reader sees a part of the city or of its incidents only."""
        return self.area_id is not None or self.department_id is not None

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
