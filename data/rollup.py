"""What are the day x unit figures of many incidents, and how are pending changes folded in?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import psycopg
from numba import njit
from numpy.typing import NDArray

from data import copy_binary
from data.models.rollup import MEASURES, PLAIN_CLASSES, SENSITIVE_CLASSES
from data.models.space import ID_BLOCK
from data.named_sql import named
from data.rollup_packs import drop_packs
from data.write_behind import WriteBehind

FOLD_LOCK = "SELECT pg_advisory_xact_lock(hashtext('rollup_fold'))"
_DENSE_PER_ROW = 64
"""Summing in a table of all possible triples beats sorting until they outnumber the rows by this."""

_SLICE = 8_000_000
_NARROW = 1_000_000
_PIECE_ROWS = 1_000_000
_COLUMNS = ("class_id", "day", "subject_id", *MEASURES)


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of n distinct or repeated (group, day, class) triples.

    Attributes:
        group: (n,) cell or subject ids.
        day: (n,) days since 1970-01-01.
        class_id: (n,) ids, PLAIN_CLASSES for all that are not sensitive, SENSITIVE_CLASSES for all that are.
        measures: (n, 6) counts in the order of MEASURES.
    """

    group: NDArray[np.int32]
    day: NDArray[np.int32]
    class_id: NDArray[np.int16]
    measures: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.group)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Subjects of c cells as a table with a column per level, then columns for straddles.

    Attributes:
        cell_ids: (c,) ascending.
        table: (c, s) subject ids; a unit stands in the column of its level, so no unit stands in two columns.
        used: (c, s) False where the cell has no subject in the column.
        by_class: (c, s) whether the subject keeps figures by class.
        level_columns: How many of the columns are levels.
        sensitive: (32768,) whether a class is sensitive, by id.
    """

    cell_ids: NDArray[np.int32]
    table: NDArray[np.int32]
    used: NDArray[np.bool_]
    by_class: NDArray[np.bool_]
    level_columns: int
    sensitive: NDArray[np.bool_]


def load_subjects(connection: psycopg.Connection) -> Subjects:
    """Subjects of all cells."""
    rows = connection.execute("SELECT id, subjects FROM cell ORDER BY id").fetchall()
    levels = connection.execute("SELECT rank, rollup_by_class FROM level ORDER BY rank").fetchall()
    level_columns = max((rank for rank, _ in levels), default=0) + 1
    straddles = max(sum(subject < 0 for subject in row[1]) for row in rows)
    table = np.zeros((len(rows), level_columns + straddles), np.int32)
    used = np.zeros(table.shape, bool)
    for position, (_, subjects) in enumerate(rows):
        columns = _columns_of(subjects, level_columns)
        table[position, columns] = subjects
        used[position, columns] = True
    deepest = [rank + 1 for rank, by_class in levels if not by_class]
    by_class = ~np.isin(table // ID_BLOCK, deepest) | (table <= 0)
    cell_ids = np.array([row[0] for row in rows], np.int32)
    return Subjects(cell_ids, table, used, by_class, level_columns, load_sensitive(connection))


def load_sensitive(connection: psycopg.Connection) -> NDArray[np.bool_]:
    """Whether a class is sensitive, (32768,) by class id; a class that is made later is not."""
    sensitive = np.zeros(1 << 15, bool)
    sensitive[[row[0] for row in connection.execute("SELECT id FROM incident_class WHERE sensitive").fetchall()]] = True
    return sensitive


def _columns_of(subjects: list[int], level_columns: int) -> list[int]:
    straddle_columns = iter(range(level_columns, level_columns + len(subjects)))
    return [next(straddle_columns) if subject < 0 else max(0, subject // ID_BLOCK - 1) for subject in subjects]


def combine(facts: Facts) -> Facts:
    """Add up the figures of equal triples; the result is sorted by class, day, group."""
    if not len(facts):
        return facts
    groups, group = _numbered(facts.group)
    first_day = int(facts.day.min())
    days = int(facts.day.max()) - first_day + 1
    day = facts.day - first_day
    first_class = facts.class_id.min()
    class_id = facts.class_id - first_class
    domain = (int(class_id.max()) + 1) * days * len(groups)
    if domain <= _DENSE_PER_ROW * len(facts):
        keys, sums = _dense_sums(class_id, day, group, facts.measures, (days, len(groups)), domain)
    else:
        key = (class_id.astype(np.int64) * days + day) * len(groups) + group
        keys, sums = _sorted_sums(key, facts.measures)
    rest, position = np.divmod(keys, len(groups))
    summed_class, day = np.divmod(rest, days)
    class_id = (summed_class + first_class).astype(np.int16)
    return Facts(groups[position], (day + first_day).astype(np.int32), class_id, sums)


def _numbered(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ascending ids among which all of `ids` are, and the place of each in them."""
    first, last = int(ids.min()), int(ids.max())
    if last - first < _NARROW:
        # Ids of a level have no gaps worth sorting for.
        return np.arange(first, last + 1, dtype=np.int32), ids - np.int32(first)
    known, place = np.unique(ids, return_inverse=True)
    return known, place.astype(np.int32)


