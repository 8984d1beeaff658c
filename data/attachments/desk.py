"""How does somebody attach a photo to a case? Once, with an entry in the case's log, or not at all."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from data.accounts.account import Account
from data.attachments.errors import PhotosFull, PhotosOff
from data.attachments.files import PhotoFiles
from data.attachments.limits import PhotoLimits, read_limits
from data.attachments.photo import Photo, clean_photo
from data.attachments.rows import HOLD, Attachment, Bringing, read_attachments, write_attachment
from data.attempts import WritableDatabase, carried_out
from data.cases.action import Act
from data.cases.case_row import lock_cases
from data.cases.log import read_logs
from data.cases.sight import looking, sighting
from data.cases.store import Command, transition
from data.engine import AsyncRows

AT_ONCE = 2
"""Photos that are decoded at the same time: each takes a core, and memory by its pixels."""


class PhotoRoom:
    """Cleans photos, beside the event loop and few at a time, and keeps their files; one per process."""

    def __init__(self, files: PhotoFiles | None, limits: PhotoLimits | None = None) -> None:
        self._files = files
        self.limits = limits or read_limits()
        self._turn = asyncio.Semaphore(AT_ONCE)

    @property
    def files(self) -> PhotoFiles:
        """Where the files lie.

        Raises:
            PhotosOff: The program was given no folder for them.
        """
        if self._files is None:
            raise PhotosOff
        return self._files

    async def clean(self, content: bytes) -> Photo:
        """What is kept of a sent photo.

        Raises:
            PhotoRefused, PhotoTooLarge: It cannot be kept.
            PhotosOff: There is no folder for it.
        """
        if self._files is None:
            raise PhotosOff
        async with self._turn:
            return await asyncio.to_thread(clean_photo, content, self.limits)

    async def keep(self, conn: AsyncRows, photo: Photo) -> tuple[bytes, bytes]:
        """Put both files on disk; they stay if the caller's transaction writes a row that names them.

        Returns:
            Digests of photo and thumbnail.
        """
        await conn.execute(HOLD)
        return await asyncio.to_thread(lambda: (self.files.keep(photo.content), self.files.keep(photo.thumbnail)))


class AttachmentDesk:
    """Attaches photos to cases for accounts."""

    def __init__(self, database: WritableDatabase, room: PhotoRoom, now: Callable[[], datetime]) -> None:
        self._database = database
        self._room = room
        self._now = now

    async def attach(self, case_id: int, content: bytes, account: Account, key: str | None = None) -> Attachment:
        """Attach a photo; done once it is committed, with its files on disk.

        Args:
            content: As it was sent.
            key: What the client calls the request by; without one the photo itself tells a repetition.

        Returns:
            The photo of the case; of one that it had already, that one.

        Raises:
            PhotoRefused, PhotosFull: The photo is not taken.
            CaseUnknown, CaseRefused, CaseKeyReused, NotPermitted: The account cannot attach it to the case.
        """
        photo = await self._room.clean(content)
        return await carried_out(self._database, lambda conn: self._attached(conn, case_id, photo, account, key))

    async def _attached(
        self, conn: AsyncRows, case_id: int, photo: Photo, account: Account, key: str | None
    ) -> Attachment:
        digest = sha256(photo.content).digest()
        async with sighting(conn, case_id, account, lock_cases) as sighted:
            held = await read_attachments(conn, case_id)
            log = (await read_logs(conn, [case_id])).get(case_id, ())
        same = next((one for one in held if one.sha256 == digest), None)
        if same is not None:
            return same
        if len(held) >= self._room.limits.per_case:
            raise PhotosFull(self._room.limits.per_case)
        digests = await self._room.keep(conn, photo)
        # The row stays locked: nobody adds an event between the number that was read and the one that is written.
        command = Command(case_id, Act.ATTACH, {"file": digest.hex()}, max(1, len(log)), key)
        done = await transition(conn, command, account, self._now())
        bringing = Bringing(case_id, sighted.row.reported_at, done.event.seq, done.event.at, account)
        async with looking(conn, sighted.scope):
            written = await write_attachment(conn, photo, digests, bringing)
        assert written is not None
        return written
