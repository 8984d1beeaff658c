"""Who gets past? The one place in front of every page, callback, tile, route and WebSocket."""

import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import problem_of
from dashboard.auth.asked import Asked, asked_by
from dashboard.auth.callback_body import CALLBACK, Judge, judge_callback, judge_message, read_body, replayed
from dashboard.auth.doors import is_open
from dashboard.auth.feed_message import judge_subscription
from dashboard.auth.gate import Credential, Gate
from dashboard.auth.noting import entering
from dashboard.auth.refusals import (
    callback_unlisted,
    may,
    not_permitted,
    refuse_foreign,
    refuse_need,
    refuse_unknown,
)
from dashboard.auth.route_matching import need_of
from dashboard.auth.route_permissions import LIVE
from dashboard.live.connection import PATH as FEED_PATH
from data.accounts.account import Account

logger = logging.getLogger(__name__)

CLOSE_SIGNED_OUT = 4401
CLOSE_FOREIGN = 4403
CLOSE_NOT_PERMITTED = 4405
UNANSWERED = (psycopg.Error, PoolTimeout, PoolClosed)


class AuthMiddleware:
    """Pure ASGI; closed unless the table opens the path to everybody, or the key belongs to an account that may.

    What is needed for what is in `dashboard/auth/route_permissions.py`; a path, callback or live message that has no
    line there never reaches the application.

    The account is then in `scope["state"]["account"]` (`request.state.account`), and in
    `data.accounts.account.acting_account()` for everything that runs within the request.
    """

    def __init__(self, app: ASGIApp, gate: Gate, default_lang: str = "zh") -> None:
        self._app = app
        self._gate = gate
        self._default_lang = default_lang

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
        refusal = refuse_foreign(asked)
        if refusal is None and not is_open(asked):
            try:
                account = await self._account(asked)
                refusal = self._refuse(asked, account)
            except UNANSWERED as error:
                refusal = problem_of(error)
        if refusal is None and account is not None and asked.path == CALLBACK:
            body = await read_body(receive)
            refusal = _refuse_callback(account, body)
            receive = replayed(body or b"", receive)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["account"] = account
        with entering(asked, account):
            await self._app(scope, receive, send)

    def _refuse(self, asked: Asked, account: Account | None) -> Response | None:
        refusal = refuse_unknown(asked, account)
        if refusal is not None or account is None:
            return refusal
        return refuse_need(asked, account, need_of(asked.method, asked.path), self._default_lang)

    async def _account(self, asked: Asked) -> Account | None:
        credential = asked.credential
        return await self._gate.account_of(credential) if credential else None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_by(scope)
        credential = asked.credential
        # The feed connects and subscribes by itself, also where nobody sits before the screen.
        is_feed = asked.path == FEED_PATH
        account = await self._standing(credential, used=not is_feed, otherwise=False) if credential else None
        if asked.bearer is None and asked.is_foreign:
            await _turn_away(receive, send, CLOSE_FOREIGN, "sent by another site")
        elif credential is None or not isinstance(account, Account) or account.must_change:
            await _turn_away(receive, send, CLOSE_SIGNED_OUT, "not signed in")
        elif not _may_connect(asked, account):
            await _turn_away(receive, send, CLOSE_NOT_PERMITTED, "not permitted")
        else:
            scope.setdefault("state", {})["account"] = account
            watched = _Watched(
                receive,
                send,
                lambda used: self._is_standing(credential, used=used and not is_feed),
                lambda message: (judge_subscription if is_feed else judge_message)(account, message),
            )
            with entering(asked, account):
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
    """A live connection that ends when the account behind it is shut out, or asks for what it may not.

    While the database does not answer it stays: there is nothing to be seen then but the notice that figures are old.
    """

    def __init__(
        self, receive: Receive, send: Send, is_standing: Callable[[bool], Awaitable[bool]], judge: Judge
    ) -> None:
        self._receive = receive
        self._send = send
        self._is_standing = is_standing
        self._judge = judge
        self._ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive" or self._ended:
            return message
        if not await self._is_standing(True):
            return await self._ended_with(CLOSE_SIGNED_OUT, "signed out")
        if not self._judge(message).is_good:
            return await self._ended_with(CLOSE_NOT_PERMITTED, "not permitted")
        return message

    async def send(self, message: Message) -> None:
        if self._ended:
            return
        # A push from the server is no sign of life of the person before the screen.
        if message["type"] == "websocket.send" and not await self._is_standing(False):
            await self._ended_with(CLOSE_SIGNED_OUT, "signed out")
            return
        await self._send(message)

    async def _ended_with(self, code: int, reason: str) -> Message:
        if not self._ended:
            self._ended = True
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        return {"type": "websocket.disconnect", "code": code}


async def _turn_away(receive: Receive, send: Send, code: int, reason: str) -> None:
    """Accept first: closed before that, a browser would see no code and could not tell why."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": reason})


def _may_connect(asked: Asked, account: Account) -> bool:
    need = need_of(LIVE, asked.path)
    return need is not None and may(account, need)


def _refuse_callback(account: Account, body: bytes | None) -> Response | None:
    if body is None:
        return callback_unlisted()
    verdict = judge_callback(account, body)
    if verdict.lacking is not None:
        return not_permitted(account, verdict.lacking)
    return None if verdict.listed else callback_unlisted()
