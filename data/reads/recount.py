"""What are the figures, counted from the incidents themselves?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from psycopg.sql import SQL

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.measures import Measures
from data.reads.period import Period
from data.reads.rows import fetch_all

Grouping = Literal["cell", "class", "day", "status", "department"]

_COLUMN = {
    "cell": SQL("cell_id"),
    "class": SQL("class_id::int"),
    "day": SQL("(reported_at AT TIME ZONE %(zone)s)::date - DATE '1970-01-01'"),
    "status": SQL("status::int"),
    "department": SQL("COALESCE(department_id, 0)::int"),
}


@dataclass(frozen=True, slots=True)
class KeyedMeasures:
    """A row of figures with its key."""

    key: int
    n: int
    n_open: int
    n_overdue: int
    n_closed: int
    n_on_time: int
    n_late: int

    @property
    def measures(self) -> Measures:
        """The figures without the key."""
        return Measures(self.n, self.n_open, self.n_overdue, self.n_closed, self.n_on_time, self.n_late)


async def recount(
    conn: AsyncRows,
    grouping: Grouping,
    period: Period,
    zone: ZoneInfo,
    *,
    cells: Iterable[int] | None = None,
    class_ids: frozenset[int] | None = None,
) -> dict[int, Measures]:
    """Figures by cell id, class id, day (since 1970-01-01), status code or department id (0 none).

    Args:
        cells: Only incidents of these cells; None for all.
        class_ids: Only these classes; None for all.
    """
    values: dict[str, object] = {"start": period.start(zone), "end": period.end(zone), "zone": zone.key}
    conditions = [SQL("TRUE")]
    if cells is not None:
        values["cells"] = list(cells)
        conditions.append(SQL("cell_id = ANY(%(cells)s)"))
    if class_ids is not None:
        values["classes"] = sorted(class_ids)
        conditions.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
    statement = SQL(named("recount")).format(grouping=_COLUMN[grouping], condition=SQL(" AND ").join(conditions))
    rows = await fetch_all(conn, KeyedMeasures, statement, values, prepare=False)
    return {row.key: row.measures for row in rows}
