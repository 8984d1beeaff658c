"""What does a backup say about itself?"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.backup.errors import BackupDamaged

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that can be known of a backup without reading its rows.

    Attributes:
        made_at: ISO 8601, UTC: the moment whose rows it holds.
        schema: Newest migration in it.
        postgresql: Version of the server, such as 15.8.
        owner: Database role that owned the tables.
        rows: Rows by table, in the snapshot that was dumped.
        sha256: Of rows and photos as they are in the file, hexadecimal.
        photos: Files of photos in it.
        photo_bytes: How much of the file, behind the rows, they take.
    """

    program: str
    made_at: str
    schema: str
    postgresql: str
    postgis: str
    owner: str
    rows: Mapping[str, int]
    sha256: str
    photos: int = 0
    photo_bytes: int = 0

    @property
    def postgresql_major(self) -> int:
        """Major version of the server."""
        return int(self.postgresql.split(".")[0])

    def encoded(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()


def decoded(text: bytes) -> Manifest:
    """The manifest in a file.

    Raises:
        BackupDamaged: It is not one of ours.
    """
    try:
        fields: dict[str, Any] = json.loads(text)
        return Manifest(**fields)
    except (ValueError, TypeError) as error:
        raise BackupDamaged("The backup's manifest cannot be read. Take another backup.") from error


def program_version() -> str:
    """Version of this program."""
    return str(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"])
