"""Who carries acts on cases out, and what if two get into each other's way?"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from psycopg import errors

from data.accounts.account import Account
from data.cases.action import Act
from data.cases.errors import CaseProblem, CaseUnknown
from data.cases.store import Command, Done, transition
from data.engine import AsyncRows

ATTEMPTS = 5
AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation)
"""After these nothing was written. A key that another transaction has just used is found the next time."""

BULK = frozenset({Act.FILE, Act.DISPATCH, Act.SUPERVISE, Act.ESCALATE})
"""What can be done to several cases at once."""

MOST_AT_ONCE = 200


class WritableDatabase(Protocol):
    """The database as the desk uses it; `data.engine.AsyncDatabase` is one."""

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one of several acts: it was done, or the reason why not."""

    case_id: int
    done: Done | None = None
    problem: CaseProblem | CaseUnknown | None = None


class CaseDesk:
    """Carries out what accounts do to cases, each act in a transaction of its own."""

    def __init__(self, database: WritableDatabase, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def act(self, command: Command, account: Account) -> Done:
        """Do something to a case; done once it is committed.

        Raises:
            CaseUnknown, CaseMoved, CaseRefused, CaseKeyReused, NotPermitted: It was not done.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.writing() as conn:
                    return await transition(conn, command, account, self._now())
            except AGAIN:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def act_on_all(self, commands: Sequence[Command], account: Account) -> tuple[Verdict, ...]:
        """Do something to several cases, one after the other; what fails for one is done for the others."""
        return tuple([await self._verdict(command, account) for command in commands])

    async def _verdict(self, command: Command, account: Account) -> Verdict:
        try:
            return Verdict(command.case_id, await self.act(command, account))
        except (CaseProblem, CaseUnknown) as problem:
            return Verdict(command.case_id, problem=problem)
