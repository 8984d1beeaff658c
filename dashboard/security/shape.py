"""Is a request of a size and form that the program works with at all?"""

import re

from starlette.types import Scope

from dashboard.errors import DashboardError
from dashboard.security.limits import MOST_DEPTH, MOST_HEADER_BYTES, MOST_HEADERS, MOST_PATH_BYTES, Limits

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_HOST = re.compile(rb"[A-Za-z0-9._-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
_ONCE = frozenset({b"host", b"content-length", b"authorization", b"content-type", b"origin", b"cookie", b"referer"})
_COUNT = re.compile(rb"\d{1,18}")


class RequestUnfit(DashboardError):
    """A request is too large, too deep, or contradicts itself.

    Attributes:
        status: Status of the answer.
        field: What it is about.
        cause, remedy: Sentences.
    """

    def __init__(self, status: int, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.status = status
        self.field = field
        self.cause = cause
        self.remedy = remedy


def require_fit(scope: Scope, limits: Limits) -> None:
    """Refuse a request by its first lines, before anything of it is used.

    Raises:
        RequestUnfit: Path, query, headers or the announced body are too large, or a header says two things at once.
    """
    if len(scope["query_string"]) > limits.query_bytes:
        raise RequestUnfit(414, "query", f"It has more than {limits.query_bytes:,} bytes.", "Ask for less at once.")
    if len(scope["path"].encode(errors="replace")) > MOST_PATH_BYTES or "\x00" in scope["path"]:
        raise RequestUnfit(414, "path", "It is too long, or holds a NUL character.", "Ask for an existing path.")
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or size > MOST_HEADER_BYTES:
        raise RequestUnfit(431, "headers", "There are too many, or they are too long.", "Remove cookies and retry.")
    _require_consistent(headers)
    announced = dict(headers).get(b"content-length")
    if announced is not None and int(announced) > limits.body_bytes:
        raise too_large(limits)


def too_large(limits: Limits) -> RequestUnfit:
    """What is said of a body beyond its limit."""
    return RequestUnfit(413, "body", "It is too large.", f"Send at most {limits.body_bytes:,} bytes.")


def require_shallow(body: bytes) -> None:
    """Refuse JSON with more brackets inside each other than any honest body has.

    Raises:
        RequestUnfit: It is deeper than `MOST_DEPTH`; what is no JSON may be refused as well.
    """
    if body.count(b"[") + body.count(b"{") <= MOST_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    for _ in range(MOST_DEPTH):
        inner = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    if brackets:
        raise RequestUnfit(400, "body", "It is no JSON, or nested too deeply.", f"Nest at most {MOST_DEPTH} levels.")


def _require_consistent(headers: list[tuple[bytes, bytes]]) -> None:
    """Two readers of a request must not find two meanings: that is how requests are smuggled and caches poisoned."""
    names = [name for name, _ in headers]
    twice = sorted(name.decode() for name in _ONCE if names.count(name) > 1)
    # HTTP/2 proxies may split cookies, which is the one list among these.
    twice = [name for name in twice if name != "cookie"]
    if twice:
        raise RequestUnfit(400, twice[0], "The header comes more than once.", "Send it once.")
    given = dict(headers)
    if b"content-length" in given and b"transfer-encoding" in given:
        raise RequestUnfit(400, "content-length", "The length is stated in two ways.", "Send one of them.")
    if not _COUNT.fullmatch(given.get(b"content-length", b"0")):
        raise RequestUnfit(400, "content-length", "It is no number.", "State the number of bytes.")
    if not _HOST.fullmatch(given.get(b"host", b"localhost")):
        raise RequestUnfit(400, "host", "It is no host name.", "Open the address as it was given to you.")
