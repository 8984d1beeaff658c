"""Does everything that has to be in the audit log get there, and do only auditors read it?"""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from dashboard.factory import create_app
from dashboard.i18n.translate import texts
from dashboard.services import Services
from data.accounts.demo import store_demo_accounts
from data.accounts.permissions import Role
from data.audit.chain import chain_key
from data.audit.check import ChainCheck
from data.audit.entry import Action, ObjectKind
from data.audit.sealing import seal_waiting
from data.engine import AsyncDatabase, libpq_url
from data.roles import AUTH, WEB, url_as
from tests.data.reads import grid_world

PASSWORD = "harbour-demo words"
KEY = chain_key("a key for tests")


@dataclass
class Office:
    """The whole application over the drawn city, its pools under the login roles of the web."""

    app: FastAPI
    url: str

    @asynccontextmanager
    async def as_(self, name: str, password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, client=("10.1.2.3", 40_000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://city.test") as client:
            client.signed_in = await client.post("/login", data={"username": name, "password": password})
            yield client

    async def log(self, **asked: str) -> list[dict[str, Any]]:
        async with self.as_("auditor") as client:
            answer = await client.get("/api/v1/audit", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def as_owner(self, statement: str) -> None:
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())

    def count(self, table: str) -> int:
        with psycopg.connect(libpq_url(self.url)) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def office(database_url: str, anyio_backend: str) -> AsyncIterator[Office]:
    grid_world.build(database_url)
    web, auth = (AsyncDatabase(url_as(database_url, role), min_size=1, max_size=3) for role in (WEB, AUTH))
    async with await psycopg.AsyncConnection.connect(
        libpq_url(database_url), row_factory=psycopg.rows.dict_row
    ) as conn:
        await store_demo_accounts(conn, PASSWORD, datetime.now(UTC))
    services = Services(web, lambda: datetime.now(UTC), accounts=auth, audit=ChainCheck(database_url, KEY))
    app = create_app(services)
    await web.open()
    await auth.open()
    yield Office(app, database_url)
    await web.close()
    await auth.close()


@pytest.mark.anyio
async def test_sign_in_and_out_are_entries_with_network_and_account(office: Office) -> None:
    async with office.as_("leader", "not the password"):
        pass
    async with office.as_("leader") as client:
        await client.post("/logout", headers={"origin": "https://city.test"})
    entries = await office.log(object="account")
    told = [(e["action"], e["actor_kind"], e["actor_name"], e["address"], e["detail"].get("account")) for e in entries]
    assert told[1:4] == [
        ("signed_out", "account", "leader", "10.1.2.0/24", "leader"),
        ("signed_in", "account", "leader", "10.1.2.0/24", "leader"),
        ("sign_in_refused", "nobody", None, "10.1.2.0/24", "leader"),
    ]


@pytest.mark.anyio
async def test_a_name_that_nobody_has_is_not_kept(office: Office) -> None:
    async with office.as_("my secret password typed as a name"):
        pass
    entry = (await office.log(action="sign_in_refused"))[0]
    assert (entry["object_id"], entry["detail"]) == ("", {})
    assert "secret" not in str(entry)


@pytest.mark.anyio
async def test_wrong_passwords_in_a_row_end_in_a_lock(office: Office) -> None:
    for _ in range(5):
        async with office.as_("planner", "wrong"):
            pass
    entries = await office.log(object="account")
    assert [e["action"] for e in entries].count("sign_in_refused") == 5
    assert [e["detail"]["account"] for e in entries if e["action"] == "account_locked"] == ["planner"]


@pytest.mark.anyio
async def test_views_and_exports_are_entries_without_any_text_of_incidents(office: Office) -> None:
    async with office.as_("leader") as client:
        listed = await client.get("/api/v1/incidents", params={"limit": "3", "q": "13800000000"})
        first = (await client.get("/api/v1/incidents", params={"limit": "1"})).json()["items"][0]["id"]
        level = (await client.get("/api/v1/levels")).json()["items"][1]["key"]
        got = [
            await client.get(f"/api/v1/incidents/{first}"),
            await client.get("/api/v1/export/incidents.csv"),
            await client.get("/api/v1/export/units.geojson", params={"level": level}),
            await client.get("/export/map.html"),
        ]
        assert [answer.status_code for answer in [listed, *got]] == [200] * 5
    entries = {(e["action"], e["object_kind"], e["detail"].get("format")): e for e in await office.log(actor="leader")}
    for wanted in [
        ("incident_viewed", "incident", None),
        ("incidents_listed", "incidents", None),
        ("exported", "incidents", "csv"),
        ("exported", "units", "geojson"),
        ("exported", "map", "html"),
    ]:
        assert wanted in entries
    assert entries["incident_viewed", "incident", None]["object_id"] == str(first)
    assert "13800000000" not in str(entries)
    searched = [e for e in await office.log(action="incidents_listed") if "searched_characters" in e["detail"]]
    assert [e["detail"]["searched_characters"] for e in searched] == [11]


@pytest.mark.anyio
async def test_tokens_are_entries_with_scopes_and_never_the_token(office: Office) -> None:
    async with office.as_("leader") as client:
        made = (await client.post("/api/v1/tokens", json={"name": "nightly", "scopes": ["map"]})).json()
        await client.delete(f"/api/v1/tokens/{made['id']}")
    entries = await office.log(object="account", actor="leader")
    revoked, token = entries[0], entries[1]
    assert (revoked["action"], revoked["detail"]["token"]) == ("token_revoked", made["id"])
    assert (token["action"], token["after"]["name"], token["after"]["scopes"]) == ("token_made", "nightly", ["map"])
    assert made["token"] not in str(entries)


@pytest.mark.anyio
async def test_where_the_log_cannot_be_written_nothing_is_shown_or_changed(office: Office) -> None:
    async with office.as_("leader") as client:
        office.as_owner("ALTER FUNCTION audit_record RENAME TO audit_record_away")
        for path in ("/api/v1/export/incidents.csv", "/export/map.html", "/api/v1/incidents"):
            answer = await client.get(path)
            assert answer.status_code >= 500, path
            assert b"FeatureCollection" not in answer.content
        assert (await client.post("/api/v1/tokens", json={"name": "lost"})).status_code >= 500
    assert office.count("api_token") == 0
    async with office.as_("leader", "wrong") as refused:
        assert refused.signed_in.status_code == 401
    async with office.as_("leader") as entered:
        assert entered.signed_in.status_code >= 500


@pytest.mark.anyio
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR, Role.ADMIN, Role.HANDLER}))
async def test_nobody_else_reads_the_log(office: Office, role: str) -> None:
    async with office.as_(role) as client:
        assert client.signed_in.status_code == 303
        for path in ("/api/v1/audit", "/api/v1/audit/export.csv", "/api/v1/audit/chain", "/audit"):
            assert (await client.get(path)).status_code == 403, path
        headers = {"origin": "https://city.test"}
        assert (await client.post("/api/v1/audit/verify", json={}, headers=headers)).status_code == 403


