"""In which transaction does a command about accounts run?"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg.rows import dict_row

from dashboard.cli.context import Context, opened_database
from data.engine import AsyncRows, libpq_url

Result = TypeVar("Result")
Work = Callable[[AsyncRows], Awaitable[Result]]


def in_one_transaction(context: Context, work: Work[Result]) -> Result:
    """Do the work in one transaction on the database of this run; it commits where the work raises nothing."""
    with opened_database(context) as url:
        return asyncio.run(_run(url, work))


async def _run(url: str, work: Work[Result]) -> Result:
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        return await work(conn)
