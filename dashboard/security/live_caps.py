"""How many live connections may one account, and one network address, keep open at once?

In each web process for itself. Whoever keeps thousands open would otherwise take the memory and the time of all others.
"""

from collections import Counter
from collections.abc import Hashable

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.security.edge import network_of
from data.settings import LiveCaps

CLOSE_TOO_MANY = 4430


class LiveCap:
    """ASGI middleware inside the door: counts what is open, and closes what is too many with the reason."""

    def __init__(self, app: ASGIApp, caps: LiveCaps, times: float = 1.0) -> None:
        """Around an application.

        Args:
            caps: How many there may be.
            times: So many times as many.
        """
        self._app = app
        self._caps = caps
        self._times = times
        self._open: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through while there is room."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        account = scope.get("state", {}).get("account")
        mine = ("account", account.id if account else None), ("address", network_of(scope))
        most = self._caps.per_account * self._times, self._caps.per_address * self._times
        for key, cap in zip(mine, most, strict=True):
            if self._open[key] >= cap:
                await _refuse(receive, send, f"This {key[0]} has {cap:.0f} live connections open. Close some windows.")
                return
        self._open.update(mine)
        try:
            await self._app(scope, receive, send)
        finally:
            self._open.subtract(mine)
            # Zeros would pile up, one for every address that ever came.
            self._open = +self._open


async def _refuse(receive: Receive, send: Send, reason: str) -> None:
    """Accept first: closed before that, a browser would see no code and could not tell why."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": CLOSE_TOO_MANY, "reason": reason})
