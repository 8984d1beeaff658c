"""What does the dashboard need from outside to run?"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dashboard.auth.desk import AccountDesk
from dashboard.auth.own_desk import OwnDesk
from data.accounts.demo import DemoAccounts
from data.accounts.provider import Provider
from data.attachments.files import PhotoFiles
from data.audit.check import ChainCheck
from data.engine import AsyncRows
from data.settings import LiveCaps
from data.wall.book import SceneBook
from data.webhooks.secret import SecretSeal


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

    def listening(self, channel: str) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection of its own, without a scope, that hears what is notified on a channel."""


@dataclass(frozen=True, slots=True)
class Desks:
    """Who manages accounts: all of them, and one's own."""

    accounts: AccountDesk
    own: OwnDesk


Background = Callable[[], AbstractAsyncContextManager[object]]
"""Something that runs as long as the application does: entered at start, left at stop."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that `create_app` is given; nothing else is reached from inside.

    Attributes:
        database: Where all figures come from, under the login role of the web; opened and closed with the application.
        accounts: The same database under the login role of sign-in, which alone reads accounts, sessions and tokens.
        desks: Who manages accounts for the pages; `create_app` sets it.
        now: The present moment, aware.
        default_lang: Language of a visitor who has not chosen one: zh or en.
        background: What runs beside the requests, such as the fold of the rollups.
        audit: Verifies the audit log; None where the process does not keep it.
        provider: Who vouches for people in single sign-on; None where nobody does.
        demo: The demo accounts, where the program serves this machine alone; they get one-click sign-in.
        photo_files: Where photos of cases lie; None where the process keeps none.
        scenes: What the wall shows.
        webhook_seal: Seals the secrets of webhooks.
        patience: How many times as often as usual everybody may ask (`dashboard/security/limits.py`).
        live_caps: How many live connections may be open at once.
    """

    database: Database
    now: Callable[[], datetime]
    default_lang: str = "zh"
    background: tuple[Background, ...] = ()
    demo: DemoAccounts | None = None
    accounts: Database | None = None
    desks: Desks | None = None
    audit: ChainCheck | None = None
    provider: Provider | None = None
    photo_files: PhotoFiles | None = None
    scenes: SceneBook = field(default_factory=SceneBook)
    webhook_seal: SecretSeal = field(default_factory=lambda: SecretSeal(None))
    patience: float = 1.0
    live_caps: LiveCaps = field(default_factory=LiveCaps)

    @property
    def account_desk(self) -> AccountDesk:
        """Who manages all accounts for the pages."""
        assert self.desks is not None
        return self.desks.accounts

    @property
    def own_desk(self) -> OwnDesk:
        """Who manages the account that acts for the pages."""
        assert self.desks is not None
        return self.desks.own

    @property
    def account_database(self) -> Database:
        """Where accounts, sessions and tokens are read and written; without a role of its own, the one database."""
        return self.accounts or self.database
