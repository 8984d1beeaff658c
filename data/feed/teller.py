"""Who tells the feed while the program runs? One process, once a second, whatever else the folding process is at."""

import logging
import threading

import psycopg

from data.engine import libpq_url
from data.feed.tell import tell

log = logging.getLogger(__name__)
INTERVAL_S = 1.0
RETRY_S = 2.0
HOLD = "SELECT pg_try_advisory_lock(hashtext('minqing_teller'))"


class Teller:
    """A thread with a connection of its own: a pass of the folder may take long, as the first one over a new city does.

    Of several processes on one database, one tells; another takes over when it goes.
    """

    def __init__(self, url: str, *, interval_s: float = INTERVAL_S) -> None:
        self._url = libpq_url(url)
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)

    def start(self) -> None:
        """Begin to work in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn under way and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except psycopg.Error as error:
                log.warning("telling stopped (%s); trying again", type(error).__name__)
                self._stop.wait(RETRY_S)
            except Exception:  # the edge of the thread: one that dies in silence would leave pages to wait
                log.exception("telling stopped; trying again")
                self._stop.wait(RETRY_S)

    def _serve(self) -> None:
        with psycopg.connect(self._url, autocommit=True, application_name="minqing teller") as connection:
            while not self._stop.is_set():
                held = connection.execute(HOLD).fetchone()
                if held and held[0]:
                    break
                self._stop.wait(RETRY_S)
            while not self._stop.is_set():
                with connection.transaction():
                    tell(connection)
                self._stop.wait(self._interval_s)
