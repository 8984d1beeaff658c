"""Which callback does a posted body or a live message ask for, before anything runs?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Message, Receive

from dashboard.auth.refusals import may
from dashboard.auth.route_matching import need_of_message, needs_of_output
from data.accounts.account import Account
from data.accounts.permissions import Permission

CALLBACK = "/_dash-update-component"
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a callback may run.

    Attributes:
        lacking: The permission that is missing; None where it may run, or where no line lists the callback.
        listed: Whether the table knows it.
    """

    lacking: Permission | None = None
    listed: bool = True

    @property
    def is_good(self) -> bool:
        """Whether it may run."""
        return self.listed and self.lacking is None


GOOD, UNLISTED = Verdict(), Verdict(listed=False)


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None where it is too large or the client left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives the body again, and then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def judge_callback(account: Account, body: bytes) -> Verdict:
    """Whether the account may run the callback that a posted body names."""
    return _judge_output(account, _loaded(body))


def judge_message(account: Account, message: Message) -> Verdict:
    """Whether the account may send a live message."""
    given = _loaded(message.get("text") or message.get("bytes") or b"")
    need = need_of_message(given.get("type"))
    if need is None:
        return UNLISTED
    if not may(account, need):
        return Verdict(lacking=Permission(need))
    return _judge_output(account, given.get("payload")) if given["type"] == "callback_request" else GOOD


def _judge_output(account: Account, payload: Any) -> Verdict:
    output = payload.get("output") if isinstance(payload, dict) else None
    needs = needs_of_output(output) if isinstance(output, str) else None
    if needs is None:
        return UNLISTED
    lacking = sorted(Permission(need) for need in needs if not may(account, need))
    return Verdict(lacking=lacking[0]) if lacking else GOOD


def _loaded(text: str | bytes) -> dict[str, Any]:
    try:
        loaded = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


Judge = Callable[[Message], Verdict]
