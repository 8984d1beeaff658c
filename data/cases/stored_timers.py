"""Which time limits does the database hold of cases?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from data.cases.state import Stage
from data.cases.timers import TimerRow
from data.engine import AsyncRows
from data.reads.rows import fetch_all

_TIMERS = """
SELECT incident_id, no, stage, started_at, amount, clock, warn_at, due_at, done_at, paused
FROM case_timer
WHERE incident_id = ANY(%(ids)s)
ORDER BY incident_id, no
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    incident_id: int
    no: int
    stage: str
    started_at: datetime
    amount: float
    clock: str
    warn_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    paused: bool

    def timer(self) -> TimerRow:
        moments = (self.warn_at, self.due_at, self.done_at)
        return TimerRow(self.no, Stage(self.stage), self.started_at, self.amount, self.clock, *moments, self.paused)


async def read_timers(conn: AsyncRows, ids: Collection[int]) -> dict[int, tuple[TimerRow, ...]]:
    """The time limits of cases in their order, by case; a case without a log is left out."""
    found: dict[int, tuple[TimerRow, ...]] = {}
    for row in await fetch_all(conn, _Stored, _TIMERS, {"ids": sorted(ids)}):
        found[row.incident_id] = (*found.get(row.incident_id, ()), row.timer())
    return found
