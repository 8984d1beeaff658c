"""Which map layers may the account behind a request see?"""

from functools import lru_cache

from data.accounts.account import Account
from layers.permission import Access, AsgiScope


def access_of(scope: AsgiScope) -> Access:
    """The access of the account that the door let in.

    Raises:
        KeyError: The request did not come through the door.
    """
    return _access(scope["state"]["account"])


@lru_cache(maxsize=1_024)
def _access(account: Account) -> Access:
    """Accounts that see the same share a key, and with it the tiles that are kept."""
    held = sorted(account.permissions)
    key = f"{account.unit_id or ''}/{account.department_id or ''}/{','.join(held)}"
    return Access(key, frozenset(str(permission) for permission in held))
