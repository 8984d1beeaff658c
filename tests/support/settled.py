"""How does a city come to the state in which the program leaves it after a minute of running?"""

from collections.abc import Callable

import psycopg

from data.engine import libpq_url
from data.rollup_packs import make_packs
from data.scope_reach import fill_scope_reach
from data.tile_chunks import refresh_all_chunks
from data.tile_pieces import cut_units


def settle(url: str) -> None:
    """Do at once what the program would do pass by pass: pack figures and positions, cut units, reach scopes.

    Every server over a copy of the database is spared that work.
    """
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        _exhaust(connection, lambda: make_packs(connection, quiet_s=0))
        refresh_all_chunks(connection)
        _exhaust(connection, lambda: cut_units(connection, 1_000))
        _exhaust(connection, lambda: fill_scope_reach(connection))
        # As autovacuum does: without it the planner takes a city for an empty one.
        connection.execute("VACUUM ANALYZE")


def _exhaust(connection: psycopg.Connection, work: Callable[[], int]) -> None:
    done = 1
    while done:
        with connection.transaction():
            done = work()
