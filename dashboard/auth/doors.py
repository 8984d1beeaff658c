"""Which paths are open to everybody, who is led to the sign-in, and where does it lead back to?"""

from urllib.parse import quote, unquote, urlsplit

from dashboard.auth.asked import Asked
from dashboard.auth.route_matching import need_of
from dashboard.auth.route_permissions import Standing

LOGIN = "/login"
PASSWORD = "/login/password"  # noqa: S105  # a path
LOGOUT = "/logout"
DEMO = "/login/demo"
STYLE = "/login/style.css"
SSO = "/login/sso"
SSO_RETURN = "/login/sso/return"
WALL_ENTER = "/wall/enter"
WALL_SCRIPT = "/wall/enter.js"
HOME = "/"
WALL_HOME = "/wall"

READ = frozenset({"GET", "HEAD"})
MACHINES = ("/api/", "/tiles/", "/open311/", "/ogc/", "/_dash-", "/assets/", "/metrics")
PAGES_OF_MACHINES = frozenset({"/api/docs"})
WITHOUT_NEW_PASSWORD = frozenset({LOGIN, PASSWORD, LOGOUT, STYLE})
MOST_CHARACTERS = 2_000


def is_open(asked: Asked) -> bool:
    """Whether everybody may have this."""
    return need_of(asked.method, asked.path) is Standing.ANYBODY


def wants_page(asked: Asked) -> bool:
    """Whether somebody is looking at a page, who is helped by being led to the sign-in."""
    if asked.method not in READ:
        return False
    if asked.path.startswith(MACHINES) and asked.path not in PAGES_OF_MACHINES:
        return False
    if asked.headers.get("sec-fetch-dest", "document") not in ("document", "iframe"):
        return False
    accept = asked.headers.get("accept", "*/*")
    return "text/html" in accept or "*/*" in accept


def login_address(asked: Asked) -> str:
    """The sign-in page, which leads back to what was asked for."""
    wanted = quote(asked.path, safe="/-._~") + (f"?{asked.query}" if asked.query else "")
    target = safe_next(wanted)
    return LOGIN if target == HOME else f"{LOGIN}?next={quote(target, safe='')}"


def safe_next(text: str | None) -> str:
    """Where to go after sign-in: a path of this site, or the start page where the text is anything else.

    >>> safe_next("/map?unit=4401"), safe_next("//evil.example/map"), safe_next("https://evil.example")
    ('/map?unit=4401', '/', '/')
    """
    if not text or len(text) > MOST_CHARACTERS or not text.isascii():
        return HOME
    # Browsers drop tabs and line breaks and read \\ as /, which turns a harmless-looking path into another site.
    if not text.startswith("/") or any(char <= " " or char in '\\"<>\x7f' for char in text):
        return HOME
    path = text.partition("?")[0].partition("#")[0]
    if "//" in unquote(path) or "\\" in unquote(path) or path.startswith((LOGIN, LOGOUT, WALL_ENTER)):
        return HOME
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    return text if not parts.scheme and not parts.netloc else HOME
