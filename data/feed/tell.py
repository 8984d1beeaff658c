"""How do waiting changes become numbered entries, and how do listeners hear of them? In the folding process alone."""

import psycopg

from data.feed.entry import CHANNEL
from data.named_sql import named

KEEP = 200_000
"""So many entries can be read after the fact; whoever missed more reads everything anew."""

SLACK = 2_000
"""So many more may lie there before the oldest are removed."""

FLOOD = 20_000
"""Of more waiting changes than these nobody is told one by one."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('feed_tell'))"
_WAITING = "SELECT count(*) FROM (SELECT FROM feed_change LIMIT %(most)s) AS few"
_FORGET = """
WITH moved AS (
    UPDATE feed_state SET tail = head - %(keep)s WHERE id = 1 AND head - tail > %(keep)s + %(slack)s RETURNING tail
)
DELETE FROM feed_entry USING moved WHERE feed_entry.id <= moved.tail
"""
_NOTIFY = f"""
SELECT pg_notify('{CHANNEL}', head || ' ' || (extract(epoch FROM clock_timestamp()) * 1000)::bigint), head
FROM feed_state WHERE id = 1
"""


def tell(connection: psycopg.Connection, *, keep: int = KEEP, slack: int = SLACK, flood: int = FLOOD) -> int:
    """Make entries of what is committed and not told yet, and notify listeners; in the caller's transaction.

    A change that is committed later still waits in its table, however old its number: nothing is lost by the order of
    commits. Listeners are notified also where nothing changed, so that silence tells them that the feed stands still.

    Args:
        keep, slack: How many entries stay, and how many more may lie there before some are removed.
        flood: More waiting changes than these become one entry that asks to read everything anew.

    Returns:
        The number of the last entry.
    """
    connection.execute(_LOCK)
    waiting = connection.execute(_WAITING, {"most": flood + 1}).fetchone()
    assert waiting is not None
    if waiting[0] > flood:
        connection.execute(named("feed_flood"))
    elif waiting[0]:
        connection.execute(named("feed_take"))
    connection.execute(named("feed_figures"))
    connection.execute(_FORGET, {"keep": keep, "slack": slack})
    told = connection.execute(_NOTIFY).fetchone()
    assert told is not None
    return int(told[1])


def tell_all_anew(connection: psycopg.Connection) -> None:
    """Leave word that more changed than is worth telling one by one; in the caller's transaction."""
    connection.execute("INSERT INTO feed_change (kind) VALUES ('reset')")
