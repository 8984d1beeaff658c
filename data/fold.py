"""Who keeps the figures current while the program runs? One process, once a second."""

import logging
import threading
from datetime import UTC, datetime

import psycopg

from data.audit.chain import ChainKey
from data.audit.keeper import AuditKeeper
from data.engine import libpq_url
from data.feed.teller import Teller
from data.figures.keeper import DayKeeper
from data.intake.answers import FORGET
from data.release import release
from data.risk.keeper import judge_changed
from data.rollup import fold, mark_breached
from data.rollup_packs import make_packs
from data.scope_reach import fill_scope_reach
from data.tile_chunks import refresh_chunks
from data.tile_pieces import cut_units

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
RETRY_S = 2.0
HOLD = "SELECT pg_try_advisory_lock(hashtext('minqing_folder'))"
PARTITIONS = "SELECT ensure_incident_partition(now()), ensure_incident_partition(now() + interval '1 month')"


class Folder:
    """A thread that folds pending changes, has the live feed told, judges risks, releases figures of ended weeks, marks
    passed deadlines, forgets old answers, packs positions for map tiles, cuts units into tiles, works out what scopes
    reach, prepares the next month's partition, keeps the figures of days that have ended and seals the audit log.

    Of several processes on one database, one does the work; another takes over when it goes.
    """

    def __init__(self, url: str, *, interval_s: float = INTERVAL_S, audit_key: ChainKey | None = None) -> None:
        self._url = libpq_url(url)
        self._audit = AuditKeeper(audit_key)
        self._days = DayKeeper(self._url)
        self._teller = Teller(url, interval_s=interval_s)
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder", daemon=True)
        self.last_pass: datetime | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._thread.start()
        self._teller.start()

    def stop(self) -> None:
        """Finish the pass under way and stop."""
        self._stop.set()
        self._teller.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except psycopg.Error as error:
                log.warning("folding stopped (%s); trying again", type(error).__name__)
                self._stop.wait(RETRY_S)
            except Exception:  # the edge of the thread: one that dies in silence would leave figures to grow old
                log.exception("folding stopped; trying again")
                self._stop.wait(RETRY_S)

    def _serve(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.is_set():
                held = connection.execute(HOLD).fetchone()
                if held and held[0]:
                    break
                self._stop.wait(RETRY_S)
            while not self._stop.is_set():
                self._pass(connection)
                self._stop.wait(self._interval_s)

    def _pass(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute(PARTITIONS)
        with connection.transaction():
            mark_breached(connection)
        with connection.transaction():
            fold(connection)
        with connection.transaction():
            judge_changed(connection, datetime.now(UTC))
        # Before what may take long in the first pass over a city: entries of the log do not wait for map tiles.
        self._audit.turn(connection, datetime.now(UTC))
        with connection.transaction():
            release(connection)
        with connection.transaction():
            make_packs(connection)
        connection.execute(FORGET)
        refresh_chunks(connection)
        with connection.transaction():
            cut_units(connection)
        with connection.transaction():
            fill_scope_reach(connection)
        self._days.turn(datetime.now(UTC))
        self.last_pass = datetime.now(UTC)
