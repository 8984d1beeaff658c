"""Routes of the audit log: entries, their export, and the verification of the chain."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.parameters import versioned_router
from dashboard.api.problems import Kind, problem
from dashboard.api.responses import json_response
from dashboard.api.tables import csv_stream
from dashboard.services import Database, Services
from data.accounts.account import Account, acting_account
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission
from data.audit.actor import current_actor
from data.audit.check import CheckRunning
from data.audit.entry import Action, Entry
from data.audit.read import (
    ENTRY_COLUMNS,
    AuditEntry,
    EntryFilter,
    parse_cursor,
    parse_filter,
    parse_limit,
    read_entries,
    read_state,
    stream_entries,
)
from data.audit.record import record_first
from data.audit.verify import HeadUnreadable, parse_head

NOT_RUNNING = Kind(503, "audit-check-unavailable", "Cannot be verified here")
BUSY = Kind(409, "audit-check-running", "Being verified already")
HEAD = Kind(400, "head-unreadable", "Unusable head")
ONE_AREA = Kind(403, "not-permitted", "Not permitted")


class EntryBody(BaseModel):
    """One entry; `seq` is its number in the chain, null while it waits for its seal."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    at: datetime
    actor_kind: str
    actor_name: str | None
    actor_role: str | None
    via: str
    address: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    seq: int | None


class EntriesBody(BaseModel):
    """A page of entries, newest first."""

    items: list[EntryBody]
    next: str | None


class PassedBody(BaseModel):
    """How far a verification is: seals of how many."""

    done: int
    total: int


class ChainBody(BaseModel):
    """How far the chain has come, unchecked."""

    seq: int
    head: str
    sealed_at: datetime | None
    verified_at: datetime | None
    faults: int | None
    running: PassedBody | None


class VerifyAskedBody(BaseModel):
    """What to verify: the whole chain, and that a head noted down before is still in it."""

    model_config = ConfigDict(extra="forbid")
    head: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True, slots=True)
class AskedEntries:
    """Conditions as the address has them."""

    wanted: EntryFilter
    after: int | None
    limit: int


def auditor() -> Account:
    """The account that asks, which may read the log: the one place where that is asked for behind the door.

    Raises:
        NotPermitted: It may not.
    """
    account = acting_account()
    if not account.may(Permission.AUDIT):
        raise NotPermitted(Permission.AUDIT)
    return account


def _asked(
    first: Annotated[str, Query(alias="from", description="First day, city-local (YYYY-MM-DD).")] = "",
    last: Annotated[str, Query(alias="to", description="Last day, included.")] = "",
    actor: Annotated[str, Query(description="Login name; or cli, program, nobody.")] = "",
    action: Annotated[str, Query(description="What was done.")] = "",
    object_text: Annotated[str, Query(alias="object", description="Kind, or kind:id such as incident:123.")] = "",
    address: Annotated[str, Query(description="Beginning of the network.")] = "",
    cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[str, Query(description="Entries per page, 1 to 500; default 100.")] = "",
) -> AskedEntries:
    wanted = parse_filter(first, last, actor, action, object_text, address)
    return AskedEntries(wanted, parse_cursor(cursor), parse_limit(limit))


Asked = Annotated[AskedEntries, Depends(_asked)]
Auditor = Annotated[Account, Depends(auditor)]


def audit_router(services: Services) -> APIRouter:
    """Routes /audit, /audit/chain, /audit/verify and /audit/export.csv."""
    router = versioned_router("audit")
    _add_reading(router, services)
    _add_chain(router, services)
    return router


def _add_reading(router: APIRouter, services: Services) -> None:
    @router.get("/audit", response_model=EntriesBody)
    async def entries(request: Request, asked: Asked, account: Auditor) -> Response:
        """Who saw and did what, newest first, page by page."""
        async with services.database.reading() as conn:
            page = await read_entries(conn, asked.wanted, unit_id=account.unit_id, after=asked.after, limit=asked.limit)
        items = [EntryBody.model_validate(entry) for entry in page.entries]
        return json_response(request, EntriesBody(items=items, next=None if page.next is None else str(page.next)))

    @router.get("/audit/export.csv", response_class=StreamingResponse)
    async def export(asked: Asked, account: Auditor) -> StreamingResponse:
        """All entries of the filter as CSV; the export is an entry itself."""
        entry = Entry(Action.AUDIT_EXPORTED, "audit", detail={"format": "csv"} | _told(asked.wanted))
        await record_first(services.database.writing, entry)
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
        stream = csv_stream(ENTRY_COLUMNS, _rows(services.database, asked.wanted, account.unit_id))
        return StreamingResponse(stream, headers=headers, media_type="text/csv; charset=utf-8")


def _add_chain(router: APIRouter, services: Services) -> None:
    @router.get("/audit/chain", response_model=ChainBody)
    async def chain(request: Request, _account: Auditor) -> Response:
        """How far the chain has come, and how far a verification under way is."""
        async with services.database.reading() as conn:
            state = await read_state(conn)
        passed = services.audit.passed if services.audit else None
        body = ChainBody(
            seq=state.seq,
            head=state.head,
            sealed_at=state.sealed_at,
            verified_at=state.verified_at,
            faults=state.faults,
            running=None if passed is None else PassedBody(done=passed.done, total=passed.total),
        )
        return json_response(request, body)

    @router.post("/audit/verify")
    async def check(request: Request, body: VerifyAskedBody, account: Auditor) -> Response:
        """Walk along the whole chain; for auditors of the whole city, because findings name entries of all areas."""
        if services.audit is None:
            return problem(NOT_RUNNING, None, "This process does not keep the log.", "Run: app.py audit verify")
        if account.unit_id is not None:
            return problem(
                ONE_AREA, "unit", "Verifying names entries of all areas.", "Ask an auditor of the whole city."
            )
        try:
            noted = parse_head(body.head) if body.head else None
            result = await asyncio.to_thread(services.audit.run, current_actor(), noted)
        except HeadUnreadable:
            return problem(HEAD, "head", "The text is no head of the chain.", "Give NUMBER:HASH.")
        except CheckRunning:
            return problem(BUSY, None, "The log is being verified already.", "Wait for the result.")
        return json_response(request, result.as_json())


def _told(wanted: EntryFilter) -> dict[str, object]:
    names = ("first", "last", "actor", "action", "object", "address")
    return {name: getattr(wanted, name) for name in names}


async def _rows(database: Database, wanted: EntryFilter, unit_id: int | None) -> AsyncIterator[list[list[object]]]:
    async with database.reading() as conn:
        async for entries in stream_entries(conn, wanted, unit_id=unit_id):
            yield [[_cell(entry, name) for name in ENTRY_COLUMNS] for entry in entries]


def _cell(entry: AuditEntry, name: str) -> object:
    value = getattr(entry, name)
    return orjson.dumps(value).decode() if isinstance(value, dict) else value
