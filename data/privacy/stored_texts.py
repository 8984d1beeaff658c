"""Do texts that were stored before hold personal data, and how is it masked?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pyarrow as pa

from data.named_sql import named
from data.privacy.columns import drop_personal_identifiers, mask_column
from data.privacy.kinds import Kind
from data.privacy.masking import masked_text
from data.privacy.stored_keys import ChangedRow, settle_keys
from data.privacy.stored_names import masked_names

BATCH_ROWS = 20_000
_START = datetime(1, 1, 1, tzinfo=UTC)
_TEXTS = ("close_reason", "text", "address")
"""In the order of the digest of a row."""


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """What a look through stored texts found.

    Attributes:
        looked_at: incidents that were read.
        changed: rows of any table with personal data in them.
        counts: numbers and addresses of people, by kind.
    """

    looked_at: int
    changed: int
    counts: dict[Kind, int]


def check_stored_texts(connection: psycopg.Connection, most_incidents: int) -> StoredCheck:
    """Look through the oldest incidents and all names, and change nothing.

    Args:
        connection: of the owner, who sees all rows.
        most_incidents: so many incidents are read.
    """
    looked_at, changed, counts = 0, 0, Counter[Kind]()
    for rows in _batches(connection, BATCH_ROWS):
        found, batch_counts = _masked_rows(rows)
        looked_at, changed = looked_at + len(rows), changed + len(found)
        counts.update(batch_counts)
        if looked_at >= most_incidents:
            break
    changed += masked_names(connection, change=False)
    return StoredCheck(looked_at, changed, dict(counts))


def mask_stored_texts(connection: psycopg.Connection) -> StoredCheck:
    """Mask all stored texts, committing batch by batch; broken off, it goes on where it is run again.

    Digests and keys of the rows change with them, so that importing the same file again finds each row unchanged.
    """
    looked_at, changed, counts = 0, 0, Counter[Kind]()
    datasets = _datasets(connection)
    for rows in _batches(connection, BATCH_ROWS):
        found, batch_counts = _masked_rows(rows)
        for row in found:
            _write(connection, row)
        renamed = [_unchanged(row) for row in rows if datasets[row[6]][0] != datasets[row[6]][1]]
        settle_keys(connection, list({row.id: row for row in (*renamed, *found)}.values()), datasets)
        connection.commit()
        looked_at, changed = looked_at + len(rows), changed + len(found)
        counts.update(batch_counts)
    changed += masked_names(connection, change=True)
    connection.commit()
    return StoredCheck(looked_at, changed, dict(counts))


def _datasets(connection: psycopg.Connection) -> dict[int, tuple[str, str]]:
    """Key of each data set now, and as it will be."""
    rows = connection.execute("SELECT id, key FROM dataset").fetchall()
    return {row[0]: (row[1], masked_text(row[1])) for row in rows}


def _unchanged(row: Sequence[Any]) -> ChangedRow:
    texts = dict(zip((*_TEXTS, "external_id"), row[2:6], strict=True))
    return ChangedRow(row[0], row[1], row[6], texts, texts)


def _batches(connection: psycopg.Connection, count: int) -> Iterator[Sequence[Any]]:
    last = (_START, 0)
    statement = named("incident_texts").encode()
    while rows := connection.execute(statement, {"reported_at": last[0], "id": last[1], "count": count}).fetchall():
        yield rows
        last = rows[-1][:2]


def _masked_rows(rows: Sequence[Any]) -> tuple[list[ChangedRow], Counter[Kind]]:
    """The rows with personal data as they should be, and what was found."""
    before = {name: pa.array([row[2 + place] for row in rows], pa.string()) for place, name in enumerate(_TEXTS)}
    after = {name: mask_column(column) for name, column in before.items()}
    ids = pa.array([row[5] for row in rows], pa.string())
    kept = drop_personal_identifiers(ids)
    counts: Counter[Kind] = Counter(kept.counts)
    for column in after.values():
        counts.update(column.counts)
    texts = {name: column.texts.to_pylist() for name, column in after.items()} | {"external_id": kept.texts.to_pylist()}
    found = []
    for place, row in enumerate(rows) if counts else ():
        wanted = {name: values[place] for name, values in texts.items()}
        if tuple(wanted.values()) != tuple(row[2:6]):
            found.append(ChangedRow(row[0], row[1], row[6], dict(zip(wanted, row[2:6], strict=True)), wanted))
    return found, counts


def _write(connection: psycopg.Connection, row: ChangedRow) -> None:
    connection.execute(
        """
        UPDATE incident
        SET text = %(text)s, address = %(address)s, close_reason = %(close_reason)s, external_id = %(external_id)s
        WHERE reported_at = %(at)s AND id = %(id)s
        """,
        {**row.after, "at": row.reported_at, "id": row.id},
    )
