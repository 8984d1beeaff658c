"""A small city of 36 grids for plans of zones, with incidents, and clients that act for accounts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import numpy as np
import psycopg
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase, libpq_url
from data.roles import WEB, url_as
from tests.support.acting import client_as
from tests.support.databases import cloned_database
from tests.support.grid_world import build_world
from tests.support.placed_incidents import place_in_cells, store_classes, store_incidents

DRAWING = "AAABBB AAABBB AAABBB cccddd cccddd cccddd"
SIDE = 6
PLANS = "/api/v1/zones/plans"


@dataclass(frozen=True)
class PlanWorld:
    """Address of the city as its owner, and ids of its units by code.

    Grids have codes `line,column`; lines 0–2 lie in county U, lines 3–5 in county L. A and B, c and d are the mediums.
    """

    url: str
    ids: dict[str, int]


@contextmanager
def drawn_city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    """The city in a database of its own."""
    with cloned_database(server_url, template_name) as url:
        with psycopg.connect(libpq_url(url)) as connection:
            world = build_world(connection, DRAWING)
            connection.execute("INSERT INTO source (key, name_zh, name_en) VALUES ('patrol', '巡查', 'Patrol')")
            connection.execute("INSERT INTO dataset (key, name) VALUES ('drawn', 'Drawn')")
            classes = list(store_classes(connection, ["a", "b", "c"]).values())
            rng = np.random.default_rng(7)
            square = rng.integers(0, SIDE, (600, 2))
            places = [world.point_in(int(r), int(c), *rng.uniform(0.1, 0.9, 2)) for r, c in square]
            days = [f"2025-03-{1 + int(day):02d} 08:00+08" for day in rng.integers(0, 28, 600)]
            kind = [classes[int(c) * 3 // SIDE] if rng.random() < 0.7 else classes[0] for _, c in square]
            store_incidents(connection, np.array(places), days, kind)
            place_in_cells(connection)
        yield PlanWorld(url, world.ids)


def account(name: str, role: Role, world: PlanWorld | None = None, code: str | None = None) -> Account:
    """An account that sees the whole city, or the subtree of a unit."""
    unit = None if world is None or code is None else world.ids[code]
    return Account(sum(map(ord, name)), name, role, unit, unit_code=code)


PLANNER = account("planner", Role.PLANNER)
LEADER = account("leader", Role.LEADER)


class House:
    """The interface over one city in one process, asked by several accounts."""

    def __init__(self, app: FastAPI, services: ApiServices) -> None:
        self.app, self.services = app, services

    @asynccontextmanager
    async def client(self, who: Account) -> AsyncIterator["Desk"]:
        async with client_as(self.app, who, timeout=60) as client:
            yield Desk(client)


@asynccontextmanager
async def house_of(url: str) -> AsyncIterator[House]:
    """The interface as a process of its own has it, under the login role of the web."""
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=4)
    await database.open()
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    services = ApiServices(database)
    register(app, services)
    yield House(app, services)
    services.zones.close()
    await database.close()


class Desk:
    """A client with words for plans."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.http = client

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
        answer = await self.http.request(method, f"{PLANS}{path}", **more)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json() if answer.content else {}

    async def make(self, zones: list[int] | None = None, **given: Any) -> dict[str, Any]:
        start = {"empty": True} if zones is None else {"zones": zones}
        asked = {"name": "春季方案", "base": "small", "from": start} | given
        return await self.ask("POST", "", 201, json=asked)

    async def do(self, plan: int, what: str, version: int, status: int = 200, **body: Any) -> dict[str, Any]:
        return await self.ask("POST", f"/{plan}/{what}", status, json={"version": version} | body)

    async def read(self, plan: int) -> dict[str, Any]:
        return await self.ask("GET", f"/{plan}")


def columns(width: int) -> list[int]:
    """Zones that stand beside each other in each county, so many columns wide; by rising ids of the grids."""
    per_county = SIDE // width
    return [r // 3 * per_county + c // width for r in range(SIDE) for c in range(SIDE)]


def zone_of(plan: dict[str, Any]) -> dict[str, int]:
    """Zone by code of the grid."""
    return dict(zip(plan["units"], plan["zone"], strict=True))


def rows_in(city: PlanWorld, query: str, *values: object) -> list[tuple]:
    """What stands in the database, as its owner sees it."""
    with psycopg.connect(libpq_url(city.url)) as owner:
        return owner.execute(query, values).fetchall()


def today_in(city: PlanWorld) -> date:
    """The day that it is in the city."""
    return rows_in(city, "SELECT (now() AT TIME ZONE city_time_zone())::date")[0][0]


async def adopted_plan(desk: Desk, leader: Desk, zones: list[int], day: date, **more) -> dict:
    """A plan that is drawn, handed in and adopted from a day on."""
    made = await desk.make(zones, **more)
    review = await desk.do(made["id"], "review", 0)
    return await leader.do(made["id"], "adopt", review["version"], **{"from": day.isoformat()})
