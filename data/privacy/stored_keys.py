"""By which key and digest does an import know a stored row again once its texts have been masked?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from data.importing.row_hashes import content_keys, keys_of, with_other_texts

_TEXTS = ("close_reason", "text", "address")


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A stored incident with its texts and external id as they were and as they are to be.

    Attributes:
        reported_at, id, dataset_id: which incident it is.
        before, after: close_reason, text, address and external_id.
    """

    reported_at: datetime
    id: int
    dataset_id: int
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]


def settle_keys(
    connection: psycopg.Connection, rows: Sequence[ChangedRow], datasets: Mapping[int, tuple[str, str]]
) -> None:
    """Give rows the keys and digests that an import of the same file finds for them now.

    Args:
        connection: of the owner, in the transaction that changes the texts.
        rows: incidents whose texts, external ids or data sets' keys change.
        datasets: key of each data set before and after.
    """
    by_id = {row.id: row for row in rows}
    kept = connection.execute(
        "SELECT incident_id, key, digest FROM incident_key WHERE incident_id = ANY(%s) ORDER BY incident_id",
        [list(by_id)],
    ).fetchall()
    if not kept:
        return
    changed = [by_id[row[0]] for row in kept]
    old = np.array([row[2] for row in kept], np.int64)
    new = with_other_texts(old, _texts(changed, "before"), _texts(changed, "after"))
    by_content = _uuids(content_keys(old)), _uuids(content_keys(new))
    for place, (row, (_, key, digest)) in enumerate(zip(changed, kept, strict=True)):
        wanted = _key(row, key, by_content[0][place], by_content[1][place], datasets[row.dataset_id][1])
        if (wanted, int(new[place])) != (key, digest):
            _write(connection, key, wanted, int(new[place]))


def _key(row: ChangedRow, key: UUID, old_content: UUID, new_content: UUID, dataset: str) -> UUID:
    external_id = row.after["external_id"]
    if external_id is not None:
        return _uuids(keys_of(pa.array([external_id]), dataset))[0]
    # A row without an external id is known by its content, one that was handed in by a program by a key of its own.
    return new_content if row.before["external_id"] is not None or key == old_content else key


def _write(connection: psycopg.Connection, key: UUID, wanted: UUID, digest: int) -> None:
    """Change one key; where masking made two rows the same, the second gets a random one."""
    connection.execute(
        """
        UPDATE incident_key
        SET digest = %(digest)s, key = CASE
            WHEN %(wanted)s <> key AND EXISTS (SELECT FROM incident_key WHERE key = %(wanted)s) THEN gen_random_uuid()
            ELSE %(wanted)s
        END
        WHERE key = %(key)s
        """,
        {"digest": digest, "wanted": wanted, "key": key},
    )


def _texts(rows: Sequence[ChangedRow], when: str) -> list[pa.Array]:
    return [pa.array([getattr(row, when)[name] for row in rows], pa.string()) for name in _TEXTS]


def _uuids(keys: NDArray[np.uint64]) -> list[UUID]:
    return [UUID(int=(int(high) << 64) | int(low)) for high, low in keys]
