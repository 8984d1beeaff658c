"""Which time limits does the database hold of cases?"""

from collections.abc import Collection

from psycopg.rows import tuple_row

from data.cases.state import Stage
from data.cases.timers import TimerRow
from data.engine import AsyncRows

_TIMERS = """
SELECT incident_id, no, stage, started_at, amount, clock, warn_at, due_at, done_at, paused, told
FROM case_timer
WHERE incident_id = ANY(%(ids)s)
ORDER BY incident_id, no
"""


async def read_timers(conn: AsyncRows, ids: Collection[int]) -> dict[int, tuple[TimerRow, ...]]:
    """The time limits of cases in their order, by case; a case without a log is left out."""
    found: dict[int, tuple[TimerRow, ...]] = {}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_TIMERS, {"ids": sorted(ids)})
        for case_id, no, stage, *rest in await cursor.fetchall():
            found[case_id] = (*found.get(case_id, ()), TimerRow(no, Stage(stage), *rest))
    return found
