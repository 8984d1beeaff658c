"""What does the database hold of a case beside its log?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.cases.class_limits import handling_limit, limit_facts
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all
from geo.deadlines.clock import TimeLimit


@dataclass(frozen=True, slots=True)
class CaseRow:
    """The incident of a case, with what its class and place say.

    Attributes:
        limits: Rows of the class's limits, as the catalog has them.
        source: Key of the source.
        county: Code of the county that it lies in.
        grid_id: Small grid that is responsible; None where it lies in none.
        units: Ids of the units that it lies in, from the city down.
        marks: Sum of `data.cases.marks.Mark`, 0 without a log.
    """

    id: int
    reported_at: datetime
    status: int
    breached: bool
    severity: int
    grid_id: int | None
    department_id: int | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    close_reason: str | None
    limits: list[Any]
    source: str | None
    county: str | None
    units: list[int]
    closing_due_at: datetime | None = None
    marks: int = 0

    def limit(self, at: datetime, zone: ZoneInfo) -> TimeLimit | None:
        """The limit that its class gives to its handling, begun at a moment."""
        return handling_limit(self.limits, limit_facts(self.severity, self.source, self.county, at, zone))


_LOCK = "SELECT id FROM incident WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"


async def lock_cases(conn: AsyncRows, ids: Collection[int]) -> dict[int, CaseRow]:
    """Those of the cases that the scope shows, by id, locked in the order of their ids."""
    await conn.execute(_LOCK, {"ids": sorted(ids)})
    # A new statement: it sees what was committed while the lock was waited for.
    return await read_case_rows(conn, ids)


async def read_case_rows(conn: AsyncRows, ids: Collection[int]) -> dict[int, CaseRow]:
    """Those of the cases that the scope shows, by id."""
    rows = await fetch_all(conn, CaseRow, named("case_rows"), {"ids": sorted(ids)})
    return {row.id: row for row in rows}
