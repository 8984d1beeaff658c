"""Which files of photos belong to no row, and which rows have no file?"""

import asyncio
import logging
from dataclasses import dataclass

import psycopg

from data.attachments.files import PhotoFiles
from data.engine import libpq_url

log = logging.getLogger(__name__)
EVERY_S = 3_600.0
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('minqing_photos'))"
_NAMED = "SELECT sha256 FROM attachment UNION SELECT thumbnail_sha256 FROM attachment"


@dataclass(frozen=True, slots=True)
class Missing:
    """How the rows compare with the files.

    Attributes:
        named: Files that rows name.
        lost: Names of those that are not there, at most 20 of them.
        count: How many are not there.
    """

    named: int
    lost: tuple[str, ...]
    count: int


def collect(connection: psycopg.Connection, files: PhotoFiles) -> int:
    """Delete files that no row names: of requests that were refused or cut off, or of a city that was emptied.

    Whoever brings a photo holds a lock from before the file until the row is committed; this waits for it.

    Args:
        connection: As the owner, which sees all rows.

    Returns:
        How many files were deleted.
    """
    with connection.transaction():
        connection.execute(_ALONE)
        named = _named(connection)
        strays = [digest for digest in files.digests() if digest not in named]
        for digest in strays:
            files.remove(digest)
        return len(strays) + files.remove_drafts()


def find_missing(connection: psycopg.Connection, files: PhotoFiles) -> Missing:
    """Rows without a file, as after a restore of the database alone."""
    named = _named(connection)
    lost = sorted(digest.hex() for digest in named if not files.holds(digest))
    return Missing(len(named), tuple(lost[:20]), len(lost))


async def keep_collecting(url: str, files: PhotoFiles, every_s: float = EVERY_S) -> None:
    """Collect at the start and once in a while, until cancelled.

    Args:
        url: The database, as its owner.
    """
    while True:
        try:
            await asyncio.to_thread(_collect_at, url, files)
        except (psycopg.Error, OSError) as error:
            log.warning("files of photos were not collected (%s); trying again later", type(error).__name__)
        await asyncio.sleep(every_s)


def _collect_at(url: str, files: PhotoFiles) -> None:
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        deleted = collect(connection, files)
    if deleted:
        log.info("files of photos that no case has: %d deleted", deleted)


def _named(connection: psycopg.Connection) -> set[bytes]:
    return {bytes(row[0]) for row in connection.execute(_NAMED).fetchall()}
