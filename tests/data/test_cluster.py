"""Does the private cluster start, recover from every death, and stop with its last user?"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.cluster import Cluster
from data.engine import libpq_url
from data.errors import ClusterFailed
from data.server_binaries import find_binaries


def _made(folder: Path) -> Cluster:
    """A cluster of the folder that is fast to make: without disk syncs."""
    return Cluster(folder, durable=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-cluster-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-cluster-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _count(cluster: Cluster) -> int:
    with psycopg.connect(libpq_url(cluster.url)) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def _write(cluster: Cluster, rows: int) -> None:
    with psycopg.connect(libpq_url(cluster.url), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (n int)")
        for n in range(rows):
            connection.execute("INSERT INTO kept VALUES (%s)", [n])


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}/cwd").exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_it_listens_on_no_network_port(cluster: Cluster) -> None:
    with psycopg.connect(libpq_url(cluster.url)) as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    assert row == ("",)


def test_committed_rows_survive_the_death_of_the_server(cluster: Cluster) -> None:
    _write(cluster, 50)
    pid = cluster.server_pid()
    assert pid is not None
    _end(pid)
    assert cluster.server_pid() is None
    cluster.start()
    assert cluster.server_pid() not in (None, pid)
    assert _count(cluster) == 50


def test_a_lock_file_with_the_id_of_another_living_program_is_recognised(cluster: Cluster) -> None:
    _write(cluster, 3)
    pid = cluster.server_pid()
    assert pid is not None
    _end(pid)
    lock = cluster.folder / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert cluster.server_pid() is None
    cluster.start()
    assert _count(cluster) == 3


def test_an_interrupted_creation_is_begun_again(folder: Path) -> None:
    half = _made(folder)
    half.folder.mkdir(parents=True)
    (half.folder / "base").mkdir()
    half.start()
    _write(half, 1)
    assert _count(half) == 1
    half.stop()


def test_the_last_of_two_programs_stops_the_server(folder: Path) -> None:
    first, second = _made(folder), _made(folder)
    first.start()
    second.start()
    first.stop()
    assert second.server_pid() is not None
    second.stop()
    assert second.server_pid() is None


def test_a_deep_folder_gets_a_short_socket_path(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    cluster = _made(deep)
    cluster.start()
    _write(cluster, 2)
    assert _count(cluster) == 2
    cluster.stop()


def test_a_full_disk_is_told_before_anything_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder)._replace(free=5 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(ClusterFailed, match=r"Check the disk: only 5 MiB are free .* MINQING_DATA_DIR") as failure:
        _made(folder).start()
    assert failure.value.step == "Check the disk"


def test_a_missing_server_version_names_the_packages() -> None:
    with pytest.raises(ClusterFailed, match=r"version 99 .*apt-get install postgresql"):
        find_binaries(99)
