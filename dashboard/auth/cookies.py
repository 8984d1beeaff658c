"""How does the session key travel in a cookie?"""

from starlette.responses import Response

from dashboard.auth.asked import COOKIE, Asked
from data.accounts.keys import Key
from data.accounts.permissions import Role
from data.accounts.sessions import term_of


def give_cookie(response: Response, asked: Asked, key: Key, role: Role) -> None:
    """Hand over the key; it goes when the browser is closed, except on a wall, which must come back after a restart."""
    lasting = int(term_of(role).absolute.total_seconds()) if role is Role.WALL else None
    response.set_cookie(
        COOKIE,
        key.text,
        max_age=lasting,
        path="/",
        secure=asked.needs_secure_cookie,
        httponly=True,
        samesite="lax",
    )


def take_cookie(response: Response, asked: Asked) -> None:
    """Have the browser drop the key."""
    response.delete_cookie(COOKIE, path="/", secure=asked.needs_secure_cookie, httponly=True, samesite="lax")
