"""Who keeps the figures of each day when it has ended?"""

import asyncio
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import dict_row

from data.engine import AsyncRows, libpq_url
from data.figures.days import days_due, keep_day

LOOK_EVERY = timedelta(minutes=1)


class DayKeeper:
    """Keeps days that have ended; belongs to the thread that is alone with it on a database."""

    def __init__(self, url: str) -> None:
        """Args: url: Of the owner."""
        self._url = libpq_url(url)
        self._looked_at: datetime | None = None

    def turn(self, now: datetime) -> None:
        """Look for days to keep, at most once in LOOK_EVERY; one transaction for each day."""
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        asyncio.run(self._keep())

    async def _keep(self) -> None:
        conn: AsyncRows = await psycopg.AsyncConnection.connect(self._url, autocommit=True, row_factory=dict_row)
        async with conn:
            for day in await days_due(conn):
                async with conn.transaction():
                    await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    await keep_day(conn, day)
