"""How long may a statement of this task run before the database gives it up?"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from data.errors import DataError

_LIMIT_MS: ContextVar[int | None] = ContextVar("statement_limit_ms", default=None)


class StatementTooLong(DataError):
    """A question took longer than questions of its kind may."""

    def __init__(self) -> None:
        super().__init__("The question took too long and was given up. Ask for a shorter period or a smaller unit.")


@contextmanager
def limited_statements(seconds: float) -> Iterator[None]:
    """Run the body, and tasks started in it, with a limit for each statement in its transactions."""
    token = _LIMIT_MS.set(max(1, int(seconds * 1_000)))
    try:
        yield
    finally:
        _LIMIT_MS.reset(token)


def limit_statement() -> str:
    """The statement that puts the limit into force until the transaction ends; empty for no limit."""
    limit_ms = _LIMIT_MS.get()
    return "" if limit_ms is None else f"SET LOCAL statement_timeout = {limit_ms};"
