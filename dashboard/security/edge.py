"""Which requests get to the door at all, and how do all answers leave? The outermost layer."""

import asyncio
import ipaddress
import math
from collections.abc import Callable
from functools import lru_cache

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import Kind, problem
from dashboard.auth.callback_body import replayed
from dashboard.security.buckets import Buckets, Rate
from dashboard.security.failures import Started, failure
from dashboard.security.headers import SecurityHeaders
from dashboard.security.limits import BODY_S, FROM_ADDRESS, MESSAGE_BYTES, MESSAGES, Limits, limits_of
from dashboard.security.shape import RequestUnfit, require_fit, require_shallow, too_large
from data.statement_limit import StatementTooLong, limited_statements

WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
TOO_OFTEN = Kind(429, "too-often", "Asked too often")
CLOSE_TOO_OFTEN = 4429
CLOSE_UNFIT = 4400


class Edge:
    """Pure ASGI; sizes, rates, deadlines, headers, and an answer to every error."""

    def __init__(
        self, app: ASGIApp, headers: SecurityHeaders, buckets: Buckets, times: float = 1.0, default_lang: str = "zh"
    ) -> None:
        self._app = app
        self._headers = headers
        self._buckets = buckets
        self._times = times
        self._default_lang = default_lang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what is fit."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, _Metered(receive, self._buckets, self._times).receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = limits_of(scope["method"], scope["path"])
        sent = Started(send, lambda message: self._headers.add(scope, message))
        try:
            require_fit(scope, limits)
            refusal = self._refuse_often(scope, limits)
            if refusal is not None:
                await refusal(scope, receive, sent)
                return
            if scope["method"] not in WITHOUT_BODY:
                body = await _whole_body(receive, limits)
                if not limits.is_file:
                    require_shallow(body)
                receive = replayed(body, receive)
            with limited_statements(limits.statement_s):
                await _in_time(self._app, scope, receive, sent, limits)
        except Exception as error:  # the edge of the whole application
            if sent.is_started:
                raise
            await failure(error, scope, self._default_lang)(scope, receive, sent)

    def _refuse_often(self, scope: Scope, limits: Limits) -> Response | None:
        network = network_of(scope)
        waits_s = [self._buckets.take(("", network), faster(FROM_ADDRESS, self._times))]
        if limits.of_address is not None:
            waits_s.append(self._buckets.take((limits.key, network), faster(limits.of_address, self._times)))
        return too_often(max(waits_s)) if max(waits_s) else None


class AccountRates:
    """ASGI middleware inside the door: how often one account asks."""

    def __init__(self, app: ASGIApp, buckets: Buckets, times: float = 1.0) -> None:
        self._app = app
        self._buckets = buckets
        self._times = times

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or ask to wait."""
        account = scope.get("state", {}).get("account")
        if scope["type"] == "http" and account is not None:
            limits = limits_of(scope["method"], scope["path"])
            wait_s = self._buckets.take((limits.key, account.id), faster(limits.of_account, self._times))
            if wait_s:
                await too_often(wait_s)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Metered:
    """A receiver of live messages that ends the connection at too many or too large ones."""

    def __init__(self, receive: Receive, buckets: Buckets, times: float) -> None:
        self._receive = receive
        self._buckets = buckets
        self._times = times

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text")
        content = message.get("bytes") or b"" if text is None else text.encode(errors="replace")
        if len(content) > MESSAGE_BYTES:
            return {"type": "websocket.disconnect", "code": CLOSE_UNFIT}
        try:
            require_shallow(content)
        except RequestUnfit:
            return {"type": "websocket.disconnect", "code": CLOSE_UNFIT}
        if self._buckets.take(id(self), faster(MESSAGES, self._times)):
            return {"type": "websocket.disconnect", "code": CLOSE_TOO_OFTEN}
        return message


def network_of(scope: Scope) -> str:
    """Whom an address counts for: itself, or for IPv6 the 64 bits that one house has."""
    client = scope.get("client")
    return _network(client[0] if client else "")


@lru_cache(maxsize=1_024)
def _network(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def faster(rate: Rate, times: float) -> Rate:
    """The rate, so many times as generous."""
    return rate if times == 1.0 else Rate(rate.at_once * times, rate.per_s * times)


def too_often(wait_s: float) -> Response:
    """What is said to somebody who asks too often."""
    seconds = max(1, math.ceil(wait_s))
    answer = problem(TOO_OFTEN, None, "There were too many requests in a short time.", f"Wait {seconds} s and go on.")
    answer.headers["Retry-After"] = str(seconds)
    return answer


async def _whole_body(receive: Receive, limits: Limits) -> bytes:
    parts = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise RequestUnfit(400, "body", "It broke off.", "Send the request again.")
                parts += message.get("body", b"")
                if len(parts) > limits.body_bytes:
                    raise too_large(limits)
                if not message.get("more_body", False):
                    return bytes(parts)
    except TimeoutError as error:
        raise RequestUnfit(408, "body", f"It was not here after {BODY_S:.0f} s.", "Send it faster.") from error


async def _in_time(app: ASGIApp, scope: Scope, receive: Receive, sent: Started, limits: Limits) -> None:
    """Run the application until it is done, no answer has begun in time, or the client of a mere reading has gone."""
    me = asyncio.current_task()
    assert me is not None
    gone = _Gone(receive, lambda: None if sent.is_complete else me.cancel())
    watching = asyncio.create_task(gone.watch()) if limits.ends_with_client else None
    try:
        async with asyncio.timeout(limits.answer_s) as deadline:

            async def timed(message: Message) -> None:
                deadline.reschedule(None)
                await sent(message)

            await app(scope, gone.receive if watching else receive, timed)
    except asyncio.CancelledError:
        if not gone.is_gone:
            raise
        me.uncancel()
    except TimeoutError as error:
        raise StatementTooLong from error
    finally:
        if watching is not None:
            watching.cancel()


class _Gone:
    """Listens for the client's leaving while the application works, and hands on what else comes."""

    def __init__(self, receive: Receive, stop: Callable[[], object]) -> None:
        self._receive = receive
        self._stop = stop
        self._come: asyncio.Queue[Message] = asyncio.Queue()
        self.is_gone = False

    async def receive(self) -> Message:
        return await self._come.get()

    async def watch(self) -> None:
        while True:
            message = await self._receive()
            self._come.put_nowait(message)
            if message["type"] == "http.disconnect":
                self.is_gone = True
                self._stop()
                return
