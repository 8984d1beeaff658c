"""How does the program work out ahead what the area of a scope reaches?"""

import psycopg

MOST_AT_ONCE = 2_000


def fill_scope_reach(connection: psycopg.Connection, limit: int = MOST_AT_ONCE) -> int:
    """Work out missing reaches of units, in the caller's transaction; scopes are right before too, and slower.

    Args:
        limit: Units to take; a unit takes a fraction of a millisecond, the whole city some.

    Returns:
        How many were worked out; 0 when none is missing, or while units or cells are being changed.
    """
    row = connection.execute("SELECT fill_scope_reach(%s)", [limit]).fetchone()
    assert row is not None
    return int(row[0])
