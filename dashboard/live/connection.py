"""What happens on one live connection, from the first message to the last?"""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from dashboard.live.hub import UNREADABLE, Hub, Seat
from dashboard.live.messages import Subscription, beat_message, delta_message, snapshot_message, subscription_of
from data.accounts.account import Account, acting_account

log = logging.getLogger(__name__)
PATH = "/live"
PUSH_S = 1.0
"""Between two pushes to a viewer lies at least so long."""

BEAT_S = 5.0
"""A viewer hears something at least so often."""

SEND_S = 20.0
"""A client that takes no message for so long is let go: it comes back when it can."""

FIRST_S = 15.0
CLOSE_UNFIT = 4400
CLOSE_LATER = 1013


class LiveConnections:
    """Serves live connections; the door has looked at the account and looks at it again at every message."""

    def __init__(self, hub: Hub, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._clock = clock

    async def serve(self, socket: WebSocket) -> None:
        """One connection until either side ends it."""
        try:
            await socket.accept()
            async with asyncio.timeout(FIRST_S):
                first = await socket.receive_text()
            await _Viewer(self._hub, socket, acting_account(), self._clock).serve(first)
        except (WebSocketDisconnect, TimeoutError, RuntimeError) as error:
            # A connection that was ended by the other side, or by the door, between two steps.
            log.debug("a live connection ended (%s)", type(error).__name__)
        except UNREADABLE as error:
            log.warning("a live connection cannot begin (%s)", type(error).__name__)
            await _close(socket, CLOSE_LATER)


class _Viewer:
    """One viewer: what comes in are subscriptions, what goes out is at most one push a second."""

    def __init__(self, hub: Hub, socket: WebSocket, account: Account, clock: Callable[[], float]) -> None:
        self._hub = hub
        self._socket = socket
        self._account = account
        self._clock = clock

    async def serve(self, text: str) -> None:
        """Subscribe, and again where the viewer asks anew, until the connection ends."""
        while True:
            wanted = subscription_of(text)
            if wanted is None:
                await _close(self._socket, CLOSE_UNFIT)
                return
            text = await self._pushing(wanted)

    async def _pushing(self, wanted: Subscription) -> str:
        """Push until the viewer says something else; returns what it says."""
        seat = await self._hub.join(self._account, wanted)
        hearing = asyncio.create_task(self._socket.receive_text())
        pushing = asyncio.create_task(self._push(seat))
        try:
            await asyncio.wait((hearing, pushing), return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                pushing.result()
            return hearing.result()
        finally:
            self._hub.leave(seat)
            hearing.cancel()
            pushing.cancel()
            await asyncio.gather(hearing, pushing, return_exceptions=True)

    async def _push(self, seat: Seat) -> None:
        """Send what waits, at most once a second; while a client is slow its mailbox fills, and no other's does."""
        while True:
            if not await seat.mailbox.filled(BEAT_S):
                await self._send(self._message(seat))
                continue
            began_s = self._clock()
            await self._send(self._message(seat))
            await asyncio.sleep(max(0.0, PUSH_S - (self._clock() - began_s)))

    def _message(self, seat: Seat) -> str:
        taken, pulse = seat.mailbox.take(), self._hub.pulse(seat)
        if taken.is_snapshot:
            return snapshot_message(taken.upto, self._hub.epoch_of(seat), pulse)
        if taken.news:
            return delta_message(taken.after, taken.upto, taken.news, pulse)
        return beat_message(taken.after, taken.upto, pulse)

    async def _send(self, message: str) -> None:
        async with asyncio.timeout(SEND_S):
            await self._socket.send_text(message)


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(code)