@pytest.mark.anyio
async def test_pages_and_filters(office: Office) -> None:
    for _ in range(3):
        async with office.as_("leader"):
            pass
    async with office.as_("auditor") as client:
        page = (await client.get("/api/v1/audit", params={"limit": "2"})).json()
        seen = [entry["id"] for entry in page["items"]]
        while page["next"]:
            page = (await client.get("/api/v1/audit", params={"limit": "2", "cursor": page["next"]})).json()
            seen += [entry["id"] for entry in page["items"]]
        assert seen == sorted(set(seen), reverse=True)
        assert len(seen) >= 5
        for asked, status in [
            ({"action": "nonsense"}, 400), ({"from": "2026-13-01"}, 400), ({"cursor": "x"}, 400), ({"limit": "0"}, 400),
            ({"from": "2020-01-01", "to": "2020-01-02"}, 200), ({"address": "10.9"}, 200),
        ]:  # fmt: skip
            answer = await client.get("/api/v1/audit", params=asked)
            assert answer.status_code == status, asked
            assert status == 400 or answer.json()["items"] == []
        mine = (await client.get("/api/v1/audit", params={"actor": "leader", "address": "10.1.2"})).json()["items"]
        assert {entry["actor_name"] for entry in mine} == {"leader"}


@pytest.mark.anyio
async def test_the_export_is_safe_for_spreadsheets_and_an_entry_itself(office: Office) -> None:
    async with office.as_("auditor") as client:
        await client.get("/api/v1/audit", params={"object": "x"})
        office.as_owner(
            "SELECT audit_record('cli', NULL, 'cli', '', 'exported', '=cmd|A', '@x', '{}', '{}', NULL, NULL)"
        )
        answer = await client.get("/api/v1/audit/export.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    risky = next(row for row in rows if "cmd" in row["object_kind"])
    assert (risky["object_kind"], risky["object_id"]) == ("'=cmd|A", "'@x")
    assert (await office.log())[1]["action"] == "audit_exported"


@pytest.mark.anyio
async def test_verifying_tells_the_truth_and_is_an_entry(office: Office) -> None:
    async with office.as_("leader"):
        pass
    seal_waiting(libpq_url(office.url), KEY)
    headers = {"origin": "https://city.test"}
    async with office.as_("auditor") as client:
        whole = (await client.post("/api/v1/audit/verify", json={}, headers=headers)).json()
        assert (whole["whole"], whole["findings"]) == (True, [])
        chain = (await client.get("/api/v1/audit/chain")).json()
        assert (chain["head"], chain["faults"], chain["running"]) == (whole["head"], 0, None)
        again = await client.post("/api/v1/audit/verify", json={"head": whole["head"]}, headers=headers)
        assert again.json()["whole"] is True
        gone = await client.post("/api/v1/audit/verify", json={"head": "1:" + "0" * 64}, headers=headers)
        assert [f["fault"] for f in gone.json()["findings"]] == ["head_missing"]
        assert (await client.post("/api/v1/audit/verify", json={"head": "x"}, headers=headers)).status_code == 400
    assert [e["detail"]["findings"] for e in await office.log(action="audit_verified")] == [1, 0, 0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_action_and_every_kind_of_object_has_words(lang: str) -> None:
    assert {f"audit.action.{action}" for action in Action} <= texts(lang).keys()
    assert {f"audit.object.{kind}" for kind in get_args(ObjectKind)} <= texts(lang).keys()
