"""Which scenes hold now? A city's own file goes before the shipped one, and is read again when it changes."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from data.wall.errors import ScenesInvalid
from data.wall.reading import FILE, read_wall
from data.wall.scene import Wall

log = logging.getLogger(__name__)
Stamp = tuple[Path, int, int]


@dataclass(frozen=True, slots=True)
class Edition:
    """Scenes with their version.

    Attributes:
        version: Changes when the file does.
        problem: Why a newer file is not used; None where the newest is.
    """

    wall: Wall
    version: str
    problem: str | None = None


class SceneBook:
    """Keeps the scenes; a file with a mistake leaves those that hold."""

    def __init__(self, own: Path | None = None) -> None:
        """Read the scenes.

        Args:
            own: The city's file, which need not exist.

        Raises:
            ScenesInvalid: The file that counts cannot be used.
        """
        self._own = own
        self._stamp: Stamp = self._now()
        self._edition = _edition(self._stamp[0])

    def edition(self) -> Edition:
        """What holds; a file that has changed is read first."""
        stamp = self._now()
        if stamp == self._stamp:
            return self._edition
        self._stamp = stamp
        try:
            self._edition = _edition(stamp[0])
        except ScenesInvalid as error:
            log.warning("the wall keeps its scenes: %s", error)
            self._edition = Edition(self._edition.wall, self._edition.version, str(error))
        return self._edition

    def _now(self) -> Stamp:
        for path in (self._own, FILE):
            if path is not None and path.is_file():
                found = path.stat()
                return path, found.st_mtime_ns, found.st_size
        return FILE, 0, 0


def _edition(path: Path) -> Edition:
    wall = read_wall(path)
    return Edition(wall, sha256(path.read_bytes()).hexdigest()[:12])
