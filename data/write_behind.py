"""How does a connection write one batch while its owner prepares the next?"""

import threading
from collections.abc import Callable

import psycopg

_PATIENCE_S = 0.05


class WriteBehind:
    """Runs one write at a time in a thread of its own, in the transaction of the connection's owner.

    The write holds the connection from its start to its end, so whatever the owner asks of the connection meanwhile
    waits: the owner sees either none or all of it, and a rollback never overtakes it.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        # psycopg takes this lock for every command; a write of several commands takes it once around them all.
        connection.lock = threading.RLock()  # type: ignore[assignment]  # the same protocol, by one thread repeatedly
        self._connection = connection
        self._lock = connection.lock
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, write: Callable[[], None]) -> None:
        """Begin a write when the one before has ended; returns as soon as it holds the connection.

        Raises:
            Exception: What the write before raised.
        """
        self.wait()
        holds = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(write, holds), name="write-behind")
        self._thread.start()
        holds.wait()

    def wait(self) -> None:
        """Wait for the end of the write, if there is one.

        Raises:
            Exception: What it raised.
        """
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def give_up(self) -> None:
        """End a write that runs; what it raised comes with the next wait.

        A cancel between two commands of the write meets nothing, so it is repeated until the write has ended.
        """
        while self._thread is not None and self._thread.is_alive():
            self._connection.cancel()
            self._thread.join(_PATIENCE_S)

    def _run(self, write: Callable[[], None], holds: threading.Event) -> None:
        with self._lock:
            holds.set()
            try:
                write()
            except BaseException as error:  # handed over to the owner's thread, which raises it
                self._error = error
