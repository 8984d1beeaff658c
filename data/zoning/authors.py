"""In whose name is a plan changed?"""

from dataclasses import dataclass

from data.accounts.account import acting_account_or_none

COMMAND_LINE = "cli"


@dataclass(frozen=True, slots=True)
class Author:
    """An account, or nobody of the program's accounts at the command line."""

    account_id: int | None
    name: str


def current_author() -> Author:
    """The account of this task; outside of any request the command line."""
    account = acting_account_or_none()
    return Author(None, COMMAND_LINE) if account is None else Author(account.id, account.name)
