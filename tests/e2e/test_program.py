"""Does the program start, say what is wrong, stop cleanly and come back after being killed?"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.cluster import Cluster
from data.engine import libpq_url

ROOT = Path(__file__).parents[2]
START_S = 90


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-program-"))
    folder.chmod(0o755)
    yield folder
    cluster = Cluster(folder)
    if cluster.server_pid():
        cluster.start()
        cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", *words],
        cwd=ROOT,
        env=_environment(data_dir),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"MINQING_DATA_DIR": str(data_dir)}


class Program:
    """A running `app.py serve`."""

    def __init__(self, data_dir: Path) -> None:
        self.port = _free_port()
        self.log = data_dir / f"serve-{self.port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=_environment(data_dir),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            if "[web] ready" in self.log.read_text():
                return
            time.sleep(0.1)
        raise AssertionError(f"not ready in {START_S} s:\n{self.log.read_text()}")

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    def end(self, signal_number: int) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=60)


def test_it_starts_answers_and_stops_cleanly_on_a_signal(data_dir: Path) -> None:
    program = Program(data_dir)
    assert program.get("/healthz") == 200
    assert program.end(signal.SIGTERM) == 0
    said = program.log.read_text()
    for step in ("[database]", "[city]", "[web] ready: http://127.0.0.1:", "[stop]"):
        assert step in said
    assert Cluster(data_dir).server_pid() is None


def test_killed_without_warning_it_comes_back_and_has_lost_nothing(data_dir: Path) -> None:
    first = Program(data_dir)
    with psycopg.connect(libpq_url(Cluster(data_dir).url)) as connection:
        connection.execute("INSERT INTO setting (key, value) VALUES ('kept', '1')")
    first.end(signal.SIGKILL)
    database = Cluster(data_dir).server_pid()
    assert database is not None
    os.kill(database, signal.SIGKILL)
    second = Program(data_dir)
    assert second.get("/healthz") == 200
    with psycopg.connect(libpq_url(Cluster(data_dir).url)) as connection:
        assert connection.execute("SELECT value FROM setting WHERE key = 'kept'").fetchone() == (1,)
    assert second.end(signal.SIGINT) == 0


def test_a_taken_port_is_told_before_any_work(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = _command(data_dir, "serve", "--port", str(port))
    assert done.returncode == 2
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert "[database]" not in done.stdout


def test_a_wrong_time_zone_is_told_by_name(data_dir: Path) -> None:
    environment = _environment(data_dir) | {"MINQING_TZ": "Mars/Olympus"}
    done = subprocess.run(
        [sys.executable, "app.py", "doctor"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "MINQING_TZ='Mars/Olympus'" in done.stderr
    assert "Asia/Shanghai" in done.stderr


def test_an_unreachable_database_is_told_without_a_trace(data_dir: Path) -> None:
    environment = _environment(data_dir) | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "app.py", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "DATABASE_URL" in done.stderr


@pytest.mark.parametrize(
    "command", ["serve", "demo", "load", "doctor", "units import", "units check", "incidents import"]
)
def test_every_command_explains_itself(data_dir: Path, command: str) -> None:
    done = _command(data_dir, *command.split(), "--help")
    assert done.returncode == 0
    assert "usage:" in done.stdout


def test_doctor_finds_nothing_wrong_but_the_missing_city(data_dir: Path) -> None:
    done = _command(data_dir, "doctor")
    assert done.returncode == 1
    assert "BAD  city: no city yet" in done.stdout
    assert "0 differ from a recount" in done.stdout
