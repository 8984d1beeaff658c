"""Do the files by which the program is installed hold together: units, scripts, and what the documents say of them?"""

import http.server
import os
import re
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
KEY = "mqw_0123456789abcdef_a-key-that-nobody-may-see"
SEEING = """#!/bin/sh
printf '%s\\n' "$@" > "$RUNTIME_DIRECTORY/seen"
"""
"""Takes the place of the browser and notes its command line, which everybody on a machine can read."""
FALLING_SILENT = f"""#!/bin/sh
echo 'a word of the browser' >&2
echo 'a word with {KEY}' >&2
echo '[INFO:CONSOLE:1] "minqing: the wall stands", source: https://minqing.example/assets/98_wall_return.js (1)' >&2
trap 'touch "$RUNTIME_DIRECTORY/ended"; exit 0' TERM
while true; do sleep 0.2; done
"""
"""A browser whose page crashes after it has stood for a moment."""


def read_unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Values of a unit by section and name, in their order."""
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            sections.setdefault(section, {}).setdefault(name, []).append(value)
    return sections


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_comes_back_by_itself_and_is_nobody_s_root(path: Path) -> None:
    unit = read_unit(path)
    assert set(unit) == {"Unit", "Service", "Install"}
    service = unit["Service"]
    assert unit["Unit"]["Description"] != [""]
    assert service["User"] != ["root"]
    assert service["Restart"][0] in ("always", "on-failure")
    assert int(service["RestartSec"][0]) > 0
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["ExecStart"][0].startswith("/")
    assert len(service["ExecStart"]) == len(unit["Install"]["WantedBy"]) == 1


def test_there_is_a_unit_for_the_program_and_one_for_a_display() -> None:
    assert [path.name for path in UNITS] == ["minqing-wall.service", "minqing.service"]


def test_the_program_s_unit_starts_it_on_loopback() -> None:
    (command,) = read_unit(DEPLOY / "minqing.service")["Service"]["ExecStart"]
    assert command.split()[1:] == ["app.py", "serve", "--host", "127.0.0.1", "--port", "8050"]


def test_the_display_s_unit_never_gives_up_and_holds_no_key() -> None:
    unit = read_unit(DEPLOY / "minqing-wall.service")
    assert unit["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert unit["Service"]["Restart"] == ["always"]
    assert unit["Service"]["LoadCredential"] == ["link:/etc/minqing-wall.link"]
    assert unit["Service"]["RuntimeDirectoryMode"] == ["0700"]
    assert not [value for values in unit["Service"].values() for value in values if "mqw_" in value]


def test_the_document_names_every_switch_of_the_kiosk() -> None:
    script = (DEPLOY / "minqing-wall.sh").read_text("utf-8")
    document = (ROOT / "docs" / "wall.md").read_text("utf-8")
    told = document.partition("## A screen that starts by itself")[2].partition("\n## ")[0]
    switches = set(re.findall(r"^    (--[a-z-]+)", script, re.MULTILINE))
    assert len(switches) > 10
    assert {switch for switch in switches if f"`{switch}" not in told} == set()
    # The one line that a person types to try it.
    line = told.partition("```sh\n")[2].partition("\n```")[0]
    assert {switch for switch in switches if switch not in line} == set()


class _Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def healthy(port: int = 0) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), _Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def started(folder: Path, link: str, script: str = SEEING) -> Iterator["subprocess.Popen[str]"]:
    """The script as the unit starts it, with something else for the browser."""
    (folder / "link").write_text(link, "utf-8")
    browser = folder / "browser"
    browser.write_text(script, "utf-8")
    browser.chmod(0o755)
    environ = os.environ | {name: str(folder) for name in ("CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY")}
    environ |= {"CHROMIUM": str(browser), "PATIENCE_S": "3"}
    command = [str(DEPLOY / "minqing-wall.sh")]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_display_waits_for_the_server_and_hands_the_key_on_where_nobody_sees_it(tmp_path: Path) -> None:
    with healthy() as port:
        pass
    link = f"http://127.0.0.1:{port}/wall/enter#{KEY}"
    with started(tmp_path, link) as process:
        time.sleep(0.5)
        assert process.poll() is None
        assert not (tmp_path / "seen").exists()
        with healthy(port):
            assert process.wait(20) == 0
    seen = (tmp_path / "seen").read_text("utf-8")
    start = tmp_path / "start.html"
    assert seen.splitlines()[-1] == f"file://{start}"
    assert "--kiosk" in seen
    assert KEY not in seen
    assert f'url={link}"' in start.read_text("utf-8")
    assert stat.S_IMODE(start.stat().st_mode) == 0o600


def test_a_display_whose_page_says_nothing_any_more_ends_its_browser(tmp_path: Path) -> None:
    with healthy() as port, started(tmp_path, f"http://127.0.0.1:{port}/wall/enter#{KEY}", FALLING_SILENT) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.splitlines() == ["a word of the browser", "The wall has not stood for 3 s; its browser is ended"]
    until = time.monotonic() + 10
    while not (tmp_path / "ended").exists():
        assert time.monotonic() < until, "the browser goes on"
        time.sleep(0.1)


def test_a_file_without_a_link_is_told(tmp_path: Path) -> None:
    with started(tmp_path, KEY) as process:
        assert process.wait(20) == 1
        assert process.stderr is not None
        assert "does not hold a link" in process.stderr.read()
