"""Does the city speak Open311 GeoReport v2, in JSON and XML, and tell nobody what they may not know?"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import psycopg
import pytest
from defusedxml import ElementTree
from fastapi import FastAPI

from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Permission, Role
from data.accounts.tokens import NewToken, make_token
from data.engine import AsyncDatabase, libpq_url
from tests.data.reads import grid_world
from tests.support.whole_app import client_of, started

PASSWORD = "vuk7 orze plym tadi"
ROOT = "/open311/v2"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Town:
    """The application, its database, and everybody's token."""

    app: FastAPI
    url: str
    tokens: dict[str, str]

    def client(self, name: str | None = "operator") -> httpx.AsyncClient:
        client = client_of(self.app)
        if name:
            client.headers["authorization"] = f"Bearer {self.tokens[name]}"
        return client

    def rows(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(libpq_url(self.url)) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def town(database_url: str, anyio_backend: str) -> AsyncIterator[Town]:
    grid_world.build(database_url, count=40)
    now = datetime.now(UTC)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 100000)")
        connection.execute(
            "INSERT INTO source (key, name_zh, name_en) VALUES ('open311', 'Open311接口', 'Open311 client') "
            "ON CONFLICT DO NOTHING"
        )
    async with started(database_url) as app:
        owner = AsyncDatabase(database_url, min_size=1, max_size=1)
        await owner.open()
        tokens = {}
        async with owner.writing() as conn:
            for name, role, limits in (
                ("operator", Role.OPERATOR, None),
                ("leader", Role.LEADER, None),
                ("narrow", Role.OPERATOR, frozenset({Permission.MAP, Permission.INCIDENTS})),
            ):
                account = await add_account(conn, NewAccount(name, role), PASSWORD, now)
                tokens[name] = (await make_token(conn, account, NewToken("open311", 1, limits), now)).text
        await owner.close()
        yield Town(app, database_url, tokens)


async def _post(client: httpx.AsyncClient, form: str = "json", **fields: str) -> httpx.Response:
    base = {"service_code": "U-E-1-01", "lat": "29.985", "long": "120.005", "description": "路面积水"}
    given = {name: value for name, value in (base | fields).items() if value}
    return await client.post(f"{ROOT}/requests.{form}", content=urlencode(given), headers=FORM)


def _texts(body: bytes, path: str) -> list[str | None]:
    return [element.text for element in ElementTree.fromstring(body).findall(path)]


@pytest.mark.anyio
async def test_services_are_the_classes_that_are_not_sensitive_in_both_forms(town: Town) -> None:
    sensitive = {code for (code,) in town.rows("SELECT code FROM incident_class WHERE sensitive")}
    offered = {code for (code,) in town.rows("SELECT code FROM incident_class WHERE NOT sensitive")}
    assert sensitive
    async with town.client() as client:
        listed = (await client.get(f"{ROOT}/services.json")).json()
        assert {service["service_code"] for service in listed} == offered
        assert set(listed[0]) == {
            "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
        }  # fmt: skip
        xml = await client.get(f"{ROOT}/services.xml")
        assert xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert set(_texts(xml.content, "service/service_code")) == offered
        definition = (await client.get(f"{ROOT}/services/U-E-1-01.json")).json()
        assert definition["attributes"][0]["values"][2]["key"] == "3"
        hidden = await client.get(f"{ROOT}/services/{min(sensitive)}.json")
        assert (hidden.status_code, hidden.json()[0]["code"]) == (404, 404)


