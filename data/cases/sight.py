"""With which scope does a transaction look at a case beyond the account's own department or area?"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from data.accounts.account import Account
from data.cases.case_row import CaseRow, read_case_rows
from data.cases.errors import CaseUnknown
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_one
from data.scope import RowScope, current_scope, scope_of, scope_statements

_CALLED = "SELECT incident_id AS id FROM case_call WHERE incident_id = %(id)s AND department_id = %(department)s"

ReadCases = Callable[[AsyncRows, Collection[int]], Awaitable[dict[int, CaseRow]]]
"""Rows of the cases that the scope in force shows, by id: `read_case_rows`, or `lock_cases` to lock them too."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """A case that an account sees.

    Attributes:
        scope: In which it sees it: that of a called department; None for its own.
    """

    row: CaseRow
    scope: RowScope | None


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
    found = await fetch_one(conn, RowId, _CALLED, {"id": case_id, "department": account.department_id})
    return None if found is None else called_scope(account)


@asynccontextmanager
async def sighting(
    conn: AsyncRows, case_id: int, account: Account, read: ReadCases = read_case_rows
) -> AsyncIterator[Sighted]:
    """Run the body of a transaction under the scope that shows a case: the account's own, else of a called department.

    Raises:
        CaseUnknown: There is no such case for the account.
    """
    rows = await read(conn, [case_id])
    scope = None if rows else await scope_for(conn, case_id, account)
    async with looking(conn, scope):
        if scope is not None:
            rows = await read(conn, [case_id])
        if case_id not in rows:
            raise CaseUnknown(case_id)
        yield Sighted(rows[case_id], scope)
