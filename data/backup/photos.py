"""How do the files of photos go into a backup, and come back from it?

They stand behind the rows as one tar archive, in the part of the file whose digest the manifest holds.
"""

import io
import tarfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import psycopg

from data.attachments.errors import PhotoLost
from data.attachments.files import ENDING, PhotoFiles
from data.backup.errors import BackupDamaged
from data.backup.manifest import Manifest
from data.backup.sealed_file import dump_length
from data.importing.progress import Progress

_KNOWN = "SELECT to_regclass('attachment') IS NOT NULL"
_NAMED = "SELECT sha256 FROM attachment UNION SELECT thumbnail_sha256 FROM attachment ORDER BY 1"


def named_photos(connection: psycopg.Connection) -> tuple[bytes, ...]:
    """Digests of all files that rows of the snapshot name; none in a schema from before there were photos."""
    known = connection.execute(_KNOWN).fetchone()
    if known is None or not known[0]:
        return ()
    return tuple(bytes(row[0]) for row in connection.execute(_NAMED).fetchall())


def append_photos(draft: Path, files: PhotoFiles, digests: Iterable[bytes], progress: Progress) -> tuple[int, int]:
    """Append files to a dump; one that is missing is left out, as it is where it should be.

    Returns:
        How many files, and how many bytes were appended.
    """
    wanted, count = tuple(digests), 0
    if not wanted:
        return 0, 0
    with draft.open("ab") as file:
        start = file.tell()
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for done, digest in enumerate(wanted, 1):
                try:
                    content = files.read(digest)
                except PhotoLost:
                    continue
                entry = tarfile.TarInfo(digest.hex() + ENDING)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                count += 1
                progress.advance(done, len(wanted))
        return count, file.tell() - start


def restore_photos(path: Path, manifest: Manifest, files: PhotoFiles, progress: Progress) -> int:
    """Write the files of a backup, whose seal holds, where photos lie; those that are there stay.

    Returns:
        How many.

    Raises:
        BackupDamaged: A file is not what its name says.
    """
    if not manifest.photo_bytes:
        return 0
    count = 0
    with path.open("rb") as file:
        file.seek(dump_length(path) - manifest.photo_bytes)
        with closing(tarfile.open(fileobj=file, mode="r|")) as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                assert content is not None
                if files.keep(content.read()).hex() + ENDING != entry.name:
                    raise BackupDamaged(f"{path} is damaged: photo {entry.name} is another one. Take another backup.")
                count += 1
                progress.advance(count, manifest.photos)
    return count
