"""A drawn city for the tests of cases: accounts of its departments and areas, and cases that they act on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from data.accounts.account import Account, acting_as
from data.accounts.permissions import Role
from data.cases.action import Act
from data.cases.desk import CaseDesk
from data.cases.store import Command, Done
from data.engine import AsyncDatabase, libpq_url
from data.roles import WEB, url_as
from tests.data.reads import grid_world

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY_8 = datetime(2025, 3, 3, 8, tzinfo=ZONE)
WATER, FIRE = 1, 2
STREET, ROADS, DISPUTE = 1, 3, 4
"""Classes of the drawn city; disputes are sensitive."""

ROLES = {
    "operator": (Role.OPERATOR, None),
    "leader": (Role.LEADER, None),
    "waterman": (Role.HANDLER, WATER),
    "fireman": (Role.HANDLER, FIRE),
    "planner": (Role.PLANNER, None),
}
_REPORT = """
    INSERT INTO incident (reported_at, cell_id, grid_id, class_id, source_id, dataset_id, text)
    SELECT %(at)s, cell.id, cell.grid_id, %(class)s, 1, 1, '路面积水'
    FROM cell WHERE cell.grid_id = %(grid)s ORDER BY cell.id LIMIT 1
    RETURNING id
"""


class Clock:
    """Says what time it is; moves on by a minute whenever it is asked."""

    def __init__(self, start: datetime = MONDAY_8) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


class CaseWorld:
    """The drawn city without incidents of its own, under the login role of the web."""

    def __init__(self, url: str, database: AsyncDatabase, accounts: dict[str, Account]) -> None:
        self.url = url
        self.accounts = accounts
        self.clock = Clock()
        self.database = database
        self.desk = CaseDesk(database, self.clock)
        self.seen: dict[int, int] = {}

    def report(self, *, at: datetime = MONDAY_8, class_id: int = STREET, grid: str = "a") -> int:
        """A new report in a grid; gives the id of its case."""
        values = {"at": at, "class": class_id, "grid": grid_world.IDS[grid]}
        with psycopg.connect(libpq_url(self.url)) as owner:
            owner.execute("SELECT ensure_incident_partition(%s)", [at])
            row = owner.execute(_REPORT, values).fetchone()
        assert row is not None
        self.seen[row[0]] = 1
        return int(row[0])

    async def does(self, who: str, act: Act, case: int, *, key: str | None = None, **facts: Any) -> Done:
        """Somebody does something to a case as it is now."""
        command = Command(case, act, facts, self.seen[case], key)
        done = await self.tries(who, command)
        self.seen[case] = done.event.seq
        return done

    async def tries(self, who: str, command: Command, *, unit: str | None = None) -> Done:
        """Somebody tries a command, in an area where one is named."""
        account = self.accounts[who]
        account = replace(account, unit_id=grid_world.IDS[unit]) if unit else account
        with acting_as(account):
            return await self.desk.act(command, account)

    async def dispatched(self, department: int = WATER, **report: Any) -> int:
        """A case that was filed and given to a department."""
        case = self.report(**report)
        await self.does("operator", Act.FILE, case)
        await self.does("operator", Act.DISPATCH, case, department=department)
        return case

    async def handled(self, **report: Any) -> int:
        """A case that the department has handled."""
        case = await self.dispatched(**report)
        await self.does("waterman", Act.HANDLE, case, result="已排水")
        return case

    async def closed(self, **report: Any) -> int:
        """A case that is closed as fixed."""
        case = await self.handled(**report)
        await self.does("operator", Act.CLOSE, case, close_reason="fixed")
        return case


@asynccontextmanager
async def case_world(url: str) -> AsyncIterator[CaseWorld]:
    """A city in a database of the test's own."""
    grid_world.build(url, count=4)
    with psycopg.connect(libpq_url(url)) as owner:
        owner.execute("SELECT setval('incident_id_seq', 1000)")
        owner.execute("""UPDATE incident_class SET limits = '[{"when": "default", "limit": 4, "unit": "work_hour"}]'""")
        accounts = {}
        for name, (role, department) in ROLES.items():
            row = owner.execute(
                "INSERT INTO account (name, password_hash, role, department_id, created_at)"
                " VALUES (%s, '$argon2id$x', %s, %s, now()) RETURNING id",
                [name, role.value, department],
            ).fetchone()
            assert row is not None
            accounts[name] = Account(row[0], name, role, department_id=department)
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=4)
    await database.open()
    try:
        yield CaseWorld(url, database, accounts)
    finally:
        await database.close()
