"""What can somebody do with a bare connection: be slow, be endless, say two things at once?"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.security import connection
from dashboard.security.buckets import Buckets
from dashboard.security.connection import PatientProtocol
from dashboard.security.edge import Edge
from dashboard.security.headers import SecurityHeaders

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    await PlainTextResponse(f"{scope['method']} {scope['path']} {len(body)}")(scope, receive, send)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connection, "HEAD_S", 0.6)
    edge = Edge(_echo, SecurityHeaders(lambda: "default-src 'none'"), Buckets(time.monotonic))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            edge, http=PatientProtocol, server_header=False, log_level="critical", lifespan="off", timeout_keep_alive=5
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  # the server offers nothing to wait for
            await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        await task


async def _said(port: int, sent: bytes, *, seconds: float = 5.0) -> bytes:
    """Everything that comes back until the server closes the connection, or the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    said = b""
    try:
        async with asyncio.timeout(seconds):
            while part := await reader.read(65_536):
                said += part
    except (TimeoutError, ConnectionError):
        said += b"<still open>"
    writer.close()
    return said


async def test_a_client_that_never_finishes_its_headers_is_sent_away(port: int) -> None:
    began_s = time.monotonic()
    assert await _said(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ") == b""
    assert 0.3 < time.monotonic() - began_s < 4
    assert await _said(port, b"") == b""


async def test_slow_clients_do_not_keep_others_waiting(port: int) -> None:
    slow = [asyncio.create_task(_said(port, b"GET / HTTP/1.1\r\nX: ")) for _ in range(200)]
    await asyncio.sleep(0.1)
    began_s = time.monotonic()
    answer = await _said(port, b"GET /fast HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"200 OK" in answer
    assert time.monotonic() - began_s < 3
    assert set(await asyncio.gather(*slow)) == {b""}


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ", b"GET /?q="])
async def test_a_head_without_end_is_refused_and_the_refusal_arrives(port: int, start: bytes) -> None:
    said = await _said(port, start + b"x" * 300_000)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in said
    assert b'"field":"headers"' in said
    assert b"65,536 bytes" in said


async def test_who_sends_on_after_a_refusal_is_cut_off(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send_on() -> None:
        for _ in range(2_000):
            writer.write(b"x" * 65_536)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_on(), 10)
    writer.close()


async def test_a_patient_connection_may_ask_again(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(3):
        writer.write(f"GET /{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"server:" not in head.lower()
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert await reader.readexactly(length) == f"GET /{number} 0".encode()
        await asyncio.sleep(0.8)
    writer.close()


SMUGGLED = b"GET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"Content-Length: 0, 44\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: +0\r\n\r\n",
        b"Content-Length: 0x0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0;x=\n1\r\n\r\n",
        b"X: a\r\n Content-Length: 44\r\n\r\n",
        b"Host: evil.example\r\n\r\n",
    ],
)
async def test_no_second_request_hides_in_the_first(port: int, head: bytes) -> None:
    sent = b"POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + head + SMUGGLED
    said = await _said(port, sent)
    assert b"/admin" not in said
    assert said.count(b"HTTP/1.1 ") <= 1


NOISE = (
    b"\x16\x03\x01\x02\x00\x01",
    b"GET\r\n\r\n",
    b"\x00" * 100,
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\n",
)


@pytest.mark.parametrize("sent", NOISE)
async def test_noise_is_answered_by_nothing_but_a_refusal(port: int, sent: bytes) -> None:
    said = await _said(port, sent)
    assert b"200 OK" not in said
    assert b"Traceback" not in said
    assert b"GET /next" in await _said(port, b"GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
