"""Which incidents of a period lie in which unit, when were they reported, and how long did they take?"""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_bytes
from geo.morton import lonlat_of
from geo.zoning.graph import Floats, Ints

DAY_MINUTES = 1_440
WEEK_DAYS = 7
_RECORD = np.dtype(
    [("unit", ">i4"), ("minute", ">i4"), ("class_id", ">i2"), ("flags", ">i2"), ("hours", ">f4"), ("morton", ">i8")]
)
_OPEN, _OVERDUE = 1, 2


@dataclass(frozen=True, slots=True)
class CaseClass:
    """A class of incidents with the group that it counts in; of a sensitive one only small grids are told as places."""

    id: int
    family: str
    group_key: str
    group_zh: str
    group_en: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Caseload:
    """Incidents of a period, one per place of each array, in no order that means anything.

    Attributes:
        unit: (m,) place of the unit in the ground's arrays.
        minute: (m,) minutes of local time since the midnight before the first day.
        class_id: (m,) class.
        is_open: (m,) whether it is not finished now.
        is_overdue: (m,) whether it is open, past its deadline and not handled.
        hours: (m,) from dispatch, else report, to handling; NaN where it is not handled.
        position: (m,) code of where it is on the map (`geo.morton`), −1 for nowhere.
        first: first local day.
        days: number of days.
    """

    unit: NDArray[np.int32]
    minute: NDArray[np.int32]
    class_id: NDArray[np.int16]
    is_open: NDArray[np.bool_]
    is_overdue: NDArray[np.bool_]
    hours: NDArray[np.float32]
    position: Ints
    first: date
    days: int

    @property
    def count(self) -> int:
        """Number of incidents."""
        return len(self.unit)

    @property
    def weeks(self) -> int:
        """Number of whole weeks, counted from the first day."""
        return self.days // WEEK_DAYS

    @property
    def day(self) -> Ints:
        """(m,) number of the local day, from 0."""
        return (self.minute // DAY_MINUTES).astype(np.int64)

    @property
    def lonlat(self) -> Floats:
        """(m, 2) degrees to within two metres; of a sensitive class a point of its small grid; NaN for nowhere."""
        return lonlat_of(self.position)


async def read_classes(conn: AsyncRows) -> tuple[CaseClass, ...]:
    """All classes, by id."""
    query = "SELECT id, family, group_key, group_zh, group_en, sensitive FROM incident_class ORDER BY id"
    return await fetch_all(conn, CaseClass, query)


async def read_caseload(
    conn: AsyncRows, unit_ids: Ints, rank: int, since: date, until: date, zone: ZoneInfo
) -> Caseload:
    """The incidents that the reader sees in units of one level.

    Args:
        conn: a connection in the reader's scope.
        unit_ids: (n,) ids of the units, rising.
        rank: rank of their level.
        since: first local day.
        until: the day after the last.
        zone: the city's time zone.
    """
    values = {
        "units": unit_ids.tolist(),
        "place": rank + 1,
        "start": datetime.combine(since, time(), zone),
        "end": datetime.combine(until, time(), zone),
        "zone": zone.key,
        "midnight": datetime.combine(since, time()),
    }
    packed = np.frombuffer(await fetch_bytes(conn, named("zone_cases"), values, prepare=False), _RECORD)
    flags = packed["flags"]
    return Caseload(
        np.searchsorted(unit_ids, packed["unit"]).astype(np.int32),
        packed["minute"].astype(np.int32),
        packed["class_id"].astype(np.int16),
        (flags & _OPEN) > 0,
        (flags & _OVERDUE) > 0,
        packed["hours"].astype(np.float32),
        packed["morton"].astype(np.int64),
        since,
        (until - since).days,
    )
