"""Does the report of a plan open without any network, say everything, print on A4, and take every text as text?"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from data.zoning.plan_document import Shortfall
from geo.redraw.faults import DrawnFaultKind
from layers.offline_assets import outside_addresses
from layers.plan_report import HASH_COMMAND, PlanReport, plan_report_html
from layers.plan_report_words import _WORDS, KEYS
from tests.support.plan_documents import NASTY, board

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--disable-background-networking", "--disable-component-update"]
MADE_AT = datetime(2026, 3, 21, 2, 15, tzinfo=UTC)


def report_of(document, lang="zh"):
    versions = {"Python": "3.11", "PostGIS": "3.5"}
    return PlanReport(document, MADE_AT, "Asia/Shanghai", lang, "县" if lang == "zh" else "county", versions)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_says_everything_and_names_no_address(lang):
    document = board()
    html = plan_report_html(report_of(document, lang))
    assert outside_addresses(html) == ()
    assert "connect-src" not in html
    assert "default-src 'none'" in html
    text = re.sub(r"<[^>]+>", " ", html.split("<main>")[1])
    for said in (
        document.hash,
        HASH_COMMAND,
        "2026 年春季方案",
        "0.7100",
        "+0.0600",
        "+0.1300",
        "−0.130",
        "PostGIS 3.5",
    ):
        assert said in text, said
    assert all(code in text for code in document.units.codes)
    assert all(zone.name in text for zone in document.zones)
    said = ("噪声与占道都多", "工作量允许偏差", "2025-09-01 至 2026-02-28", "2026-03-21 10:15", "草案")
    other = ("many noise and obstruction cases", "workload may differ", "2025-09-01 to 2026-02-28", "10:15", "draft")
    assert all(part in text for part in (said if lang == "zh" else other))


def test_every_text_is_there_in_both_languages():
    assert all(zh and en and zh != en for zh, en in _WORDS.values())
    assert len(KEYS) == len(_WORDS)


def test_what_is_not_known_is_not_shown():
    document = replace(board(), start=None, in_force=None)
    document = replace(document, zones=tuple(replace(zone, why=(), code="") for zone in document.zones))
    text = plan_report_html(report_of(document))
    assert "与起点相比" not in text
    assert "与现行方案相比" not in text
    assert "为何划在一起" not in text
    bare = replace(document, head=replace(document.head, since=None, until=None, seed=None, parameters={}))
    text = plan_report_html(report_of(bare))
    assert "未使用事件数据" in text
    assert "无：由人工绘制或导入。" in text


@pytest.mark.parametrize("kind", list(DrawnFaultKind))
def test_faults_are_shown_in_place_of_the_seal(kind):
    fault = Shortfall(kind.value, 1, ("041502000003",), 12, 120.5, 99.0)
    document = replace(board(), faults=(fault,))
    zh, en = (plan_report_html(report_of(document, lang)) for lang in ("zh", "en"))
    for text in (zh, en):
        assert re.search(r'<ul class="fault"><li>[^<{}]+041502000003 …</li></ul>', text)
    assert "未发现违反规则之处" not in zh
    assert "No rule is broken" not in en


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_and_prints_with_the_network_off(playwright: Playwright, tmp_path: Path, lang: str) -> None:
    zone = [0, 0, 1, 1, 2, 2] * 4
    zone[23] = -1
    document = board(zone=zone, names=(NASTY, NASTY, "南片区"))
    document = replace(document, head=replace(document.head, name=NASTY, parameters={"zones": NASTY}))
    file = tmp_path / "report.html"
    file.write_text(plan_report_html(report_of(document, lang)), encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    page.locator(".leaflet-overlay-pane path.leaflet-interactive").first.click()
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    text, numbers = popup.inner_text(), page.locator(".mq-no").all_inner_texts()
    title, heading = page.title(), page.locator("h1").inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.emulate_media(media="print")
    main = page.locator("main").bounding_box()
    chart = page.locator(".folium-map").bounding_box()
    printed = page.pdf(prefer_css_page_size=True)
    browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert NASTY in text
    assert document.units.codes[0] in text
    assert numbers == ["1", "2", "3"]
    assert NASTY in title
    assert NASTY in heading
    assert wide <= 0
    # A4 less its margins is 180 mm, 680 points of a screen; nothing stands beyond that.
    assert main is not None
    assert chart is not None
    assert chart["width"] == pytest.approx(680, abs=2)
    assert chart["x"] + chart["width"] <= main["x"] + main["width"] + 1
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/MediaBox [0 0 594.95") + printed.count(b"/MediaBox [0 0 595") >= 1