@pytest.mark.anyio
async def test_a_report_is_stored_masked_and_read_back_in_both_forms(town: Town) -> None:
    async with town.client() as client:
        made = await _post(client, description="路面积水，电话13812345678", **{"attribute[severity]": "3"})
        assert made.status_code == 201, made.text
        number = made.json()[0]["service_request_id"]
        row = town.rows(
            "SELECT text, severity, source.key FROM incident "
            "JOIN source ON source.id = source_id WHERE incident.id = %s",
            int(number),
        )
        assert row[0][1:] == (3, "open311")
        assert "13812345678" not in row[0][0]
        one = (await client.get(f"{ROOT}/requests/{number}.json")).json()[0]
        assert (one["status"], one["status_notes"], one["service_code"]) == ("open", "reported", "U-E-1-01")
        assert (one["lat"], one["long"]) == (29.985, 120.005)
        assert one["requested_datetime"].endswith("Z")
        assert one["description"] == row[0][0]
        xml = await client.get(f"{ROOT}/requests/{number}.xml")
        assert _texts(xml.content, "request/service_request_id") == [number]
        token = (await client.get(f"{ROOT}/tokens/{number}.json")).json()
        assert token == [{"service_request_id": number, "token": number}]
        xml_made = await _post(client, "xml")
        assert _texts(xml_made.content, "request/service_request_id")[0] == str(int(number) + 1)


