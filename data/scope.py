"""Which rows may the statements of this task see? The scope that every transaction hands to row-level security."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from data.accounts.account import Account, acting_account_or_none
from data.accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class RowScope:
    """An area, for handlers a department, and whether sensitive classes are among the rows.

    Attributes:
        unit_id: Unit whose subtree is visible; None is the whole city.
        department_id: Department whose incidents are visible; None is no restriction by department.
        account_id: In whose name; None for the program itself.
        sees_sensitive: Whether incidents of sensitive classes are visible, and exact figures of them.
    """

    unit_id: int | None = None
    department_id: int | None = None
    account_id: int | None = None
    sees_sensitive: bool = False

    @property
    def key(self) -> str:
        """Scopes with the same key see the same rows."""
        return f"{self.unit_id or 0}/{self.department_id or 0}/{int(self.sees_sensitive)}"


WHOLE = RowScope()
"""What the program itself sees when it works for nobody in particular: no sensitive classes."""

_PROGRAM: ContextVar[bool] = ContextVar("acting_as_program", default=False)


@contextmanager
def acting_as_program() -> Iterator[None]:
    """Run the body for the program itself, which sees the whole city; what it reads goes to nobody as it is."""
    token = _PROGRAM.set(True)
    try:
        yield
    finally:
        _PROGRAM.reset(token)


def scope_of(account: Account) -> RowScope:
    """The rows that an account may see."""
    sees_sensitive = account.may(Permission.SENSITIVE)
    return RowScope(account.unit_id, account.department_id, account.id, sees_sensitive)


def current_scope() -> RowScope | None:
    """The scope of this task; None where it runs for nobody, and then no row is visible."""
    if _PROGRAM.get():
        return WHOLE
    account = acting_account_or_none()
    return None if account is None else scope_of(account)


def scope_statements(scope: RowScope | None) -> str:
    """Statements that put a scope into force until the transaction ends."""
    if scope is None:
        return ""
    return (
        f"SET LOCAL minqing.unit_id = '{int(scope.unit_id or 0)}';"
        f"SET LOCAL minqing.department_id = '{int(scope.department_id or 0)}';"
        f"SET LOCAL minqing.account_id = '{int(scope.account_id or 0)}';"
        f"SET LOCAL minqing.sensitive = '{'on' if scope.sees_sensitive else 'off'}'"
    )
