"""Do plans of zones leave as files and come back, checked, within one's own area, and noted in the audit log?"""

import csv
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from dashboard.security.limits import EXPORT, PLAN_FILE, PLANS, limits_of
from data.accounts.account import Account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase, libpq_url
from data.roles import WEB, url_as
from data.zoning.plan_export import EXPORTS
from layers.offline_assets import outside_addresses
from tests.support.acting import client_as
from tests.support.grid_world import build_world

pytestmark = pytest.mark.anyio
DRAWING = "AABB AABB ccdd ccdd"
FILES = "/api/v1/zones/plans"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def drawn(database_url):
    """Address of a city of two counties with eight small grids each, and ids of its units by code."""
    with psycopg.connect(libpq_url(database_url)) as connection:
        ids = build_world(connection, DRAWING).ids
    return database_url, ids


@asynccontextmanager
async def client_of(url: str, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=2)
    await database.open()
    app = FastAPI()
    services = ApiServices(database)
    register(app, services)
    async with client_as(app, account) as client:
        yield client
    services.zones.close()
    await database.close()


def planner(unit_id: int | None = None, code: str | None = None) -> Account:
    return Account(7, "planner", Role.PLANNER, unit_id, unit_code=code)


def rows(columns: int = 2) -> list[list[object]]:
    """Zones west and east of each county."""
    return [[f"{r},{c}", f"{'北南'[r // 2]}{'西东'[c // columns]}片区"] for r in range(4) for c in range(4)]


def table(lines, header=("code", "zone")) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *lines])
    return buffer.getvalue().encode()


async def send(client, content, name="plan.csv", **fields):
    data = {"base": "small", **{key: str(value) for key, value in fields.items()}}
    return await client.post(f"{FILES}/import", files={"file": (name, content)}, data=data)


def audited(url):
    with psycopg.connect(libpq_url(url)) as connection:
        query = "SELECT action, object_id, detail FROM audit_entry WHERE object_kind = 'zone_plan' ORDER BY id"
        return connection.execute(query).fetchall()


async def test_a_plan_goes_out_and_comes_back_in_every_format(drawn):
    url, _ = drawn
    async with client_of(url, planner()) as client:
        first = await send(client, table(rows()), name="春季方案.csv")
        assert first.status_code == 201, first.text
        made = first.json()
        assert (made["zones"], made["unassigned"], made["read"]["unit"]) == (4, 0, "code")
        assert first.headers["location"] == f"{FILES}/{made['id']}"
        ids = []
        for kind in EXPORTS:
            out = await client.get(f"{FILES}/{made['id']}/export/{kind}")
            assert out.status_code == 200, out.text
            assert out.headers["content-disposition"] == f'attachment; filename="plan_{made["id"]}.{kind}"'
            again = await send(client, out.content, name=f"plan.{kind}", plan=made["id"])
            assert again.status_code == 201, (kind, again.text)
            assert again.json()["hash"] == made["hash"], kind
            ids.append(again.json()["id"])
        text = (await client.get(f"{FILES}/{ids[-1]}/export/csv")).content.decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text)))
    assert {line["zone_name"] for line in read} == {"北西片区", "北东片区", "南西片区", "南东片区"}
    assert {line["fence"] for line in read} == {"U", "L"}
    lines = "".join(f"{line['code']},{line['zone_key']}\n" for line in read)
    assert hashlib.sha256(lines.encode()).hexdigest() == made["hash"]
    noted = audited(url)
    assert [detail["format"] for action, _, detail in noted if action == "exported"] == [*EXPORTS, "csv"]
    assert [detail["sha256"] for action, _, detail in noted if action == "imported"] == [made["hash"]] * 6


async def test_the_evidence_is_one_page_and_one_pack(drawn):
    url, _ = drawn
    async with client_of(url, planner()) as client:
        made = (await send(client, table(rows()), name="春季方案.csv")).json()
        page = await client.get(f"{FILES}/{made['id']}/evidence.html", params={"lang": "en"})
        pack = await client.get(f"{FILES}/{made['id']}/evidence.zip")
        assert (await client.get(f"{FILES}/{made['id']}/evidence.html", params={"lang": "fr"})).status_code == 400
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert outside_addresses(page.text) == ()
    assert all(said in page.text for said in ("春季方案", made["hash"], "PostGIS", "none crosses the fence (county)"))
    with zipfile.ZipFile(io.BytesIO(pack.content)) as archive:
        names = set(archive.namelist())
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names - {"SHA256SUMS"}} == sums
    wanted = {"report_zh.html", "report_en.html", "zones.shp.zip", "SHA256SUMS", *(f"plan.{kind}" for kind in EXPORTS)}
    assert names == wanted


