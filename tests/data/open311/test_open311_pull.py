"""Does everything that another city tells come in once, whatever ways its endpoint has, and go on where it stopped?"""

import asyncio
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
import uvicorn
from sqlalchemy import Engine

from dashboard.security.connection import PatientProtocol
from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.accounts.tokens import NewToken, make_token
from data.engine import AsyncDatabase, engine_for, libpq_url
from data.importing.mapping_file import load_mapping
from data.importing.progress import Unheard
from data.open311.endpoint import Endpoint, Patience
from data.open311.errors import EndpointRefused, EndpointUnusable
from data.open311.pull import PullOrder, PullReport, pull
from data.open311.records import Records
from tests.data.reads import grid_world
from tests.support.databases import cloned_database
from tests.support.other_city import OtherCity, other_city
from tests.support.whole_app import started

NOW = datetime(2025, 4, 1, 4, tzinfo=UTC)
SINCE = NOW - timedelta(days=45)
MAPPING = """
preset: open311_json
columns: {class: service_code}
datum: wgs84
classes: {map: {POTHOLE: U-C-2-01, LITTER: U-E-1-01}}
"""
PATIENCE = Patience(wait_s=5, whole_s=10, bytes=1_000_000, tries=4, first_s=0.01, longest_s=0.02)


def row(number: int, **fields: object) -> dict:
    moment = SINCE + timedelta(hours=3 * number + 1)
    return {
        "moment": moment,
        "service_request_id": f"R{number}",
        "status": "open",
        "service_name": "Pothole",
        "service_code": "POTHOLE",
        "description": f"hole {number}",
        "requested_datetime": moment.isoformat(),
        "updated_datetime": moment.isoformat(),
        "address": "Long Road 1",
        "lat": 29.985,
        "long": 120.005,
    } | fields


@pytest.fixture
def city_engine(database_url: str) -> Iterator[Engine]:
    grid_world.build(database_url, count=4)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 1000)")
    engine = engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def mapping_file(tmp_path: Path) -> Path:
    path = tmp_path / "other.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def pulled(
    engine: Engine,
    url: str,
    mapping: Path,
    *,
    now: datetime = NOW,
    since: datetime | None = SINCE,
    key: str | None = None,
) -> PullReport:
    report = PullReport()
    endpoint = Endpoint(url, api_key=key, patience=PATIENCE, rng=random.Random(2))
    order = PullOrder(url, "other", load_mapping(mapping), since)
    with endpoint.opened():
        pull(engine, endpoint, order, now=now, report=report, progress=Unheard())
    return report


def stored(engine: Engine) -> dict[str, tuple]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT external_id, class.code, status, close_reason, reported_at, text FROM incident "
            "JOIN incident_class AS class ON class.id = class_id JOIN dataset ON dataset.id = dataset_id "
            "WHERE dataset.key = 'other'"
        ).fetchall()
    assert len({one[0] for one in rows}) == len(rows)
    return {one[0]: tuple(one[1:]) for one in rows}


def test_all_pages_come_in_once_though_pages_overlap_and_the_server_fails_in_between(
    city_engine: Engine, mapping_file: Path
) -> None:
    rows = [row(number) for number in range(300)]
    with other_city(OtherCity(rows, cap=50, shift=7, failures=[500, 503, 502])) as city:
        report = pulled(city_engine, city.url, mapping_file)
    found = stored(city_engine)
    assert set(found) == {f"R{number}" for number in range(300)}
    assert found["R3"] == ("U-C-2-01", 1, None, rows[3]["moment"], "hole 3")
    assert report.counts["accepted"] == 300
    assert report.repeated > 0
    assert report.reached_at == NOW
    assert not any("api_key" in query for query in city.asked)


@pytest.mark.parametrize("cap", [40, 1_000])
def test_an_endpoint_that_does_not_page_is_asked_for_shorter_periods(
    city_engine: Engine, mapping_file: Path, cap: int
) -> None:
    rows = [row(number) for number in range(200)]
    with other_city(OtherCity(rows, pages=False, cap=cap)) as city:
        pulled(city_engine, city.url, mapping_file)
    assert set(stored(city_engine)) == {f"R{number}" for number in range(200)}


def test_xml_alone_is_understood(city_engine: Engine, mapping_file: Path) -> None:
    with other_city(OtherCity([row(1), row(2, description="a < b & c")], forms=("xml",))) as city:
        pulled(city_engine, city.url, mapping_file)
    assert stored(city_engine)["R2"][4] == "a < b & c"


def test_odd_moments_are_read_and_what_is_none_is_told(city_engine: Engine, mapping_file: Path) -> None:
    moment = SINCE + timedelta(hours=5)
    seconds = int(moment.timestamp())
    forms = {
        "epoch": str(seconds),
        "millis": seconds * 1000,
        "zulu": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "offset": moment.astimezone().isoformat(),
        "mail": moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "blank": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "none": "the day before",
    }
    rows = [row(1, moment=moment, service_request_id=name, requested_datetime=text) for name, text in forms.items()]
    rows.append(row(2, service_request_id=""))
    with other_city(OtherCity(rows)) as city:
        report = pulled(city_engine, city.url, mapping_file)
    found = stored(city_engine)
    assert {name: one[3] for name, one in found.items()} == dict.fromkeys(set(forms) - {"none"}, moment)
    assert (report.counts["rejected"], report.nameless) == (1, 1)


