"""How does a test start the real program on a city of its own, and end parts of it without warning?"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.accounts.tokens import NewToken, make_token
from data.cluster import Cluster
from data.engine import engine_for, libpq_url
from data.migrate import migrate
from data.roles import WEB
from tests.data.reads import grid_world

ROOT = Path(__file__).parents[2]
START_S = 90


def prepare(folder: Path) -> str:
    """Make a city in a cluster of its own; gives the token of an operator."""
    cluster = Cluster(folder)
    url = cluster.start()
    engine = engine_for(url)
    migrate(engine)
    engine.dispose()
    grid_world.build(url, count=200)
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 1000)")
    token = asyncio.run(_operator(url))
    cluster.stop()
    return token


async def _operator(url: str) -> str:
    now = datetime.now(UTC)
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        new = NewAccount("operator", Role.OPERATOR, None, None, None, must_change=False)
        account_id = await add_account(conn, new, "vuk7 orze plym tadi", now)
        return (await make_token(conn, account_id, NewToken("writers", 30, None), now)).text


class Program:
    """`app.py serve`, started again as a service manager would.

    Args:
        folder: Where its data lie.
        root: Where its code lies.
    """

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder = folder
        self.root = root
        self.cluster = Cluster(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = folder / "serve.log"
        # Another program may have run over the same folder before.
        self.log.write_text("", "utf-8")
        self._starts = 0
        self.start()

    def start(self) -> None:
        """Start and wait until it answers."""
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self._starts += 1
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", "serve", "--port", str(self.port)],
                cwd=self.root,
                env=kept | {"MINQING_DATA_DIR": str(self.folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_S
        while self.log.read_text().count("[web] ready") < self._starts:
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """End it as a person would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        if self.cluster.server_pid():
            self.cluster.start()
            self.cluster.stop()

    def kill_web(self) -> None:
        """kill -9 of the web process."""
        self.process.kill()
        self.process.wait()
        self.start()

    def kill_backend(self) -> None:
        """kill -9 of a backend that serves the web."""
        with psycopg.connect(libpq_url(self.cluster.url)) as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = %s ORDER BY state_change DESC NULLS LAST LIMIT 1",
                [WEB],
            ).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGKILL)

    def kill_cluster(self) -> None:
        """kill -9 of the database server and all its processes."""
        self._signal_cluster(signal.SIGKILL)

    def freeze_cluster(self) -> None:
        """The database does nothing any more, and its connections stay open."""
        self._signal_cluster(signal.SIGSTOP)

    def _signal_cluster(self, number: signal.Signals) -> None:
        main = self.cluster.server_pid()
        assert main is not None
        for pid in [main, *(one for one in self.cluster.processes() if one != main)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
