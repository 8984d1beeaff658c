"""How do the rows of a batch become COPY data for a table of incidents?"""

from dataclasses import dataclass

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from data import copy_binary
from data.incident_batch import IncidentBatch, strings

_TEXTS = ("close_reason", "external_id", "text", "address")


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Encoded rows and where they go."""

    target: str
    content: memoryview


def write_rows(connection: psycopg.Connection, parts: list[EncodedRows]) -> None:
    """Send encoded rows to their tables, in the transaction of the connection."""
    for part in parts:
        copy_binary.copy_in(connection, part.target, part.content)


@dataclass(frozen=True, slots=True)
class IncidentTable:
    """Columns of n rows of `incident` by name, without those that have no value in any row."""

    fixed: dict[str, copy_binary.FixedColumn]
    texts: dict[str, pa.Array]
    rows: int

    def encoded(self, name: str, rows: NDArray[np.int64]) -> EncodedRows:
        """Some rows, encoded for the table of that name."""
        target = f"{name} ({', '.join([*self.fixed, *self.texts])})"
        fixed, texts = list(self.fixed.values()), list(self.texts.values())
        if len(rows) < self.rows:
            fixed, texts = [column.take(rows) for column in fixed], [text.take(pa.array(rows)) for text in texts]
        return EncodedRows(target, copy_binary.encode(fixed, texts))


def table_of(
    dataset_id: int,
    batch: IncidentBatch,
    ids: NDArray[np.int64],
    breached: NDArray[np.bool_],
    morton: NDArray[np.int64],
) -> IncidentTable:
    """Columns of `incident` for the rows of a batch.

    Args:
        dataset_id: Data set of all rows.
        batch: n rows.
        ids: (n,) incident ids.
        breached: (n,) open and past the deadline.
        morton: (n,) codes of geo.morton; negative where there is no position.
    """
    n = len(batch)
    fixed = {
        "id": copy_binary.integers(ids, 8),
        "reported_at": copy_binary.timestamps(batch.reported_at),
        "cell_id": copy_binary.integers(batch.cell_id, 4),
        "grid_id": copy_binary.integers(batch.grid_id, 4, batch.grid_id == 0),
        "stated_unit_id": copy_binary.integers(batch.stated_unit_id, 4, batch.stated_unit_id == 0),
        "class_id": copy_binary.integers(batch.class_id, 2),
        "severity": copy_binary.integers(batch.severity, 2),
        "status": copy_binary.integers(batch.status, 2),
        "breached": copy_binary.booleans(breached),
        "source_id": copy_binary.integers(batch.source_id, 2),
        "department_id": copy_binary.integers(batch.department_id, 2, batch.department_id == 0),
        "dataset_id": copy_binary.integers(np.full(n, dataset_id), 4),
        "filed_at": copy_binary.timestamps(batch.filed_at),
        "dispatched_at": copy_binary.timestamps(batch.dispatched_at),
        "handled_at": copy_binary.timestamps(batch.handled_at),
        "closed_at": copy_binary.timestamps(batch.closed_at),
        "due_at": copy_binary.timestamps(batch.due_at),
        "morton": copy_binary.integers(morton, 8, morton < 0),
        "geom": copy_binary.points(batch.lonlat),
    }
    if batch.marks is not None and batch.closing_due_at is not None:
        fixed["marks"] = copy_binary.integers(batch.marks, 2)
        fixed["closing_due_at"] = copy_binary.timestamps(batch.closing_due_at)
    texts = {name: strings(getattr(batch, name), n) for name in _TEXTS}
    return IncidentTable(
        {name: column for name, column in fixed.items() if not column.is_void},
        {name: column for name, column in texts.items() if column.null_count < n},
        n,
    )
