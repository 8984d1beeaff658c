"""How is the private PostgreSQL cluster made, started, recovered and stopped?"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from data.errors import ClusterFailed
from data.server_account import dropping, reaches, unprivileged_account
from data.server_binaries import Binaries, find_binaries
from data.server_settings import server_settings
from data.wal_archive import archive_options

MIN_FREE_BYTES = 300 * 1024 * 1024
MAX_SOCKET_PATH = 90
START_S = 3_600
"""Replaying a long log takes its time; a server that cannot start says so at once."""

ORPHAN_S = 3.0
"""So long the processes of a dead server have to notice its death and go."""

SUPERUSER = "minqing"
DATABASE = "minqing"


class Cluster:
    """A PostgreSQL cluster that belongs to one data folder and listens on a Unix socket only.

    Several programs may use it at once; the last one to stop stops it. As root, the server runs as the system
    user `postgres` (or `nobody`).
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = True, archive: Path | None = None, database: str = DATABASE
    ) -> None:
        """Describe a cluster; nothing is made or started yet.

        Args:
            data_dir: Where it lies, if the account that runs the server reaches that.
            durable: Whether commits wait for the disk; False for tests alone.
            archive: Folder to which finished log files are copied, for recovery to a point in time.
            database: Name of the product's database in it.
        """
        self._data_dir = data_dir
        self._durable = durable
        self._archive = archive
        self._database = database
        self._account = unprivileged_account() if os.geteuid() == 0 else None
        self._lease: int | None = None
        data_dir.mkdir(parents=True, exist_ok=True)
        self._home = self._reachable_home()
        self.folder = self._home / "postgres"
        self._sockets = self._socket_folder()

    @property
    def url(self) -> str:
        """Address of the product's database in this cluster."""
        return self.url_of(self._database)

    def url_of(self, database: str) -> str:
        """Address of a database in this cluster."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._sockets), safe='')}"

    @property
    def log_file(self) -> Path:
        """Where the server writes its log."""
        return self._home / "postgres.log"

    def start(self) -> str:
        """Make the cluster if there is none, start it if it does not run, and hold a lease on it.

        Returns:
            The address of the product's database.

        Raises:
            ClusterFailed: A step failed; the error names the step, the cause and the remedy.
        """
        self._require_space()
        with self._exclusive("start.lock"):
            self._take_lease()
            binaries = self._binaries()
            if not (self.folder / "PG_VERSION").exists():
                self._initialise(binaries)
            if not self._running():
                self._end_orphans()
                self._remove_stale_locks()
                self._launch(binaries)
            self._create_database(binaries)
        return self.url

    def stop(self) -> None:
        """Give the lease back; the last holder stops the server."""
        if self._lease is None:
            return
        with self._exclusive("start.lock"):
            last = self._upgrade_lease()
            os.close(self._lease)
            self._lease = None
            if last and self._running():
                self._run([self._binaries().command("pg_ctl"), "stop", "-D", str(self.folder), "-m", "fast", "-w"])

    def server_pid(self) -> int | None:
        """Process id of the running server, None where it does not run."""
        return self._pid() if self._running() else None

    def run(self, program: str, *arguments: str, connect: bool = True) -> str:
        """Run a program of PostgreSQL as the account that runs the server; gives what it says.

        Raises:
            ClusterFailed: It ended with an error.
        """
        where = ["-h", str(self._sockets), "-U", SUPERUSER] if connect else []
        return self._run([self._binaries().command(program), *where, *arguments], step=f"Run {program}")

    def sql(self, statement: str) -> str:
        """Run one statement in the product's database, outside of a transaction.

        Raises:
            ClusterFailed: The server refuses it.
        """
        return self.run("psql", "-d", self._database, "-v", "ON_ERROR_STOP=1", "-Atc", statement)

    def give(self, folder: Path) -> None:
        """Make the account that runs the server the owner of a folder and all that is in it."""
        if self._account:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)

    def _binaries(self) -> Binaries:
        version = self.folder / "PG_VERSION"
        return find_binaries(int(version.read_text()) if version.exists() else None)

    def _initialise(self, binaries: Binaries) -> None:
        self._claim_folder()
        arguments = ["--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}", "--auth-local=trust"]
        durability = [] if self._durable else ["--no-sync"]
        self._run(
            [
                binaries.command("initdb"),
                "-D",
                str(self.folder),
                "--auth-host=reject",
                *arguments,
                *durability,
            ],
            step="Make the database cluster",
        )
        with (self.folder / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.writelines(f"{key} = {value}\n" for key, value in server_settings(durable=self._durable).items())

    def _claim_folder(self) -> None:
        # A folder without PG_VERSION is what a killed initdb left behind.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        if self._account:
            shutil.chown(self.folder, self._account.pw_uid, self._account.pw_gid)

    def _launch(self, binaries: Binaries) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._sockets}'"
        if self._archive:
            self._claim_archive(self._archive)
            options += archive_options(self._archive)
        command = [binaries.command("pg_ctl"), "start", "-D", str(self.folder), "-l", str(self.log_file)]
        self._run([*command, "-w", "-t", str(START_S), "-o", options], step="Start the database")
        self._await_connections(binaries)

    def _await_connections(self, binaries: Binaries) -> None:
        """Wait for the end of a recovery to a point in time: pg_ctl takes that for a standby and does not."""
        ready = [binaries.command("pg_isready"), "-q", "-h", str(self._sockets), "-U", SUPERUSER, "-d", "postgres"]
        while subprocess.run(ready, env=_clean_environment(os.environ), check=False).returncode:
            if not self._running():
                said = _tail(self.log_file)
                raise ClusterFailed("Start the database", f"the server ended: {_last_lines(said)}", self._remedy(said))
            time.sleep(0.1)

    def _claim_archive(self, archive: Path) -> None:
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._account and archive.stat().st_uid == os.geteuid():
            shutil.chown(archive, self._account.pw_uid, self._account.pw_gid)

    def _create_database(self, binaries: Binaries) -> None:
        base = ["-h", str(self._sockets), "-U", SUPERUSER]
        listed = self._run(
            [
                binaries.command("psql"),
                *base,
                "-d",
                "postgres",
                "-Atc",
                f"SELECT 1 FROM pg_database WHERE datname = '{self._database}'",
            ]
        )
        if listed.strip() != "1":
            self._run(
                [binaries.command("createdb"), *base, "-T", "template0", self._database], step="Create the database"
            )

    def _run(self, command: list[str], step: str = "Ask the database server") -> str:
        prefix = dropping(self._account) if self._account else []
        with tempfile.TemporaryFile("w+") as output:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            done = subprocess.run(
                [*prefix, *command],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=_clean_environment(os.environ),
                check=False,
            )
            output.seek(0)
            said = output.read().strip()
        if done.returncode:
            raise ClusterFailed(step, f"{command[0]} failed: {_last_lines(said)}", self._remedy(said))
        return said

    def _remedy(self, said: str) -> str:
        text = said + (_tail(self.log_file) if self.log_file.exists() else "")
        if "No space left" in text:
            return f"Free space on the disk of {self._home} and start again; nothing committed is lost."
        if "Permission denied" in text:
            return f"Make {self._home} writable for the account that runs the server."
        return f"The server's log is {self.log_file}; its last lines say: {_last_lines(_tail(self.log_file))}"

    def _require_space(self) -> None:
        free = shutil.disk_usage(self._data_dir).free
        if free < MIN_FREE_BYTES:
            raise ClusterFailed(
                "Check the disk",
                f"only {free // 2**20} MiB are free at {self._data_dir}.",
                f"Free at least {MIN_FREE_BYTES // 2**20} MiB or set MINQING_DATA_DIR to a larger disk.",
            )

    def _pid(self) -> int | None:
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _running(self) -> bool:
        pid = self._pid()
        if pid is None:
            return False
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.folder.resolve()
        except OSError:
            return False

    def _end_orphans(self) -> None:
        """End what a dead server left behind: its processes write to the same files as the next server."""
        deadline = time.monotonic() + ORPHAN_S
        while orphans := self.processes():
            if time.monotonic() > deadline:
                for pid in orphans:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def processes(self) -> list[int]:
        """Ids of the processes that work in the data folder; only a server's do."""
        folder = self.folder.resolve()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if (entry / "cwd").resolve(strict=True) == folder:
                        found.append(int(entry.name))
        return found

    def _remove_stale_locks(self) -> None:
        # A process id of a dead server may belong to another program by now; PostgreSQL would then refuse to start.
        for name in (self.folder / "postmaster.pid", *self._sockets.glob(".s.PGSQL.*")):
            name.unlink(missing_ok=True)

    def _reachable_home(self) -> Path:
        if self._account is None or reaches(self._account, self._data_dir):
            home = self._data_dir
        else:
            digest = hashlib.sha256(str(self._data_dir).encode()).hexdigest()[:12]
            home = Path("/var/lib/minqing") / digest
        home.mkdir(parents=True, exist_ok=True)
        if self._account:
            log = home / "postgres.log"
            log.touch(mode=0o600)
            shutil.chown(log, self._account.pw_uid, self._account.pw_gid)
        return home

    def _socket_folder(self) -> Path:
        folder = self._home / "socket"
        if len(str(folder)) > MAX_SOCKET_PATH:
            digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"minqing-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self._account.pw_uid if self._account else os.geteuid()
        if self._account:
            shutil.chown(folder, self._account.pw_uid, self._account.pw_gid)
        if folder.stat().st_uid != owner:
            raise ClusterFailed("Make the socket folder", f"{folder} belongs to another user.", "Remove it.")
        return folder

    @contextmanager
    def _exclusive(self, name: str) -> Iterator[None]:
        with (self._home / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _take_lease(self) -> None:
        if self._lease is None:
            self._lease = os.open(self._home / "lease.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lease, fcntl.LOCK_SH)

    def _upgrade_lease(self) -> bool:
        assert self._lease is not None
        try:
            fcntl.flock(self._lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8"}


def _tail(path: Path, size: int = 2000) -> str:
    try:
        return path.read_bytes()[-size:].decode("utf-8", "replace")
    except OSError:
        return ""


def _last_lines(text: str, count: int = 3) -> str:
    return " | ".join(line.strip() for line in text.strip().splitlines()[-count:])
