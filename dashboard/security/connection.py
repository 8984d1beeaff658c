"""How long may a connection take to say what it wants? The server's protocol with the limits that it lacks."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dashboard.api.problems import MALFORMED, Kind, problem
from dashboard.security.limits import HEAD_BYTES, HEAD_S

HEAD_TOO_LARGE = Kind(431, "head-too-large", "The head of the request is too large")
LINGER_S = 2.0
LINGER_BYTES = 4_000_000
"""What a refused client still sends is taken and forgotten this long: closing with data unread would destroy the answer
on its way."""


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers are not complete in time, or too long.

    Without it, thousands of connections that send a byte a minute would stay open for ever. Between two requests of a
    connection the server's own keep-alive limit counts.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._forgotten_bytes: int | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete; forget what comes after a refusal."""
        if self._forgotten_bytes is not None:
            self._forgotten_bytes += len(data)
            if self._forgotten_bytes > LINGER_BYTES:
                self._give_up()
            return
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        if self._late is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._late is not None and self._head_bytes > HEAD_BYTES and self._forgotten_bytes is None:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        """The rest is a matter of the application."""
        self._head_is_here()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # the server's own words
        """Refuse what is no HTTP, or has a request line longer than the parser reads."""
        if self._head_bytes > HEAD_BYTES:
            self._refuse_head()
        else:
            self._refuse(MALFORMED, "request", "It is no HTTP request.", "Send HTTP/1.1.")

    def _refuse_head(self) -> None:
        cause = f"Request line and headers have more than {HEAD_BYTES:,} bytes."
        self._refuse(HEAD_TOO_LARGE, "headers", cause, "Ask for less at once.")

    def _refuse(self, kind: Kind, field: str, cause: str, remedy: str) -> None:
        self._head_is_here()
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer to an earlier request is under way, and would have this one in its midst.
            self.transport.close()
            return
        answer = problem(kind, field, cause, remedy)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        head = [f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}".encode()]
        lines = head + [name + b": " + value for name, value in headers]
        self._forgotten_bytes = 0
        self.transport.write(b"\r\n".join([*lines, b"", b""]) + bytes(answer.body))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._late = self.loop.call_later(LINGER_S, self._give_up)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._late = self.loop.call_later(HEAD_S, self._give_up)

    def _head_is_here(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._head_is_here()
        if not self.transport.is_closing():
            self.transport.close()