@pytest.mark.anyio
async def test_the_key_comes_by_query_form_or_header_and_is_refused_with_403(town: Town) -> None:
    key = town.tokens["operator"]
    async with town.client(None) as client:
        assert (await client.get(f"{ROOT}/services.json", params={"api_key": key})).status_code == 200
        assert (await client.get(f"{ROOT}/services.json", headers={"api-key": key})).status_code == 200
        assert (await _post(client, api_key=key)).status_code == 201
        for refused in (
            await client.get(f"{ROOT}/services.json"),
            await client.get(f"{ROOT}/services.json", params={"api_key": "mq_nonsense"}),
            await _post(client, api_key="mq_nonsense"),
            await client.get(f"{ROOT}/services.json", headers={"authorization": "Bearer mq_nonsense"}),
        ):
            assert refused.status_code == 403
            assert [error["code"] for error in refused.json()] == [403]
        xml = await client.get(f"{ROOT}/services.xml", params={"api_key": "\r\nx: y"})
        assert (xml.status_code, _texts(xml.content, "error/code")) == (403, ["403"])
        narrow = await _post(client, api_key=town.tokens["narrow"])
        assert (narrow.status_code, "incident_report" in narrow.json()[0]["description"]) == (403, True)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        *[({name: "x"}, name) for name in ("email", "device_id", "account_id", "first_name", "last_name", "phone")],
        ({"service_code": ""}, "service_code"),
        ({"service_code": "no-such"}, "service_code"),
        ({"lat": "", "long": ""}, "lat"),
        ({"lat": "north"}, "lat"),
        ({"long": ""}, "long"),
        ({"lat": "95"}, "lat"),
        ({"attribute[severity]": "9"}, "attribute[severity]"),
        ({"media_url": "http://example.org/a.jpg"}, "media_url"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_its_field(town: Town, fields: dict[str, str], field: str) -> None:
    before = town.rows("SELECT count(*) FROM incident")
    async with town.client() as client:
        answer = await _post(client, **fields)
        assert answer.status_code == 400, answer.text
        assert [error["code"] for error in answer.json()] == [400]
        assert answer.json()[0]["description"].startswith(f"{field}: ")
        xml = await _post(client, "xml", **fields)
        assert (xml.status_code, _texts(xml.content, "error/code")) == (400, ["400"])
    assert town.rows("SELECT count(*) FROM incident") == before


@pytest.mark.anyio
async def test_sensitive_matters_are_neither_taken_nor_told_even_to_who_may_see_them(town: Town) -> None:
    code, class_id = town.rows("SELECT code, id FROM incident_class WHERE sensitive ORDER BY id LIMIT 1")[0]
    [(hidden, moment)] = town.rows(
        "SELECT id, reported_at FROM incident WHERE class_id = %s ORDER BY id LIMIT 1", class_id
    )
    async with town.client() as client:
        assert (await _post(client, service_code=code)).status_code == 400
        assert (await client.get(f"{ROOT}/requests/{hidden}.json")).status_code == 404
        query = {"start_date": moment.isoformat(), "end_date": moment.isoformat()}
        listed = (await client.get(f"{ROOT}/requests.json", params=query)).json()
        assert str(hidden) not in {one["service_request_id"] for one in listed}
        by_code = (await client.get(f"{ROOT}/requests.json", params=query | {"service_code": code})).json()
        assert by_code == []


@pytest.mark.anyio
async def test_pages_and_filters_give_each_request_once(town: Town) -> None:
    truth = town.rows(
        """
        SELECT incident.id, status IN (1, 2, 3, 4, 5, 10, 11, 12) AS open
        FROM incident JOIN incident_class AS class ON class.id = class_id
        WHERE NOT class.sensitive AND reported_at BETWEEN '2025-03-01T00:00Z' AND '2025-03-31T00:00Z'
        ORDER BY reported_at DESC, incident.id DESC
        """
    )
    assert len(truth) > 6
    query = {"start_date": "2025-03-01T00:00:00Z", "end_date": "2025-03-31T00:00:00Z"}
    async with town.client() as client:
        whole = [one["service_request_id"] for one in (await client.get(f"{ROOT}/requests.json", params=query)).json()]
        assert whole == [str(number) for number, _ in truth]
        pages: list[str] = []
        for page in range(1, 100):
            more = query | {"page": str(page), "page_size": "3"}
            part = [
                one["service_request_id"] for one in (await client.get(f"{ROOT}/requests.json", params=more)).json()
            ]
            pages += part
            if len(part) < 3:
                break
        assert pages == whole
        for word in ("open", "closed"):
            asked = query | {"status": word}
            found = (await client.get(f"{ROOT}/requests.json", params=asked)).json()
            assert {one["service_request_id"] for one in found} == {
                str(number) for number, is_open in truth if is_open == (word == "open")
            }
        ids = ",".join(whole[:2])
        by_id = (await client.get(f"{ROOT}/requests.json", params={"service_request_id": ids})).json()
        assert [one["service_request_id"] for one in by_id] == whole[:2]
        for wrong in (
            {"start_date": "2025-01-01T00:00:00Z", "end_date": "2025-06-01T00:00:00Z"},
            {"start_date": "yesterday"},
            {"start_date": "0001-01-01T00:00:00+14:00"},
            {"page_size": "0"},
            {"page": "999999"},
            {"status": "fixed"},
            {"service_request_id": "1,x"},
        ):
            assert (await client.get(f"{ROOT}/requests.json", params=wrong)).status_code == 400, wrong


@pytest.mark.anyio
async def test_the_due_time_and_the_end_are_told(town: Town) -> None:
    async with town.client() as client:
        number = (await _post(client)).json()[0]["service_request_id"]
        town.rows(
            "UPDATE incident SET status = 6, close_reason = 'mediated', closed_at = reported_at + interval '1 hour', "
            "due_at = reported_at + interval '2 hours' WHERE id = %s RETURNING id",
            int(number),
        )
        one = (await client.get(f"{ROOT}/requests/{number}.json")).json()[0]
        assert (one["status"], one["status_notes"]) == ("closed", "mediated")
        times = [datetime.fromisoformat(one[f"{name}_datetime"]) for name in ("requested", "updated", "expected")]
        assert [(moment - times[0]).total_seconds() for moment in times] == [0, 3600, 7200]


@pytest.mark.anyio
async def test_the_same_key_stores_once_and_reading_is_audited(town: Town) -> None:
    async with town.client() as client:
        client.headers["idempotency-key"] = "a-1"
        first, again = await _post(client), await _post(client)
        assert first.json() == again.json()
        assert (await _post(client, description="别的")).status_code == 400
        assert town.rows("SELECT count(*) FROM incident WHERE id > 100000") == [(1,)]
        await client.get(f"{ROOT}/requests.json")
    entries = town.rows("SELECT detail FROM audit_entry WHERE action = 'incidents_listed'")
    assert [entry[0]["by"] for entry in entries] == ["open311"]


@pytest.mark.anyio
async def test_bodies_of_another_kind_are_refused(town: Town) -> None:
    async with town.client() as client:
        as_json = await client.post(f"{ROOT}/requests.json", json={"service_code": "U-E-1-01"})
        assert (as_json.status_code, as_json.json()[0]["code"]) == (400, 400)
        broken = await client.post(f"{ROOT}/requests.json", content=b"description=%ff%fe", headers=FORM)
        assert broken.status_code == 400
        other = await client.get(f"{ROOT}/requests.csv")
        assert (other.status_code, json.loads(other.content)[0]["code"]) == (400, 400)
