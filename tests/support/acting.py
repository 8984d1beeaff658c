"""In whose name do tests ask? Accounts that act, and an application whose every request comes from one."""

from typing import Any

import httpx

from data.accounts.account import Account, acting_as
from data.accounts.permissions import Role

OPERATOR = Account(1, "operator", Role.OPERATOR)
"""Sees the whole city, every department and every class."""

LEADER = Account(4, "leader", Role.LEADER)
"""Sees the whole city and every department, and of sensitive classes what is released."""


def of_area(unit_id: int, code: str | None = None) -> Account:
    """An operator who sees the subtree of a unit."""
    return Account(2, "area", Role.OPERATOR, unit_id, unit_code=code)


def of_department(department_id: int, unit_id: int | None = None) -> Account:
    """A handler of a department, in the whole city or in the subtree of a unit."""
    return Account(3, "handler", Role.HANDLER, unit_id, department_id)


class Acting:
    """ASGI middleware: everything runs in the name of the account."""

    def __init__(self, app, account: Account) -> None:
        self._app = app
        self._account = account

    async def __call__(self, scope, receive, send) -> None:
        scope.setdefault("state", {})["account"] = self._account
        with acting_as(self._account):
            await self._app(scope, receive, send)


def client_as(app, account: Account, **options: Any) -> httpx.AsyncClient:
    """A client of an application, whose every request comes from an account; a failure inside is an answer."""
    transport = httpx.ASGITransport(Acting(app, account), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://city", **options)
