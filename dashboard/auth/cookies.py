"""How does the session key travel in a cookie?"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from dashboard.auth.asked import COOKIE, Asked
from dashboard.auth.doors import SSO
from data.accounts.keys import Key, parse_key
from data.accounts.login_flows import LASTS
from data.accounts.permissions import Role
from data.accounts.sessions import term_of

CHOICE_S = 31_536_000
FLOW_COOKIE = "minqing_sso"


def give_cookie(response: Response, asked: Asked, key: Key, role: Role, *, lasts_s: int | None = None) -> None:
    """Hand over the key; it goes when the browser is closed, except on a wall, which must come back after a restart.

    Args:
        lasts_s: How long a wall keeps it, where that is not the usual term.
    """
    usual_s = int(term_of(role).absolute.total_seconds())
    lasting = (lasts_s or usual_s) if role is Role.WALL else None
    response.set_cookie(
        COOKIE,
        key.text,
        max_age=lasting,
        path="/",
        secure=asked.needs_secure_cookie,
        httponly=True,
        samesite="lax",
    )


def keep_flow(response: Response, asked: Asked, key: Key) -> None:
    """Have the browser remember that it began to sign in through the provider; nothing but that way back sees it."""
    response.set_cookie(
        FLOW_COOKIE,
        key.text,
        max_age=int(LASTS.total_seconds()),
        path=SSO,
        secure=asked.needs_secure_cookie,
        httponly=True,
        samesite="lax",
    )


def read_flow(request: Request) -> Key | None:
    """What the browser remembers of that."""
    return parse_key(request.cookies.get(FLOW_COOKIE, ""))


def drop_flow(response: Response, asked: Asked) -> None:
    """Have the browser forget it."""
    response.delete_cookie(FLOW_COOKIE, path=SSO, secure=asked.needs_secure_cookie, httponly=True, samesite="lax")


def keep_choices(response: Response, chosen: Mapping[str, str | None]) -> None:
    """Have the browser remember language and theme, as the scripts of the pages do; what is None stays as it is."""
    for key, value in chosen.items():
        if value is not None:
            response.set_cookie(f"minqing_{key}", value, max_age=CHOICE_S, path="/", samesite="lax")


def take_cookie(response: Response, asked: Asked) -> None:
    """Have the browser drop the key."""
    response.delete_cookie(COOKIE, path="/", secure=asked.needs_secure_cookie, httponly=True, samesite="lax")
