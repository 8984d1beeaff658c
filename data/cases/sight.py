"""With which scope does a transaction look at a case beyond the account's own department or area?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from data.accounts.account import Account
from data.engine import AsyncRows
from data.reads.rows import fetch_one
from data.scope import RowScope, current_scope, scope_of, scope_statements

_CALLED = "SELECT incident_id AS id FROM case_call WHERE incident_id = %(id)s AND department_id = %(department)s"


def called_scope(account: Account) -> RowScope:
    """The account's scope without its department: for cases to which the department is called."""
    return replace(scope_of(account), department_id=None)


def linked_scope(account: Account) -> RowScope:
    """Everything, in the account's name: for cases that a case is linked to, which may lie elsewhere."""
    return RowScope(None, None, account.id, sees_sensitive=True)


@asynccontextmanager
async def looking(conn: AsyncRows, scope: RowScope | None) -> AsyncIterator[None]:
    """Run the body of a transaction under another scope; None changes nothing."""
    if scope is None:
        yield
        return
    await conn.execute(scope_statements(scope).encode(), prepare=False)
    yield
    await conn.execute(scope_statements(current_scope()).encode(), prepare=False)


async def scope_for(conn: AsyncRows, case_id: int, account: Account) -> RowScope | None:
    """The scope in which the account sees a case that its own does not show: that of a called department, else None."""
    if account.department_id is None:
        return None
    found = await fetch_one(conn, _Id, _CALLED, {"id": case_id, "department": account.department_id})
    return None if found is None else called_scope(account)


class _Id:
    def __init__(self, id: int) -> None:
        self.id = id
