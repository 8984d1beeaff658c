"""Which photos does a case have?"""

from dataclasses import dataclass
from datetime import datetime

from data.accounts.account import Account
from data.attachments.errors import AttachmentUnknown
from data.attachments.photo import Photo
from data.cases.sight import sighting
from data.engine import AsyncRows
from data.reads.rows import fetch_all, fetch_one

HOLD = "SELECT pg_advisory_xact_lock_shared(hashtext('minqing_photos'))"
"""Held from before a file is written until its row is committed: whoever collects files without a row waits for it."""

_COLUMNS = "id, incident_id, seq, sha256, thumbnail_sha256, width, height, bytes, at, account_name"
_READ = f"SELECT {_COLUMNS} FROM attachment WHERE incident_id = %(case)s ORDER BY id"
_WRITE = f"""
INSERT INTO attachment (
    incident_id, reported_at, seq, sha256, thumbnail_sha256, width, height, bytes, at, account_id, account_name
)
VALUES (
    %(case)s, %(reported_at)s, %(seq)s, %(sha256)s, %(thumbnail)s, %(width)s, %(height)s, %(bytes)s, %(at)s,
    %(account)s, %(name)s
)
ON CONFLICT (incident_id, sha256) DO NOTHING
RETURNING {_COLUMNS}
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo of a case.

    Attributes:
        seq: Event of the case's log that brought it; 1 where it came with the report.
        sha256, thumbnail_sha256: By which the files are found.
        width, height: Pixels.
        bytes: Size of the photo's file.
        at: When it came, aware.
        account_name: Who attached it; None where nobody of the staff did.
    """

    id: int
    incident_id: int
    seq: int
    sha256: bytes
    thumbnail_sha256: bytes
    width: int
    height: int
    bytes: int
    at: datetime
    account_name: str | None


@dataclass(frozen=True, slots=True)
class Bringing:
    """How a photo comes to a case."""

    case_id: int
    reported_at: datetime
    seq: int
    at: datetime
    account: Account | None = None


async def read_attachments(conn: AsyncRows, case_id: int) -> tuple[Attachment, ...]:
    """The photos of a case that the scope of the transaction shows, in the order in which they came."""
    return await fetch_all(conn, Attachment, _READ, {"case": case_id})


async def list_attachments(conn: AsyncRows, case_id: int, account: Account) -> tuple[Attachment, ...]:
    """The photos of a case that an account may open, also one to which its department is called.

    Raises:
        CaseUnknown: There is no such case for the account.
    """
    async with sighting(conn, case_id, account):
        return await read_attachments(conn, case_id)


async def find_attachment(conn: AsyncRows, case_id: int, attachment_id: int, account: Account) -> Attachment:
    """One photo of a case.

    Raises:
        CaseUnknown: There is no such case for the account.
        AttachmentUnknown: The case has no such photo.
    """
    for one in await list_attachments(conn, case_id, account):
        if one.id == attachment_id:
            return one
    raise AttachmentUnknown(attachment_id)


async def write_attachment(
    conn: AsyncRows, photo: Photo, digests: tuple[bytes, bytes], bringing: Bringing
) -> Attachment | None:
    """Write the row of a photo whose files are kept; None where the case has this very photo already.

    Args:
        digests: Of the photo and of its thumbnail.
    """
    values = {
        "case": bringing.case_id,
        "reported_at": bringing.reported_at,
        "seq": bringing.seq,
        "sha256": digests[0],
        "thumbnail": digests[1],
        "width": photo.width,
        "height": photo.height,
        "bytes": len(photo.content),
        "at": bringing.at,
        "account": bringing.account.id if bringing.account else None,
        "name": bringing.account.name if bringing.account else None,
    }
    return await fetch_one(conn, Attachment, _WRITE, values)
