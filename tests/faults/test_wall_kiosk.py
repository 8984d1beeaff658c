"""Does a display start by its unit's script before the server does, and end where its page has crashed?"""

import os
import signal
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
SILENT_S = 40
"""The page says that it stands every half minute."""


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
    environ |= {"CHROMIUM": str(browser), "PATIENCE_S": str(SILENT_S)}
    with subprocess.Popen([str(ROOT / "deploy" / "minqing-wall.sh")], env=environ) as process:
        try:
            yield process
        finally:
            process.terminate()


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


def command_lines() -> dict[int, str]:
    """Of every process of this machine, by its number."""
    lines = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
    return lines


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


def test_a_display_whose_page_has_crashed_ends_and_is_started_anew(
    playwright: Playwright, city: tuple[Path, str, str], tmp_path: Path
) -> None:
    folder, _, key = city
    program = Program(folder)
    link = f"http://127.0.0.1:{program.port}/wall/enter#{key}"
    try:
        with kiosk(tmp_path / "first", link, free_port()) as process:
            time.sleep(SILENT_S + START_S)
            assert process.poll() is None, "a wall that stands is left alone"
            crash_pages(tmp_path / "first")
            assert process.wait(2 * SILENT_S) == 1
        port = free_port()
        with kiosk(tmp_path / "second", link, port):
            stands(looked_into(playwright, port), key)
    finally:
        program.stop()


def crash_pages(folder: Path) -> None:
    """Let every page of the browser in this folder fail as if by a fault of its own."""
    pages = [pid for pid, line in command_lines().items() if str(folder) in line and "--type=renderer" in line]
    assert pages
    for pid in pages:
        os.kill(pid, signal.SIGSEGV)


def stands(page: Page, key: str) -> None:
    """Wait until the wall is live; its key is nowhere to be seen."""
    page.wait_for_url("**/wall", timeout=PATIENCE_MS)
    expect(page.locator(f"{MARK}[data-state=live]")).to_be_visible(timeout=PATIENCE_MS)
    seen = "\n".join(command_lines().values())
    assert "--kiosk" in seen
    assert key not in seen
    assert key not in page.url
