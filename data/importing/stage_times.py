"""Which times of a row's handling can stand beside its report and its status?

The status decides: an open case has no closing time. A time before the report, in the future or unreadable is left
out, and the row stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.importing.incident_mapping import TIME_COLUMNS, IncidentMapping
from data.importing.incident_rows import RowChunk
from data.importing.incident_times import TimeProblem
from geo.status import OPEN_STATUSES, CaseStatus

_AFTER_REPORT = ("filed_at", "dispatched_at", "handled_at", "closed_at")


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Times of n rows.

    Attributes:
        moments: (n,) UTC by meaning, for every one of `TIME_COLUMNS`; NaT where there is none.
        left_out: (n,) rows whose time was left out, by meaning and reason.
    """

    moments: dict[str, NDArray[np.datetime64]]
    left_out: dict[tuple[str, str], NDArray[np.bool_]]


def stage_times(rows: RowChunk, status: NDArray[np.int16], mapping: IncidentMapping) -> StageTimes:
    """Times that can stand, and which were left out; a column with two meanings is reported once."""
    none = np.full(len(rows), np.datetime64("NaT", "us"))
    moments = {name: rows.times[name].utc if name in rows.times else none for name in TIME_COLUMNS}
    left_out: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for name in _AFTER_REPORT:
        if name not in rows.times:
            continue
        early = moments[name] < moments["reported_at"]
        contradicts = _contradicts(name, moments[name], status, mapping) & ~early
        moments[name] = np.where(early | contradicts, np.datetime64("NaT", "us"), moments[name])
        left_out[name, "before_report"] = early
        left_out[name, "open_with_closed_at"] = contradicts
    for name in (*_AFTER_REPORT, "due_at"):
        if name in rows.times:
            problem = rows.times[name].problem
            left_out[name, "time_left_out"] = (problem != TimeProblem.NONE) & (problem != TimeProblem.EMPTY)
    return StageTimes(moments, _reported_once(left_out, mapping))


def _contradicts(
    name: str, moments: NDArray[np.datetime64], status: NDArray[np.int16], mapping: IncidentMapping
) -> NDArray[np.bool_]:
    """Closing times of cases that are open by their status."""
    if mapping.columns[name] != mapping.columns.get("closed_at"):
        return np.zeros(len(moments), bool)
    still_open = OPEN_STATUSES - ({CaseStatus.handled} if name == "handled_at" else set())
    return ~np.isnat(moments) & np.isin(status, sorted(still_open))


def _reported_once(
    left_out: dict[tuple[str, str], NDArray[np.bool_]], mapping: IncidentMapping
) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Without the handling time where it is read from the column of the closing time."""
    same = mapping.columns.get("handled_at") == mapping.columns.get("closed_at")
    return {key: marked for key, marked in left_out.items() if not (same and key[0] == "handled_at")}
