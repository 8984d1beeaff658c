"""How is a backup laid out in its one file, and how is each damaged byte of it found?

Layout: the dump as pg_dump writes it, then a tar archive of the photos if there are any, the manifest as JSON, two
lengths of 8 bytes (of what stands before the manifest, and of it), SHA-256 of everything before, and a mark of 16
bytes. The dump comes first: PostgreSQL's own pg_restore reads the file too.
"""

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

from data.backup.errors import BackupDamaged
from data.backup.manifest import Manifest, decoded
from data.importing.progress import Progress

MARK = b"MINQING-BACKUP-1"
_LENGTHS = struct.Struct(">QQ")
_DIGEST_BYTES = 32
_END_BYTES = _LENGTHS.size + _DIGEST_BYTES + len(MARK)
_MOST_MANIFEST = 16 * 2**20
_PIECE = 1 << 20


def digest_of(path: Path) -> str:
    """SHA-256 of a whole file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(path: Path, manifest: Manifest) -> None:
    """Append the manifest and the seal to a dump, and wait until all of it is on disk."""
    text = manifest.encoded()
    with path.open("r+b") as file:
        digest = hashlib.file_digest(file, "sha256")
        length = file.tell()
        for part in (text, _LENGTHS.pack(length, len(text))):
            file.write(part)
            digest.update(part)
        file.write(digest.digest() + MARK)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup whose seal holds.

    Raises:
        BackupDamaged: The file is no backup, is cut off, or has a changed byte anywhere.
    """
    return verified(path, None)


def dump_length(path: Path) -> int:
    """Bytes of a backup before its manifest: the rows, and behind them the photos.

    Raises:
        BackupDamaged: The file is no backup, or its end is missing.
    """
    with path.open("rb") as file:
        return _ending(file, path.stat().st_size, path)[0]


def verified(path: Path, progress: Progress | None) -> Manifest:
    """As `read_manifest`, telling how far the reading is.

    Raises:
        BackupDamaged: The file is no backup, is cut off, or has a changed byte anywhere.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        dump, manifest, digest = _ending(file, size, path)
        file.seek(0)
        found = _digest(file, size - _DIGEST_BYTES - len(MARK), progress)
        if found != digest:
            raise BackupDamaged(
                f"{path} is damaged: its content is not what was written. Take another backup; nothing was changed."
            )
        file.seek(dump)
        return decoded(file.read(manifest))


def _ending(file: BinaryIO, size: int, path: Path) -> tuple[int, int, bytes]:
    """Lengths of dump and manifest, and the digest that the file should have."""
    file.seek(max(0, size - _END_BYTES))
    end = file.read()
    if len(end) < _END_BYTES or end[-len(MARK) :] != MARK:
        raise BackupDamaged(
            f"{path} is no backup of this program, or its end is missing. Take a file that `backup` wrote."
        )
    dump, manifest = _LENGTHS.unpack(end[: _LENGTHS.size])
    if dump + manifest + _END_BYTES != size or manifest > _MOST_MANIFEST:
        raise BackupDamaged(f"{path} is damaged: it is cut off or was added to. Take another backup.")
    return dump, manifest, end[_LENGTHS.size : -len(MARK)]


def _digest(file: BinaryIO, length: int, progress: Progress | None) -> bytes:
    digest = hashlib.sha256()
    done = 0
    while done < length:
        part = file.read(min(_PIECE, length - done))
        if not part:
            break
        digest.update(part)
        done += len(part)
        if progress:
            progress.advance(done, length)
    return digest.digest()
