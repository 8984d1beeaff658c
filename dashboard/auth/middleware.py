"""Who gets past? The one place in front of every page, callback, tile, route and WebSocket."""

import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import Kind, problem, problem_of
from dashboard.auth.asked import Asked, asked_by
from dashboard.auth.doors import (
    PASSWORD,
    READ,
    WITHOUT_NEW_PASSWORD,
    is_open,
    login_address,
    wants_page,
)
from dashboard.auth.gate import Credential, Gate
from data.accounts.account import Account, acting_as

logger = logging.getLogger(__name__)

CLOSE_SIGNED_OUT = 4401
CLOSE_FOREIGN = 4403
SAFE = READ | {"OPTIONS"}
UNANSWERED = (psycopg.Error, PoolTimeout, PoolClosed)

SIGNED_OUT = Kind(401, "not-signed-in", "Not signed in")
TOKEN_INVALID = Kind(401, "token-invalid", "The token does not count")
FOREIGN = Kind(403, "cross-site", "Sent by another site")
PASSWORD_DUE = Kind(403, "password-change-due", "The password has to be changed first")


class AuthMiddleware:
    """Pure ASGI; closed unless the path is listed as open or the key belongs to an account.

    The account is then in `scope["state"]["account"]` (`request.state.account`), and in
    `data.accounts.account.acting_account()` for everything that runs within the request.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through or turn away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_by(scope)
        account: Account | None = None
        refusal = _refuse_foreign(asked)
        if refusal is None and not is_open(asked):
            try:
                account = await self._account(asked)
                refusal = _refuse(asked, account)
            except UNANSWERED as error:
                refusal = problem_of(error)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["account"] = account
        with acting_as(account):
            await self._app(scope, receive, send)

    async def _account(self, asked: Asked) -> Account | None:
        credential = asked.credential
        return await self._gate.account_of(credential) if credential else None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_by(scope)
        credential = asked.credential
        account = await self._standing(credential, used=True, otherwise=False) if credential else None
        if asked.bearer is None and asked.is_foreign:
            await _turn_away(receive, send, CLOSE_FOREIGN, "sent by another site")
        elif credential is None or not isinstance(account, Account) or account.must_change:
            await _turn_away(receive, send, CLOSE_SIGNED_OUT, "not signed in")
        else:
            scope.setdefault("state", {})["account"] = account
            watched = _Watched(receive, send, lambda used: self._is_standing(credential, used=used))
            with acting_as(account):
                await self._app(scope, watched.receive, watched.send)

    async def _is_standing(self, credential: Credential, *, used: bool) -> bool:
        return bool(await self._standing(credential, used=used, otherwise=True))

    async def _standing(self, credential: Credential, *, used: bool, otherwise: bool) -> Account | bool:
        try:
            return await self._gate.account_of(credential, used=used) or False
        except UNANSWERED:
            logger.warning("the database does not answer; a live connection is kept: %s", otherwise)
            return otherwise


class _Watched:
    """A live connection that ends when the account behind it is shut out.

    While the database does not answer it stays: there is nothing to be seen then but the notice that figures are old.
    """

    def __init__(self, receive: Receive, send: Send, is_standing: Callable[[bool], Awaitable[bool]]) -> None:
        self._receive = receive
        self._send = send
        self._is_standing = is_standing
        self._ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive" or self._ended:
            return message
        if await self._is_standing(True):
            return message
        await self._end()
        return {"type": "websocket.disconnect", "code": CLOSE_SIGNED_OUT}

    async def send(self, message: Message) -> None:
        if self._ended:
            return
        # A push from the server is no sign of life of the person before the screen.
        if message["type"] == "websocket.send" and not await self._is_standing(False):
            await self._end()
            return
        await self._send(message)

    async def _end(self) -> None:
        if not self._ended:
            self._ended = True
            await self._send({"type": "websocket.close", "code": CLOSE_SIGNED_OUT, "reason": "signed out"})


async def _turn_away(receive: Receive, send: Send, code: int, reason: str) -> None:
    """Accept first: closed before that, a browser would see no code and could not tell why."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": reason})


def _refuse_foreign(asked: Asked) -> Response | None:
    """A browser adds the cookie by itself, so what changes something must come from our own pages."""
    if asked.method in SAFE or asked.bearer is not None or not asked.is_foreign:
        return None
    return problem(
        FOREIGN, "Origin", "Another site had this request sent.", "Open the page at its own address and try again."
    )


def _refuse(asked: Asked, account: Account | None) -> Response | None:
    if account is None:
        return _refuse_nobody(asked)
    if not account.must_change or asked.path in WITHOUT_NEW_PASSWORD:
        return None
    if wants_page(asked):
        return _redirect(PASSWORD)
    return problem(PASSWORD_DUE, None, "The password was set by somebody else.", f"Change it at {PASSWORD}.")


def _refuse_nobody(asked: Asked) -> Response:
    if asked.bearer is not None:
        answer = problem(
            TOKEN_INVALID,
            "Authorization",
            "The token is unknown, expired or revoked.",
            "Make a new one: POST /api/v1/tokens, or python app.py users token NAME.",
        )
    elif wants_page(asked):
        return _redirect(login_address(asked))
    else:
        answer = problem(
            SIGNED_OUT,
            None,
            "The request carries no valid session.",
            "Sign in at /login, or send Authorization: Bearer TOKEN.",
        )
    answer.headers["WWW-Authenticate"] = 'Bearer realm="minqing"'
    return answer


def _redirect(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
