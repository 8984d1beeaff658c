"""Which names, figures and parents does a table of units hold, and which of its rows are wrong?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.importing.errors import ColumnMissing
from data.importing.row_filter import RowFilter
from data.importing.tabular_files import read_chunks
from data.importing.unit_report import RejectedUnit, UnitRow
from data.importing.unit_values import code_text
from data.privacy.masking import mask_identifier, masked_text
from geo.hierarchy import HierarchyFault, HierarchyFinding, check_hierarchy

_REMEDIES = {
    HierarchyFault.DUPLICATE_CODE: "Give each unit its own code; the first row with it was kept.",
    HierarchyFault.SELF_PARENT: "Name the unit above as the parent.",
    HierarchyFault.ORPHAN: "Add the parent's row, or correct the parent.",
    HierarchyFault.CYCLE: "Correct the parent of one of them.",
    HierarchyFault.LEVEL_SKIP: "Name a parent of the level directly above, or correct the level.",
    HierarchyFault.CODE_PREFIX: "Correct the code or the parent.",
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table with the line on which it begins."""

    line: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnitTable:
    """A table of units.

    Attributes:
        path: the file.
        rows: in the order of the file.
        ragged: rows that could not be read because they have another number of fields than the header.
        decoded: how many lines were in another encoding than UTF-8.
    """

    path: Path
    rows: tuple[TableRow, ...]
    ragged: tuple[RejectedUnit, ...]
    decoded: Mapping[str, int]

    def by_code(self, column: str) -> dict[str, TableRow]:
        """First row of each code."""
        found: dict[str, TableRow] = {}
        for row in self.rows:
            found.setdefault(code_text(row.values.get(column)) or "", row)
        found.pop("", None)
        return found


@dataclass(frozen=True, slots=True)
class HierarchyColumns:
    """Which column of a division table holds what; `level` holds the depth as a number."""

    key: str
    parent: str
    level: str | None = None
    code: str | None = None
    root_parent: str = "0"


def read_unit_table(path: Path, columns: tuple[str, ...], where: RowFilter | None = None) -> UnitTable:
    """Read a table: CSV in any encoding that occurs in practice, also mixed by row, Excel or Parquet.

    Args:
        path: the file.
        columns: columns that must be there.
        where: which rows to keep.

    Raises:
        FileUnreadable: no such file, or it is no table.
        ColumnMissing: a column is not there.
    """
    rows: list[TableRow] = []
    ragged: list[RejectedUnit] = []
    decoded: dict[str, int] = {}
    for chunk in read_chunks(path):
        _require(path, columns, tuple(chunk.columns))
        rows.extend(row for row in _rows(chunk.columns, chunk.lines) if where is None or where.keeps(row.values))
        ragged.extend(_ragged(path, item.line, item.found, item.expected) for item in chunk.ragged)
        for encoding, count in chunk.decoded.items():
            decoded[encoding] = decoded.get(encoding, 0) + count
    return UnitTable(path, tuple(rows), tuple(ragged), decoded)


def check_unit_table(table: UnitTable, columns: HierarchyColumns) -> tuple[RejectedUnit, ...]:
    """Every row whose place in the tree is wrong: its own parent, no parent, cycle, skipped level, code, repetition.

    Args:
        table: the division table.
        columns: which column holds what.

    Returns:
        Faults in the order of the rows; each row of a cycle is named.
    """
    keys = [code_text(row.values.get(columns.key)) or "" for row in table.rows]
    above = [code_text(row.values.get(columns.parent)) for row in table.rows]
    parents = [None if parent in (None, "", columns.root_parent) else parent for parent in above]
    ranks = _ranks(table, columns.level)
    codes = None if columns.code is None else [code_text(r.values.get(columns.code)) or "" for r in table.rows]
    findings = check_hierarchy(keys, parents, ranks, area_codes=codes)
    faults = [_rejected(table, row, keys[row], finding) for finding in _causes(findings) for row in _rows_of(finding)]
    return (*table.ragged, *sorted(faults, key=lambda fault: fault.row.number))


def _causes(findings: tuple[HierarchyFinding, ...]) -> tuple[HierarchyFinding, ...]:
    """Findings without those on level and code in rows of a cycle, which follow from the wrong parent."""
    cyclic = {row for finding in findings if finding.fault is HierarchyFault.CYCLE for row in finding.rows}
    follow = (HierarchyFault.LEVEL_SKIP, HierarchyFault.CODE_PREFIX)
    return tuple(finding for finding in findings if finding.fault not in follow or finding.row not in cyclic)


def _rows_of(finding: HierarchyFinding) -> tuple[int, ...]:
    return finding.rows if finding.fault is HierarchyFault.CYCLE else (finding.row,)


def _rejected(table: UnitTable, row: int, key: str, finding: HierarchyFinding) -> RejectedUnit:
    place = UnitRow(masked_text(table.path.name), row + 1, table.rows[row].line, mask_identifier(key).text)
    return RejectedUnit(place, "parent", masked_text(_reason(finding)), _REMEDIES[finding.fault])


def _reason(finding: HierarchyFinding) -> str:
    match finding.fault:
        case HierarchyFault.CYCLE:
            return f"cycle: {' > '.join((*finding.members, finding.members[0]))} are each other's ancestors"
        case HierarchyFault.SELF_PARENT:
            return f"self_parent: {finding.code} is its own parent"
        case HierarchyFault.ORPHAN:
            return f"orphan: parent {finding.parent} of {finding.code} is in no row"
        case HierarchyFault.LEVEL_SKIP:
            return f"level_skip: the level of {finding.code} is not the one below its parent {finding.parent}"
        case HierarchyFault.DUPLICATE_CODE:
            return f"duplicate_code: {finding.code} stands in {len(finding.rows)} rows"
        case HierarchyFault.CODE_PREFIX:
            return f"code_prefix: the code of {finding.code} does not start with that of its parent {finding.parent}"


def _ranks(table: UnitTable, column: str | None) -> list[int] | None:
    if column is None:
        return None
    texts = [code_text(row.values.get(column)) or "" for row in table.rows]
    return [int(text) for text in texts] if all(text.isdigit() for text in texts) else None


def _require(path: Path, columns: tuple[str, ...], present: tuple[str, ...]) -> None:
    for column in columns:
        if column not in present:
            raise ColumnMissing(path.name, "the unit table", column, present)


def _rows(columns: Mapping[str, Any], lines: Any) -> Iterator[TableRow]:
    names = tuple(columns)
    plain = [_listed(columns[name]) for name in names]
    for index, line in enumerate(lines):
        yield TableRow(int(line), {name: values[index] for name, values in zip(names, plain, strict=True)})


def _listed(column: Any) -> list[object]:
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)


def _ragged(path: Path, line: int, found: int, expected: int) -> RejectedUnit:
    reason = f"the row has {found} fields, the header has {expected}"
    place = UnitRow(masked_text(path.name), line, line, "")
    return RejectedUnit(place, "row", reason, "Quote the text that holds the delimiter.")
