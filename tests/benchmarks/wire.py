"""How many bytes of a server have reached a browser at a given moment?"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 1 << 16


@dataclass(slots=True)
class WireLog:
    """What passed from server to browser.

    Attributes:
        port: Where the browser connects.
        passed: (seconds since 1970, bytes) of every piece, in order of arrival.
    """

    port: int
    passed: list[tuple[float, int]] = field(default_factory=list)

    def bytes_until(self, moment_s: float) -> int:
        """Bytes that had left for the browser at a moment, headers included."""
        return sum(size for at, size in self.passed if at <= moment_s)


@contextmanager
def relay(server_port: int) -> Iterator[WireLog]:
    """A relay in front of a server on this machine that counts every byte on its way to the browser."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        log = WireLog(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, server_port, log), daemon=True).start()
        yield log
        # Closing alone does not wake a thread that waits for a connection.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server_port: int, log: WireLog) -> None:
    while True:
        try:
            browser, _ = listener.accept()
        except OSError:
            return
        try:
            server = socket.create_connection(("127.0.0.1", server_port))
        except OSError:
            browser.close()
            continue
        threading.Thread(target=_pump, args=(browser, server, None), daemon=True).start()
        threading.Thread(target=_pump, args=(server, browser, log), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, log: WireLog | None) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            if log is not None:
                log.passed.append((time.time(), len(piece)))
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
