"""What of an incident stays as its log says when an import replaces its row?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from data.incident_batch import IncidentBatch, strings

_MOMENTS = ("reported_at", "filed_at", "dispatched_at", "handled_at", "closed_at", "due_at")
_LOGGED = """
SELECT
    incident.id, incident.reported_at, incident.filed_at, incident.dispatched_at, incident.handled_at,
    incident.closed_at, incident.due_at, incident.status, incident.department_id, incident.close_reason,
    incident.breached, incident.marks, incident.closing_due_at
FROM case_event
JOIN incident ON incident.id = case_event.incident_id AND incident.reported_at = case_event.reported_at
WHERE case_event.incident_id = ANY(%(ids)s)
    AND case_event.seq = 1
ORDER BY incident.id
FOR UPDATE OF incident
"""


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """The columns of an incident that follow from its log; `reported_at` is part of what the log is found by."""

    moments: tuple[datetime | None, ...]
    status: int
    department_id: int
    close_reason: str | None
    breached: bool
    marks: int
    closing_due_at: datetime | None


def lock_logged(connection: psycopg.Connection, ids: NDArray[np.int64]) -> dict[int, LoggedRow]:
    """Those of the incidents whose cases have a log, by id; locked, so that nobody acts on them meanwhile."""
    rows = connection.execute(_LOGGED, {"ids": ids.tolist()}).fetchall()
    return {row[0]: LoggedRow(row[1:7], row[7], row[8] or 0, *row[9:]) for row in rows}


def with_standing(
    batch: IncidentBatch, places: Mapping[int, LoggedRow], breached: NDArray[np.bool_]
) -> tuple[IncidentBatch, NDArray[np.bool_]]:
    """The batch with what logs say in place of what it says itself.

    Args:
        batch: n rows.
        places: How a case stands, by the place of its row in the batch.
        breached: (n,) whether the deadline has passed, by the batch itself.

    Returns:
        The batch, and marks (n,) of the rows that said something else.
    """
    columns: dict[str, Any] = {name: getattr(batch, name).copy() for name in (*_MOMENTS, "status", "department_id")}
    reasons = strings(batch.close_reason, len(batch)).to_pylist()
    breached, differs = breached.copy(), np.zeros(len(batch), bool)
    marks, closing = np.zeros(len(batch), np.int16), np.full(len(batch), np.datetime64("NaT"), "datetime64[us]")
    for place, row in places.items():
        said = (*(columns[name][place] for name in columns), reasons[place])
        stands = (*map(_moment, row.moments), row.status, row.department_id, row.close_reason)
        differs[place] = not all(map(_same, said, stands))
        for name, value in zip(columns, stands, strict=False):
            columns[name][place] = value
        reasons[place], breached[place] = row.close_reason, row.breached
        marks[place], closing[place] = row.marks, _moment(row.closing_due_at)
    follows = {"breached": breached, "marks": marks, "closing_due_at": closing}
    return replace(batch, **columns, close_reason=pa.array(reasons, pa.large_string()), **follows), differs


def _moment(moment: datetime | None) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None) if moment else "NaT", "us")


def _same(one: Any, other: Any) -> bool:
    return bool(one == other or (isinstance(one, np.datetime64) and np.isnat(one) and np.isnat(other)))
