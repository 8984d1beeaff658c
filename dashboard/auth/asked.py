"""Who asks, from where, and for what? What the headers of a request say about it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Scope

from dashboard.auth.gate import Credential, KeyKind
from data.accounts.demo import is_loopback
from data.accounts.keys import TOKEN_PREFIX, parse_key

COOKIE = "minqing_session"
_HEADERS = frozenset(
    b"authorization cookie host origin referer sec-fetch-site sec-fetch-dest accept content-type user-agent "
    b"forwarded x-forwarded-for x-real-ip".split()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a request that decides who may have an answer.

    Attributes:
        method: Upper case; WEBSOCKET for one.
        path: Decoded path.
        query: Query string without its question mark.
        scheme: As the server saw it.
        client: Address of the other end of the connection, or empty.
        headers: Lower-case name to value; of a header that came twice the first.
    """

    method: str
    path: str
    query: str
    scheme: str
    client: str
    headers: dict[str, str]

    @property
    def bearer(self) -> str | None:
        """What the Authorization header carries after Bearer; None without such a header."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if kind.lower() == "bearer" else None

    @property
    def session_text(self) -> str | None:
        """What the session cookie holds."""
        for part in self.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
        return None

    @property
    def credential(self) -> Credential | None:
        """The key that was sent. A token wins over a cookie; one that cannot be a token does not fall back to it."""
        bearer = self.bearer
        if bearer is not None:
            key = parse_key(bearer) if bearer.startswith(TOKEN_PREFIX) else None
            return Credential(KeyKind.TOKEN, key) if key else None
        key = parse_key(self.session_text or "")
        return Credential(KeyKind.SESSION, key) if key else None

    @property
    def is_foreign(self) -> bool:
        """Whether another site had this sent.

        A browser names the origin of everything but plain navigation; what comes without any of these headers is no
        browser, and holds its cookie only because it signed in itself.
        """
        site = self.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            return True
        named = self.headers.get("origin", self.headers.get("referer"))
        return named is not None and not self._is_ours(named)

    @property
    def is_on_loopback(self) -> bool:
        """Whether the address that was asked for is this machine's own."""
        return is_loopback(_host_name(self.headers.get("host", "")))

    @property
    def is_from_this_machine(self) -> bool:
        """Whether it was sent on this machine, and not handed on by a proxy for somebody else."""
        handed_on = any(name in self.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
        return self.is_on_loopback and is_loopback(self.client) and not handed_on

    @property
    def needs_secure_cookie(self) -> bool:
        """Whether a cookie must be kept from unencrypted connections: always but for plain HTTP on this machine."""
        return self.scheme in ("https", "wss") or not self.is_on_loopback

    def _is_ours(self, origin: str) -> bool:
        try:
            named = urlsplit(origin)
            return named.scheme in ("http", "https") and _authority(named.netloc) == self._own_authority
        except ValueError:
            return False

    @property
    def _own_authority(self) -> str:
        return _authority(self.headers.get("host", ""))


def asked_by(scope: Scope) -> Asked:
    """What an ASGI scope says."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _HEADERS:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    client = scope.get("client")
    return Asked(
        method=str(scope.get("method", "WEBSOCKET")).upper(),
        path=str(scope["path"]),
        query=scope.get("query_string", b"").decode("latin-1"),
        scheme=str(scope.get("scheme", "http")),
        client=str(client[0]) if client else "",
        headers=headers,
    )


def _authority(text: str) -> str:
    """Host and port in one spelling; the port is left out where it is the scheme's own on either side."""
    host = text.rpartition("@")[2].lower()
    return host.removesuffix(":80").removesuffix(":443")


def _host_name(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]
