"""How does a test cut the network between a browser and the program? By a relay that can be cut, stalled and mended."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

BYTES = 65_536
DONE_S = 10


class Line:
    """Relays TCP from a port of its own to the program's."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._flows = asyncio.Event()
        self._streams: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._thread.start()
        self.mend()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Let bytes and connections through (again)."""
        self._do(self._mend())

    def cut(self) -> None:
        """End all connections and refuse new ones, as a router that has lost its uplink does."""
        self._do(self._cut())

    def stall(self) -> None:
        """Let connections stand and swallow every byte, as a pulled cable does."""
        self._do(self._stall())

    def close(self) -> None:
        """End everything, for good."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DONE_S)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(DONE_S)

    async def _mend(self) -> None:
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for stream in list(self._streams):
            stream.transport.abort()

    async def _close(self) -> None:
        await self._cut()
        self._flows.set()
        if relaying := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(relaying, timeout=DONE_S / 2)

    async def _stall(self) -> None:
        self._flows.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.add(writer)
        with contextlib.suppress(OSError):
            await self._flows.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._streams.add(far_writer)
            await asyncio.gather(self._pour(reader, far_writer), self._pour(far_reader, writer))
            self._end(far_writer)
        self._end(writer)

    def _end(self, stream: asyncio.StreamWriter) -> None:
        self._streams.discard(stream)
        stream.close()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while read := await reader.read(BYTES):
                await self._flows.wait()
                writer.write(read)
                await writer.drain()
        # The other side goes on sending what it has: a half-closed connection is none for a browser.
        self._end(writer)
