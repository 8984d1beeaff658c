"""Does a photo come to a case once, clean and logged, and does nobody see it who may not see the case?"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest
from PIL import Image

from data.attachments.collecting import collect, find_missing
from data.attachments.files import PhotoFiles
from data.cases.action import Act
from data.engine import libpq_url
from tests.support import photos
from tests.support.case_client import client_of
from tests.support.case_world import DISPUTE, FIRE, WATER, CaseWorld, case_world

pytestmark = pytest.mark.anyio
PHOTO = photos.jpeg()
ANOTHER = photos.png(photos.picture(80, 60))


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


@pytest.fixture
def files(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(tmp_path / "attachments")


def path(case: int, rest: str = "") -> str:
    return f"/api/v1/cases/{case}/attachments{rest}"


async def sent(client: httpx.AsyncClient, case: int, content: bytes = PHOTO, **form: str) -> httpx.Response:
    return await client.post(path(case), files={"file": ("IMG_4711.jpg", content, "image/jpeg")}, data=form)


def owner(world: CaseWorld, query: str) -> list[tuple]:
    with psycopg.connect(libpq_url(world.url)) as connection:
        return connection.execute(query).fetchall()


async def test_a_photo_is_attached_listed_and_served_clean(world: CaseWorld, files: PhotoFiles) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        made = await sent(client, case, key="a")
        assert made.status_code == 201, made.text
        body = made.json()
        assert made.headers["location"] == body["href"]
        assert (body["kind"], body["width"], body["height"], body["by"], body["seq"]) == ("jpeg", 64, 48, "operator", 2)
        listed = (await client.get(path(case))).json()
        assert listed == {"items": [body], "most": 20}
        full, small = await client.get(body["href"]), await client.get(body["thumbnail"])
    for answer in (full, small):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"].startswith('inline; filename="case-')
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
        assert not any(secret.encode() in answer.content for secret in photos.SECRETS)
        assert Image.open(io.BytesIO(answer.content)).format == "JPEG"
    assert len(full.content) == body["bytes"]
    assert {path.name for path in files.folder.rglob("*.jpg")} == {
        f"{hashlib.sha256(answer.content).hexdigest()}.jpg" for answer in (full, small)
    }


async def test_an_attaching_is_an_entry_of_the_log_and_of_the_audit(world: CaseWorld, files: PhotoFiles) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        await sent(client, case)
        shown = (await client.get(f"/api/v1/cases/{case}")).json()
        await client.get(path(case))
        await client.get(path(case, "/1"))
    event = shown["events"][-1]
    assert (event["act"], event["who"], shown["state"]["status"]) == ("attach", "operator", "reported")
    assert event["facts"] == {"file": owner(world, "SELECT encode(sha256, 'hex') FROM attachment")[0][0]}
    noted = owner(world, "SELECT action, object_id FROM audit_entry ORDER BY id")
    acts = [action for action, subject in noted if subject == str(case)]
    assert acts == ["case_changed", "case_viewed", "attachments_listed", "attachment_viewed"]


async def test_the_same_request_attaches_once(world: CaseWorld, files: PhotoFiles) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        first = await sent(client, case, key="a")
        # Somebody else acts in between: a photo contradicts nothing.
        world.seen[case] = 2
        await world.does("operator", Act.FILE, case)
        again, unnamed = await sent(client, case, key="a"), await sent(client, case)
        other = await sent(client, case, ANOTHER, key="a")
        at_once = await asyncio.gather(*[sent(client, case, ANOTHER, key="b") for _ in range(6)])
        listed = (await client.get(path(case))).json()["items"]
    assert again.json() == unnamed.json() == first.json()
    assert other.status_code == 422
    assert other.json()["type"].endswith("idempotency-key-reused")
    assert {answer.status_code for answer in at_once} == {201}
    assert len({answer.json()["id"] for answer in at_once}) == 1
    assert [item["seq"] for item in listed] == [2, 4]


async def test_a_case_has_room_for_so_many_photos(world: CaseWorld, files: PhotoFiles) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        for number in range(20):
            assert (await sent(client, case, photos.jpeg(photos.picture(40 + number, 40)))).status_code == 201
        full = await sent(client, case, photos.jpeg(photos.picture(90, 90)))
    assert full.status_code == 409
    assert full.json()["field"] == "file"
    assert "20 photos already" in full.json()["cause"]
    assert owner(world, "SELECT count(*) FROM attachment") == [(20,)]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 422),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, 422),
        (photos.moving("GIF"), 422),
        (PHOTO[:500], 422),
        (b"\xff\xd8\xff" + b"\x00" * 10_000_001, 413),
    ],
)
async def test_what_is_no_photo_is_refused_with_cause_and_remedy(
    world: CaseWorld, files: PhotoFiles, content: bytes, status: int
) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        answer = await sent(client, case, content)
        assert (answer.status_code, answer.json()["field"]) == (status, "file"), answer.text
        assert answer.json()["cause"]
        assert answer.json()["remedy"]
        assert (await client.get(path(case))).json()["items"] == []
        assert (await client.post(path(case), data={"key": "a"})).status_code == 400
        assert (await sent(client, case, key="k" * 201)).status_code == 400
    assert not files.folder.exists()


async def test_who_does_not_see_the_case_sees_no_photo_of_it(world: CaseWorld, files: PhotoFiles) -> None:
    case = await world.dispatched(WATER, grid="a")
    dispute = world.report(class_id=DISPUTE)
    async with client_of(world, "operator", photo_files=files) as client:
        href = (await sent(client, case)).json()["href"]
        hidden = (await sent(client, dispute, ANOTHER)).json()["href"]
        for wrong in (path(case, "/99"), path(dispute, "/1"), path(999_999), path(999_999, "/1")):
            assert (await client.get(wrong)).status_code == 404
        assert (await sent(client, 999_999)).status_code == 404
    for who, unit, status in [
        ("waterman", None, 200), ("fireman", None, 404), ("operator", "B", 404), ("operator", "A", 200),
        ("leader", None, 200),
    ]:  # fmt: skip
        async with client_of(world, who, unit, photo_files=files) as client:
            for address in (href, f"{href}/thumbnail", path(case)):
                assert ((await client.get(address)).status_code, who, unit, address) == (status, who, unit, address)
    async with client_of(world, "leader", photo_files=files) as client:
        for address in (hidden, f"{hidden}/thumbnail", path(dispute)):
            assert (await client.get(address)).status_code == 404
    async with client_of(world, "fireman", photo_files=files) as client:
        assert (await sent(client, case, ANOTHER)).status_code == 404
    async with client_of(world, "leader", photo_files=files) as client:
        assert (await sent(client, case, ANOTHER)).status_code == 403
    assert owner(world, "SELECT count(*) FROM attachment") == [(2,)]


async def test_a_called_department_sees_and_attaches(world: CaseWorld, files: PhotoFiles) -> None:
    case = await world.dispatched(WATER)
    await world.does("operator", Act.WHISTLE, case, departments=[FIRE], hours=2, reason="请到场")
    async with client_of(world, "fireman", photo_files=files) as client:
        made = await sent(client, case)
        assert made.status_code == 201, made.text
        assert (await client.get(made.json()["href"])).status_code == 200
        assert len((await client.get(path(case))).json()["items"]) == 1


async def test_a_closed_case_takes_no_photo(world: CaseWorld, files: PhotoFiles) -> None:
    case = await world.closed()
    async with client_of(world, "operator", photo_files=files) as client:
        answer = await sent(client, case)
    assert (answer.status_code, answer.json()["reason"]) == (422, "state")
    with psycopg.connect(libpq_url(world.url), autocommit=True) as connection:
        assert collect(connection, files) == 2
    assert list(files.digests()) == []


async def test_files_without_a_row_go_and_rows_without_a_file_are_found(world: CaseWorld, files: PhotoFiles) -> None:
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        href = (await sent(client, case)).json()["href"]
        stray = files.keep(b"of a request that was cut off")
        with psycopg.connect(libpq_url(world.url), autocommit=True) as connection:
            assert find_missing(connection, files).count == 0
            assert collect(connection, files) == 1
            assert not files.holds(stray)
            assert collect(connection, files) == 0
            [(digest,)] = connection.execute("SELECT sha256 FROM attachment").fetchall()
            files.remove(bytes(digest))
            missing = find_missing(connection, files)
        assert (missing.named, missing.count, missing.lost) == (2, 1, (bytes(digest).hex(),))
        lost = await client.get(href)
    assert lost.status_code == 410
    assert "backup" in lost.json()["remedy"]


async def test_collecting_waits_for_whoever_brings_a_photo(world: CaseWorld, files: PhotoFiles) -> None:
    with psycopg.connect(libpq_url(world.url)) as bringing, psycopg.connect(libpq_url(world.url)) as collecting:
        bringing.execute("SELECT pg_advisory_xact_lock_shared(hashtext('minqing_photos'))")
        digest = files.keep(b"on the way")
        collecting.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            collect(collecting, files)
        assert files.holds(digest)


async def test_without_a_folder_photos_are_refused_and_nothing_else(world: CaseWorld) -> None:
    case = world.report()
    async with client_of(world, "operator") as client:
        answer = await sent(client, case)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:minqing:problem:photos-off")
        assert (await client.get(path(case))).json()["items"] == []


@pytest.mark.parametrize("account", [None, 7, 0])
async def test_rows_of_photos_keep_to_the_scope_of_the_transaction(
    world: CaseWorld, files: PhotoFiles, account: int | None
) -> None:
    """Under the login role of the web: nothing without a scope, and nothing in somebody else's name."""
    case = world.report()
    async with client_of(world, "operator", photo_files=files) as client:
        await sent(client, case)
    settings = (
        "SET LOCAL minqing.unit_id = '0'; SET LOCAL minqing.department_id = '0'; SET LOCAL minqing.account_id = '{}'"
    )
    forge = """
        INSERT INTO attachment (
            incident_id, reported_at, seq, sha256, thumbnail_sha256, width, height, bytes, at, account_id
        )
        SELECT incident_id, reported_at, 2, sha256(%s), sha256(%s), 1, 1, 1, now(), 99 FROM attachment
    """

    async def tried(statement: str, values: list | None = None) -> list:
        async with world.database.writing() as conn:
            if account is not None:
                await conn.execute(settings.format(account).encode())
            cursor = await conn.execute(statement.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    assert len(await tried("SELECT id FROM attachment")) == (0 if account is None else 1)
    assert await tried("SELECT code FROM report_code") == []
    assert await tried("SELECT digest FROM report_receipt") == []
    if account is not None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tried(forge, [b"x", b"y"])
    for statement in (
        "DELETE FROM attachment",
        "UPDATE attachment SET seq = 3",
        "INSERT INTO report_code DEFAULT VALUES",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tried(statement)
