"""Does the page behind a code take a report from anybody, once, masked and clean, and tell nobody too much?"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from dashboard.pages.report import routes
from dashboard.pages.report.texts import FOLDER, report_texts
from dashboard.security.buckets import Rate
from data.accounts.demo import ensure_demo_accounts
from data.engine import libpq_url
from data.report_page.choices import Choice
from data.report_page.receipt import PublicState, receipt_of
from geo.status import CaseStatus
from tests.data.reads import grid_world
from tests.data.reads.grid_world import IDS, ORIGIN, SIDE
from tests.support import photos
from tests.support.whole_app import client_of, sign_in, started

pytestmark = pytest.mark.anyio
CODE, EXPIRED, REVOKED = "23456789ab", "cdefghjkmn", "pqrstuvwxy"
STREET, SENSITIVE = "U-E-1-01", "S-D-1-01"


@dataclass
class Page:
    """The whole application with a valid, an expired and a revoked code in grid a."""

    app: FastAPI
    url: str
    folder: Path

    def owner(self, query: str, values: list | None = None) -> list[tuple]:
        with psycopg.connect(libpq_url(self.url)) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def reports(self) -> list[tuple]:
        return self.owner(
            "SELECT incident.id, text, address, incident_class.code, source.key, grid_id FROM incident"
            " JOIN incident_class ON incident_class.id = class_id JOIN source ON source.id = source_id"
            " WHERE incident.id > 1000 ORDER BY incident.id"
        )

    @property
    def files(self) -> list[Path]:
        return list(self.folder.rglob("*.jpg"))


def in_grid(column: float, line: float) -> tuple[float, float]:
    """A position in the drawing: columns to the right, lines downward."""
    return ORIGIN[0] + column * SIDE, ORIGIN[1] - line * SIDE


@pytest.fixture
async def page(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Page]:
    grid_world.build(database_url, count=20)
    now = datetime.now(UTC)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 1000)")
        connection.execute(
            "INSERT INTO source (key, name_zh, name_en) VALUES ('qr_code', '扫码', 'QR code') ON CONFLICT DO NOTHING"
        )
        for code, until, revoked in [(CODE, None, None), (EXPIRED, now, None), (REVOKED, None, now)]:
            connection.execute(
                "INSERT INTO report_code (code, unit_id, name, name_en, lon, lat, made_at, valid_until, revoked_at)"
                " SELECT %s, id, '城区 · 一号网格', 'Town Centre · Grid 1', ST_X(label_point), ST_Y(label_point),"
                " %s, %s, %s FROM unit WHERE id = %s",
                [code, now - timedelta(days=1), until, revoked, IDS["a"]],
            )
    async with started(database_url, photos=tmp_path / "photos") as app:
        yield Page(app, database_url, tmp_path / "photos")


def filled(**fields: str) -> dict[str, str]:
    base = {"token": secrets.token_urlsafe(24), "class": STREET, "text": "三号楼前垃圾没人清", "lon": "", "lat": ""}
    return base | {name.rstrip("_"): value for name, value in fields.items()}


async def sent(
    client: httpx.AsyncClient, form: dict[str, str], photo: bytes | None = None, code: str = CODE
) -> httpx.Response:
    files = {"photo": ("a.jpg", photo, "image/jpeg")} if photo is not None else {"photo": ("", b"")}
    return await client.post(f"/report/{code}", data=form, files=files)


async def test_anybody_reports_with_a_photo_and_sees_how_it_stands(page: Page) -> None:
    async with client_of(page.app) as client:
        shown = await client.get(f"/report/{CODE}")
        assert shown.status_code == 200
        assert "城区 · 一号网格" in shown.text
        token = re.search(r'name="token" value="([\w-]{32})"', shown.text)[1]
        form = filled(token=token, text="楼下积水，联系 13800138000 或粤B12345，id 440304199001011234")
        answer = await sent(client, form, photos.jpeg())
        assert answer.status_code == 303
        target = answer.headers["location"]
        assert target.startswith(f"/report/{CODE}/r/{receipt_of(token)}?")
        told = await client.get(target)
    assert told.status_code == 200
    assert receipt_of(token) in told.text
    assert "已收到，等待受理" in told.text
    assert "派遣后确定" in told.text
    [(case, text, address, class_code, source, grid)] = page.reports()
    assert (class_code, source, grid, address) == (STREET, "qr_code", IDS["a"], "城区 · 一号网格")
    assert not re.search(r"13800138000|粤B12345|440304199001011234", text)
    assert "楼下积水" in text
    assert text[:4] not in told.text
    assert page.owner("SELECT incident_id, seq, account_id, account_name FROM attachment") == [(case, 1, None, None)]
    assert len(page.files) == 2
    assert not any(secret.encode() in path.read_bytes() for path in page.files for secret in photos.SECRETS)
    assert page.owner("SELECT count(*) FROM case_event") == [(0,)]
    # A digest of the receipt alone is kept.
    assert receipt_of(token) not in str(page.owner("SELECT report_receipt::text FROM report_receipt"))


async def test_the_staff_sees_report_and_photo(page: Page) -> None:
    demo = await asyncio.to_thread(ensure_demo_accounts, page.url, None, datetime.now(UTC))
    async with client_of(page.app) as client:
        await sent(client, filled(), photos.jpeg())
    [(case, *_)] = page.reports()
    key = await sign_in(page.app, "operator", demo.password)
    async with client_of(page.app, key) as client:
        [item] = (await client.get(f"/api/v1/cases/{case}/attachments")).json()["items"]
        assert (item["by"], item["seq"]) == (None, 1)
        assert (await client.get(item["href"])).headers["content-type"] == "image/jpeg"
        # The staff adds one, and acts: the report's photo stays where it was.
        more = await client.post(item["href"].rpartition("/")[0], files={"file": ("b.png", photos.png())})
        assert more.status_code == 201, more.text
        assert more.json()["seq"] == 2


async def test_a_double_press_makes_one_report(page: Page) -> None:
    form = filled()
    async with client_of(page.app) as client:
        answers = await asyncio.gather(*[sent(client, form, photos.jpeg()) for _ in range(6)])
        later = await sent(client, form | {"text": "又想起一件：路灯也坏了"}, photos.png())
        other = await sent(client, filled())
    targets = {answer.headers["location"] for answer in (*answers, later)}
    assert len(targets) == 1
    assert other.headers["location"] not in targets
    assert [row[1] for row in page.reports()] == ["三号楼前垃圾没人清"] * 2
    assert page.owner("SELECT count(*) FROM attachment") == [(1,)]
    assert page.owner("SELECT count(*) FROM report_receipt") == [(2,)]


async def test_a_sensitive_matter_is_taken_and_shown_to_nobody_but_by_its_receipt(page: Page) -> None:
    demo = await asyncio.to_thread(ensure_demo_accounts, page.url, None, datetime.now(UTC))
    form = filled(class_=SENSITIVE)
    async with client_of(page.app) as client:
        choices = re.findall(r'name="class" value="([\w-]+)"', (await client.get(f"/report/{CODE}")).text)
        assert choices[0] == STREET
        answer = await _with_choice(client, form)
        assert answer.status_code == 303
        told = await client.get(answer.headers["location"])
        assert told.status_code == 200
    [(case, *_)] = page.reports()
    for name, status in {"leader": 404, "operator": 200}.items():
        key = await sign_in(page.app, name, demo.password)
        async with client_of(page.app, key) as client:
            assert (await client.get(f"/api/v1/cases/{case}")).status_code == status
            assert (await client.get(f"/api/v1/cases/{case}/attachments/1")).status_code == status


async def _with_choice(client: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    """Send a form in a city whose own list of choices has the sensitive class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "choices_of", lambda _classes: (Choice(SENSITIVE, "家庭", "Family"),))
        return await sent(client, form, photos.jpeg())


