"""Who carries acts on cases out, and what if two get into each other's way?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.accounts.account import Account
from data.attempts import WritableDatabase, carried_out
from data.cases.action import Act
from data.cases.errors import CaseProblem, CaseUnknown
from data.cases.store import Command, Done, transition

BULK = frozenset({Act.FILE, Act.DISPATCH, Act.SUPERVISE, Act.ESCALATE})
"""What can be done to several cases at once."""

MOST_AT_ONCE = 200


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
        return await carried_out(self._database, lambda conn: transition(conn, command, account, self._now()))

    async def act_on_all(self, commands: Sequence[Command], account: Account) -> tuple[Verdict, ...]:
        """Do something to several cases, one after the other; what fails for one is done for the others."""
        return tuple([await self._verdict(command, account) for command in commands])

    async def _verdict(self, command: Command, account: Account) -> Verdict:
        try:
            return Verdict(command.case_id, await self.act(command, account))
        except (CaseProblem, CaseUnknown) as problem:
            return Verdict(command.case_id, problem=problem)
