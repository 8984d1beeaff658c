"""What do so many viewers at the socket receive, and when? In a process of their own, without a browser."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import connect

READY = "ready"
OPEN_S = 60.0
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Received:
    """What viewers were told of cases.

    Attributes:
        viewer, case: (n,) which viewer was told of which case.
        at_s: (n,) when, seconds since 1970.
        pushes: (viewers,) messages with news.
        gaps: How many stretches did not join the one before.
        snapshots: How many times a viewer was told to read everything anew, the beginnings not counted.
    """

    viewer: NDArray[np.int32]
    case: NDArray[np.int64]
    at_s: NDArray[np.float64]
    pushes: NDArray[np.int64]
    gaps: int
    snapshots: int


@dataclass(slots=True)
class _Log:
    viewer: list[int] = field(default_factory=list)
    case: list[int] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    pushes: dict[int, int] = field(default_factory=dict)
    gaps: int = 0
    snapshots: int = 0

    def hear(self, viewer: int, text: str | bytes, upto: int | None) -> int:
        """Note a message; returns the number up to which the viewer knows everything."""
        at_s = time.time()
        message = json.loads(text)
        if message["type"] == "snapshot":
            self.snapshots += upto is not None
            return int(message["upto"])
        self.gaps += message["after"] != upto
        cases = message.get("cases", [])
        self.pushes[viewer] = self.pushes.get(viewer, 0) + bool(cases)
        self.viewer += [viewer] * len(cases)
        self.case += [one["id"] for one in cases]
        self.at_s += [at_s] * len(cases)
        return int(message["upto"])


def watch(address: str, tokens: Sequence[str], pipe: Connection) -> None:
    """Open a connection per token, say when all are there, and give what they received once asked for it."""
    asyncio.run(_watch(address, tokens, pipe))


async def _watch(address: str, tokens: Sequence[str], pipe: Connection) -> None:
    log, turns, ready = _Log(), asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(_view(address, token, viewer, log, turns, ready)) for viewer, token in enumerate(tokens)
    ]
    async with asyncio.timeout(OPEN_S):
        for _ in tasks:
            await ready.acquire()
    pipe.send(READY)
    await asyncio.to_thread(pipe.recv)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    pushes = np.array([log.pushes.get(viewer, 0) for viewer in range(len(tokens))], np.int64)
    viewers, cases = np.array(log.viewer, np.int32), np.array(log.case, np.int64)
    pipe.send(Received(viewers, cases, np.array(log.at_s), pushes, log.gaps, log.snapshots))


async def _view(
    address: str, token: str, viewer: int, log: _Log, turns: asyncio.Semaphore, ready: asyncio.Semaphore
) -> None:
    upto: int | None = None
    async with turns:
        socket = await connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None)
    try:
        await socket.send(json.dumps({"type": "subscribe", "kinds": ["cases", "figures"]}))
        async for text in socket:
            is_first = upto is None
            upto = log.hear(viewer, text, upto)
            if is_first:
                ready.release()
    finally:
        await socket.close()
