"""How fast is a page of a queue found among a million cases, beside a page that one index alone gives?"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed

from data.accounts.account import Account, acting_as
from data.accounts.permissions import Role
from data.cases.local_rules import read_city_rules
from data.cases.queue import page_statement
from data.cases.queue_filter import Order, Queue, QueueFilter, parse_queue
from data.cases.sight import called_scope, looking
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.roles import WEB, url_as
from data.scope_reach import fill_scope_reach
from tests.benchmarks import case_mass
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Duel, Measure, at_most, take_turns
from tests.support.acting import OPERATOR, of_area

Result = TypeVar("Result")

MOST = 5.0
ROUNDS = 15
PAGE = 51
_PEER = """
SELECT id, reported_at
FROM incident
WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12)
ORDER BY reported_at DESC, id DESC
LIMIT 51
"""
_BUSIEST = """
SELECT unit.id, unit.code
FROM unit JOIN level ON level.key = unit.level_key
WHERE level.rank = 1
ORDER BY (SELECT sum(n) FROM rollup WHERE subject_id = unit.id AND class_id = 0) DESC NULLS LAST
LIMIT 1
"""
_FILTERS = ({"deadline": "breached"}, {"deadline": "within"}, {"class": "U-E-1-01"}, {"state": "handled,rework"})


def measures(bench: Bench) -> Iterator[Measure]:
    """Every queue in two orders, as the centre of the city, as that of a county and as a department; the slowest."""
    url = case_mass.prepare(bench)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        while fill_scope_reach(connection):
            pass
        row = connection.execute(_BUSIEST).fetchone()
    assert row is not None
    handler = Account(902, "handler", Role.HANDLER, department_id=case_mass.DEPARTMENT)
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        site = stack.enter_context(_Site(runner, url))
        for who, account in (("the centre", OPERATOR), ("one county", of_area(*row)), ("a department", handler)):
            for order in (Order.NEWEST, Order.DUE):
                # By deadline the history of a city is not read page by page: all cases would be sorted.
                queues = [queue for queue in Queue if (order, queue) != (Order.DUE, Queue.ALL)]
                asked = {queue.value: QueueFilter(queue, order=order) for queue in queues}
                yield _slowest(site, account, f"page of a queue, {order.value} first, {who}", asked)
            asked = {str(texts): parse_queue(texts) for texts in (*_FILTERS, {"unit": row[1]})}
            yield _slowest(site, account, f"page of a filtered queue, {who}", asked)


def _slowest(site: "_Site", account: Account, name: str, asked: dict[str, QueueFilter]) -> Measure:
    duels = {what: site.race(account, wanted) for what, wanted in asked.items()}
    what, worst = max(duels.items(), key=lambda item: item[1].share)
    return at_most(name, worst.share, MOST, "x index only", detail=f"{what}: {worst.detail}")


class _Site:
    """The statement of a page under the login role of the web, and an index-only page as the owner."""

    def __init__(self, runner: asyncio.Runner, url: str) -> None:
        self._runner, self._url = runner, url

    def __enter__(self) -> "_Site":
        self._web, self._owner = AsyncDatabase(url_as(self._url, WEB), min_size=1, max_size=1), None
        self._run(self._web.open())
        self._owner = self._run(psycopg.AsyncConnection.connect(libpq_url(self._url), autocommit=True))
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._web.close())
        assert self._owner is not None
        self._run(self._owner.close())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """With the context of the caller, who says for whom it is; a runner would keep that of its first work."""
        return self._runner.run(work, context=copy_context())

    def race(self, account: Account, wanted: QueueFilter) -> Duel:
        """The page that an account asks for, in turns with the index-only one."""
        with acting_as(account):
            reading = self._web.reading()
            conn = self._run(reading.__aenter__())
            called = called_scope(account) if wanted.queue is Queue.CALLED else None
            try:
                statement, values = self._run(_prepared(conn, wanted))
                scope = looking(conn, called)
                self._run(scope.__aenter__())
                assert self._owner is not None
                ours = self._asking(conn, statement, values)
                duel = take_turns(ours, self._asking(self._owner, SQL(_PEER), {}), ROUNDS)
            finally:
                self._run(reading.__aexit__(None, None, None))
        return duel

    def _asking(
        self, conn: AsyncRows | psycopg.AsyncConnection, statement: SQL | Composed, values: dict[str, object]
    ) -> Callable[[], object]:
        async def ask() -> int:
            async with conn.cursor(row_factory=tuple_row) as cursor:
                await cursor.execute(statement, values, prepare=False)
                return len(await cursor.fetchall())

        return lambda: self._run(ask())


async def _prepared(conn: AsyncRows, wanted: QueueFilter) -> tuple[Composed, dict[str, object]]:
    rules = await read_city_rules(conn)
    statement, values = await page_statement(conn, wanted, datetime.now(UTC), rules)
    return statement, values | {"limit": PAGE}
