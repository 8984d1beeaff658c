"""What do sign-in and the middleware need from outside to run?"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.accounts.demo import DemoAccounts
from data.accounts.provider import Provider
from data.audit.entry import Action
from data.engine import AsyncRows


class AuthDatabase(Protocol):
    """The database as accounts are read and written; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """Something that the audit log wants to know.

    Attributes:
        kind: What happened.
        account_id: Whose account; None where a name was tried that no account has.
        at: When.
        address: Network that it came from, cut.
        subject: Id of the token that it is about; None for others.
        actor_id: Who did it to the account, where that is another one; None where it is the account itself.
        before, after: Role, area and department and what else changed, around a change; None for others.
    """

    kind: Action
    account_id: int | None
    at: datetime
    address: str
    subject: int | None = None
    actor_id: int | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


Note = Callable[[AsyncRows, AuthEvent], Awaitable[None]]
"""Writes an event in the same transaction as what it tells of."""


async def note_nothing(_conn: AsyncRows, _event: AuthEvent) -> None:
    """For a program without an audit log."""


@dataclass(frozen=True, slots=True)
class AuthServices:
    """Everything that sign-in and the middleware are given.

    Attributes:
        database: Where accounts, sessions and tokens are.
        now: The present moment, aware.
        default_lang: Language of a visitor who has not chosen one.
        demo: The demo accounts, which then can be entered by one click from this machine; None where there are none.
        note: Told of sign-ins and tokens.
        provider: Who vouches for people in single sign-on; None where nobody does.
        refusal_s: A refused sign-in is answered no sooner, so that the time tells nothing about the name.
    """

    database: AuthDatabase
    now: Callable[[], datetime]
    default_lang: str = "zh"
    demo: DemoAccounts | None = None
    note: Note = note_nothing
    provider: Provider | None = None
    refusal_s: float = 0.5
