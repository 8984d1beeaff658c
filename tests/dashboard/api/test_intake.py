"""Is every report that was acknowledged in the database, exactly once, at its place and in the figures?"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase, AsyncRows, engine_for, libpq_url
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import preset_mapping
from data.importing.report import ImportReport
from data.intake import desk as desk_module
from data.named_sql import named
from data.roles import WEB, url_as
from data.rollup import fold
from tests.data.reads import grid_world
from tests.support.acting import client_as

NOW = datetime(2025, 4, 1, 4, 0, tzinfo=UTC)
OPERATOR = Account(7, "operator", Role.OPERATOR)
IN_GRID_A = (120.005, 29.985)
PATH = "/api/v1/incidents"


def report(**fields: object) -> dict[str, object]:
    """A report in the middle of grid a."""
    lon, lat = IN_GRID_A
    base = {"class": "U-E-1-01", "lon": lon, "lat": lat, "source": "grid_worker", "text": "路面积水"}
    return base | {"reported_at": "2025-04-01T09:30:00+08:00"} | fields


@pytest.fixture
def city(database_url: str) -> str:
    grid_world.build(database_url, count=40)
    # The drawn incidents have numbers of their own, not the sequence's.
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 1000)")
    return database_url


@asynccontextmanager
async def client_of(
    url: str, account: Account = OPERATOR, database: AsyncDatabase | None = None, now: datetime = NOW
) -> AsyncIterator[httpx.AsyncClient]:
    database = database or AsyncDatabase(url_as(url, WEB), min_size=1, max_size=4)
    await database.open()
    app = FastAPI(openapi_url=None)
    register(app, ApiServices(database, now=lambda: now))
    async with client_as(app, account) as client:
        yield client
    await database.close()


def one(url: str, statement: str, *values: object) -> tuple:
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row


def count(url: str) -> int:
    return int(
        one(url, "SELECT count(*) FROM incident WHERE dataset_id = (SELECT id FROM dataset WHERE key = 'api')")[0]
    )


def figures_differ(url: str) -> int:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        wrong = int(connection.execute(text(named("rollup_differences"))).scalar_one())
    engine.dispose()
    return wrong


@pytest.mark.anyio
async def test_a_report_lies_where_it_says_and_counts_at_once(city: str) -> None:
    async with client_of(city) as client:
        got = await client.post(PATH, json=report(external_id="A-1", address="滨海路9号", severity=3))
        assert got.status_code == 202
        answer = got.json()
        assert {key: answer[key] for key in ("accepted", "duplicate", "rejected")} == {
            "accepted": 1,
            "duplicate": 0,
            "rejected": 0,
        }
        detail = (await client.get(f"{PATH}/{answer['items'][0]['id']}")).json()
    assert detail["unit"]["code"] == grid_world.CODES["a"]
    assert [unit["code"] for unit in detail["located"]] == ["44", "4401", "4401001"]
    assert (detail["status"], detail["severity"], detail["text"]) == ("reported", 3, "路面积水")
    assert (detail["lon"], detail["lat"]) == IN_GRID_A
    assert figures_differ(city) == 0
    with psycopg.connect(libpq_url(city)) as connection:
        fold(connection)
    assert figures_differ(city) == 0


@pytest.mark.anyio
async def test_each_report_of_a_batch_gets_its_own_verdict(city: str) -> None:
    rows = [
        report(external_id="B-1"),
        report(external_id="B-1"),
        report(external_id="B-1", text="别的事"),
        report(**{"class": "no-such"}),
        report(lon=999),
        report(reported_at="2025-04-01T12:30:00+08:00"),
        report(phone="13800138000"),
        "no object",
        report(lon=None, lat=None),
        report(lon=10, lat=10),
    ]
    async with client_of(city) as client:
        got = await client.post(PATH, json={"items": rows})
    assert got.status_code == 202
    items = got.json()["items"]
    assert [item["status"] for item in items] == [
        "accepted", "duplicate", "rejected", "rejected", "rejected", "rejected", "rejected", "rejected",
        "accepted", "accepted",
    ]  # fmt: skip
    assert items[1]["id"] == items[0]["id"]
    fields = ["external_id", "class", "lon", "reported_at", "phone", "items"]
    assert [item["field"] for item in items[2:8]] == fields
    assert all(item["cause"] and item["remedy"] for item in items[2:8])
    assert count(city) == 3
    # Neither has a unit, and both are kept.
    for item in items[8:]:
        assert one(city, "SELECT cell_id, grid_id FROM incident WHERE id = %s", item["id"]) == (0, None)
    assert figures_differ(city) == 0


@pytest.mark.anyio
@pytest.mark.parametrize("shape", [list, lambda rows: {"items": rows}])
async def test_a_repeated_request_gets_the_same_answer_and_stores_nothing(city: str, shape) -> None:
    body = json.dumps(shape([report(), report(text="第二件"), report(**{"class": "x"})])).encode()
    headers = {"Idempotency-Key": "7f3c", "content-type": "application/json"}
    async with client_of(city) as client:
        first = await client.post(PATH, content=body, headers=headers)
        again = await client.post(PATH, content=body, headers=headers)
        other = await client.post(PATH, json=report(), headers=headers)
    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    assert first.json()["accepted"] == 2
    assert other.status_code == 422
    assert other.json()["field"] == "Idempotency-Key"
    assert count(city) == 2


@pytest.mark.anyio
async def test_the_same_key_at_the_same_time_stores_once(city: str) -> None:
    async with client_of(city) as client:
        headers = {"Idempotency-Key": "at once"}
        answers = await asyncio.gather(*(client.post(PATH, json=report(), headers=headers) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert count(city) == 1


@pytest.mark.anyio
async def test_two_processes_with_the_same_key_store_once(city: str) -> None:
    async with client_of(city) as first, client_of(city) as second:
        for number in range(10):
            headers = {"Idempotency-Key": f"key {number}"}
            both = await asyncio.gather(
                first.post(PATH, json=report(), headers=headers), second.post(PATH, json=report(), headers=headers)
            )
            assert [answer.status_code for answer in both] == [202, 202]
            assert both[0].content == both[1].content
    assert count(city) == 10


@pytest.mark.anyio
async def test_a_report_without_time_is_the_same_when_repeated_later(city: str) -> None:
    async with client_of(city) as client:
        first = await client.post(PATH, json=report(external_id="T-1", reported_at=None))
    async with client_of(city, now=NOW + timedelta(minutes=7)) as client:
        again = await client.post(PATH, json=report(external_id="T-1", reported_at=None))
    assert again.json()["items"] == [{"index": 0, "status": "duplicate", "id": first.json()["items"][0]["id"]}]
    assert count(city) == 1


class Severed(AsyncDatabase):
    """A database whose connection is lost after the commit, before the answer."""

    lost = 0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncRows]:
        async with super().writing() as connection:
            before = await (await connection.execute("SELECT count(*) AS n FROM intake_answer")).fetchone()
            yield connection
            after = await (await connection.execute("SELECT count(*) AS n FROM intake_answer")).fetchone()
        if before != after and not self.lost:
            self.lost += 1
            raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.anyio
async def test_an_unknown_outcome_is_told_and_resolved_by_the_key(city: str) -> None:
    database = Severed(url_as(city, WEB), min_size=1, max_size=2)
    async with client_of(city, database=database) as client:
        headers = {"Idempotency-Key": "cut off"}
        lost = await client.post(PATH, json=report(), headers=headers)
        again = await client.post(PATH, json=report(), headers=headers)
    assert lost.status_code == 503
    assert lost.json()["type"] == "urn:minqing:problem:outcome-unknown"
    assert "Retry-After" in lost.headers
    assert again.status_code == 202
    assert again.json()["accepted"] == 1
    assert count(city) == 1


@pytest.mark.anyio
async def test_an_area_reports_within_itself_only(city: str) -> None:
    town_b = Account(8, "town", Role.OPERATOR, unit_id=grid_world.IDS["B"])
    in_b = {"lon": 120.065, "lat": 29.995}
    async with client_of(city) as client:
        elsewhere = await client.post(PATH, json=report(external_id="S-1"))
    async with client_of(city, town_b) as client:
        got = (await client.post(PATH, json=[report(**in_b), report(), report(external_id="S-1")])).json()
    assert [item["status"] for item in got["items"]] == ["accepted", "rejected", "rejected"]
    assert got["items"][1]["field"] == "lon"
    assert elsewhere.json()["accepted"] == 1
    assert count(city) == 2


@pytest.mark.anyio
async def test_accounts_of_one_scope_share_a_transaction_and_nothing_else(city: str) -> None:
    town_b = Account(8, "town", Role.OPERATOR, unit_id=grid_world.IDS["B"])
    accounts = [OPERATOR, Account(10, "hotline", Role.OPERATOR), Account(11, "centre", Role.OPERATOR), town_b]
    async with AsyncExitStack() as stack:
        database = AsyncDatabase(url_as(city, WEB), min_size=1, max_size=4)
        await database.open()
        stack.push_async_callback(database.close)
        app = FastAPI(openapi_url=None)
        register(app, ApiServices(database, now=lambda: NOW))
        clients = [await stack.enter_async_context(client_as(app, account)) for account in accounts]
        # The city is read with the first report of all; afterwards the others meet in the queue.
        await clients[0].post(PATH, json=report(text="first"))
        bodies = [report(key="mine", text="one"), report(key="mine", text="two"), report(), report()]
        headers = [{}, {}, {"Idempotency-Key": "mine"}, {}]
        answers = await asyncio.gather(
            *(c.post(PATH, json=b, headers=h) for c, b, h in zip(clients, bodies, headers, strict=True))
        )
    assert [answer.status_code for answer in answers] == [202, 202, 202, 422]
    stored = [answer.json()["items"][0] for answer in answers[:3]]
    # The same key of two accounts means two matters.
    assert [item["status"] for item in stored] == ["accepted"] * 3
    ids = [item["id"] for item in stored]
    assert one(city, "SELECT count(DISTINCT xmin::text) FROM incident WHERE id = ANY(%s)", ids[:2]) == (1,)
    assert one(city, "SELECT count(DISTINCT xmin::text) FROM incident WHERE id = ANY(%s)", ids) == (2,)
    assert one(city, "SELECT array_agg(account_id) FROM intake_answer") == ([11],)


@pytest.mark.anyio
async def test_a_handler_reports_for_the_own_department(city: str) -> None:
    handler = Account(9, "handler", Role.HANDLER, department_id=1)
    async with client_of(city, handler) as client:
        got = (await client.post(PATH, json=[report(), report(department="water"), report(department="fire")])).json()
    assert [item["status"] for item in got["items"]] == ["accepted", "accepted", "rejected"]
    for item in got["items"][:2]:
        assert one(city, "SELECT department_id FROM incident WHERE id = %s", item["id"]) == (1,)


@pytest.mark.anyio
async def test_a_point_in_a_combination_of_units_never_met_gets_a_cell(city: str) -> None:
    # Grid b of town A reaches into B here.
    fields = {"lon": 120.045, "lat": 29.985}
    async with client_of(city) as client:
        got = (await client.post(PATH, json=[report(**fields), report(**fields)])).json()
    assert got["accepted"] == 2
    cells = {one(city, "SELECT cell_id FROM incident WHERE id = %s", item["id"]) for item in got["items"]}
    assert len(cells) == 1
    assert figures_differ(city) == 0


@pytest.mark.anyio
async def test_moved_boundaries_are_noticed_before_the_next_report(city: str) -> None:
    async with client_of(city) as client:
        before = await client.post(PATH, json=report())
        with psycopg.connect(libpq_url(city)) as connection:
            connection.execute("INSERT INTO boundary_revision (source) VALUES ('merger')")
            moved = "UPDATE unit SET geom = ST_Multi(ST_Translate(geom, 5, 0)) WHERE id = ANY(%s)"
            connection.execute(moved, [[grid_world.IDS[letter] for letter in "aA"]])
        after = await client.post(PATH, json=report())
    ids = [answer.json()["items"][0]["id"] for answer in (before, after)]
    assert one(city, "SELECT grid_id FROM incident WHERE id = %s", ids[0]) == (grid_world.IDS["a"],)
    assert one(city, "SELECT grid_id FROM incident WHERE id = %s", ids[1]) == (None,)


@pytest.mark.anyio
async def test_numbers_of_persons_are_gone_before_anything_is_stored(city: str) -> None:
    async with client_of(city) as client:
        got = await client.post(PATH, json=report(text="联系 13812345678", address="甲路1号 13912345678"))
    stored = one(city, "SELECT text, address FROM incident WHERE id = %s", got.json()["items"][0]["id"])
    assert "1381234" not in stored[0]
    assert "1391234" not in stored[1]


@pytest.mark.anyio
@pytest.mark.parametrize("sent_with", ["Idempotency-Key", "X-Nothing"])
async def test_a_report_that_the_database_refuses_takes_none_of_its_group_along(city: str, sent_with: str) -> None:
    with psycopg.connect(libpq_url(city)) as connection:
        connection.execute("ALTER TABLE incident ADD CONSTRAINT incident_no_flood CHECK (text <> 'flood')")
    texts = [f"report {n}" for n in range(11)]
    texts.insert(5, "flood")

    async def send() -> list[httpx.Response]:
        return await asyncio.gather(
            *(
                client.post(PATH, json=report(text=text, key=f"k{n}"), headers={sent_with: f"group {n}"})
                for n, text in enumerate(texts)
            )
        )

    async with client_of(city) as client:
        # The city is read with the first report of all; afterwards the others meet in the queue.
        await client.post(PATH, json=report(text="first"))
        answers, again = await send(), await send()
    failed = [text for text, answer in zip(texts, answers, strict=True) if answer.status_code != 202]
    assert failed == ["flood"]
    items = [answer.json()["items"][0] for answer in answers if answer.status_code == 202]
    assert {item["status"] for item in items} == {"accepted"}
    stored = one(city, "SELECT count(*), count(DISTINCT id) FROM incident WHERE id = ANY(%s)", [i["id"] for i in items])
    assert stored == (11, 11)
    # Nothing is left of the refused one, neither a key nor an answer; the others are known again.
    assert [answer.status_code == 202 for answer in again] == [answer.status_code == 202 for answer in answers]
    assert count(city) == 12
    assert one(city, "SELECT count(*) FROM intake_answer") == (11 if sent_with == "Idempotency-Key" else 0,)
    assert figures_differ(city) == 0


@pytest.mark.anyio
async def test_too_many_waiting_reports_are_turned_away(city: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "MAX_WAITING", 3)
    async with client_of(city) as client:
        await client.post(PATH, json=report())
        answers = await asyncio.gather(*(client.post(PATH, json=report(key=f"k{n}")) for n in range(8)))
        refused = [answer for answer in answers if answer.status_code == 503]
        assert refused
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert count(city) == 1 + len(answers) - len(refused)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"items": [], "x": 1}', 400),
        (b"[" + b"1," * 1001 + b"1]", 413),
        (b" " * 2_100_000, 413),
        (b'{"class": "U-E-1-01", "lon": 1}', 422),
        (b'{"class": "U-E-1-01", "reported_at": "0001-01-01T00:00:00+14:00"}', 422),
        (b'{"class": "U-E-1-01", "severity": [1]}', 422),
        (b'{"class": "U-E-1-01", "datum": {}}', 422),
        (b'{"class": ["x"]}', 422),
    ],
)
async def test_unusable_bodies_are_refused_by_name(city: str, body: bytes, status: int) -> None:
    async with client_of(city) as client:
        got = await client.post(PATH, content=body)
    assert got.status_code == status, got.text
    assert got.json()["cause"]
    assert count(city) == 0


CSV_HEAD = "external_id,reported_at,class,status,source,text,address,lon,lat"


@pytest.mark.anyio
async def test_an_import_of_the_same_id_is_the_same_incident(city: str, tmp_path: Path) -> None:
    file = tmp_path / "hotline.csv"
    lon, lat = IN_GRID_A
    where = f"reported,grid_worker,路面积水,滨海路9号,{lon},{lat}"
    rows = [f"{name},2025-04-01 09:30:00,U-E-1-01,{where}" for name in ("I-1", "I-2", "I-3")]
    file.write_text("\n".join([CSV_HEAD, *rows]) + "\n", "utf-8")
    with psycopg.connect(libpq_url(city)) as connection:
        connection.execute("INSERT INTO dataset (key, name) VALUES ('hotline', 'Hotline')")
    same = {"dataset": "hotline", "address": "滨海路9号"}
    async with client_of(city) as client:
        sent = [report(external_id="I-1", **same), report(external_id="I-2", **same | {"text": "别的事"})]
        assert (await client.post(PATH, json=sent)).json()["accepted"] == 2
        imported = _import(city, file)
        assert (imported.accepted, imported.duplicate, imported.conflict) == (1, 1, 1)
        again = (await client.post(PATH, json=[report(external_id="I-3", **same)])).json()
    assert again["duplicate"] == 1
    assert one(city, "SELECT count(*) FROM incident WHERE external_id LIKE 'I-%%'") == (3,)
    assert figures_differ(city) == 0


def _import(url: str, file: Path) -> ImportReport:
    engine = engine_for(url)
    source = IncidentSource((file,), preset_mapping("plain"), "hotline")
    try:
        return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs="wgs84")
    finally:
        engine.dispose()
