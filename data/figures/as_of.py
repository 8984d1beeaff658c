"""How did cases stand at an earlier moment, as rows that figures can be counted from?

A case to which nothing happened since stands as its row says. Every other one is folded from its events
up to the moment.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.sql import SQL

from data.cases.case_row import CaseRow, read_case_rows
from data.cases.event import CaseEvent
from data.cases.fold import fold
from data.cases.local_rules import CityRules
from data.cases.log import read_logs
from data.cases.projection import standing
from data.cases.timers import timer_rows
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import RowId, fetch_all

AS_OF = SQL(named("figure_rows_as_of"))
"""Relation with the columns of `incident` that figures ask for; its parameters are `now` and `folded`."""

CHUNK = 500
_MOVED = "SELECT DISTINCT incident_id AS id FROM case_event WHERE at > %(now)s ORDER BY 1"
_PLACES = "SELECT id, cell_id, class_id FROM incident WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True)
class _Place:
    id: int
    cell_id: int
    class_id: int


async def read_folded(conn: AsyncRows, now: datetime, rules: CityRules) -> str:
    """Cases to which something happened since a moment, as they stood at it: JSON for the parameter `folded`.

    Args:
        conn: As the owner; in one snapshot.
        now: Aware, in the past.
        rules: Of the city.
    """
    moved = [row.id for row in await fetch_all(conn, RowId, _MOVED, {"now": now})]
    rows: list[dict[str, Any]] = []
    for first in range(0, len(moved), CHUNK):
        rows += await _stood(conn, moved[first : first + CHUNK], now, rules)
    return orjson.dumps(rows).decode()


async def _stood(conn: AsyncRows, ids: Collection[int], now: datetime, rules: CityRules) -> list[dict[str, Any]]:
    """Cases that had been reported by then, as their logs say."""
    logs, rows = await read_logs(conn, ids), await read_case_rows(conn, ids)
    places = {row.id: row for row in await fetch_all(conn, _Place, _PLACES, {"ids": list(ids)})}
    return [
        {**_state(row, known, now, rules), "cell_id": places[row.id].cell_id, "class_id": places[row.id].class_id}
        for row in rows.values()
        if (known := [event for event in logs[row.id] if event.at <= now])
    ]


def _state(row: CaseRow, events: list[CaseEvent], now: datetime, rules: CityRules) -> dict[str, Any]:
    state = fold(events)
    stood = asdict(standing(state, timer_rows(state, rules), now))
    # With the report alone there was no log yet: it is written down together with the first act.
    marks = stood["marks"] if len(events) > 1 else 0
    return {**stood, "id": row.id, "reported_at": row.reported_at, "marks": marks}
