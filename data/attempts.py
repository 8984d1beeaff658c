"""What if a transaction gets into another's way? It is carried out again, a few times, as nothing of it was written."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from psycopg import errors

from data.engine import AsyncRows

ATTEMPTS = 5
AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation)
"""After these nothing was written. A key that another transaction has just used is found the next time."""

_Done = TypeVar("_Done")


class WritableDatabase(Protocol):
    """A database that is written to; `data.engine.AsyncDatabase` is one."""

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""


async def carried_out(database: WritableDatabase, act: Callable[[AsyncRows], Awaitable[_Done]]) -> _Done:
    """Run an act in a transaction of its own; done once it is committed.

    Args:
        act: Reads everything that it goes by from the transaction, so that it can begin again.

    Raises:
        DeadlockDetected, SerializationFailure, UniqueViolation: The last attempt failed too.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await _once(database, act)
        except AGAIN:
            continue
    return await _once(database, act)


async def _once(database: WritableDatabase, act: Callable[[AsyncRows], Awaitable[_Done]]) -> _Done:
    async with database.writing() as conn:
        return await act(conn)
