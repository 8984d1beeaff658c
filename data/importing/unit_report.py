"""What became of every feature of a unit file?"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from data.importing.report import safe_cell


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Where in a file a feature or table row stands, and its code if it has one."""

    file: str
    number: int
    line: int | None
    code: str


@dataclass(frozen=True, slots=True)
class RejectedUnit:
    """A row that was not stored, and why."""

    row: UnitRow
    field: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RepairedUnit:
    """A row that was stored after a safe repair; `repair` says which."""

    row: UnitRow
    repair: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UnitNote:
    """A row that was stored as it is and deserves a look."""

    row: UnitRow
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CrsDecision:
    """In which system the coordinates were read, how that was decided, and the figures behind it.

    Attributes:
        chosen: `wgs84`, `gcj02`, `bd09`, `swapped` or the name of a projected system.
        reason: a sentence with the figures.
        fits: share of area in common with the reference (0–1) by system, where a reference was compared.
    """

    chosen: str
    reason: str
    fits: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitReport:
    """Result of one import of units of one level.

    Each feature read is in exactly one of: added, unchanged, renamed, redrawn, rejected. `absent` counts units of the
    database that the file does not mention; they are kept. `relocated` counts incidents whose units changed.
    """

    file: str
    level: str
    crs: CrsDecision
    encoding: str | None
    read: int
    filtered_out: int
    added: int
    unchanged: int
    renamed: int
    redrawn: int
    absent: int
    relocated: int
    rejected: tuple[RejectedUnit, ...]
    repaired: tuple[RepairedUnit, ...]
    notes: tuple[UnitNote, ...]
    revision_id: int | None
    dry_run: bool
    seconds: float

    @property
    def accepted(self) -> int:
        """Features that stand in the database now."""
        return self.added + self.unchanged + self.renamed + self.redrawn

    @property
    def repair_counts(self) -> dict[str, int]:
        """How many rows had which repair."""
        return dict(sorted(Counter(item.repair for item in self.repaired).items()))

    def as_json(self, most_rows: int | None = None) -> dict[str, Any]:
        """The report as plain values; counts are whole, lists of rows end after `most_rows`."""
        short = replace(self, repaired=self.repaired[:most_rows], notes=self.notes[:most_rows])
        short = replace(short, rejected=self.rejected[:most_rows])
        counts = {"accepted": self.accepted, "rejected_count": len(self.rejected), "repair_counts": self.repair_counts}
        return {**asdict(short), **counts}

    def lines(self) -> tuple[str, ...]:
        """The report as lines for a screen."""
        counts = (
            f"{self.level}: {self.read} read, {self.added} added, {self.redrawn} redrawn, {self.renamed} renamed, "
            f"{self.unchanged} unchanged, {len(self.rejected)} rejected"
        )
        extra = [f"  coordinates: {self.crs.chosen} ({self.crs.reason})"]
        extra += [f"  repaired: {count} x {repair}" for repair, count in self.repair_counts.items()]
        extra += [f"  note: {kind} x {count}" for kind, count in sorted(Counter(n.kind for n in self.notes).items())]
        if self.absent:
            extra.append(f"  {self.absent} units of the database are not in the file; they were kept")
        if self.relocated:
            extra.append(f"  {self.relocated} incidents lie in other units now")
        return (counts + (" (dry run, nothing stored)" if self.dry_run else ""), *extra)


def rejected_csv(rejected: Iterable[RejectedUnit]) -> str:
    """Rejected rows as CSV: file, line, feature, code, field, reason, remedy."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("file", "line", "feature", "code", "field", "reason", "remedy"))
    for item in rejected:
        row = item.row
        texts = (safe_cell(str(text)) for text in (row.code, item.field, item.reason, item.remedy))
        writer.writerow((safe_cell(row.file), row.line or "", row.number, *texts))
    return out.getvalue()
