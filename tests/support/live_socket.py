"""A live connection to an ASGI application, without a server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

ORIGIN = "http://127.0.0.1"
ANSWER_S = 20.0


class LiveSocket:
    """What a page does with its live connection.

    Attributes:
        closed: Code with which the server has closed it; None while it is open.
        reason: What the server said of that.
    """

    def __init__(self, app: Any, cookie: str | None, origin: str = ORIGIN) -> None:
        headers = [(b"host", b"127.0.0.1"), (b"origin", origin.encode())]
        headers += [(b"cookie", f"minqing_session={cookie}".encode())] if cookie else []
        scope = {"type": "websocket", "path": "/live", "scheme": "ws", "headers": headers, "query_string": b""}
        scope |= {"client": ("127.0.0.1", 1), "subprotocols": []}
        self.closed: int | None = None
        self.reason = ""
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(app(scope, self._incoming.get, self._send))
        self._gate = asyncio.Event()
        self._gate.set()

    async def _send(self, message: Any) -> None:
        # A client that takes nothing lets the server's sending wait.
        await self._gate.wait()
        if message["type"] == "websocket.close":
            self.closed, self.reason = message["code"], message.get("reason") or ""
            self._incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})
        self._outgoing.put_nowait(message)

    def sleep(self) -> None:
        """Take nothing more until it wakes."""
        self._gate.clear()

    def wake(self) -> None:
        """Take messages again."""
        self._gate.set()

    def say(self, **message: Any) -> None:
        """Send a message."""
        self._incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next message, of a type where one is named; empty where the connection was closed."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = await self._outgoing.get()
                if message["type"] == "websocket.close":
                    return {}
                if message["type"] != "websocket.send":
                    continue
                said: dict[str, Any] = json.loads(message["text"])
                if kind in (None, said["type"]):
                    return said

    async def hear_cases(self, ids: set[int]) -> list[dict[str, Any]]:
        """What is told of cases, until all of these were named."""
        told: list[dict[str, Any]] = []
        while not ids <= {one["id"] for one in told}:
            told += (await self.hear("delta")).get("cases", [])
        return told

    async def leave(self) -> None:
        """Close the connection as a browser does."""
        self.wake()
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, ANSWER_S)


@asynccontextmanager
async def live(
    app: Any, cookie: str | None, *kinds: str, last: int | None = None, epoch: str | None = None, origin: str = ORIGIN
) -> AsyncIterator[LiveSocket]:
    """A connection that has subscribed."""
    socket = LiveSocket(app, cookie, origin)
    socket.say(type="subscribe", kinds=list(kinds), last=last, epoch=epoch)
    try:
        yield socket
    finally:
        await socket.leave()
