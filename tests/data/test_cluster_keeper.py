"""Does a dead database server come back while the program runs, without the old one's processes beside it?"""

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
from data.cluster_keeper import ClusterKeeper
from data.engine import libpq_url


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-keeper-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_killed_server_is_started_again(cluster: Cluster) -> None:
    with psycopg.connect(libpq_url(cluster.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    keeper = ClusterKeeper(cluster, interval_s=0.05)
    keeper.start()
    for restarts in (1, 2):
        killed = cluster.server_pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        _wait_for_another(cluster, killed)
        with psycopg.connect(libpq_url(cluster.url)) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
        _wait_for_restarts(keeper, restarts)
    keeper.stop()


def _wait_for_another(cluster: Cluster, killed: int) -> None:
    deadline = time.monotonic() + 60
    while cluster.server_pid() in (None, killed) or not _answers(cluster):
        assert time.monotonic() < deadline, cluster.log_file.read_text()[-2000:]
        time.sleep(0.05)


def _wait_for_restarts(keeper: ClusterKeeper, count: int) -> None:
    deadline = time.monotonic() + 60
    while keeper.restarts != count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _answers(cluster: Cluster) -> bool:
    try:
        psycopg.connect(libpq_url(cluster.url)).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_backend_that_outlives_its_server_is_ended_first(cluster: Cluster) -> None:
    # It computes and never looks whether its server still lives; two servers on the same files would destroy them.
    busy = psycopg.connect(libpq_url(cluster.url), autocommit=True)
    backend = busy.info.backend_pid
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000) AS n")
    killed = cluster.server_pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    while cluster.server_pid() is not None:
        time.sleep(0.02)
    assert backend in cluster.processes()
    cluster.start()
    assert backend not in cluster.processes()
    with psycopg.connect(libpq_url(cluster.url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    busy.close()
