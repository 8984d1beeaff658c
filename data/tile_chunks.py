"""How do the packed incident positions behind map tiles follow the incidents?"""

import numpy as np
import psycopg
from numpy.typing import NDArray

from data import copy_binary
from data.named_sql import named

CHUNK_ZOOM = 12
"""A pack covers one tile of this zoom and one city-local day."""

CELL_ZOOM = 20
"""Packed positions are cells of this zoom, 65,536 in a tile."""

_TILE_SHIFT = 24
_DAY_BITS = 20


class TileDays:
    """Tile-days of incidents that are stored past the triggers, gathered over batches."""

    def __init__(self) -> None:
        self._keys = np.empty(0, np.int64)

    def add(self, morton: NDArray[np.int64], day: NDArray[np.int32]) -> None:
        """Note the incidents of a batch.

        Args:
            morton: (n,) codes of geo.morton; negative where there is no position.
            day: (n,) city-local days since 1970-01-01.
        """
        placed = morton >= 0
        keys = ((morton[placed] >> _TILE_SHIFT) << _DAY_BITS) | day[placed]
        self._keys = np.union1d(self._keys, keys)

    def mark(self, connection: psycopg.Connection) -> None:
        """Mark what was noted, in the transaction that stores the incidents."""
        columns = [
            copy_binary.integers(self._keys >> _DAY_BITS, 4),
            copy_binary.days(self._keys & ((1 << _DAY_BITS) - 1)),
        ]
        copy_binary.copy_in(connection, "incident_chunk_mark (tile, day)", copy_binary.encode(columns))


def refresh_chunks(connection: psycopg.Connection, limit: int = 500) -> int:
    """Pack up to `limit` marked tile-days anew, in a transaction of its own.

    Tiles are exact before, during and after: a marked tile-day is read from the incidents themselves.

    Args:
        connection: Outside a transaction.
        limit: Marks to take; a call takes milliseconds for a few and a second or so for thousands.

    Returns:
        How many marks were removed; 0 when every pack is up to date.
    """
    # Asked every second: planning what follows over all months would be most of what an idle program costs.
    if connection.execute("SELECT FROM incident_chunk_mark LIMIT 1").rowcount == 0:
        return 0
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # The lock comes before the snapshot, so that a second process sees what the first one packed.
        connection.execute("LOCK TABLE incident_chunk IN SHARE ROW EXCLUSIVE MODE")
        # Compiling the plan would take longer than running it.
        connection.execute("SET LOCAL jit = off")
        row = connection.execute(named("tile_chunk_refresh"), {"limit": limit}, prepare=False).fetchone()
    assert row is not None
    return int(row[0])


def refresh_all_chunks(connection: psycopg.Connection) -> int:
    """Pack every marked tile-day, in transactions of moderate size; returns how many marks were removed."""
    total = 0
    while taken := refresh_chunks(connection, 20_000):
        total += taken
    connection.execute("ANALYZE incident_chunk, incident_chunk_mark")
    return total
