"""How is one message sent? Signed, once, to where the name leads, within limits of time and size; followed nowhere."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import httpx

from data.webhooks.address import AddressRefused, Target, look_up
from data.webhooks.secret import HEADER, signature

AGENT = "Minqing-Webhook/1"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a receiver may take, and how much of its answer is read.

    Attributes:
        connect_s: Connecting, and each wait for a piece.
        whole_s: Everything, looking up the name included.
        answer_bytes: Of the body; a longer one is cut off and counts all the same.
    """

    connect_s: float = 5.0
    whole_s: float = 10.0
    answer_bytes: int = 16_384


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with its address.

    Attributes:
        number: Of the message; a receiver that met it before has it already.
        allow_private: Whether it may go to this machine or a private network.
    """

    number: int
    url: str
    secret: str
    body: bytes
    allow_private: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it.

    Attributes:
        status: Status of the answer, None where none came.
        trouble: Why it did not arrive, None where it did.
    """

    status: int | None = None
    trouble: str | None = None


async def send(letter: Letter, now: datetime, limits: Limits | None = None) -> Result:
    """Send a message; it has arrived when the answer is a status of 200 to 299.

    Args:
        letter: What to whom.
        now: Aware; part of what is signed.
        limits: Of the receiver.
    """
    limits = limits or Limits()
    try:
        async with asyncio.timeout(limits.whole_s):
            target = await look_up(letter.url, allow_private=letter.allow_private)
            return await _post(letter, target, now, limits)
    except AddressRefused as refused:
        return Result(trouble=refused.cause)
    except TimeoutError:
        return Result(trouble=f"no answer within {limits.whole_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Result(trouble=f"not reached: {type(error).__name__}")


async def _post(letter: Letter, target: Target, now: datetime, limits: Limits) -> Result:
    headers = {
        "Host": target.authority,
        "User-Agent": AGENT,
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "Minqing-Delivery": str(letter.number),
        HEADER: signature(letter.secret, letter.body, now),
    }
    # The connection goes to the number that was looked up; the certificate has to be that of the name.
    extensions = {"sni_hostname": target.host}
    timeout = httpx.Timeout(limits.connect_s)
    async with httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client:
        request = client.build_request("POST", target.url, content=letter.body, headers=headers, extensions=extensions)
        answer = await client.send(request, stream=True)
        try:
            await _read_some(answer, limits.answer_bytes)
        finally:
            await answer.aclose()
    if answer.is_redirect:
        return Result(answer.status_code, "it leads to another address, which is not followed")
    if not answer.is_success:
        return Result(answer.status_code, f"status {answer.status_code}")
    return Result(answer.status_code)


async def _read_some(answer: httpx.Response, most: int) -> None:
    """Let the receiver finish, within bounds: one that is cut off in the middle may take it for a failure."""
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > most:
            return
