"""How are PostgreSQL's own programs run, their progress told, and their failures put into words?"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import URL, make_url

from data.errors import DataError
from data.server_binaries import find_binaries

_POLL_S = 0.1


def program(name: str) -> str:
    """Path of a PostgreSQL client program.

    Raises:
        data.errors.ClusterFailed: There is none on this machine.
    """
    return find_binaries().command(name)


def address(url: str) -> tuple[str, dict[str, str]]:
    """Connection string without the password, and an environment that holds it: command lines can be seen by others."""
    parsed = make_url(url).set(drivername="postgresql")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C.UTF-8"}
    if parsed.password is not None:
        kept["PGPASSWORD"] = str(parsed.password)
        parsed = URL.create(
            parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
        )
    return parsed.render_as_string(hide_password=False), kept


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["Running"]:
    """A program under way; ended when the body is left early."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
        ) as process,
    ):
        try:
            yield Running(process, said.fileno())
        finally:
            if process.poll() is None:
                process.terminate()


class Running:
    """A program under way and what it has said."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: int) -> None:
        self._process = process
        self._said = said

    def told(self, phrase: bytes) -> int:
        """How often it has said this so far."""
        return self._text().count(phrase)

    def wait(self, watch: Callable[[], None], failure: Callable[[str], DataError]) -> None:
        """Wait for the end, calling `watch` now and then.

        Raises:
            DataError: What `failure` makes of the last lines, where it ended with an error.
        """
        while self._process.poll() is None:
            watch()
            time.sleep(_POLL_S)
        if self._process.returncode:
            lines = self._text().decode("utf-8", "replace").strip().splitlines()
            errors = [line for line in lines if "error:" in line or "detail:" in line] or lines[-3:]
            raise failure(" | ".join(errors[:4]))
        watch()

    def _text(self) -> bytes:
        # Not the shared file position: the program still writes there.
        return os.pread(self._said, os.fstat(self._said).st_size, 0)


def server_versions(connection: psycopg.Connection) -> tuple[str, str]:
    """Versions of PostgreSQL and, where it is installed, PostGIS."""
    row = connection.execute(
        """
        SELECT split_part(current_setting('server_version'), ' ', 1),
            coalesce((SELECT extversion FROM pg_extension WHERE extname = 'postgis'), '')
        """
    ).fetchone()
    assert row is not None
    return str(row[0]), str(row[1])
