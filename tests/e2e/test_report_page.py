"""Can somebody with a phone report by a code: by touch, by keyboard, in both languages, and without a script?"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data.engine import libpq_url
from tests.data.reads import grid_world
from tests.e2e.conftest import ROOT, Server, Watch, watched
from tests.support import photos
from tests.support.databases import cloned_database

PHONE = {"width": 360, "height": 740}
PICTURES = Path(os.environ["MINQING_PICTURES"]) if "MINQING_PICTURES" in os.environ else None


@pytest.fixture(scope="module")
def demo_url(server_url: str, template_name: str) -> Iterator[str]:
    """A drawn city is enough for one page; the program brings the catalog."""
    with cloned_database(server_url, template_name) as url:
        grid_world.build(url, count=40)
        with psycopg.connect(libpq_url(url)) as connection:
            connection.execute("SELECT setval('incident_id_seq', 1000)")
        yield url


@pytest.fixture(scope="module")
def code(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A code of the first small grid, made as an operator makes it."""
    folder = tmp_path_factory.mktemp("codes")
    with psycopg.connect(libpq_url(demo_url)) as connection:
        row = connection.execute(
            "SELECT unit.code FROM unit JOIN level ON level.key = level_key"
            " WHERE ended_revision_id IS NULL ORDER BY rank DESC, unit.id LIMIT 1"
        ).fetchone()
    assert row is not None
    environ = os.environ | {"DATABASE_URL": demo_url, "MINQING_DATA_DIR": str(folder)}
    command = [sys.executable, "app.py", "codes", "make", "--unit", row[0], "--out", str(folder / "a.html")]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
    listed = subprocess.run(
        [sys.executable, "app.py", "codes", "list", "--json"], cwd=ROOT, env=environ, check=True, capture_output=True
    )
    return str(json.loads(listed.stdout)[0]["code"])


@contextmanager
def phone(browser: Browser, server: Server, watch: Watch, *, script: bool = True, **more: object) -> Iterator[Page]:
    with watched(browser, server, watch, **PHONE, has_touch=True, java_script_enabled=script, **more) as page:
        yield page
    watch.check(server)


def _looked_at(page: Page, name: str) -> None:
    """Nothing sticks out to the side; the picture is kept where somebody wants to look at it."""
    wide = page.evaluate("document.documentElement.scrollWidth") if page.evaluate("1") else 0
    assert wide <= PHONE["width"], name
    if PICTURES:
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def test_a_report_with_photo_and_position_from_a_phone(
    browser: Browser, server: Server, watch: Watch, code: str, demo_url: str, tmp_path: Path
) -> None:
    photo = tmp_path / "IMG_0001.png"
    photo.write_bytes(photos.png(Image.effect_noise((2_600, 1_300), 60).convert("RGB")))
    assert photo.stat().st_size > 600_000
    where = {"permissions": ["geolocation"], "geolocation": {"longitude": 1.0, "latitude": 1.0}}
    with phone(browser, server, watch, **where) as page:
        page.goto(f"/report/{code}")
        expect(page.locator("h1")).to_have_text("小区事·码上议")
        _looked_at(page, "form-zh-light")
        page.get_by_label("车辆乱停").check(force=True)
        page.get_by_label("说说情况").fill("门口一排车堵着，联系 13800138000")
        page.set_input_files("#photo", photo)
        expect(page.locator("#photo-said")).to_have_text("照片已缩小，可以发送。")
        assert page.evaluate("document.getElementById('photo').files[0].size") < photo.stat().st_size
        expect(page.locator("#photo-shown img")).to_be_visible()
        page.get_by_role("button", name="附上我现在的位置").click()
        expect(page.locator("#where-said")).to_contain_text("位置已附上")
        _looked_at(page, "form-filled")
        page.get_by_role("button", name="上报", exact=True).dblclick()
        expect(page.get_by_role("status")).to_contain_text("已收到")
        expect(page.locator("#state")).to_contain_text("已收到，等待受理")
        _looked_at(page, "receipt-zh-light")
        receipt = page.locator("#receipt").inner_text()
        page.get_by_role("link", name="再报一件").click()
        page.get_by_label("用回执编号查询").fill(receipt)
        page.get_by_role("button", name="查询").click()
        expect(page.locator("#receipt")).to_have_text(receipt)
        expect(page.locator("h2")).to_have_text("办理进度")
    with psycopg.connect(libpq_url(demo_url)) as connection:
        rows = connection.execute(
            "SELECT text, grid_id IS NOT NULL, attachment.width FROM report_receipt AS receipt"
            " JOIN incident ON incident.id = receipt.incident_id"
            " JOIN attachment ON attachment.incident_id = incident.id"
        ).fetchall()
    assert len(rows) == 1
    assert "13800138000" not in rows[0][0]
    assert rows[0][1:] == (True, 1_920)


def test_the_keyboard_alone_reports_in_english_in_the_dark(
    browser: Browser, server: Server, watch: Watch, code: str
) -> None:
    with phone(browser, server, watch) as page:
        page.goto(f"/report/{code}?lang=en&theme=dark")
        _looked_at(page, "form-en-dark")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        expect(page.locator("input[name=class]:checked")).to_have_count(1)
        page.keyboard.press("Tab")
        page.keyboard.type("A lamp is out by the gate")
        page.get_by_role("button", name="Report", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("We have it")
        _looked_at(page, "receipt-en-dark")
        page.get_by_role("link", name="Light").click()
        assert page.locator("html").get_attribute("data-theme") == "light"


def test_without_a_script_it_works_as_well_and_says_what_is_wrong(
    browser: Browser, server: Server, watch: Watch, code: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "photo.jpg"
    wrong.write_bytes(b"<svg/>")
    with phone(browser, server, watch, script=False) as page:
        page.goto(f"/report/{code}")
        expect(page.locator("#where")).to_be_hidden()
        page.get_by_label("路灯不亮").check(force=True)
        page.get_by_label("说说情况").fill("三号楼前的灯坏了三天")
        page.set_input_files("#photo", wrong)
        page.get_by_role("button", name="上报", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("不是 JPEG、PNG 或 WebP")
        if PICTURES:
            page.screenshot(path=PICTURES / "form-trouble.png", full_page=True)
        expect(page.get_by_label("说说情况")).to_have_value("三号楼前的灯坏了三天")
        expect(page.get_by_label("路灯不亮")).to_be_checked()
        # A refused form is an answer, not a defect of the page.
        assert [problem for problem in watch.problems if "422" not in problem] == []
        watch.problems.clear()
        page.set_input_files("#photo", [])
        page.get_by_role("button", name="上报", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("已收到")


def test_every_control_has_a_name_and_a_size_for_fingers(
    browser: Browser, server: Server, watch: Watch, code: str
) -> None:
    with phone(browser, server, watch) as page:
        page.goto(f"/report/{code}")
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, .chip, textarea, input:not([type=hidden]), footer a')]
                .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43)
                .map((one) => `${one.tagName} ${one.id} ${one.getBoundingClientRect().height}`)"""
        )
        assert small == []
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('textarea, input:not([type=hidden])')]
                .filter((one) => !one.labels || one.labels.length === 0).map((one) => one.outerHTML)"""
        )
        assert nameless == []
        assert page.locator("fieldset legend").inner_text() == "什么事"
