"""Who sees to it that suspensions end and late cases go up the ladder? The process that folds, without being asked."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
from psycopg.rows import dict_row

from data.audit.actor import PROGRAM
from data.audit.record import record
from data.cases.by_itself import event_due, steps_of
from data.cases.case_row import lock_cases
from data.cases.local_rules import load_city_rules, read_city_rules
from data.cases.log import read_logs
from data.cases.projection import standing_of
from data.cases.store import change_entry, opened, written
from data.cases.timers import timer_rows
from data.engine import AsyncRows, libpq_url
from data.named_sql import named

AT_ONCE = 200
"""Cases of one turn; the next one follows after a second."""


class CaseKeeper:
    """Writes what happens to cases by itself; belongs to the thread that is alone with it on a database."""

    def __init__(self, url: str) -> None:
        """Args: url: Of the owner."""
        self._url = libpq_url(url)

    def turn(self, connection: psycopg.Connection, now: datetime) -> int:
        """Write what is due by now, each event in a transaction of its own.

        Args:
            connection: As the owner, in autocommit; it is only read from.
            now: Aware.

        Returns:
            How many events were written.
        """
        ids = _due(connection, now)
        return asyncio.run(self._carry_out(ids, now)) if ids else 0

    async def _carry_out(self, ids: Sequence[int], now: datetime) -> int:
        conn: AsyncRows = await psycopg.AsyncConnection.connect(self._url, autocommit=True, row_factory=dict_row)
        count = 0
        async with conn:
            for case_id in ids:
                while await carry_out(conn, case_id, now):
                    count += 1
        return count


async def carry_out(conn: AsyncRows, case_id: int, now: datetime) -> bool:
    """Write the next event that is due of a case, if one is, with all that follows from it, in one transaction.

    Args:
        conn: As the owner, in autocommit.
        case_id: A case.
        now: Aware.
    """
    async with conn.transaction():
        rules = await read_city_rules(conn)
        row = (await lock_cases(conn, [case_id])).get(case_id)
        log = (await read_logs(conn, [case_id])).get(case_id)
        if row is None or log is None:
            return False
        case = opened(row, log, rules)
        timers = timer_rows(case.state, rules)
        event = event_due(case.state, timers, rules.flow, max(now.astimezone(UTC), log[-1].at))
        if event is None:
            return False
        done = await written(conn, case, event, rules)
        await record(conn, change_entry(row, done, standing_of(row)), PROGRAM)
        return True


def _due(connection: psycopg.Connection, now: datetime) -> list[int]:
    after = [step.after for step in steps_of(load_city_rules(connection).flow)]
    values = {"now": now, "after": after, "most": AT_ONCE}
    return [row[0] for row in connection.execute(named("cases_by_themselves").encode(), values).fetchall()]
