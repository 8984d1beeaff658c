"""Who folds the logs of before, once, so that past moments of their cases can be shown too?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from data.cases.case_row import lock_cases
from data.cases.local_rules import read_city_rules
from data.cases.log import read_logs
from data.cases.past import past_of, rewrite_past
from data.engine import AsyncRows, libpq_url
from data.reads.rows import fetch_all

CHUNK = 500
_DUE = "SELECT 1 AS id FROM setting WHERE key = 'case_past_due'"
_DONE = "DELETE FROM setting WHERE key = 'case_past_due'"
_CASES = """
SELECT incident_id AS id FROM case_event
WHERE seq = 1 AND incident_id > %(after)s
ORDER BY incident_id
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Id:
    id: int


class PastKeeper:
    """Does it when the program starts; belongs to the thread that is alone with it on a database."""

    def __init__(self, url: str) -> None:
        """Args: url: Of the owner."""
        self._url = libpq_url(url)
        self._is_done = False

    def turn(self) -> None:
        """Fold what is to be folded; after the first turn that ends well nothing more is done."""
        if not self._is_done:
            asyncio.run(self._fill())
            self._is_done = True

    async def _fill(self) -> None:
        conn: AsyncRows = await psycopg.AsyncConnection.connect(self._url, autocommit=True, row_factory=dict_row)

        @asynccontextmanager
        async def writing() -> AsyncIterator[AsyncRows]:
            async with conn.transaction():
                yield conn

        async with conn:
            await fill_past(writing)


async def fill_past(writing: Callable[[], AbstractAsyncContextManager[AsyncRows]]) -> bool:
    """Keep of every case that has a log how it stood before each event, where that is still to be done.

    Cases are locked a few at a time; what is done to others goes on, and keeps its own. Broken off, it begins anew.

    Args:
        writing: Begins a transaction as the owner.

    Returns:
        Whether there was anything to do.
    """
    async with writing() as conn:
        if not await fetch_all(conn, _Id, _DUE):
            return False
    after = 0
    while after >= 0:
        async with writing() as conn:
            after = await _fill(conn, after)
    async with writing() as conn:
        await conn.execute(_DONE)
    return True


async def _fill(conn: AsyncRows, after: int) -> int:
    """The next cases; gives the id of the last one, -1 where there are no more."""
    ids = [row.id for row in await fetch_all(conn, _Id, _CASES, {"after": after, "limit": CHUNK})]
    if not ids:
        return -1
    rules = await read_city_rules(conn)
    rows, logs = await lock_cases(conn, ids), await read_logs(conn, ids)
    for case_id, row in rows.items():
        await rewrite_past(conn, row, past_of(logs[case_id], rules))
    return ids[-1]
