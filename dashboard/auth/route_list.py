"""Which routes does an application have, and which of them does the table not know?"""

import re
from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, WebSocketRoute

from dashboard.auth.route_permissions import FALLBACKS, LIVE, ROUTES
from dashboard.errors import DashboardError

Line = tuple[str, str]
_NAME = re.compile(r"{\w+(:path)?}")


class RoutesUnlisted(DashboardError):
    """Routes exist that the table of permissions does not know; nobody could reach them."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(sorted(lines))
        named = ", ".join(f"{method} {path}" for method, path in self.lines)
        super().__init__(f"No line of dashboard/auth/route_permissions.py lists {named}. Add what is needed for each.")


def routes_of(app: FastAPI) -> frozenset[Line]:
    """Method and path template of every route of the application, with nameless parameters."""
    return frozenset((method, nameless(path)) for method, path in _walk(app.router.routes) if path not in FALLBACKS)


def listed_routes() -> frozenset[Line]:
    """Method and path template of every line of the table, with nameless parameters."""
    return frozenset((method, nameless(path)) for method, path in ROUTES)


def require_listed(app: FastAPI) -> None:
    """Refuse to run an application of which nobody said who may do what.

    Raises:
        RoutesUnlisted: A route is in no line of the table.
    """
    unlisted = routes_of(app) - listed_routes()
    if unlisted:
        raise RoutesUnlisted(unlisted)


def nameless(path: str) -> str:
    """A path template whose parameters have no names, which are nobody's business but the route's.

    >>> nameless("/api/v1/units/{code}"), nameless("/assets/{path:path}")
    ('/api/v1/units/{}', '/assets/{:path}')
    """
    return _NAME.sub(lambda match: f"{{{match[1] or ''}}}", path)


def _walk(routes: Iterable[BaseRoute]) -> Iterator[Line]:
    for route in routes:
        if isinstance(route, Mount):
            # A mounted application answers below its path whatever it likes; it is one line for reading.
            yield "GET", f"{route.path}/{{path:path}}"
        elif hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield from _lines(context.path, context.methods)
        elif isinstance(route, WebSocketRoute):
            yield LIVE, route.path
        else:
            yield from _lines(str(getattr(route, "path", "")), getattr(route, "methods", None))


def _lines(path: str, methods: Iterable[str] | None) -> Iterator[Line]:
    for method in methods or ():
        if method != "HEAD":
            yield method, path
