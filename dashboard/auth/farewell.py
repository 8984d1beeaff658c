"""How does somebody who came in through a provider leave it, too? RP-initiated logout.

The token that the provider gave about the person stays in their browser alone, for this way alone: the database keeps
nothing of it.

Source: OpenID Connect RP-Initiated Logout 1.0.
"""

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.auth.asked import Asked
from dashboard.auth.doors import LOGIN, LOGOUT
from dashboard.auth.oidc_errors import ProviderUnusable
from dashboard.auth.oidc_provider import OpenIdProvider
from dashboard.index import Visitor
from dashboard.pages.login.page import leaving_page
from data.accounts.sessions import STAFF_TERM

logger = logging.getLogger(__name__)
COOKIE = "minqing_sso_out"
LONGEST_TOKEN = 3_500
"""Browsers keep no cookie of more than 4,096 bytes; without a token the provider may ask the person."""

NO_TOKEN = "-"  # noqa: S105  # a mark
STAYS = "stays"
"""Key of the sign-in page's text that the session at the provider may go on."""


def keep_token(response: Response, asked: Asked, token: str) -> None:
    """Have the browser remember that it came in through the provider, and as whom; only the way out sees it."""
    response.set_cookie(
        COOKIE,
        token if len(token) <= LONGEST_TOKEN else NO_TOKEN,
        max_age=int(STAFF_TERM.absolute.total_seconds()),
        path=LOGOUT,
        secure=asked.needs_secure_cookie,
        httponly=True,
        samesite="lax",
    )


def drop_token(response: Response, asked: Asked) -> None:
    """Have the browser forget it: it is signed out, or came in by a password."""
    response.delete_cookie(COOKIE, path=LOGOUT, secure=asked.needs_secure_cookie, httponly=True, samesite="lax")


async def way_out(request: Request, provider: OpenIdProvider | None, visitor: Visitor) -> Response:
    """Where somebody who was just signed out here goes: to the sign-in page, by way of the provider where needed."""
    token = request.cookies.get(COOKIE)
    if token is None or provider is None or not provider.settings.ends_session:
        return RedirectResponse(LOGIN, status_code=303)
    try:
        address = await provider.leaving_address(None if token == NO_TOKEN else token, LOGIN)
    except ProviderUnusable as error:
        logger.warning("a session at the provider of single sign-on may go on: %s", error)
        address = None
    if address is None:
        return RedirectResponse(f"{LOGIN}?sso={STAYS}", status_code=303)
    # A page in between: forms of ours may lead to this site alone, by redirects as well.
    return HTMLResponse(leaving_page(visitor, address, provider.settings.name))