@pytest.mark.parametrize(
    ("lonlat", "grid"),
    [
        (in_grid(0.2, 0.2), "a"),
        (in_grid(2.1, 0.5), "b"),
        (in_grid(8.5, 0.5), "a"),
        ((0.0, 0.0), "a"),
        ((float("nan"), 1.0), "a"),
        ((500.0, 95.0), "a"),
    ],
)
async def test_a_position_counts_only_on_the_ground_of_the_code(
    page: Page, lonlat: tuple[float, float], grid: str
) -> None:
    lon, lat = map(str, lonlat)
    async with client_of(page.app) as client:
        assert (await sent(client, filled(lon=lon, lat=lat))).status_code == 303
    [(case, *_, found)] = page.reports()
    assert found == IDS[grid]
    [(x, y)] = page.owner("SELECT ST_X(geom), ST_Y(geom) FROM incident WHERE id = %s", [case])
    own = (x, y) == pytest.approx(lonlat)
    # The second one stands a hundred metres over the border: the phone may be right, and the report lies there.
    assert own is (lonlat in (in_grid(0.2, 0.2), in_grid(2.1, 0.5)))


@pytest.mark.parametrize(
    ("change", "photo", "said"),
    [
        ({"text": "坏"}, None, "trouble.text"),
        ({"text": "很长" * 600}, None, "trouble.text"),
        ({"class": ""}, None, "trouble.class"),
        ({"class": "X-9"}, None, "trouble.class"),
        ({"token": "short"}, None, "trouble.form"),
        ({}, b"<svg/>", "trouble.photo.type"),
        ({}, b"", "trouble.photo.empty"),
        ({}, b"\xff\xd8\xff" + b"\x00" * 10_000_001, "trouble.photo.bytes"),
        ({}, photos.png_bomb(9_000, 9_000), "trouble.photo.pixels"),
        ({}, b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "trouble.photo.heic"),
        ({}, photos.moving("WEBP"), "trouble.photo.moving"),
        ({}, photos.jpeg()[:300], "trouble.photo.damaged"),
    ],
)
async def test_what_cannot_be_used_is_said_and_nothing_else_is_lost(
    page: Page, change: dict[str, str], photo: bytes | None, said: str
) -> None:
    form = filled(text='写了很久的话 <b>&"') | change
    async with client_of(page.app) as client:
        answer = await sent(client, form, photo)
    assert answer.status_code == 422
    assert report_texts("zh")[said] in answer.text
    if "text" not in change:
        assert "写了很久的话 &lt;b&gt;&amp;&quot;</textarea>" in answer.text
    if form["class"] == STREET:
        assert re.search(rf'value="{STREET}" required checked', answer.text)
    if "token" not in change:
        assert f'value="{form["token"]}"' in answer.text
    assert page.reports() == []
    assert page.files == []