async def test_what_is_wrong_is_listed_and_nothing_is_made(drawn):
    url, _ = drawn
    bad = rows()
    bad[0][1] = "南东片区"
    async with client_of(url, planner()) as client:
        torn = await send(client, table(bad))
        mixed = await send(client, table([["A", "x"], ["9,9", "x"], *rows()[1:], rows()[1]]))
        assert (await client.get(f"{FILES}/1/export/csv")).status_code == 404
    assert torn.status_code == 422
    assert torn.headers["content-type"] == "application/problem+json"
    assert torn.headers["content-length"] == str(len(torn.content))
    (fault,) = torn.json()["faults"]
    assert (fault["kind"], fault["row"], fault["units"]) == ("fence", 2, ["0,0"])
    assert "crosses the fence" in fault["cause"]
    said = {fault["row"]: fault["cause"] for fault in mixed.json()["faults"]}
    assert said[2] == "A is a unit of the level 'medium', not one that this plan joins."
    assert said[3] == "there is no unit '9,9' in X."
    assert "stands in the rows" in said[19]
    assert "1 of 16 units" in said[None]
    kinds = {fault["row"]: (fault["kind"], fault["count"]) for fault in mixed.json()["faults"]}
    assert kinds == {2: ("elsewhere", 1), 3: ("unknown", 1), 19: ("twice", 1), None: ("missing", 1)}
    assert [detail.get("faults") for action, _, detail in audited(url) if action == "imported"] == [1, 4]


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (b"PK\x03\x04 broken", "plan.zip", 422, "no archive"),
        (b"PK\x03\x04 broken", "plan.xlsx", 422, "no archive"),
        (b"[" * 5_000, "plan.geojson", 400, "nested"),
        (b"code,zone\n", "plan.exe", 400, "not read"),
        (b"code,zone\n", "", 400, ""),
        (b"a,b\n1,2\n", "plan.csv", 422, "called zone"),
        ("编码,片区\n".encode("gbk"), "../../etc/plan.csv", 422, "16 of 16 units"),
    ],
)
async def test_files_that_cannot_be_used(drawn, content, name, status, words):
    async with client_of(drawn[0], planner()) as client:
        answer = await send(client, content, name=name)
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert "Traceback" not in answer.text


async def test_a_planner_of_a_county_takes_in_and_sends_out_plans_of_that_county_alone(drawn):
    url, ids = drawn
    async with client_of(url, planner()) as client:
        whole = (await send(client, table(rows()))).json()["id"]
        lower = (await send(client, table(rows()[8:]), within="L")).json()["id"]
    async with client_of(url, planner(ids["U"], "U")) as client:
        for hidden in (whole, lower):
            for address in ("evidence.html", "evidence.zip", "export/csv"):
                assert (await client.get(f"{FILES}/{hidden}/{address}")).status_code == 404
            assert (await send(client, table(rows()[:8]), plan=hidden)).status_code == 404
        assert (await send(client, table(rows()[8:]), within="L")).status_code == 404
        own = await send(client, table(rows()[:8]), within="U")
        assert own.status_code == 201
        neighbours = await send(client, table([*rows()[:8], *rows()[8:9]]), within="U")
        # What lies outside of the area is not told apart from what is nothing.
        assert neighbours.json()["faults"][0]["cause"] == "there is no unit '2,0' in U."


def test_files_have_limits_of_their_own():
    assert limits_of("POST", f"{FILES}/import") is PLAN_FILE
    assert limits_of("GET", f"{FILES}/12/export/gpkg") is EXPORT
    assert limits_of("GET", f"{FILES}/12/evidence.zip") is EXPORT
    assert limits_of("GET", f"{FILES}/12") is PLANS
