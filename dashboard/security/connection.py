"""How long may a connection take to say what it wants? The server's protocol with the limits that it lacks."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dashboard.security.limits import HEAD_BYTES, HEAD_S


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers are not complete in time, or too long.

    Without it, thousands of connections that send a byte a minute would stay open for ever. Between two requests of a
    connection the server's own keep-alive limit counts.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete."""
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        if self._late is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._late is not None and self._head_bytes > HEAD_BYTES:
            self._give_up()

    def on_headers_complete(self) -> None:
        """The rest is a matter of the application."""
        self._head_is_here()
        super().on_headers_complete()

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
