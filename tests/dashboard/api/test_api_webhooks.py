"""Do administrators, and nobody else, manage webhooks over HTTP, each change noted and no secret told twice?"""

from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from dashboard.api.problems import add_problem_handlers
from dashboard.api.webhooks import webhooks_router
from dashboard.services import Services
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase, libpq_url
from data.roles import AUTH, WEB, url_as
from data.webhooks.secret import SecretSeal
from tests.support.acting import client_as
from tests.support.case_world import case_world

ROOT = "/api/v1/webhooks"
NEW = {"name": "总值班室", "url": "https://hooks.example/minqing", "account": "operator", "acts": ["close"]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def rows(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(libpq_url(url)) as owner:
        return owner.execute(statement.encode()).fetchall()


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["a key of the program", None])
async def test_webhooks_are_added_listed_tested_and_removed(database_url: str, key: str | None) -> None:
    async with case_world(database_url) as world:
        auth = AsyncDatabase(url_as(database_url, AUTH), min_size=1, max_size=2)
        await auth.open()
        web = AsyncDatabase(url_as(database_url, WEB), min_size=1, max_size=1)
        app = FastAPI(openapi_url=None)
        services = Services(web, lambda: datetime.now(UTC), accounts=auth, webhook_seal=SecretSeal(key))
        app.include_router(webhooks_router(services))
        add_problem_handlers(app)
        account = Account(world.accounts["operator"].id, "operator", Role.ADMIN)
        async with client_as(app, account) as client:
            made = await client.post(ROOT, json=NEW)
            if key is None:
                assert (made.status_code, made.json()["field"]) == (409, "MINQING_SECRET_KEY")
            else:
                await _lives(client, made, database_url)
            for wrong in ({"url": "ftp://x/"}, {"account": "nobody"}, {"acts": ["dance"]}, {"colour": "red"}):
                assert (await client.post(ROOT, json=NEW | wrong)).status_code in (400, 404), wrong
            assert (await client.delete(f"{ROOT}/999")).status_code == 404
        await auth.close()


async def _lives(client: httpx.AsyncClient, made: httpx.Response, url: str) -> None:
    assert made.status_code == 201, made.text
    hook, secret = made.json()["id"], made.json()["secret"]
    assert (await client.post(ROOT, json=NEW)).status_code == 400
    listed = await client.get(ROOT)
    assert secret not in listed.text
    assert [(one["id"], one["account"], one["acts"]) for one in listed.json()["items"]] == [
        (hook, "operator", ["close"])
    ]
    assert (await client.post(f"{ROOT}/{hook}/test")).json() == {"waiting": 1}
    rows(url, "UPDATE webhook_delivery SET state = 'dead', ended_at = now(), tries = 14 RETURNING id")
    assert [one["tries"] for one in (await client.get(f"{ROOT}/{hook}/dead")).json()["items"]] == [14]
    assert (await client.post(f"{ROOT}/{hook}/retry")).json() == {"waiting": 1}
    assert (await client.delete(f"{ROOT}/{hook}")).status_code == 204
    assert rows(url, "SELECT count(*) FROM webhook_delivery") == [(0,)]
    noted = rows(url, "SELECT action, detail::text FROM audit_entry WHERE object_kind = 'webhook' ORDER BY id")
    assert [action for action, _ in noted] == ["webhook_added", "webhook_tested", "webhook_retried", "webhook_removed"]
    assert secret not in str(noted)
