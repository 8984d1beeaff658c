"""What does a client learn when something unforeseen goes wrong? Where the log tells of it, and nothing else."""

import logging
from collections.abc import Callable

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import MALFORMED, Kind, kind_of, problem, problem_of, tell
from dashboard.auth.asked import asked_by
from dashboard.auth.callback_body import CALLBACK
from dashboard.auth.doors import wants_page
from dashboard.auth.refusals import visitor
from dashboard.index import failure_page
from dashboard.security.shape import RequestUnfit

logger = logging.getLogger(__name__)
MALFORMED_CALLBACK = (KeyError, TypeError, IndexError, AttributeError, ValueError)


class Failures:
    """ASGI middleware: no error passes it as an error.

    It stands around the routes, inside of Dash's own layer, which would answer without a word in the log.
    """

    def __init__(self, app: ASGIApp, default_lang: str = "zh") -> None:
        self._app = app
        self._default_lang = default_lang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in any case."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = Started(send)
        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if watched.is_started:
                # Half an answer cannot be taken back: the server breaks the connection off, so it passes for no whole.
                raise
            await failure(error, scope, self._default_lang)(scope, receive, send)


class Started:
    """A sender that remembers how far an answer is."""

    def __init__(self, send: Send, on_start: Callable[[Message], None] | None = None) -> None:
        self._send = send
        self._on_start = on_start
        self.is_started = False
        self.is_complete = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.is_started = True
            if self._on_start:
                self._on_start(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_complete = True
        await self._send(message)


def failure(error: Exception, scope: Scope, default_lang: str) -> Response:
    """The answer to an error: a page for people, a problem document for programs."""
    if isinstance(error, RequestUnfit):
        return unfit(error)
    asked = asked_by(scope)
    if asked.path == CALLBACK and isinstance(error, MALFORMED_CALLBACK):
        # Errors of the callbacks themselves are told by toasts and never come here.
        logger.warning("a callback could not be understood", exc_info=error)
        return problem(MALFORMED, "body", "It is not how a page asks for a callback.", "Reload the page.")
    kind = kind_of(error)
    if kind.status < 500 or not wants_page(asked):
        return problem_of(error)
    return HTMLResponse(failure_page(visitor(asked, default_lang), tell(error, kind)), kind.status)


def unfit(error: RequestUnfit) -> Response:
    """The answer to a request that is too large or contradicts itself; the rest of it is not read."""
    answer = problem(Kind(error.status, "unfit", "The request cannot be used"), error.field, error.cause, error.remedy)
    answer.headers["Connection"] = "close"
    return answer
