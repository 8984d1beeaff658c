"""How do keys come in, and refusals go out, in the way of Open311? A layer around the application, for its paths only.

A program sends its token as `api_key` in the query, the form or a header; behind this layer it is a bearer token like
any other, and the query no longer holds it. Every refusal, the door's own too, leaves as the array of errors that the
standard knows, with 403 for a missing or worthless key.
"""

import re
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import MEDIA_TYPE as PROBLEM
from dashboard.auth.callback_body import read_body, replayed
from dashboard.open311.answers import JSON, MEDIA_TYPES, XML, error_record, xml_of
from data.privacy.masking import masked_text

PREFIX = "/open311/v2/"
KEY = "api_key"
_KEY_HEADERS = (b"api-key", b"api_key", b"x-api-key")
_KEY_TEXT = re.compile(r"[A-Za-z0-9_.~-]{1,200}")
_NO_KEY = "worthless"
_FORM = b"application/x-www-form-urlencoded"


class Open311Door:
    """Pure ASGI; leaves all other paths alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Translate."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        if b"authorization" not in dict(scope["headers"]):
            scope, receive = await _with_bearer(scope, receive)
        form = XML if scope["path"].endswith(".xml") else JSON
        await self._app(scope, receive, _Translated(send, form).send)


class _Translated:
    """Holds a refusal back until all of it is there, and sends it in the other form."""

    def __init__(self, send: Send, form: str) -> None:
        self._send = send
        self._form = form
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass on what is no refusal."""
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_refusal(self._start)

    async def _send_refusal(self, start: Message) -> None:
        problem = orjson.loads(self._body)
        # The standard knows one status for a key that is missing or does not count.
        status = 403 if start["status"] == 401 else start["status"]
        errors = [error_record(status, masked_text(_described(problem)))]
        body = orjson.dumps(errors) if self._form == JSON else xml_of("errors", errors)
        kept = [(name, value) for name, value in start["headers"] if name not in (b"content-type", b"content-length")]
        told = [(b"content-type", MEDIA_TYPES[self._form].encode()), (b"content-length", str(len(body)).encode())]
        await self._send({**start, "status": status, "headers": kept + told})
        await self._send({"type": "http.response.body", "body": body})


def _described(problem: dict[str, object]) -> str:
    field = problem.get("field")
    return f"{field}: {problem['detail']}" if field else str(problem["detail"])


def _is_problem(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return kind.startswith(PROBLEM.encode())


async def _with_bearer(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    headers = dict(scope["headers"])
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in pairs if name == KEY]
    keys += [headers[name].decode("latin-1") for name in _KEY_HEADERS if name in headers]
    if not keys and scope["method"] == "POST" and headers.get(b"content-type", b"").split(b";")[0].strip() == _FORM:
        body = await read_body(receive) or b""
        receive = replayed(body, receive)
        keys = [value for name, value in parse_qsl(body.decode("utf-8", "replace")) if name == KEY]
    if not keys:
        return scope, receive
    # What cannot be a token is handed on as one that does not count, never fallen back from to a cookie.
    bearer = keys[0] if _KEY_TEXT.fullmatch(keys[0]) else _NO_KEY
    query = urlencode([(name, value) for name, value in pairs if name != KEY]).encode()
    named = [*scope["headers"], (b"authorization", f"Bearer {bearer}".encode())]
    return {**scope, "headers": named, "query_string": query}, receive