def test_a_later_pull_goes_on_and_learns_how_old_cases_ended(city_engine: Engine, mapping_file: Path) -> None:
    rows = [row(number) for number in range(20)]
    with other_city(OtherCity(rows)) as city:
        pulled(city_engine, city.url, mapping_file)
        first = len(city.asked)
        rows[4] |= {"status": "closed", "status_notes": "fixed", "updated_datetime": "2025-04-20T00:00:00Z"}
        later = NOW + timedelta(days=20)
        rows.append(
            row(500, moment=NOW + timedelta(days=19), requested_datetime=(NOW + timedelta(days=19)).isoformat())
        )
        report = pulled(city_engine, city.url, mapping_file, now=later, since=None)
        asked = [query for query in city.asked[first:] if "start_date" in query]
        assert min(query["start_date"] for query in asked) == "2025-03-30T04:00:00Z"
        again = pulled(city_engine, city.url, mapping_file, now=later + timedelta(minutes=1), since=None)
    found = stored(city_engine)
    assert len(found) == 21
    assert found["R4"][1:3] == (6, "fixed")
    assert (report.counts["accepted"], report.counts["updated"]) == (1, 1)
    assert (again.counts["accepted"], again.counts["updated"]) == (0, 0)


def test_a_pull_that_breaks_off_keeps_what_it_has_and_goes_on_there(city_engine: Engine, mapping_file: Path) -> None:
    rows = [row(number) for number in range(300)]
    with other_city(OtherCity(rows)) as city:
        answer = city.answer

        def breaking(query: dict[str, str]) -> list[dict]:
            if query["start_date"] > "2025-03-10":
                city.failures = [503] * 9
            return answer(query)

        city.answer = breaking  # type: ignore[method-assign]
        with pytest.raises(EndpointUnusable, match="goes on"):
            pulled(city_engine, city.url, mapping_file)
        kept = len(stored(city_engine))
        assert 0 < kept < 300
        city.answer, city.failures = answer, []  # type: ignore[method-assign]
        first = len(city.asked)
        pulled(city_engine, city.url, mapping_file, since=None)
        assert len(stored(city_engine)) == 300
        assert city.asked[first]["start_date"] == "2025-03-15T04:00:00Z"


def test_nobody_else_is_asked_and_nothing_grows_without_end(city_engine: Engine, mapping_file: Path) -> None:
    with other_city(OtherCity([row(1)])) as elsewhere:
        for city, match in (
            (OtherCity(location=f"{elsewhere.url}/requests.json"), "not followed"),
            (OtherCity(huge=True), "more than"),
            (OtherCity(failures=[401]), "status 401. Set MINQING_OPEN311_API_KEY"),
            (OtherCity([row(1)], forms=("xml",), prologue='<!DOCTYPE x [<!ENTITY a "b">]>'), "entities"),
        ):
            with other_city(city), pytest.raises(EndpointUnusable, match=match):
                pulled(city_engine, city.url, mapping_file)
        assert elsewhere.asked == []
    assert stored(city_engine) == {}
    for wrong in ("ftp://x/", "file:///etc/passwd", "https://a:b@c/", "https://c/?x=1", "nonsense"):
        with pytest.raises(EndpointRefused):
            Endpoint(wrong)


def test_nothing_about_a_person_is_taken_over() -> None:
    records = Records()
    records.add([{"service_request_id": 7, "email": "a@b.c", "phone": "1", "media_url": "http://x", "first_name": "x"}])
    assert set(records.by_id["7"]) & {"email", "phone", "media_url", "first_name"} == set()


@contextmanager
def served(url: str) -> Iterator[tuple[str, str]]:
    """Our own program over a database behind a socket; its Open311 address, and a token."""
    ready, servers, tokens = threading.Event(), [], []

    async def serve(listener: socket.socket) -> None:
        async with started(url, patience=1e6) as app:
            owner = AsyncDatabase(url, min_size=1, max_size=1)
            await owner.open()
            now = datetime.now(UTC)
            async with owner.writing() as conn:
                account = await add_account(conn, NewAccount("caller", Role.OPERATOR), "vuk7 orze plym tadi", now)
                tokens.append((await make_token(conn, account, NewToken("other city", 1, None), now)).text)
            await owner.close()
            config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", http=PatientProtocol)
            servers.append(uvicorn.Server(config))
            ready.set()
            await servers[0].serve(sockets=[listener])

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        run = partial(asyncio.run, serve(listener))
        thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True)
        thread.start()
        assert ready.wait(60)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/open311/v2", tokens[0]
        finally:
            servers[0].should_exit = True
            thread.join(30)


def test_our_own_server_is_pulled_whole(
    city_engine: Engine, mapping_file: Path, server_url: str, template_name: str
) -> None:
    with cloned_database(server_url, template_name) as other_url:
        grid_world.build(other_url, count=60)
        with psycopg.connect(libpq_url(other_url)) as connection:
            truth = connection.execute(
                "SELECT incident.id::text, class.code, is_open(status), reported_at FROM incident "
                "JOIN incident_class AS class ON class.id = class_id WHERE NOT class.sensitive "
                "AND reported_at BETWEEN %s AND %s",
                [SINCE, NOW],
            ).fetchall()
        assert len(truth) > 10
        with served(other_url) as (url, token):
            with pytest.raises(EndpointUnusable, match="status 403"):
                pulled(city_engine, url, mapping_file, key="mq_wrong")
            pulled(city_engine, url, mapping_file, key=token)
    found = stored(city_engine)
    assert {(name, one[0], one[1] not in (6, 7, 8, 9), one[3]) for name, one in found.items()} == {
        (number, code, is_open, moment.replace(microsecond=0)) for number, code, is_open, moment in truth
    }
