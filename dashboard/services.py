"""What does the dashboard need from outside to run?"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.accounts.demo import DemoAccounts
from data.engine import AsyncRows


class Database(Protocol):
    """The database as pages and routes see it; `data.engine.AsyncDatabase` is one."""

    async def open(self) -> None:
        """Get ready for requests."""

    async def close(self) -> None:
        """Give all connections back."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""

    def single(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection for one statement, which is a snapshot by itself."""


Background = Callable[[], AbstractAsyncContextManager[object]]
"""Something that runs as long as the application does: entered at start, left at stop."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that `create_app` is given; nothing else is reached from inside.

    Attributes:
        database: Where all figures come from; opened and closed with the application.
        now: The present moment, aware.
        default_lang: Language of a visitor who has not chosen one: zh or en.
        background: What runs beside the requests, such as the fold of the rollups.
        demo: The demo accounts, where the program serves this machine alone; they get one-click sign-in.
    """

    database: Database
    now: Callable[[], datetime]
    default_lang: str = "zh"
    background: tuple[Background, ...] = ()
    demo: DemoAccounts | None = None