def _dense_sums(
    class_id: NDArray[np.int16],
    day: NDArray[np.int32],
    group: NDArray[np.int32],
    measures: NDArray[np.int32],
    shape: tuple[int, int],
    domain: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sums by key in slices of the domain: each fits into memory, and the keys come out in order unsorted."""
    keys: list[NDArray[np.int64]] = []
    sums: list[NDArray[np.int32]] = []
    for low in range(0, domain, _SLICE):
        size = min(_SLICE, domain - low)
        table, present = np.zeros((size, measures.shape[1]), np.int32), np.zeros(size, np.bool_)
        _add_rows(table, present, class_id, day, group, measures, shape[0], shape[1], low)
        found = np.flatnonzero(present)
        keys.append(found + low)
        sums.append(table[found])
    return np.concatenate(keys), np.concatenate(sums)


@njit(cache=True, nogil=True)
def _add_rows(table, present, class_id, day, group, measures, days, groups, low):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    for row in range(len(group)):
        key = (np.int64(class_id[row]) * days + day[row]) * groups + group[row] - low
        if 0 <= key < len(present):
            present[key] = True
            for column in range(measures.shape[1]):
                table[key, column] += measures[row, column]


def _sorted_sums(key: NDArray[np.int64], measures: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(measures[order], starts, axis=0)


def spread(facts: Facts, subjects: Subjects) -> list[Facts]:
    """Figures by subject: all classes that are not sensitive, all that are, and by class where the subject keeps them.

    Args:
        facts: By cell, day and class.
        subjects: Of all cells in `facts`.
    """
    row = np.searchsorted(subjects.cell_ids, facts.group)
    together = np.where(subjects.sensitive[facts.class_id], SENSITIVE_CLASSES, PLAIN_CLASSES).astype(np.int16)
    in_sum = replace(facts, class_id=together)
    parts: list[Facts] = []
    for column in range(subjects.table.shape[1]):
        subject, used = subjects.table[row, column], subjects.used[row, column]
        parts.append(_of_subjects(in_sum, subject, used))
        parts.append(_of_subjects(facts, subject, used & subjects.by_class[row, column]))
    levels, straddles = parts[: 2 * subjects.level_columns], parts[2 * subjects.level_columns :]
    # A straddle may stand in several columns: only its figures have to be added up across columns.
    return [part for part in [*levels, combine(joined(straddles))] if len(part)]


def _of_subjects(facts: Facts, subject: NDArray[np.int32], used: NDArray[np.bool_]) -> Facts:
    rows = slice(None) if used.all() else np.flatnonzero(used)
    return combine(Facts(subject[rows], facts.day[rows], facts.class_id[rows], facts.measures[rows]))


def add_to_rollup(connection: psycopg.Connection, parts: list[Facts]) -> None:
    """Add figures by subject to the folded rows; takes the fold's lock until the transaction ends.

    Args:
        parts: What `spread` gives: no triple stands in two of them, nor twice in one.
    """
    connection.execute(FOLD_LOCK)
    empty = connection.execute("SELECT NOT EXISTS (SELECT FROM rollup_day)").fetchone()
    assert empty is not None
    if empty[0]:
        _fill(connection, parts)
    else:
        connection.execute("CREATE TEMP TABLE rollup_new (LIKE rollup_day) ON COMMIT DROP")
        _copy(connection, "rollup_new", parts)
        connection.execute(named("rollup_add_new"))
        connection.execute("DROP TABLE rollup_new")
    days = np.unique(np.concatenate([part.day for part in parts])) if parts else np.empty(0, np.int32)
    drop_packs(connection, days.astype("datetime64[D]").tolist())
    announce(connection)


def _fill(connection: psycopg.Connection, parts: list[Facts]) -> None:
    """Write the first figures: rows in the order of the key into a table without indexes, then the indexes at once."""
    connection.execute(named("rollup_indexes_drop"))
    _copy(connection, "rollup_day", [_in_key_order(joined(parts))])
    connection.execute(named("rollup_indexes_make"))
    connection.execute("ANALYZE rollup_day")


def _in_key_order(facts: Facts) -> Facts:
    """Rows by class, day and subject: sorting them again for an index takes next to no time."""
    key = (facts.class_id.astype(np.int64) << 48) + (facts.day.astype(np.int64) << 32) + facts.group
    order = np.argsort(key, kind="stable")
    return Facts(facts.group[order], facts.day[order], facts.class_id[order], facts.measures[order])


def joined(parts: list[Facts]) -> Facts:
    """The figures of all parts, one after the other."""
    if not parts:
        return Facts(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16), np.empty((0, 6), np.int32))
    return Facts(
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.class_id for part in parts]),
        np.concatenate([part.measures for part in parts]),
    )


def _copy(connection: psycopg.Connection, table: str, parts: list[Facts]) -> None:
    """Write figures piece by piece; the next piece is encoded while the server takes the one before."""
    behind = WriteBehind(connection)
    target = f"{table} ({', '.join(_COLUMNS)})"
    for piece in _pieces(parts):
        rows = _encoded(piece)
        behind.start(partial(copy_binary.copy_in, connection, target, rows))
    behind.wait()


def _pieces(parts: list[Facts]) -> Iterator[Facts]:
    for part in parts:
        for first in range(0, len(part), _PIECE_ROWS):
            rows = slice(first, first + _PIECE_ROWS)
            yield Facts(part.group[rows], part.day[rows], part.class_id[rows], part.measures[rows])


def _encoded(facts: Facts) -> memoryview:
    columns = [
        copy_binary.integers(facts.class_id, 2),
        copy_binary.days(facts.day),
        copy_binary.integers(facts.group, 4),
        *(copy_binary.integers(column, 4) for column in facts.measures.T),
    ]
    return copy_binary.encode(columns)


def announce(connection: psycopg.Connection) -> int:
    """Raise the version of the figures and tell listeners on commit; returns the new version."""
    row = connection.execute(
        """
        UPDATE rollup_state SET version = version + 1, folded_at = clock_timestamp()
        WHERE id = 1
        RETURNING version, pg_notify('rollup', version::text)
        """
    ).fetchone()
    assert row is not None
    return int(row[0])


def fold(connection: psycopg.Connection) -> int:
    """Move all pending changes into the folded rows, in the caller's transaction.

    Returns:
        How many pending rows were folded.
    """
    connection.execute(FOLD_LOCK)
    row = connection.execute(named("rollup_fold")).fetchone()
    assert row is not None
    folded = int(row[0])
    if folded:
        drop_packs(connection, row[1])
        announce(connection)
    return folded


def mark_breached(connection: psycopg.Connection) -> int:
    """Mark open incidents whose deadline has passed; the change reaches the figures like any other.

    Returns:
        How many incidents passed their deadline since the last call.
    """
    return connection.execute(named("incident_mark_breached")).rowcount
