"""Does the wall take up a program that was renewed: once, by itself, never over an alarm, and without a loop?"""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.faults.hall import PATIENCE_MS, Hall
from tests.faults.program import ROOT, Program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
RENEWED = 'document.documentElement.dataset.renewed = "true";\n'
COUNT_LOADS = """if (location.pathname === "/wall") {
    sessionStorage.setItem("loads", String(Number(sessionStorage.getItem("loads")) + 1));
}"""
KEEP_OLD = """new MutationObserver((_, watcher) => {
    if (!document.documentElement) return;
    watcher.disconnect();
    document.documentElement.dataset.edition = "old";
}).observe(document, { childList: true });"""
LOADS = "() => Number(sessionStorage.getItem('loads'))"
EDITION = "() => document.documentElement.dataset.edition"
QUIET_MS = 12_000


@pytest.fixture(scope="module")
def program(city: tuple[Path, str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program from a copy of what makes its pages, which a test may change."""
    root = tmp_path_factory.mktemp("installed")
    shutil.copy(ROOT / "app.py", root)
    shutil.copytree(ROOT / "dashboard", root / "dashboard", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data", "geo", "layers", "vendor"):
        (root / name).symlink_to(ROOT / name)
    program = Program(city[0], root)
    try:
        yield program
    finally:
        program.stop()


@pytest.mark.slow
def test_a_deploy_with_changed_assets_is_taken_up_once_and_other_pages_are_left_alone(hall: Hall) -> None:
    before = hall.page.evaluate(EDITION)
    desk = hall.page.context.new_page()
    desk.goto(f"{hall.line.address}/map?lang=en")
    expect(desk.locator("#live-mark[data-state=live]")).to_be_visible(timeout=PATIENCE_MS)
    desk.evaluate("() => { window.untouched = true; }")
    hall.page.add_init_script(COUNT_LOADS)
    hall.page.evaluate("() => { window.minqing.wall.alarms.current = () => ({}); }")
    deploy(hall.program)
    hall.is_live()
    cases = hall.desk.report(3)
    hall.page.wait_for_timeout(QUIET_MS)
    assert hall.stayed(), "the wall was loaded anew over an alarm"
    hall.page.evaluate("() => { window.minqing.wall.alarms.current = () => null; }")
    expect(hall.page.locator("html[data-renewed]")).to_have_count(1, timeout=PATIENCE_MS)
    hall.is_live()
    hall.says("The program was renewed")
    hall.says(re.compile(r"Interrupted for .+; missed: "))
    assert hall.page.evaluate(EDITION) not in (None, before)
    assert hall.page.url.endswith("/wall?hold=1&lang=en&scene=hall")
    hall.is_right()
    assert len(hall.desk.done) == len(cases)
    hall.page.wait_for_timeout(QUIET_MS)
    assert hall.page.evaluate(LOADS) == 1
    assert desk.evaluate("() => window.untouched"), "a page at which somebody may be typing was loaded anew"


def deploy(program: Program) -> None:
    """Stop the program, change what it serves, start it again."""
    program.stop()
    asset = program.root / "dashboard" / "assets" / "98_wall_picture.js"
    asset.write_text(RENEWED + asset.read_text("utf-8"), "utf-8")
    program.start()


@pytest.mark.slow
def test_a_page_that_never_fits_is_loaded_anew_once_and_no_more(hall: Hall) -> None:
    """As behind a proxy that goes on serving the page of yesterday."""
    hall.page.add_init_script(COUNT_LOADS)
    hall.page.add_init_script(KEEP_OLD)
    hall.page.reload()
    hall.is_live()
    hall.says("The program was renewed")
    until = time.monotonic() + 2 * QUIET_MS / 1000
    while time.monotonic() < until:
        assert hall.page.evaluate(LOADS) == 2
        hall.page.wait_for_timeout(1_000)
    hall.is_live()