async def test_a_form_that_is_none_is_refused_without_a_trace(page: Page) -> None:
    async with client_of(page.app) as client:
        for content, kind in [
            (b"{}", "application/json"),
            (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
            (b"", "multipart/form-data"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
            (b"&".join(b"a%d=1" % n for n in range(500)), "application/x-www-form-urlencoded"),
        ]:
            answer = await client.post(f"/report/{CODE}", content=content, headers={"content-type": kind})
            assert answer.status_code == 422, (content, answer.status_code)
            assert "Traceback" not in answer.text
        large = await client.post(f"/report/{CODE}", content=b"x" * 11_600_000)
        assert large.status_code == 413
    assert page.reports() == []


async def test_a_code_that_does_not_count_says_so(page: Page) -> None:
    texts = report_texts("zh")
    async with client_of(page.app) as client:
        for code, status, said in [
            (EXPIRED, 410, "expired"), (REVOKED, 410, "revoked"), ("zzzzzzzzzz", 404, "unknown"), ("a", 404, "unknown"),
            ("%3Cscript%3E", 404, "unknown"), ("2345678%00ab", 404, None),
        ]:  # fmt: skip
            shown = await client.get(f"/report/{code}")
            if said is None:
                assert shown.status_code in (400, 404, 414)
                continue
            assert (shown.status_code, code) == (status, code)
            assert texts[said] in shown.text
            assert "<form" not in shown.text
            assert "<script>" not in shown.text
            assert (await sent(client, filled(), code=code)).status_code == status
    assert page.reports() == []


async def test_a_receipt_tells_state_and_limit_in_every_state(page: Page) -> None:
    form = filled()
    async with client_of(page.app) as client:
        target = (await sent(client, form)).headers["location"]
        [(case, *_)] = page.reports()
        for status in CaseStatus:
            page.owner(
                "UPDATE incident SET status = %s, due_at = now() - interval '1 hour' WHERE id = %s", [status, case]
            )
            told = await client.get(target)
            assert told.status_code == 200
            late = report_texts("zh")["meaning.breached"] in told.text
            assert late is status.is_open
        page.owner("UPDATE report_code SET revoked_at = now()")
        later = await client.get(target)
        assert later.status_code == 200
        assert report_texts("zh")["again"] not in later.text
        typed = await client.get(f"/report/{CODE}?receipt=%20{receipt_of(form['token']).upper()}%20")
        assert typed.headers["location"].startswith(f"/report/{CODE}/r/{receipt_of(form['token'])}?")
        for wrong in (f"/report/{CODE}/r/aaaaaaaaaaaa", f"/report/{EXPIRED}/r/{receipt_of(form['token'])}"):
            assert (await client.get(wrong)).status_code == 404
    assert {f"state.{state}" for state in PublicState} <= report_texts("zh").keys()


async def test_too_many_reports_are_asked_to_wait(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "OF_CODE", Rate(at_once=3, per_s=0.01))
    async with client_of(page.app) as client:
        answers = [await sent(client, filled()) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
        assert int(answers[-1].headers["retry-after"]) > 60
        assert "报得太频繁" in answers[-1].text
    assert len(page.reports()) == 3


async def test_one_address_cannot_fill_the_queue(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "OF_ADDRESS", Rate(at_once=2, per_s=0.01))
    async with client_of(page.app, peer="198.51.100.7") as client, client_of(page.app, peer="198.51.100.8") as other:
        assert [(await sent(client, filled())).status_code for _ in range(3)] == [303, 303, 429]
        assert (await sent(other, filled())).status_code == 303


async def test_another_site_cannot_have_a_report_sent(page: Page) -> None:
    async with client_of(page.app) as client:
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = await client.post(f"/report/{CODE}", data=filled(), headers=headers)
            assert answer.status_code == 403
        own = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
        assert (await client.post(f"/report/{CODE}", data=filled(), headers=own)).status_code == 303
    assert len(page.reports()) == 1


async def test_the_page_asks_for_nothing_about_a_person_and_loads_nothing_from_elsewhere(page: Page) -> None:
    async with client_of(page.app) as client:
        for lang in ("zh", "en"):
            shown = await client.get(f"/report/{CODE}?lang={lang}&theme=dark")
            names = set(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', shown.text))
            assert names == {"token", "lon", "lat", "class", "text", "photo", "receipt", "lang", "theme"}
            assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", shown.text)
            assert shown.headers["cache-control"] == "no-store"
            policy = shown.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert "geolocation=(self)" in shown.headers["permissions-policy"]
            assert "camera=()" in shown.headers["permissions-policy"]
            assert not re.search(r"\son\w+=|style=|<script>", shown.text)
            assert "set-cookie" not in shown.headers
        for path, kind in {"/report/page.css": "text/css", "/report/page.js": "text/javascript"}.items():
            assert (await client.get(path)).headers["content-type"].startswith(kind)


def test_both_languages_say_the_same() -> None:
    zh, en = (report_texts(lang) for lang in ("zh", "en"))
    assert zh.keys() == en.keys()
    assert all(text.strip() for texts in (zh, en) for text in texts.values())
    holes = {key: set(re.findall(r"{(\w+)}", text)) for key, text in zh.items()}
    assert holes == {key: set(re.findall(r"{(\w+)}", text)) for key, text in en.items()}
    source = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    plain = [key for key in zh if not key.startswith(("state.", "meaning.", "trouble.", "theme.", "where."))]
    # How a code ended is told by its state.
    ended = {"expired", "revoked", "unknown.text", "busy.text", "often.text", "receipt.unknown.text"}
    assert [key for key in plain if not re.search(f"""["']{re.escape(key)}["']""", source) and key not in ended] == []
