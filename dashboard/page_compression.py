"""Which answers of Dash itself are compressed on their way: its pages and what it says of callbacks and layout?"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

MIN_BYTES = 1_000
LEVEL = 6
DASH_PATHS = frozenset({"/_dash-dependencies", "/_dash-layout"})


class PageCompression:
    """Compresses what Dash makes anew for each visit; files, tiles and answers of our own come compressed already."""

    def __init__(self, app: ASGIApp, *, pages: frozenset[str]) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=MIN_BYTES, compresslevel=LEVEL)
        self._paths = pages | DASH_PATHS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        chosen = scope["type"] == "http" and scope["path"] in self._paths
        await (self._compressed if chosen else self._plain)(scope, receive, send)
