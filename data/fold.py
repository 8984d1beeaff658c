"""Who keeps the figures current while the program runs? One process, once a second."""

from datetime import UTC, datetime

import psycopg

from data.audit.chain import ChainKey
from data.audit.keeper import AuditKeeper
from data.cases.keeper import CaseKeeper
from data.cases.past_logs import PastKeeper
from data.feed.tell import tell
from data.figures.keeper import DayKeeper
from data.intake.answers import FORGET
from data.release import release
from data.risk.keeper import RiskKeeper
from data.rollup import fold, mark_breached
from data.rollup_packs import make_packs
from data.scope_reach import fill_scope_reach
from data.standing_work import StandingWork
from data.tile_chunks import refresh_chunks
from data.tile_pieces import cut_units

INTERVAL_S = 1.0
PARTITIONS = "SELECT ensure_incident_partition(now()), ensure_incident_partition(now() + interval '1 month')"


class Folder:
    """Three threads of their own, so that what is slow holds up nothing else.

    The folder folds pending changes, marks passed deadlines, seals the audit log, releases figures of ended weeks,
    forgets old answers, packs positions for map tiles, cuts units into tiles, works out what scopes reach and prepares
    the next month's partition. The teller tells the live feed. Upkeep ends suspensions, takes late cases up the
    ladder, judges risks, folds logs of before, once, and keeps the figures of days that have ended.
    """

    def __init__(self, url: str, *, interval_s: float = INTERVAL_S, audit_key: ChainKey | None = None) -> None:
        self._audit = AuditKeeper(audit_key)
        self._cases, self._risks, self._days = CaseKeeper(url), RiskKeeper(), DayKeeper(url)
        self._past = PastKeeper(url)
        turns = {"folder": self._pass, "teller": _tell, "upkeep": self._keep_up}
        self._works = [StandingWork(url, name, turn, interval_s=interval_s) for name, turn in turns.items()]
        self.last_pass: datetime | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        for work in self._works:
            work.start()

    def stop(self) -> None:
        """Stop all three."""
        for work in self._works:
            work.stop()

    def _pass(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute(PARTITIONS)
        with connection.transaction():
            mark_breached(connection)
        with connection.transaction():
            fold(connection)
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
        self.last_pass = datetime.now(UTC)

    def _keep_up(self, connection: psycopg.Connection) -> None:
        self._cases.turn(connection, datetime.now(UTC))
        with connection.transaction():
            self._risks.turn(connection, datetime.now(UTC))
        self._past.turn()
        self._days.turn(datetime.now(UTC))


def _tell(connection: psycopg.Connection) -> None:
    with connection.transaction():
        tell(connection)
