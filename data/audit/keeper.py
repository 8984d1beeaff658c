"""What does the log need done again and again: sealing, room for the next month, dropping what is over?"""

import logging
from datetime import datetime, timedelta

import psycopg

from data.audit.chain import ChainKey
from data.audit.retention import drop_expired
from data.audit.sealing import seal_new

log = logging.getLogger(__name__)
EXPIRY_EVERY = timedelta(hours=1)


class AuditKeeper:
    """Keeps the log of one database; one process has one.

    Args:
        key: Key of the chain's links; None makes plain hashes.
    """

    def __init__(self, key: ChainKey | None) -> None:
        self._key = key
        self._looked_at: datetime | None = None

    def turn(self, connection: psycopg.Connection, now: datetime) -> None:
        """Seal what waits; once an hour see what is over. Each in a transaction of its own.

        Args:
            connection: As owner of the tables, in autocommit.
            now: The present moment, aware.
        """
        with connection.transaction():
            seal_new(connection, self._key)
        if self._looked_at is not None and now - self._looked_at < EXPIRY_EVERY:
            return
        self._looked_at = now
        try:
            with connection.transaction():
                # Attaching a partition later would have to wait for whoever reads the log then.
                connection.execute("SELECT ensure_audit_partition(now() + interval '1 month')")
                dropped = drop_expired(connection, now)
        except psycopg.errors.LockNotAvailable:
            log.info("old months of the audit log are being read; trying again in an hour")
            return
        if dropped is not None:
            log.info("audit log: %s entries before %s dropped", dropped.entries, dropped.cut.date())
