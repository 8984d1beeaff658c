"""What are the day x unit figures of many incidents, and how are pending changes folded in?"""

from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from data import copy_binary
from data.models.rollup import MEASURES
from data.models.space import ID_BLOCK
from data.named_sql import named

FOLD_LOCK = "SELECT pg_advisory_xact_lock(hashtext('rollup_fold'))"
_DENSE_DOMAIN = 30_000_000
_COLUMNS = ("class_id", "day", "subject_id", *MEASURES)


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of n distinct or repeated (group, day, class) triples.

    Attributes:
        group: (n,) cell or subject ids.
        day: (n,) days since 1970-01-01.
        class_id: (n,) ids, 0 for all classes.
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
    """

    cell_ids: NDArray[np.int32]
    table: NDArray[np.int32]
    used: NDArray[np.bool_]
    by_class: NDArray[np.bool_]
    level_columns: int


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
    return Subjects(np.array([row[0] for row in rows], np.int32), table, used, by_class, level_columns)


def _columns_of(subjects: list[int], level_columns: int) -> list[int]:
    straddle_columns = iter(range(level_columns, level_columns + len(subjects)))
    return [next(straddle_columns) if subject < 0 else max(0, subject // ID_BLOCK - 1) for subject in subjects]


def combine(facts: Facts) -> Facts:
    """Add up the figures of equal triples; the result is sorted by class, day, group."""
    if not len(facts):
        return facts
    groups, group = np.unique(facts.group, return_inverse=True)
    first_day = int(facts.day.min())
    days = int(facts.day.max()) - first_day + 1
    key = (facts.class_id.astype(np.int64) * days + (facts.day - first_day)) * len(groups) + group
    domain = (int(facts.class_id.max()) + 1) * days * len(groups)
    keys, sums = _dense_sums(key, facts.measures, domain) if domain <= _DENSE_DOMAIN else _sorted_sums(key, facts)
    rest, position = np.divmod(keys, len(groups))
    class_id, day = np.divmod(rest, days)
    return Facts(groups[position], (day + first_day).astype(np.int32), class_id.astype(np.int16), sums)


def _dense_sums(
    key: NDArray[np.int64], measures: NDArray[np.int32], domain: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    present = np.zeros(domain, bool)
    present[key] = True
    keys = np.flatnonzero(present)
    columns = [np.bincount(key, weights=column, minlength=domain)[keys].astype(np.int32) for column in measures.T]
    return keys, np.column_stack(columns)


def _sorted_sums(key: NDArray[np.int64], facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(facts.measures[order], starts, axis=0)


def spread(facts: Facts, subjects: Subjects) -> list[Facts]:
    """Figures by subject: all classes together for every subject, by class where the subject keeps them.

    Args:
        facts: By cell, day and class.
        subjects: Of all cells in `facts`.
    """
    row = np.searchsorted(subjects.cell_ids, facts.group)
    parts: list[Facts] = []
    for column in range(subjects.table.shape[1]):
        subject, used = subjects.table[row, column], subjects.used[row, column]
        parts.append(_of_subjects(facts, subject, used, all_classes=True))
        parts.append(_of_subjects(facts, subject, used & subjects.by_class[row, column], all_classes=False))
    levels, straddles = parts[: 2 * subjects.level_columns], parts[2 * subjects.level_columns :]
    # A straddle may stand in several columns: only its figures have to be added up across columns.
    return [part for part in [*levels, combine(_joined(straddles))] if len(part)]


def _of_subjects(facts: Facts, subject: NDArray[np.int32], used: NDArray[np.bool_], *, all_classes: bool) -> Facts:
    class_id = np.zeros(int(used.sum()), np.int16) if all_classes else facts.class_id[used]
    return combine(Facts(subject[used], facts.day[used], class_id, facts.measures[used]))


def add_to_rollup(connection: psycopg.Connection, facts: Facts) -> None:
    """Add figures by cell to the folded rows; takes the fold's lock until the transaction ends."""
    connection.execute(FOLD_LOCK)
    parts = spread(facts, load_subjects(connection))
    empty = connection.execute("SELECT NOT EXISTS (SELECT FROM rollup_day)").fetchone()
    assert empty is not None
    if empty[0]:
        _fill(connection, parts)
    else:
        connection.execute("CREATE TEMP TABLE rollup_new (LIKE rollup_day) ON COMMIT DROP")
        for part in parts:
            _copy(connection, "rollup_new", part)
        connection.execute(named("rollup_add_new"))
        connection.execute("DROP TABLE rollup_new")
    announce(connection)


def _fill(connection: psycopg.Connection, parts: list[Facts]) -> None:
    """Write the first figures: sorted rows into a table without indexes, then the indexes at once."""
    connection.execute(named("rollup_indexes_drop"))
    for part in parts:
        _copy(connection, "rollup_day", part)
    connection.execute(named("rollup_indexes_make"))
    connection.execute("ANALYZE rollup_day")


def _joined(parts: list[Facts]) -> Facts:
    if not parts:
        return Facts(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16), np.empty((0, 6), np.int32))
    return Facts(
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.class_id for part in parts]),
        np.concatenate([part.measures for part in parts]),
    )


def _copy(connection: psycopg.Connection, table: str, facts: Facts) -> None:
    columns = [
        copy_binary.integers(facts.class_id, 2),
        copy_binary.days(facts.day.astype(np.int64)),
        copy_binary.integers(facts.group, 4),
        *(copy_binary.integers(column, 4) for column in facts.measures.T),
    ]
    statement = f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor().copy(statement.encode()) as copy:
        copy.write(copy_binary.HEADER)
        copy.write(copy_binary.encode(columns))
        copy.write(copy_binary.TRAILER)


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
        announce(connection)
    return folded


def mark_breached(connection: psycopg.Connection) -> int:
    """Mark open incidents whose deadline has passed; the change reaches the figures like any other.

    Returns:
        How many incidents passed their deadline since the last call.
    """
    return connection.execute(named("incident_mark_breached")).rowcount
