"""Which PostgreSQL server programs are on this machine?"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from data.errors import ClusterFailed

INSTALL = "Install both (Debian, Ubuntu): apt-get install postgresql postgresql-postgis, then start again."


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the server programs of one PostgreSQL version lie."""

    folder: Path
    major: int

    def command(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(major: int | None = None) -> Binaries:
    """The newest PostgreSQL (15 or later) on this machine, or the one of version `major`.

    Raises:
        ClusterFailed: There is none.
    """
    folders = list(Path("/usr/lib/postgresql").glob("*/bin")) + list(Path("/usr").glob("pgsql-*/bin"))
    config = shutil.which("pg_config")
    if config:
        folders.append(Path(_output([config, "--bindir"])))
    found = [Binaries(folder, _major(folder)) for folder in folders if (folder / "initdb").exists()]
    usable = [b for b in found if b.major >= 15 and major in (None, b.major)]
    if not usable:
        wanted = f"version {major} (the version of the data folder)" if major else "version 15 or newer"
        raise ClusterFailed("Find PostgreSQL", f"no PostgreSQL server of {wanted} on this machine.", INSTALL)
    return max(usable, key=lambda b: b.major)


def _major(folder: Path) -> int:
    return int(_output([str(folder / "postgres"), "--version"]).split()[2].split(".")[0].split("beta")[0])


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
