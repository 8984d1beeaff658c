"""Which fields do the JSON bodies of photos have?"""

from datetime import datetime

from pydantic import BaseModel

from data.attachments.rows import Attachment


class AttachmentBody(BaseModel):
    """A photo of a case: `href` is the photo, `thumbnail` a small one, `seq` the event that brought it.

    `by` is empty where it came with a report without an account.
    """

    id: int
    kind: str
    width: int
    height: int
    bytes: int
    href: str
    thumbnail: str
    at: datetime
    by: str | None
    seq: int


class AttachmentsBody(BaseModel):
    """The photos of a case, and how many it may have."""

    items: list[AttachmentBody]
    most: int


def attachment_body(one: Attachment) -> AttachmentBody:
    """A photo in a list."""
    href = f"/api/v1/cases/{one.incident_id}/attachments/{one.id}"
    return AttachmentBody(
        id=one.id,
        kind="jpeg",
        width=one.width,
        height=one.height,
        bytes=one.bytes,
        href=href,
        thumbnail=f"{href}/thumbnail",
        at=one.at,
        by=one.account_name,
        seq=one.seq,
    )
