"""Do the rows of a division table form a tree, and in which order is it walked?"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.area_code import starts_with_parent
from geo.errors import CycleError, ShapeError


class HierarchyFault(StrEnum):
    """What is wrong with a row."""

    DUPLICATE_CODE = "duplicate_code"
    SELF_PARENT = "self_parent"
    ORPHAN = "orphan"
    CYCLE = "cycle"
    LEVEL_SKIP = "level_skip"
    CODE_PREFIX = "code_prefix"


@dataclass(frozen=True, slots=True)
class HierarchyFinding:
    """One fault.

    Attributes:
        fault: its kind.
        row: position of the row in the table, from 0; of a cycle the first member's.
        code: the row's key.
        parent: the parent that it names, or None.
        members: every key in a cycle in order of descent; the key alone otherwise.
        rows: positions of the members; of a duplicate all rows with the key.
    """

    fault: HierarchyFault
    row: int
    code: str
    parent: str | None
    members: tuple[str, ...]
    rows: tuple[int, ...]


def check_hierarchy(
    codes: Sequence[str],
    parents: Sequence[str | None],
    ranks: Sequence[int] | None = None,
    *,
    area_codes: Sequence[str] | None = None,
) -> tuple[HierarchyFinding, ...]:
    """Find every fault of a division table.

    - ``duplicate_code``: each row after the first with the same code; later rows take no further part.
    - ``self_parent``: a row is its own parent. ``orphan``: the parent is in no row.
    - ``cycle``: two or more rows are each other's ancestors; one finding for the whole cycle.
    - ``level_skip``: the row's rank is not the parent's rank + 1.
    - ``code_prefix``: the area code does not start with the parent's significant digits; told only where both are area
      codes of 6, 9, 12 or 15 digits.

    Args:
        codes: (n,) key of each row.
        parents: (n,) key of the parent, None or empty for a root.
        ranks: (n,) depth of the level, the city 1, or None to leave levels unchecked.
        area_codes: (n,) codes for the prefix rule where the keys are other ids; None takes the keys.

    Returns:
        Findings in row order.

    Raises:
        ShapeError: if the columns differ in length.
    """
    _require_length(codes, parents, ranks, area_codes)
    first = _first_rows(codes)
    findings = _duplicates(codes, parents, first)
    usable = sorted(first.values())
    findings += _parent_faults(codes, parents, first, usable)
    findings += _cycles(codes, parents, first, usable)
    for row in usable:
        above = first.get(parents[row] or "")
        if above is None or above == row:
            continue
        if ranks is not None and ranks[row] != ranks[above] + 1:
            findings.append(_finding(HierarchyFault.LEVEL_SKIP, row, codes, parents))
        texts = area_codes if area_codes is not None else codes
        if not starts_with_parent(texts[row], texts[above]):
            findings.append(_finding(HierarchyFault.CODE_PREFIX, row, codes, parents))
    return tuple(sorted(findings, key=lambda finding: (finding.row, finding.fault)))


def dfs_order(codes: Sequence[str], parents: Sequence[str | None]) -> NDArray[np.int64]:
    """Rows in the order of a walk down the tree: each before its children, siblings by code.

    A whole subtree is one run of the result. Rows whose parent is in no row count as roots.

    Args:
        codes: (n,) distinct keys.
        parents: (n,) parent keys, None or empty for a root.

    Returns:
        (n,) row positions.

    Raises:
        CycleError: if rows are each other's ancestors (or their own).

    Example:
        >>> dfs_order(["b", "a", "c"], [None, "b", "a"]).tolist()
        [0, 1, 2]
    """
    first = _first_rows(codes)
    children: dict[int, list[int]] = defaultdict(list)
    for row in sorted(range(len(codes)), key=lambda row: (codes[row], row), reverse=True):
        children[first.get(parents[row] or "", -1)].append(row)
    order: list[int] = []
    stack = list(children.pop(-1, []))
    while stack:
        row = stack.pop()
        order.append(row)
        stack.extend(children.pop(row, []))
    if len(order) < len(codes):
        raise CycleError(_any_cycle(codes, parents, first))
    return np.array(order, dtype=np.int64)


def _require_length(codes: Sequence[str], *columns: Sequence[object] | None) -> None:
    for column in columns:
        if column is not None and len(column) != len(codes):
            raise ShapeError("columns", f"({len(codes)},) like codes", (len(column),))


def _first_rows(codes: Sequence[str]) -> dict[str, int]:
    first: dict[str, int] = {}
    for row, code in enumerate(codes):
        first.setdefault(code, row)
    return first


def _finding(
    fault: HierarchyFault,
    row: int,
    codes: Sequence[str],
    parents: Sequence[str | None],
    rows: Sequence[int] | None = None,
) -> HierarchyFinding:
    places = tuple(rows) if rows is not None else (row,)
    members = tuple(dict.fromkeys(codes[place] for place in places))
    return HierarchyFinding(fault, row, codes[row], parents[row] or None, members, places)


def _duplicates(codes: Sequence[str], parents: Sequence[str | None], first: dict[str, int]) -> list[HierarchyFinding]:
    repeated = {code for code, count in Counter(codes).items() if count > 1}
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, code in enumerate(codes):
        if code in repeated:
            rows_of[code].append(row)
    return [
        _finding(HierarchyFault.DUPLICATE_CODE, row, codes, parents, rows)
        for code, rows in rows_of.items()
        for row in rows
        if row != first[code]
    ]


def _parent_faults(
    codes: Sequence[str], parents: Sequence[str | None], first: dict[str, int], usable: list[int]
) -> list[HierarchyFinding]:
    findings = []
    for row in usable:
        parent = parents[row]
        if parent == codes[row]:
            findings.append(_finding(HierarchyFault.SELF_PARENT, row, codes, parents))
        elif parent and parent not in first:
            findings.append(_finding(HierarchyFault.ORPHAN, row, codes, parents))
    return findings


def _cycles(
    codes: Sequence[str], parents: Sequence[str | None], first: dict[str, int], usable: list[int]
) -> list[HierarchyFinding]:
    """Cycles of two or more rows, each once, starting at its first row and going up to the parent."""
    findings = []
    walk_of: dict[int, int] = {}
    for start in usable:
        path: list[int] = []
        row: int | None = start
        while row is not None and row not in walk_of:
            walk_of[row] = start
            path.append(row)
            row = first.get(parents[row] or "")
        if row is not None and walk_of[row] == start and len(loop := path[path.index(row) :]) > 1:
            lead = loop.index(min(loop))
            rows = loop[lead:] + loop[:lead]
            findings.append(_finding(HierarchyFault.CYCLE, rows[0], codes, parents, rows))
    return findings


def _any_cycle(codes: Sequence[str], parents: Sequence[str | None], first: dict[str, int]) -> tuple[str, ...]:
    usable = sorted(first.values())
    selves = [row for row in usable if parents[row] == codes[row]]
    loops = _cycles(codes, parents, first, usable)
    return loops[0].members if loops else tuple(codes[row] for row in selves[:1])
