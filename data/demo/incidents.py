"""Which incidents were reported in the demo city, when, where, in which words, and how did they end?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from data.demo.case_course import CLOSE_REASONS, CaseCourse, ReportFacts, run_cases
from data.demo.class_list import ClassList, read_class_list
from data.demo.duty_calendar import build_calendar
from data.demo.geography import DemoGeography
from data.demo.matters import Matters, draw_matters
from data.demo.truth import PlantedTruth
from data.demo.wording import addresses, place_words, texts
from geo.status import CaseStatus

LOCAL = timezone(timedelta(hours=8))

Times = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DemoIncidents:
    """Incidents as columns of one length, ordered by `reported_at`; times are UTC, NaT where a step did not happen.

    Attributes:
        external_id: Text, unique.
        lonlat: EPSG:4326 degrees, shape (n, 2); NaN where the report has no usable location.
        small_code: Row among the small units in code order, -1 where there is no usable location.
        class_code, source, department, status: Positions in `class_codes`, `source_keys`, `department_keys`,
            `status_keys`.
        close_reason: Position in `close_reason_keys`, -1 = none.
        severity: 1 general, 2 serious, 3 major.
        text, address: Chinese text, object arrays of str.
        duplicate_of: Row of the first report of the same matter, -1 for a first report.
        outbreak: Position of the planted outbreak that caused the report, -1 for the usual ones.
    """

    class_codes: tuple[str, ...]
    source_keys: tuple[str, ...]
    department_keys: tuple[str, ...]
    status_keys: tuple[str, ...]
    close_reason_keys: tuple[str, ...]
    external_id: NDArray[np.str_]
    reported_at: Times
    filed_at: Times
    dispatched_at: Times
    handled_at: Times
    closed_at: Times
    due_at: Times
    lonlat: Floats
    small_code: NDArray[np.int32]
    class_code: NDArray[np.int16]
    severity: NDArray[np.int8]
    status: NDArray[np.int8]
    source: NDArray[np.int16]
    department: NDArray[np.int16]
    close_reason: NDArray[np.int8]
    text: NDArray[np.object_]
    address: NDArray[np.object_]
    duplicate_of: NDArray[np.int32]
    outbreak: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.external_id)

    @property
    def duplicates(self) -> Mapping[str, str]:
        """External id of each repeated report → external id of the first report of the same matter."""
        rows = np.flatnonzero(self.duplicate_of >= 0)
        first = self.external_id[self.duplicate_of[rows]]
        return dict(zip(self.external_id[rows].tolist(), first.tolist(), strict=True))


def build_incidents(
    geography: DemoGeography, truth: PlantedTruth, *, seed: int, days: int = 365, count: int = 200_000, end: datetime
) -> DemoIncidents:
    """Generate exactly `count` incidents within `days` days before `end`.

    Args:
        truth: The plan of profile groups and outbreaks, made for the same `days` and `count`.
        end: Aware instant; nothing is reported or done after it.

    Raises:
        ValueError: `end` has no time zone.
    """
    if end.tzinfo is None:
        raise ValueError("end has no time zone; pass an aware datetime")
    rng = np.random.default_rng([seed, 3])
    classes = read_class_list()
    local_end = end.astimezone(LOCAL).replace(tzinfo=None)
    matters = draw_matters(geography, truth, classes, days, count, local_end, rng)
    calendar = build_calendar((local_end - timedelta(days=days + 1)).date(), days + 1)
    worker = matters.source == classes.sources.index("grid_worker")
    repeated = matters.duplicate_of >= 0
    facts = ReportFacts(matters.reported_at, matters.class_index, matters.severity, worker, repeated)
    course = run_cases(classes, calendar, facts, np.datetime64(local_end, "us"), rng)
    return _columns(geography, classes, matters, course, rng)


def _utc(local: Times) -> Times:
    return np.asarray(local - np.timedelta64(8, "h"), dtype="datetime64[us]")


def _external_ids(reported_at: Times) -> NDArray[np.str_]:
    """Serial number after the year of the report: never long enough to be taken for a telephone number."""
    year = reported_at.astype("datetime64[Y]").astype(np.int64) % 100 + 70
    rows = [f"XL{y % 100:02d}-{i:07d}" for i, y in enumerate(year.tolist(), 1)]
    return np.array(rows)


def _positions(status: NDArray[np.int8]) -> NDArray[np.int8]:
    """Position of each state among the states in their order of declaration."""
    table = np.zeros(max(CaseStatus) + 1, dtype=np.int8)
    table[[int(state) for state in CaseStatus]] = np.arange(len(CaseStatus))
    return np.asarray(table[status])


def _columns(
    geography: DemoGeography, classes: ClassList, matters: Matters, course: CaseCourse, rng: np.random.Generator
) -> DemoIncidents:
    places = place_words(geography, matters.small, matters.anchor, rng)
    departments = [classes.departments.index(row.department) for row in classes.classes]
    return DemoIncidents(
        class_codes=classes.codes,
        source_keys=classes.sources,
        department_keys=classes.departments,
        status_keys=tuple(state.key for state in CaseStatus),
        close_reason_keys=CLOSE_REASONS,
        external_id=_external_ids(matters.reported_at),
        reported_at=_utc(matters.reported_at),
        filed_at=_utc(course.filed_at),
        dispatched_at=_utc(course.dispatched_at),
        handled_at=_utc(course.handled_at),
        closed_at=_utc(course.closed_at),
        due_at=_utc(course.due_at),
        lonlat=matters.lonlat,
        small_code=matters.small.astype(np.int32),
        class_code=matters.class_index.astype(np.int16),
        severity=matters.severity.astype(np.int8),
        status=_positions(course.status),
        source=matters.source.astype(np.int16),
        department=np.array(departments, dtype=np.int16)[matters.class_index],
        close_reason=course.close_reason,
        text=texts(classes, matters.class_index, matters.source, places, rng),
        address=addresses(geography, matters.small, places),
        duplicate_of=matters.duplicate_of.astype(np.int32),
        outbreak=matters.outbreak.astype(np.int16),
    )
