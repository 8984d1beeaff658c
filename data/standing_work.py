"""Who does what has to be done again and again while the program runs? A thread, alone with it on its database."""

import logging
import threading
from collections.abc import Callable

import psycopg

from data.engine import libpq_url

log = logging.getLogger(__name__)

RETRY_S = 2.0
GRACE_S = 1.0
"""For so long a turn may go on when the program stops; then its statement is cancelled, and its transaction undone."""

_HOLD = "SELECT pg_try_advisory_lock(hashtext(%s))"


class StandingWork:
    """A thread with a connection of its own that takes a turn every `interval_s`.

    Of several processes on one database, one does the work; another takes over when it goes. A turn that fails is
    logged and taken again.
    """

    def __init__(
        self, url: str, name: str, turn: Callable[[psycopg.Connection], None], *, interval_s: float = 1.0
    ) -> None:
        """Nothing is done before `start`.

        Args:
            url: Of the owner.
            name: Of the thread, the connection and the lock, as `folder`.
            turn: Does the work over a connection in autocommit; whatever it leaves half done is undone or resumed.
            interval_s: Pause between turns.
        """
        self._url, self._name, self._turn, self._interval_s = libpq_url(url), name, turn, interval_s
        self._stop = threading.Event()
        self._connection: psycopg.Connection | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the turn under way, or in it where that takes long."""
        self._stop.set()
        for _ in range(10):
            if not self._thread.is_alive():
                return
            self._thread.join(GRACE_S)
            self._cancel()

    def _cancel(self) -> None:
        connection = self._connection
        if connection is not None and self._thread.is_alive():
            try:
                connection.cancel_safe(timeout=GRACE_S)
            except psycopg.Error as error:
                log.info("%s: nothing to cancel (%s)", self._name, type(error).__name__)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except psycopg.Error as error:
                if not self._stop.is_set():
                    log.warning("%s stopped (%s); trying again", self._name, type(error).__name__)
                self._stop.wait(RETRY_S)
            except Exception:  # the edge of the thread: one that dies in silence would leave all to grow old
                log.exception("%s stopped; trying again", self._name)
                self._stop.wait(RETRY_S)

    def _serve(self) -> None:
        name = f"minqing {self._name}"
        with psycopg.connect(self._url, autocommit=True, application_name=name) as connection:
            self._connection = connection
            while not self._stop.is_set():
                held = connection.execute(_HOLD, [f"minqing_{self._name}"]).fetchone()
                if held and held[0]:
                    break
                self._stop.wait(RETRY_S)
            while not self._stop.is_set():
                self._turn(connection)
                self._stop.wait(self._interval_s)
