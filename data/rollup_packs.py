"""When are the figures of a whole level on one day packed into one row, and when is the pack thrown away?"""

from collections.abc import Sequence
from datetime import date

import psycopg

from data.named_sql import named

QUIET_S = 5.0
"""A day that changes more often than this is read row by row: packing it again and again would cost more."""


def drop_packs(connection: psycopg.Connection, days: Sequence[date]) -> None:
    """Remove the packs of days whose figures change; in the transaction that changes them."""
    if days:
        connection.execute(named("rollup_pack_drop"), {"days": list(days)})


def make_packs(connection: psycopg.Connection, limit: int = 20, *, quiet_s: float = QUIET_S) -> int:
    """Pack up to `limit` days, newest first; in the caller's transaction, under the fold's lock.

    Figures are exact before, during and after: a day without a pack is read row by row.

    Returns:
        How many days were packed.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('rollup_fold'))")
    row = connection.execute(named("rollup_pack"), {"limit": limit, "quiet_s": quiet_s}).fetchone()
    assert row is not None
    return int(row[0])
