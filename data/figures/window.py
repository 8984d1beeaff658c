"""Which moments belong to the period of a figure, and which reports have to be filed in it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.cases.local_rules import CityRules
from data.cases.state import Stage
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_all
from geo.deadlines.clock import TimeLimit
from geo.deadlines.due import due
from geo.deadlines.work_calendar import WorkCalendar

_DISPUTES = "SELECT id FROM incident_class WHERE kind = 'dispute' ORDER BY id"
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A period as it stands at a moment: what is due later than that does not count yet.

    Attributes:
        start, end: First moment of the period, and first one after it.
        now: Moment at which it is looked at.
        filing_from, filing_to: Reports from the one and before the other have to be filed in the period.
        disputes: Ids of the classes of disputes.
    """

    start: datetime
    end: datetime
    now: datetime
    filing_from: datetime
    filing_to: datetime
    disputes: tuple[int, ...] = ()

    @property
    def values(self) -> Mapping[str, object]:
        """Parameters of `data.figures.conditions`."""
        return {
            "start": self.start,
            "end": self.end,
            "now": self.now,
            "filing_from": self.filing_from,
            "filing_to": self.filing_to,
            "disputes": list(self.disputes),
        }


async def read_window(conn: AsyncRows, start: datetime, end: datetime, now: datetime, rules: CityRules) -> Window:
    """The window of a period.

    Args:
        conn: Any transaction.
        start, end: Aware, the end not included.
        now: Aware.
        rules: Of the city: the limit for filing and the calendar.
    """
    limit = rules.flow.stages[Stage.ACCEPTANCE]
    disputes = tuple(row.id for row in await fetch_all(conn, RowId, _DISPUTES))
    until = max(start, min(end, now + _STEP))
    return Window(
        start,
        end,
        now,
        first_start(start, limit, rules.calendar),
        first_start(until, limit, rules.calendar),
        disputes,
    )


def first_start(moment: datetime, limit: TimeLimit, calendar: WorkCalendar) -> datetime:
    """The first start whose limit runs out at a moment or later: a limit that starts later never ends earlier."""
    reach = timedelta(days=1)
    while _ends(moment - reach, limit, calendar) >= moment:
        reach *= 2
    before, found = moment - reach, moment
    while found - before > _STEP:
        middle = before + (found - before) // 2
        if _ends(middle, limit, calendar) >= moment:
            found = middle
        else:
            before = middle
    return found


def _ends(start: datetime, limit: TimeLimit, calendar: WorkCalendar) -> datetime:
    ends = due(start, limit.amount, limit.clock, calendar)
    assert ends is not None
    return ends
