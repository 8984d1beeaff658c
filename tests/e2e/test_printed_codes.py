"""Does a reader of another maker read the codes of a printed sheet, clean, small and torn?"""

import io
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from dashboard.pages.report.sheet import link_of, sheet_html
from data.report_page.codes import ReportCode

pytestmark = pytest.mark.browser
SITE = "https://minqing.example.gov.cn:8443"
CODES = tuple(
    ReportCode(
        code, 1, None, f"{number}号院", f"Compound {number}", 115.3, 22.7, datetime(2025, 3, 3, tzinfo=UTC), None, None
    )
    for number, code in enumerate(("23456789ab", "cdefghjkmn", "pqrstuvwxy"), 1)
)


def printed(browser: Browser, scale: float) -> Image.Image:
    """The sheet as the browser shows it."""
    context = browser.new_context(viewport={"width": 900, "height": 1300}, device_scale_factor=scale)
    page = context.new_page()
    page.set_content(sheet_html(CODES, SITE))
    picture = page.screenshot(full_page=True)
    context.close()
    return Image.open(io.BytesIO(picture)).convert("L")


def read(picture: Image.Image) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode))


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.5], ids=["sharp", "as on a screen", "small"])
def test_each_code_of_the_sheet_says_its_address(browser: Browser, scale: float) -> None:
    found = read(printed(browser, scale))
    assert sorted(one.text for one in found) == sorted(link_of(code, SITE) for code in CODES)


def test_a_code_with_a_torn_spot_is_still_read(browser: Browser) -> None:
    sheet = printed(browser, 1.0)
    whole = {one.text: one.position for one in read(sheet)}
    position = whole[link_of(CODES[0], SITE)]
    left, top = position.top_left.x, position.top_left.y
    width = position.top_right.x - left
    # A tenth of its area, beside the middle; the corners are what a reader finds it by.
    x, y = left + width * 0.45, top + width * 0.35
    ImageDraw.Draw(sheet).rectangle((x, y, x + width * 0.32, y + width * 0.32), fill=255)
    assert link_of(CODES[0], SITE) in {one.text for one in read(sheet)}
