"""Routes /api/v1/me and /api/v1/tokens: who am I, and by which keys do programs act for me?"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.problems import Kind, problem
from dashboard.api.responses import json_response
from dashboard.auth.asked import asked_by
from dashboard.auth.gate import Gate
from dashboard.auth.services import AuthEvent, AuthServices
from data.accounts.account import Account, acting_account
from data.accounts.permissions import Permission
from data.accounts.sessions import origin_of
from data.accounts.tokens import DEFAULT_DAYS, MAX_DAYS, NewToken, list_tokens, make_token, revoke_token
from data.audit.entry import Action

NOT_PERMITTED = Kind(403, "not-permitted", "Not permitted")


class TokenAskedBody(BaseModel):
    """A token to be made; without scopes it may what the account may."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=80)
    days: int = Field(DEFAULT_DAYS, ge=1, le=MAX_DAYS)
    scopes: list[Permission] | None = None


class TokenMadeBody(BaseModel):
    """A new token; its text is shown this once."""

    id: int
    token: str
    name: str
    expires_at: datetime


class TokenBody(BaseModel):
    """A token without its secret; `prefix` is how its text begins."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokensBody(BaseModel):
    """All tokens of the account, newest first."""

    items: list[TokenBody]


class MeBody(BaseModel):
    """The account that asks; `unit_id` and `department_id` are null where it is not confined."""

    name: str
    role: str
    unit_id: int | None
    department_id: int | None
    lang: str | None
    theme: str | None
    permissions: list[str]


def token_router(services: AuthServices, gate: Gate) -> APIRouter:
    """Routes about the account's own keys, below /api/v1."""
    router = APIRouter(tags=["account"])

    @router.get("/me", response_model=MeBody)
    async def me(request: Request) -> Response:
        """The account that asks and what it may."""
        return json_response(request, _me(acting_account()))

    @router.get("/tokens", response_model=TokensBody)
    async def tokens(request: Request) -> Response:
        """The account's tokens, revoked and expired ones too."""
        async with services.database.reading() as conn:
            found = await list_tokens(conn, acting_account().id)
        return json_response(request, TokensBody(items=[TokenBody.model_validate(token) for token in found]))

    @router.post("/tokens", response_model=TokenMadeBody, status_code=201)
    async def make(request: Request, body: TokenAskedBody) -> Response:
        """Make a token; needs a signed-in session, so that a leaked token cannot make further ones."""
        account, refusal = acting_account(), _refuse(request)
        if refusal is not None:
            return refusal
        scopes = None if body.scopes is None else frozenset(body.scopes)
        now = services.now()
        async with services.database.writing() as conn:
            made = await make_token(conn, account.id, NewToken(body.name, body.days, scopes), now)
            await services.note(conn, _event(request, Action.TOKEN_MADE, account.id, now, made.id))
        answer = TokenMadeBody(id=made.id, token=made.text, name=body.name.strip(), expires_at=made.expires_at)
        response = json_response(request, answer)
        response.status_code = 201
        return response

    @router.delete("/tokens/{id}", status_code=204)
    async def revoke(request: Request, token_id: Annotated[int, Path(alias="id", ge=1, lt=2**31)]) -> Response:
        """Revoke a token, at once."""
        account, refusal = acting_account(), _refuse(request)
        if refusal is not None:
            return refusal
        now = services.now()
        async with services.database.writing() as conn:
            await revoke_token(conn, account.id, token_id, now)
            await services.note(conn, _event(request, Action.TOKEN_REVOKED, account.id, now, token_id))
        gate.forget_account(account.id)
        return Response(status_code=204)

    return router


def _me(account: Account) -> MeBody:
    return MeBody(
        name=account.name,
        role=account.role.value,
        unit_id=account.unit_id,
        department_id=account.department_id,
        lang=account.lang,
        theme=account.theme,
        permissions=sorted(account.permissions),
    )


def _refuse(request: Request) -> Response | None:
    account = acting_account()
    if not account.may(Permission.OWN_TOKENS):
        return problem(NOT_PERMITTED, None, f"The role {account.role} has no tokens.", "Ask an administrator.")
    if asked_by(request.scope).bearer is not None:
        return problem(NOT_PERMITTED, None, "A token cannot make or revoke tokens.", "Sign in at /login instead.")
    return None


def _event(request: Request, kind: Action, account_id: int, at: datetime, token_id: int) -> AuthEvent:
    return AuthEvent(kind, account_id, at, origin_of(asked_by(request.scope).client, None).address, token_id)
