"""Routes of webhooks: which programs are told of events, and which messages did not arrive. For administrators."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.services import Database, Services
from data.audit.entry import Action, Entry
from data.audit.record import record
from data.webhooks.hook import NewHook, add_hook, add_test, list_dead, list_hooks, remove_hook, retry_dead
from data.webhooks.secret import SecretSeal

HookId = Annotated[int, Path(alias="id", ge=1, lt=2**31)]
Code = Annotated[str, Field(max_length=80)]


class NewHookBody(BaseModel):
    """A webhook to be added; it is told what its account may see."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=80)
    url: str = Field(max_length=2_000)
    account: Code
    acts: list[Code] = Field(default=[], max_length=100)
    classes: list[Code] = Field(default=[], max_length=100)
    unit: Code = ""
    allow_private: bool = False


class MadeHookBody(BaseModel):
    """A webhook that was added; the secret is shown this once."""

    id: int
    secret: str


class HookBody(BaseModel):
    """A webhook and how its messages stand; `trouble` is that of the one that waits first."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    url: str
    account: str
    acts: list[str] | None
    classes: list[str] | None
    unit_code: str | None
    allow_private: bool
    made_at: datetime
    waiting: int
    dead: int
    trouble: str | None


class HooksBody(BaseModel):
    """All webhooks."""

    items: list[HookBody]


class DeadBody(BaseModel):
    """A message that was given up."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    incident_id: int | None
    seq: int | None
    made_at: datetime
    ended_at: datetime
    tries: int
    status: int | None
    trouble: str | None


class DeadsBody(BaseModel):
    """The first thousand of them."""

    items: list[DeadBody]


class WaitingBody(BaseModel):
    """How many messages wait because of the request."""

    waiting: int


def webhooks_router(services: Services) -> APIRouter:
    """Routes below /webhooks."""
    router = versioned_router("webhooks")
    desk = _HookDesk(services.account_database, services.webhook_seal, services.now)

    @router.get("/webhooks", response_model=HooksBody)
    async def listed(request: Request) -> Response:
        """All webhooks."""
        async with services.account_database.reading() as conn:
            found = await list_hooks(conn)
        return json_response(request, HooksBody(items=[HookBody.model_validate(hook) for hook in found]))

    @router.post("/webhooks", response_model=MadeHookBody, status_code=201)
    async def added(body: NewHookBody) -> MadeHookBody:
        """Add a webhook."""
        return await desk.add(body)

    @router.delete("/webhooks/{id}", status_code=204)
    async def removed(webhook_id: HookId) -> None:
        """Remove a webhook and what waits for it."""
        await desk.remove(webhook_id)

    @router.post("/webhooks/{id}/test", response_model=WaitingBody, status_code=202)
    async def tested(webhook_id: HookId) -> WaitingBody:
        """Let a test message wait behind the others."""
        return await desk.test(webhook_id)

    @router.get("/webhooks/{id}/dead", response_model=DeadsBody)
    async def dead(request: Request, webhook_id: HookId) -> Response:
        """Messages that were given up, oldest first."""
        async with services.account_database.reading() as conn:
            found = await list_dead(conn, webhook_id)
        return json_response(request, DeadsBody(items=[DeadBody.model_validate(one) for one in found]))

    @router.post("/webhooks/{id}/retry", response_model=WaitingBody, status_code=202)
    async def retried(webhook_id: HookId) -> WaitingBody:
        """Let all messages that were given up wait again."""
        return await desk.retry(webhook_id)

    return router


class _HookDesk:
    """Changes webhooks; each change is noted in the transaction that makes it."""

    def __init__(self, database: Database, seal: SecretSeal, now: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._now = now

    async def add(self, body: NewHookBody) -> MadeHookBody:
        new = NewHook(
            body.name,
            body.url,
            body.account,
            tuple(body.acts),
            tuple(body.classes),
            body.unit,
            body.allow_private,
        )
        async with self._database.writing() as conn:
            made, secret = await add_hook(conn, new, self._seal, self._now())
            detail = {"name": new.name, "url": new.url, "account": new.account}
            await record(conn, Entry(Action.WEBHOOK_ADDED, "webhook", str(made), detail=detail))
        return MadeHookBody(id=made, secret=secret)

    async def remove(self, webhook_id: int) -> None:
        async with self._database.writing() as conn:
            hook = await remove_hook(conn, webhook_id)
            await record(conn, Entry(Action.WEBHOOK_REMOVED, "webhook", str(hook.id), detail={"name": hook.name}))

    async def test(self, webhook_id: int) -> WaitingBody:
        async with self._database.writing() as conn:
            await add_test(conn, webhook_id, self._now())
            await record(conn, Entry(Action.WEBHOOK_TESTED, "webhook", str(webhook_id)))
        return WaitingBody(waiting=1)

    async def retry(self, webhook_id: int) -> WaitingBody:
        async with self._database.writing() as conn:
            count = await retry_dead(conn, webhook_id, self._now())
            await record(conn, Entry(Action.WEBHOOK_RETRIED, "webhook", str(webhook_id), detail={"messages": count}))
        return WaitingBody(waiting=count)
