"""Who does what is being done right now, and from where?"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from data.accounts.account import acting_account_or_none


class ActorKind(StrEnum):
    """What acts."""

    ACCOUNT = "account"
    NOBODY = "nobody"
    CLI = "cli"
    PROGRAM = "program"


class Via(StrEnum):
    """By which door it came."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  # the name of a door
    CLI = "cli"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. Login name, role and area of an account are looked up by the database.

    Attributes:
        kind: What it is; `nobody` is a visitor who did not get in.
        via: By which door.
        account_id: The account, where there is one.
        address: Network that the request came from, cut as sessions keep it; empty where there is none.
    """

    kind: ActorKind
    via: Via
    account_id: int | None = None
    address: str = ""


COMMAND_LINE = Actor(ActorKind.CLI, Via.CLI)
"""Somebody at the machine. The name of their account on the operating system is not kept."""

PROGRAM = Actor(ActorKind.PROGRAM, Via.PROGRAM)
"""The program by itself, such as when it drops months that are over."""


@dataclass(frozen=True, slots=True)
class _Door:
    via: Via
    address: str


_DOOR: ContextVar[_Door | None] = ContextVar("audit_door", default=None)


@contextmanager
def acting_from(via: Via, address: str) -> Iterator[None]:
    """Run the body, and tasks started in it, as coming through this door.

    Args:
        via: Session or token.
        address: Network, cut.
    """
    token = _DOOR.set(_Door(via, address))
    try:
        yield
    finally:
        _DOOR.reset(token)


def current_actor() -> Actor:
    """The account in whose name this task runs; outside of any request the command line."""
    account, door = acting_account_or_none(), _DOOR.get()
    if account is None:
        return COMMAND_LINE
    return Actor(ActorKind.ACCOUNT, door.via if door else Via.SESSION, account.id, door.address if door else "")
