"""Who acts? The account as every other part of the program sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from data.accounts.errors import NobodyActs
from data.accounts.permissions import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class Account:
    """An account that proved who it is.

    Attributes:
        id: Key of the row.
        name: Login name.
        role: What the account is for.
        unit_id: Id of the current unit whose subtree it may see; None is the whole city.
        department_id: Department whose cases it handles; None is no restriction by department.
        lang: zh, en, or None where never chosen.
        theme: dark, light, or None where never chosen.
        must_change: Whether the password has to be changed before anything else.
        limited_to: What a token narrows the rights to; None does not narrow them.
        unit_code: Code of the unit `unit_id`.
        by_token: Whether a token acts for it instead of a signed-in person.
    """

    id: int
    name: str
    role: Role
    unit_id: int | None = None
    department_id: int | None = None
    lang: str | None = None
    theme: str | None = None
    must_change: bool = False
    limited_to: frozenset[Permission] | None = None
    unit_code: str | None = None
    by_token: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that it may do."""
        held = permissions_of(self.role)
        return held if self.limited_to is None else held & self.limited_to

    def may(self, permission: Permission) -> bool:
        """Whether it may do this."""
        return permission in self.permissions


_ACTING: ContextVar[Account | None] = ContextVar("acting_account", default=None)


def acting_account() -> Account:
    """The account in whose name this task runs.

    Raises:
        NobodyActs: The task does not belong to a request of an account.
    """
    account = _ACTING.get()
    if account is None:
        raise NobodyActs
    return account


def acting_account_or_none() -> Account | None:
    """The account in whose name this task runs, or None."""
    return _ACTING.get()


@contextmanager
def acting_as(account: Account | None) -> Iterator[None]:
    """Run the body, and tasks started in it, in the name of an account."""
    token = _ACTING.set(account)
    try:
        yield
    finally:
        _ACTING.reset(token)
