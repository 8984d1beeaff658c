"""What stands in the database for each report: ids, cell, key, digest?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.cells import Found
from data.importing.incident_mapping import TIME_COLUMNS
from data.importing.row_hashes import content_digest, hash_content, keys_of
from data.intake.city import Catalog, City
from data.intake.report import Report, ReportRefused
from geo.datum import Datum, to_wgs84
from geo.morton import morton_of
from geo.status import CaseStatus


@dataclass(frozen=True, slots=True)
class Coded:
    """A report with the ids behind its codes."""

    report: Report
    class_id: int
    severity: int
    source_id: int
    department_id: int | None
    dataset_id: int


def code(report: Report, catalog: Catalog, department_id: int | None) -> Coded:
    """Look the codes of a report up.

    Args:
        report: As read.
        catalog: Of the city.
        department_id: The one department that the sender may report for; None for any.

    Raises:
        ReportRefused: A code is not in the catalog, or the department is not the sender's.
    """
    known = catalog.classes.get(report.class_code)
    if known is None:
        raise ReportRefused("class", "There is no such class.", "Take a code from /api/v1/classes.")
    source = catalog.sources.get(report.source)
    if source is None:
        raise ReportRefused("source", "There is no such source.", "Take a key of `sources` from /api/v1/classes.")
    dataset = catalog.datasets.get(report.dataset)
    if dataset is None:
        raise ReportRefused("dataset", "There is no such data set.", "Leave it out, or name one that was imported.")
    own = _department(report, catalog, department_id)
    return Coded(report, known.id, report.severity or known.severity, source, own, dataset)


def _department(report: Report, catalog: Catalog, confined_to: int | None) -> int | None:
    if report.department is None:
        return confined_to
    found = catalog.departments.get(report.department)
    if found is None:
        raise ReportRefused(
            "department", "There is no such department.", "Take a key of `departments` from /api/v1/classes."
        )
    if confined_to not in (None, found):
        raise ReportRefused("department", "It is not the department of this account.", "Leave the department out.")
    return found


@dataclass(frozen=True, slots=True)
class Placed:
    """n reports as columns.

    Attributes:
        reported_at: Aware, UTC.
        found: Cells, and the combinations of units that have no known cell yet.
        lonlat: (n, 2) degrees WGS 84, NaN where there is no position.
        morton: (n,) codes, -1 where there is no position.
        keys: What makes each report known again; None where its sender gave nothing.
        digests: (n,) hashes of the contents.
    """

    coded: Sequence[Coded]
    reported_at: Sequence[datetime]
    found: Found
    lonlat: NDArray[np.float64]
    morton: NDArray[np.int64]
    keys: Sequence[UUID | None]
    digests: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.coded)


def place(coded: Sequence[Coded], city: City, senders: Sequence[int], now: datetime) -> Placed:
    """Place n coded reports of accounts with these ids."""
    lonlat = _lonlat([one.report for one in coded])
    reported_at = [(one.report.reported_at or now).astimezone(UTC) for one in coded]
    return Placed(
        coded,
        reported_at,
        city.locator.find(lonlat),
        lonlat,
        morton_of(lonlat),
        _keys([one.report for one in coded], senders),
        digests_of(coded, reported_at, lonlat),
    )


def _lonlat(reports: Sequence[Report]) -> NDArray[np.float64]:
    lonlat = np.array([report.lonlat or (np.nan, np.nan) for report in reports], np.float64)
    for datum in {report.datum for report in reports} - {Datum.WGS84, Datum.CGCS2000}:
        rows = np.flatnonzero([report.datum == datum for report in reports])
        lonlat[rows] = to_wgs84(lonlat[rows], datum)
    return lonlat


def _keys(reports: Sequence[Report], senders: Sequence[int]) -> list[UUID | None]:
    """128-bit keys: of the external id within its data set, as imports make them; else of the sender's own key."""
    keys: list[UUID | None] = [None] * len(reports)
    streams: dict[str, list[int]] = {}
    for position, report in enumerate(reports):
        if report.external_id is not None:
            streams.setdefault(report.dataset, []).append(position)
        elif report.key is not None:
            streams.setdefault(f"\x00account {senders[position]}", []).append(position)
    for stream, positions in streams.items():
        texts = pa.array([reports[p].external_id or reports[p].key for p in positions], pa.string())
        for position, (high, low) in zip(positions, keys_of(texts, stream).tolist(), strict=True):
            keys[position] = UUID(int=high << 64 | low)
    return keys


def digests_of(
    coded: Sequence[Coded], reported_at: Sequence[datetime], lonlat: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Hashes (n,) of what the reports say, equal to those of an import of the same rows."""
    n = len(coded)
    none = np.full(n, np.datetime64("NaT", "us"))
    reported = np.array([moment.replace(tzinfo=None) for moment in reported_at], "datetime64[us]")
    codes = [
        [one.class_id for one in coded],
        [one.severity for one in coded],
        [int(CaseStatus.reported)] * n,
        [one.source_id for one in coded],
        [one.department_id or 0 for one in coded],
    ]
    texts = [None] * n, [one.report.text for one in coded], [one.report.address for one in coded]
    return content_digest(
        lonlat,
        [np.array(column, np.int16) for column in codes],
        [reported, *[none] * (len(TIME_COLUMNS) - 1)],
        hash_content(pa.nulls(n, pa.string())),
        [pa.array(column, pa.string()) for column in texts],
    )
