"""What became of every row of an import of incidents?"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_ISSUES = 200
"""So many issues of each reason are named in the report itself; all of them are in the CSV."""


class Outcome(StrEnum):
    """What an issue did to its row."""

    REJECTED = "rejected"
    CONFLICT = "conflict"
    UNASSIGNED = "unassigned"
    REPAIRED = "repaired"
    KEPT = "kept"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Issue:
    """One row that did not go through as it was.

    Attributes:
        file: name of the file.
        line: line of the file, row of the sheet or number of the record, from 1.
        field: what the issue is about, in the words of the mapping.
        reason: key of the reason; its text is in `REASONS`.
        outcome: what it did to the row.
        value: the text that stood there, where that helps.
    """

    file: str
    line: int
    field: str
    reason: str
    outcome: Outcome
    value: str = ""

    @property
    def text(self) -> str:
        """The reason as a sentence with its remedy."""
        return REASONS[self.reason]


REASONS = {
    "ragged": "The row has another number of fields than the header. Correct delimiters and quotes in this row.",
    "time_empty": "The time of the report is missing. Fill it in.",
    "time_unreadable": "This is no time that is understood. Write 2026-11-21 08:05 or state the format in the mapping.",
    "time_impossible": "There is no such day or time. Correct it.",
    "time_future": "The report would come from the future, more than a day from now. Correct it.",
    "time_too_early": "The time lies before 1970. Correct it.",
    "changed_content": "The external id is there already with another content; the first stays. Import with update to "
    "replace it.",
    "missing": "There are no coordinates. Fill them in to place the incident.",
    "zero": "The coordinates are zero. Fill in the true ones.",
    "not_a_number": "The coordinates are no numbers. Correct them.",
    "out_of_range": "The coordinates are nowhere on the globe. Correct them.",
    "outside_city": "The point lies in no unit of the city. Check it if it should.",
    "swapped": "Longitude and latitude were exchanged.",
    "dms": "Degrees, minutes and seconds were converted.",
    "comma_decimal": "A decimal comma was read as a point.",
    "fullwidth": "Full-width digits were read.",
    "mercator_m": "Web mercator metres were converted to degrees.",
    "from_projected": "The position was taken from the projected columns.",
    "mojibake": "UTF-8 that had been read as Latin-1 was restored.",
    "control_characters": "Control characters were removed.",
    "before_report": "The time lies before the report and was left out; the status stays.",
    "time_left_out": "The time cannot be used and was left out.",
    "open_with_closed_at": "The status is open, so the closing time was left out.",
    "in_gap": "The clocks skipped this time; it was read with the offset before the change.",
    "in_fold": "This time occurred twice; the first was taken.",
    "unknown_status": "The status is not known; the default was taken. Name it under `statuses` in the mapping.",
    "unknown_severity": "The severity is not known; that of the class was taken. Name it under `severities`.",
    "unknown_unit": "No unit has the stated code or name.",
    "unit_differs": "The point lies in another unit than the row states; both are kept.",
    "kept_by_log": "The case is handled here: state, department and times stay as its log says, the rest was updated. "
    "Act on the case to change them.",
    "several_units": "The point lies in several units of one level; the smallest was taken.",
}


@dataclass(slots=True)
class IssueLog:
    """Issues of an import as columns, so that millions cost little."""

    _parts: list[tuple[str, NDArray[np.int64], str, str, Outcome, Sequence[str] | None]] = field(default_factory=list)

    def add(
        self,
        file: str,
        lines: NDArray[np.int64],
        field: str,
        reason: str,
        outcome: Outcome,
        values: Sequence[str] | None = None,
    ) -> None:
        """Note that rows share an issue; `values`, if given, has one text per line."""
        if len(lines):
            self._parts.append((file, lines, field, reason, outcome, values))

    def count(self, outcome: Outcome) -> dict[str, int]:
        """Rows by reason, most frequent first; a row with two issues of one outcome counts under both."""
        counts: dict[str, int] = {}
        for _, lines, where, reason, kind, _values in self._parts:
            if kind is outcome:
                name = f"{where}_{reason}" if reason in ("before_report", "time_left_out") else reason
                counts[name] = counts.get(name, 0) + len(lines)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def rows(self, outcomes: Sequence[Outcome] = tuple(Outcome), most: int | None = None) -> Iterator[Issue]:
        """Issues by file and reason, in the order in which they were met; at most so many of each field and reason."""
        named: Counter[tuple[str, str]] = Counter()
        for file, lines, where, reason, outcome, values in self._parts:
            if outcome not in outcomes:
                continue
            shown = len(lines) if most is None else min(len(lines), most - named[where, reason])
            named[where, reason] += shown
            for place in range(shown):
                yield Issue(file, int(lines[place]), where, reason, outcome, values[place] if values else "")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row; accepted + updated + duplicate + conflict + rejected = read.

    Attributes:
        dataset: key of the data set.
        files: names and SHA-256 of the files.
        dry_run: whether all was rolled back.
        read: rows in the files below the headers.
        accepted: rows stored as new incidents.
        updated: rows that replaced a stored one.
        kept: those of the updated rows whose state and times stayed as the log of the case says.
        duplicate: rows that are there already with the same content.
        conflict: rows whose external id is there with another content; not stored.
        rejected: rows that cannot be stored, `rejected_by` counts them by reason.
        repaired: rows by repair.
        noted: rows by what is worth a look.
        unassigned: stored rows that lie in no unit, by reason; their sum is `unassigned_total`.
        stated: stored rows that state a unit, how many lie in that very unit, in another, or in none.
        decoded: lines read in another encoding than UTF-8.
        masked: numbers and addresses of people masked in the rows read, by kind.
        datum: name of the datum, and the sentence with the figures it was chosen by.
        new_classes, new_sources, new_departments: entries made for values that no catalog has.
        absent_columns: columns of the preset that no file has.
        left_out_columns: columns of the files that the mapping does not name; their cells were not read.
        seconds: time from opening the files to the end of the transaction.
        issues: all rows that did not go through as they were.
    """

    dataset: str
    files: tuple[tuple[str, str], ...]
    dry_run: bool
    read: int
    accepted: int
    updated: int
    kept: int
    duplicate: int
    conflict: int
    rejected: int
    rejected_by: dict[str, int]
    repaired: dict[str, int]
    noted: dict[str, int]
    unassigned: dict[str, int]
    unassigned_total: int
    stated: dict[str, int]
    decoded: dict[str, int]
    masked: dict[str, int]
    datum: tuple[str, str]
    new_classes: tuple[str, ...]
    new_sources: tuple[str, ...]
    new_departments: tuple[str, ...]
    absent_columns: tuple[str, ...]
    left_out_columns: tuple[str, ...]
    seconds: float
    issues: IssueLog = field(repr=False, compare=False)

    def figures(self) -> dict[str, Any]:
        """The report as plain values for JSON, with the first issues of each reason."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "issues"}
        plain["files"] = [{"name": name, "sha256": digest} for name, digest in self.files]
        plain["datum"] = {"name": self.datum[0], "reason": self.datum[1]}
        return plain | {
            "issues": [asdict(issue) | {"text": issue.text} for issue in self.issues.rows(most=FIRST_ISSUES)]
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.figures(), ensure_ascii=False, indent=2)

    def to_text(self) -> str:
        """The report for a screen."""
        dry = " (dry run: nothing stored)" if self.dry_run else ""
        lines = [
            f"{self.read} rows read: {self.accepted} accepted, {self.updated} updated, {self.duplicate} duplicate, "
            f"{self.conflict} in conflict, {self.rejected} rejected{dry}",
            *([f"updated, but state and times kept as the log of the case says: {self.kept}"] if self.kept else []),
            f"unassigned (stored, in no unit): {self.unassigned_total}{_list(self.unassigned)}",
            f"rejected: {self.rejected}{_list(self.rejected_by)}",
            f"repaired: {sum(self.repaired.values())}{_list(self.repaired)}",
            f"noted: {sum(self.noted.values())}{_list(self.noted)}",
            f"stated units: {_list(self.stated).strip(' ()') or 'none'}",
            f"datum: {self.datum[0]}. {self.datum[1]}",
        ]
        lines += [f"masked: {sum(self.masked.values())}{_list(self.masked)}"] if self.masked else []
        lines += [f"read as {codec}: {count} lines" for codec, count in self.decoded.items()]
        lines += [f"new local classes: {', '.join(self.new_classes)}"] if self.new_classes else []
        lines += [f"new sources: {', '.join(self.new_sources)}"] if self.new_sources else []
        lines += [f"new departments: {', '.join(self.new_departments)}"] if self.new_departments else []
        lines += [f"columns not in the file: {', '.join(self.absent_columns)}"] if self.absent_columns else []
        lines += [f"columns left out: {', '.join(self.left_out_columns)}"] if self.left_out_columns else []
        return "\n".join(lines)

    def write_rows(
        self,
        path: Path,
        outcomes: Sequence[Outcome] = (
            Outcome.REJECTED,
            Outcome.CONFLICT,
            Outcome.UNASSIGNED,
            Outcome.REPAIRED,
            Outcome.KEPT,
        ),
    ) -> int:
        """Write a CSV of the rows with issues (UTF-8 with a byte order mark, for spreadsheets).

        Returns:
            How many lines were written below the header.
        """
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "line", "field", "reason", "outcome", "value", "text"])
            count = 0
            for issue in self.issues.rows(outcomes):
                place = [safe_cell(issue.file), issue.line, safe_cell(issue.field), issue.reason, issue.outcome.value]
                writer.writerow([*place, safe_cell(issue.value), safe_cell(issue.text)])
                count += 1
        return count


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: a quote goes before = + - @, tab and line ends.

    The full-width forms count, because input methods produce them and spreadsheets read them alike.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _list(counts: dict[str, int]) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in counts.items())})" if counts else ""
