"""What does a bulk load take and answer: many incidents as columns, and a verdict on each?"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]
Texts: TypeAlias = Any
"""An Arrow string array, an array of str and None, or None."""


@dataclass(frozen=True, slots=True)
class IncidentBatch:
    """n incidents as columns.

    Attributes:
        key: (n, 2) halves of a 128-bit hash of data set and external id.
        digest: (n,) hash of the content; tells a repeated row from a changed one.
        reported_at: (n,) UTC, never NaT; the other moments may be NaT.
        lonlat: (n, 2) degrees, NaN where there is no position.
        cell_id: (n,) of data.cells; grid_id, stated_unit_id, department_id: 0 where there is none.
        close_reason, external_id, text, address: Arrow strings, arrays of str and None, or None.
        breached: (n,) whether the deadline has passed; None where status and deadline decide.
        closing_due_at, marks: (n,) as the logs of the cases say; None where no case has a log.
    """

    key: NDArray[np.uint64]
    digest: NDArray[np.int64]
    reported_at: Moments
    lonlat: NDArray[np.float64]
    cell_id: NDArray[np.int32]
    grid_id: NDArray[np.int32]
    stated_unit_id: NDArray[np.int32]
    class_id: NDArray[np.int16]
    severity: NDArray[np.int16]
    status: NDArray[np.int16]
    source_id: NDArray[np.int16]
    department_id: NDArray[np.int16]
    filed_at: Moments
    dispatched_at: Moments
    handled_at: Moments
    closed_at: Moments
    due_at: Moments
    close_reason: Texts = None
    external_id: Texts = None
    text: Texts = None
    address: Texts = None
    breached: NDArray[np.bool_] | None = None
    closing_due_at: Moments | None = None
    marks: NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.digest)

    def take(self, rows: NDArray[np.int64]) -> "IncidentBatch":
        """The batch of some rows."""
        taken = {name: _take(getattr(self, name), rows) for name in self.__dataclass_fields__}
        return IncidentBatch(**taken)


def _take(column: Any, rows: NDArray[np.int64]) -> Any:
    if column is None:
        return None
    return column.take(pa.array(rows)) if isinstance(column, pa.Array) else column[rows]


@dataclass(frozen=True, slots=True)
class AddedBatch:
    """Verdict on each of n rows; exactly one of the three marks is set.

    Attributes:
        accepted: Stored (or, with `update`, stored in place of an older content).
        duplicate: The same key and content are there already.
        conflict: The same key is there with another content.
        ids: (n,) incident ids, 0 for rows not stored.
        kept: (n,) stored in place of an older content, but with state and times as the log of the case says, not as the
            row does.
    """

    accepted: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    conflict: NDArray[np.bool_]
    ids: NDArray[np.int64]
    kept: NDArray[np.bool_]


def strings(column: Texts, n: int) -> pa.Array:
    """A column of texts as an Arrow array of n rows."""
    if column is None:
        return pa.nulls(n, pa.large_string())
    return column if isinstance(column, pa.Array) else pa.array(column, pa.large_string())
