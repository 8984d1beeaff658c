"""Does a display start by its unit's script before the server does, and again after its browser was killed?"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

from tests.faults.hall import MARK, PATIENCE_MS
from tests.faults.program import ROOT, Program
from tests.support.chromium import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
START_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def kiosk(folder: Path, link: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The script as its unit starts it; its Chromium has no screen, and can be looked into."""
    folder.mkdir()
    (folder / "link").write_text(link, "utf-8")
    browser = folder / "chromium"
    switches = " ".join((*ARGUMENTS, "--headless=new", f"--remote-debugging-port={port}"))
    browser.write_text(f'#!/bin/sh\nexec {CHROMIUM} {switches} "$@"\n', "utf-8")
    browser.chmod(0o755)
    environ = os.environ | {name: str(folder) for name in ("CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "HOME")}
    with subprocess.Popen(
        ["/bin/sh", str(ROOT / "deploy" / "minqing-wall.sh")], env=environ | {"CHROMIUM": str(browser)}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def looked_into(playwright: Playwright, port: int) -> Page:
    """The page of the kiosk, as soon as there is one."""
    until = time.monotonic() + START_S
    while True:
        try:
            browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            return browser.contexts[0].pages[0]
        except (Error, IndexError):
            assert time.monotonic() < until, "the kiosk has no page"
            time.sleep(0.5)


def command_lines() -> str:
    """Of every process of this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)


def test_a_display_comes_in_by_itself_whatever_starts_first(
    playwright: Playwright, city: tuple[Path, str, str], tmp_path: Path
) -> None:
    folder, _, key = city
    program = Program(folder)
    link = f"http://127.0.0.1:{program.port}/wall/enter#{key}"
    program.stop()
    port = free_port()
    try:
        with kiosk(tmp_path / "first", link, port) as process:
            time.sleep(3)
            assert process.poll() is None, "the script waits for the server"
            program.start()
            stands(looked_into(playwright, port), key)
        with kiosk(tmp_path / "second", link, port):
            stands(looked_into(playwright, port), key)
    finally:
        program.stop()


def stands(page: Page, key: str) -> None:
    """Wait until the wall is live; its key is nowhere to be seen."""
    page.wait_for_url("**/wall", timeout=PATIENCE_MS)
    expect(page.locator(f"{MARK}[data-state=live]")).to_be_visible(timeout=PATIENCE_MS)
    seen = command_lines()
    assert "--kiosk" in seen
    assert key not in seen
    assert key not in page.url
