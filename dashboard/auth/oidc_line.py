"""How is the provider asked? The only requests that this program ever sends, apart from those to its database.

Over https (plain only on this machine), to the provider's own address, without following it anywhere else, within
limits of time and size, past any proxy that the environment names.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import httpx
import orjson

from dashboard.auth.oidc_errors import ProviderUnusable
from data.accounts.provider import Provider

ANSWER_S = 8.0
"""In this time an answer has to be here, whole."""

STEP_S = 4.0
"""Connecting, and each wait for a piece of an answer, takes no longer."""

MOST_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said.

    Attributes:
        status: Status of HTTP, 200 to 499 and no redirect.
        fields: The JSON object.
    """

    status: int
    fields: Mapping[str, object]


class ProviderLine:
    """Asks the provider."""

    def __init__(self, provider: Provider) -> None:
        self._ca_file = provider.ca_file
        self._origin = origin_of(provider.issuer)

    def require_own(self, url: object) -> str:
        """The address, where it is one of the provider itself.

        Raises:
            ProviderUnusable: It is none, or one of another host.
        """
        if not isinstance(url, str) or origin_of(url) != self._origin or "#" in url:
            raise ProviderUnusable("The provider names an address that is not on its own host and port.")
        return url

    async def get(self, url: str) -> Answer:
        """Ask for a document.

        Raises:
            ProviderUnusable: There is no usable answer.
        """
        return await self._ask("GET", url, None, None)

    async def post(self, url: str, form: Mapping[str, str], auth: httpx.Auth | None) -> Answer:
        """Send a form.

        Raises:
            ProviderUnusable: There is no usable answer.
        """
        return await self._ask("POST", url, form, auth)

    async def _ask(self, method: str, url: str, form: Mapping[str, str] | None, auth: httpx.Auth | None) -> Answer:
        self.require_own(url)
        # A packed answer could be a thousand times larger than its limit.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            async with asyncio.timeout(ANSWER_S), self._client() as client:
                request = client.build_request(method, url, data=form, headers=headers)
                answer = await client.send(request, auth=auth, stream=True)
                try:
                    return Answer(answer.status_code, await _object(answer))
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise ProviderUnusable(f"The provider does not answer ({type(error).__name__}).") from error

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._trusted, timeout=httpx.Timeout(STEP_S), follow_redirects=False, trust_env=False
        )

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        if self._ca_file is not None:
            return ssl.create_default_context(cafile=str(self._ca_file))
        return httpx.create_ssl_context(trust_env=False)


async def _object(answer: httpx.Response) -> Mapping[str, object]:
    if answer.is_redirect or answer.status_code >= 500 or answer.status_code < 200:
        raise ProviderUnusable(f"The provider answers with status {answer.status_code}.")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ProviderUnusable("The provider packs an answer that was asked for unpacked.")
    body = b""
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise ProviderUnusable(f"An answer of the provider has more than {MOST_BYTES:,} bytes.")
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProviderUnusable(f"An answer of the provider (status {answer.status_code}) is no JSON.") from error
    if not isinstance(fields, dict):
        raise ProviderUnusable("An answer of the provider is no JSON object.")
    return fields


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for what is none.

    >>> origin_of("https://SSO.example/realms/city") == origin_of("https://sso.example:443/token")
    True
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port
