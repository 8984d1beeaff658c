"""Do the commands find and mask what an earlier version stored, and does a running server log nothing personal?"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.data.privacy.test_privacy_end_to_end import PHONE, _csv, everything_stored, load

ROOT = Path(__file__).parents[3]
MOBILE = "13800138000"


def _environment(engine: Engine, folder: Path) -> Mapping[str, str]:
    url = engine.url.render_as_string(hide_password=False)
    return os.environ | {"DATABASE_URL": url, "MINQING_DATA_DIR": str(folder / "data"), "MINQING_LANG": "en"}


def _command(engine: Engine, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", *words],
        cwd=ROOT,
        env=_environment(engine, folder),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def spoilt(city: Engine, tmp_path: Path) -> Engine:
    """A city into which an earlier version let personal data."""
    path = tmp_path / "a.csv"
    _csv(path)
    load(city, path, "d")
    with city.begin() as connection:
        connection.execute(text("UPDATE incident SET text = :said"), {"said": f"找{PHONE}"})
        connection.execute(text("UPDATE department SET name_zh = :said"), {"said": f"城管{PHONE}"})
    return city


def test_doctor_finds_and_privacy_mask_masks(spoilt: Engine, tmp_path: Path) -> None:
    before = _command(spoilt, tmp_path, "doctor", "--json")
    finding = next(one for one in json.loads(before.stdout) if one["check"] == "privacy")
    assert (before.returncode, finding["ok"], finding["remedy"]) == (
        1,
        False,
        "Mask them: python app.py privacy mask",
    )
    done = _command(spoilt, tmp_path, "privacy", "mask", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows_changed"] >= 3
    after = _command(spoilt, tmp_path, "doctor", "--json")
    assert next(one for one in json.loads(after.stdout) if one["check"] == "privacy")["ok"]
    assert PHONE not in everything_stored(spoilt)
    assert PHONE not in before.stdout + before.stderr + done.stdout + done.stderr


def test_a_running_server_logs_no_number(city: Engine, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "app.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=_environment(city, tmp_path),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", log)
        for query in (f"q={MOBILE}", "q=138%200013%208000", "q=li.wei%40example.com"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/units/search?{query}", timeout=20)
            assert MOBILE not in refused.value.read().decode()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    written = log.read_text()
    assert "[web] ready" in written
    assert [part for part in (MOBILE, "0013%208000", "li.wei") if part in written] == []


def _wait(address: str, log: Path) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError(log.read_text()[-3000:])
