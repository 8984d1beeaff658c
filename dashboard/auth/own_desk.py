"""How does somebody manage the account that they act by: its tokens, language and theme?"""

from collections.abc import Sequence

from dashboard.auth.gate import Gate
from dashboard.auth.services import AuthEvent, AuthServices
from data.accounts.account import Account, acting_account
from data.accounts.administration import ListedAccount, find_listed, store_choices
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission
from data.accounts.tokens import ListedToken, MadeToken, NewToken, list_tokens, make_token, revoke_token
from data.audit.entry import Action


class OwnDesk:
    """Manages the account that acts, for those who signed in; a token cannot make or revoke tokens."""

    def __init__(self, services: AuthServices, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    async def tokens(self) -> Sequence[ListedToken]:
        """The account's tokens, newest first; revoked and expired ones too."""
        account = _owner()
        async with self._services.database.reading() as conn:
            return await list_tokens(conn, account.id)

    async def make_token(self, new: NewToken) -> MadeToken:
        """Make a token.

        Raises:
            AccountRefused: A value cannot be used.
        """
        account, now = _owner(), self._services.now()
        async with self._services.database.writing() as conn:
            made = await make_token(conn, account.id, new, now)
            await self._services.note(conn, AuthEvent(Action.TOKEN_MADE, account.id, now, "", made.id))
        return made

    async def revoke_token(self, token_id: int) -> None:
        """Make a token worthless, at once.

        Raises:
            TokenUnknown: The account has no such token.
        """
        account, now = _owner(), self._services.now()
        async with self._services.database.writing() as conn:
            await revoke_token(conn, account.id, token_id, now)
            await self._services.note(conn, AuthEvent(Action.TOKEN_REVOKED, account.id, now, "", token_id))
        self._gate.forget_account(account.id)

    async def facts(self) -> ListedAccount:
        """What is known of the account."""
        async with self._services.database.reading() as conn:
            return await find_listed(conn, acting_account().id, self._services.now())

    async def choose(self, lang: str, theme: str) -> None:
        """Keep the language and the theme for every browser that the account signs in from."""
        account = acting_account()
        async with self._services.database.writing() as conn:
            await store_choices(conn, account.id, lang, theme)
        self._gate.forget_account(account.id)


def _owner() -> Account:
    account = acting_account()
    if not account.may(Permission.OWN_TOKENS) or account.by_token:
        raise NotPermitted(Permission.OWN_TOKENS)
    return account
