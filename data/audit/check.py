"""How does the running program verify its audit log when an auditor asks: one walk at a time, with its progress?"""

import threading
from dataclasses import dataclass

import psycopg

from data.audit.actor import Actor
from data.audit.chain import ChainKey, Head
from data.audit.entry import Action, Entry
from data.audit.findings import Verification
from data.audit.record import record_now
from data.audit.verify import verify
from data.engine import libpq_url
from data.errors import DataError


class CheckRunning(DataError):
    """Somebody verifies the log right now."""

    def __init__(self) -> None:
        super().__init__("The log is being verified already. Wait for the result.")


@dataclass(frozen=True, slots=True)
class Passed:
    """How far a walk is: seals of how many."""

    done: int
    total: int


class ChainCheck:
    """Verifies as owner of the tables: the login of the web sees neither all entries nor the key.

    Args:
        url: Address of the database as its owner.
        key: Key of the links; None where there is no secret.
    """

    def __init__(self, url: str, key: ChainKey | None) -> None:
        self._url = libpq_url(url)
        self._key = key
        self._lock = threading.Lock()
        self.passed: Passed | None = None

    def run(self, actor: Actor, noted: Head | None = None) -> Verification:
        """Verify, and write down that it was done; blocks for as long as it takes.

        Args:
            actor: Who asks.
            noted: A head that has to be in the chain still.

        Raises:
            CheckRunning: Another one is under way.
        """
        if not self._lock.acquire(blocking=False):
            raise CheckRunning
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                result = verify(connection, self._key, noted=noted, progress=self._note)
                record_now(connection, verified_entry(result), actor)
        finally:
            self.passed = None
            self._lock.release()
        return result

    def _note(self, done: int, total: int) -> None:
        self.passed = Passed(done, total)


def verified_entry(result: Verification) -> Entry:
    """The entry that says that the log was verified, and with which result."""
    detail = {"sealed": result.sealed, "head": str(result.head), "findings": len(result.findings)}
    return Entry(Action.AUDIT_VERIFIED, "audit", detail=detail)
