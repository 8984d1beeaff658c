"""Where do the files of photos lie? Each under the SHA-256 of its content, outside of everything that is served."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from data.attachments.errors import PhotoLost
from data.folder_sync import sync_folder

ENDING = ".jpg"
_DRAFT = ".part"


class PhotoFiles:
    """A folder of files that are never changed: what has a name is whole and on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes) -> bytes:
        """Write a file, unless it is there already, and wait until it is on disk.

        Returns:
            SHA-256 of the content, by which it is found again.
        """
        digest = hashlib.sha256(content).digest()
        target = self._path(digest)
        if target.exists():
            return digest
        self._make(target.parent)
        draft = target.with_name(f"{target.name}.{secrets.token_hex(8)}{_DRAFT}")
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(target.parent)
        return digest

    def read(self, digest: bytes) -> bytes:
        """The content of a file.

        Raises:
            PhotoLost: There is no such file, or it is not what was written.
        """
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise PhotoLost(path.name) from None
        if hashlib.sha256(content).digest() != digest:
            raise PhotoLost(path.name)
        return content

    def holds(self, digest: bytes) -> bool:
        """Whether there is such a file."""
        return self._path(digest).is_file()

    def digests(self) -> Iterator[bytes]:
        """All files, in no order."""
        for path in self.folder.glob(f"??/*{ENDING}"):
            with suppress(ValueError):
                yield bytes.fromhex(path.name.removesuffix(ENDING))

    def remove(self, digest: bytes) -> None:
        """Delete a file."""
        self._path(digest).unlink(missing_ok=True)

    def remove_drafts(self) -> int:
        """Delete what writers that were killed left half written; only while nobody writes.

        Returns:
            How many.
        """
        drafts = list(self.folder.glob(f"??/*{_DRAFT}"))
        for draft in drafts:
            draft.unlink(missing_ok=True)
        return len(drafts)

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self.folder / name[:2] / f"{name}{ENDING}"

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(folder.parent)
