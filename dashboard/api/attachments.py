"""Routes of photos: those of a case, one of them, and another one for it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile

from dashboard.api.attachment_bodies import AttachmentBody, AttachmentsBody, attachment_body
from dashboard.api.cases import CaseId
from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.accounts.account import acting_account
from data.attachments.desk import AttachmentDesk
from data.attachments.rows import Attachment, find_attachment, list_attachments
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.reads.errors import RequestRefused

MEDIA_TYPE = "image/jpeg"
AttachmentId = Annotated[int, Path(alias="attachment", ge=0, lt=2**63, description="Id of the photo.")]


def attachments_router(services: ApiServices) -> APIRouter:
    """Routes /cases/{id}/attachments, one of them, and its thumbnail."""
    router = versioned_router("cases")
    room = services.photos
    desk = AttachmentDesk(services.database, room, services.now)

    @router.get("/cases/{id}/attachments", response_model=AttachmentsBody)
    async def attachments(request: Request, case_id: CaseId) -> Response:
        """The photos of a case."""
        async with services.database.reading() as conn:
            found = await list_attachments(conn, case_id, acting_account())
        if found:
            await _noted(services, Action.ATTACHMENTS_LISTED, case_id, shown=len(found))
        items = [attachment_body(one) for one in found]
        return json_response(request, AttachmentsBody(items=items, most=room.limits.per_case))

    @router.post("/cases/{id}/attachments", response_model=AttachmentBody, status_code=201)
    async def attach(
        case_id: CaseId,
        file: Annotated[UploadFile, File(description="A photo: JPEG, PNG or WebP.")],
        key: Annotated[str | None, Form(description="A key of yours: the same request again does nothing new.")] = None,
    ) -> Response:
        """Attach a photo. What is kept is a JPEG of its pixels, without metadata."""
        content = await file.read(room.limits.file_bytes + 1)
        attached = await desk.attach(case_id, content, acting_account(), _usable(key))
        body = attachment_body(attached)
        headers = {"Cache-Control": "no-store", "Location": body.href}
        return Response(body.model_dump_json(), 201, headers, "application/json")

    @router.get("/cases/{id}/attachments/{attachment}", response_class=Response)
    async def attachment(case_id: CaseId, attachment_id: AttachmentId) -> Response:
        """A photo as JPEG; who looked at it is audited."""
        one = await _found(services, case_id, attachment_id)
        content = await asyncio.to_thread(room.files.read, one.sha256)
        await _noted(services, Action.ATTACHMENT_VIEWED, case_id, attachment=attachment_id)
        return _picture(content, f"case-{case_id}-{attachment_id}.jpg")

    @router.get("/cases/{id}/attachments/{attachment}/thumbnail", response_class=Response)
    async def thumbnail(case_id: CaseId, attachment_id: AttachmentId) -> Response:
        """A small picture of the photo, as JPEG."""
        one = await _found(services, case_id, attachment_id)
        content = await asyncio.to_thread(room.files.read, one.thumbnail_sha256)
        return _picture(content, f"case-{case_id}-{attachment_id}-small.jpg")

    return router


async def _found(services: ApiServices, case_id: int, attachment_id: int) -> Attachment:
    async with services.database.reading() as conn:
        return await find_attachment(conn, case_id, attachment_id, acting_account())


async def _noted(services: ApiServices, action: Action, case_id: int, **detail: object) -> None:
    """Before anything is shown the audit log says to whom."""
    await record_first(services.database.writing, Entry(action, "incident", str(case_id), detail=detail))


def _picture(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, headers=headers | {"X-Content-Type-Options": "nosniff"}, media_type=MEDIA_TYPE)


def _usable(key: str | None) -> str | None:
    if key is not None and not (0 < len(key) <= 200 and "\x00" not in key):
        raise RequestRefused("key", "It is not 1 to 200 characters.", "Send a UUID, for example, or leave it out.")
    return key
