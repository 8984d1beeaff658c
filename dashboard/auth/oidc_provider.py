"""What does the provider offer, and whom does it vouch for? Authorization code with PKCE.

Source: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE), RFC 9207 (issuer of an answer).
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote_plus, urlencode

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dashboard.auth.oidc_errors import KeyUnknown, ProviderUnusable, TokenInvalid
from dashboard.auth.oidc_line import ProviderLine
from dashboard.auth.oidc_token import Expected, checked_claims
from data.accounts.keys import Key
from data.accounts.provider import Provider

KEPT_S = 3_600.0
REST_S = 2.0
"""So long a provider that did not answer is not asked again."""

SCOPE = "openid profile"
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says about itself.

    Attributes:
        authorize: Where browsers are sent.
        token: Where codes are exchanged.
        keys: Where its public keys are.
        takes_basic: Whether a client may prove itself in the header of a request.
        names_itself: Whether its answers carry its address.
        leave: Where browsers are sent to end the session there; None where it offers that nowhere of its own.
    """

    authorize: str
    token: str
    keys: str
    takes_basic: bool
    names_itself: bool
    leave: str | None


@dataclass(frozen=True, slots=True)
class Vouching:
    """What the provider says about somebody who came back.

    Attributes:
        claims: About the person.
        token: The id token that says so, as it came.
    """

    claims: Mapping[str, object]
    token: str = field(repr=False)


class _Remembered(Generic[Kept]):
    """Something that the provider was asked for, kept for a while; many who need it at once ask once."""

    def __init__(self, ask: Callable[[], Awaitable[Kept]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._asking = asyncio.Lock()
        self._kept: tuple[Kept, float] | None = None
        self._failed: tuple[ProviderUnusable, float] | None = None

    async def get(self) -> Kept:
        async with self._asking:
            if self._kept is not None and self._clock() - self._kept[1] < KEPT_S:
                return self._kept[0]
            if self._failed is not None and self._clock() - self._failed[1] < REST_S:
                raise ProviderUnusable(str(self._failed[0]))
            try:
                self._kept = (await self._ask(), self._clock())
            except ProviderUnusable as error:
                self._failed = (error, self._clock())
                raise
            return self._kept[0]

    async def get_anew(self, instead_of: Kept) -> Kept:
        """What there is now, unless somebody else has asked since."""
        if self._kept is not None and self._kept[0] is instead_of:
            self._kept = None
        return await self.get()


class OpenIdProvider:
    """One provider as this program uses it."""

    def __init__(self, provider: Provider, return_path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = provider
        self._line = ProviderLine(provider)
        self._return = provider.site + return_path
        self._metadata = _Remembered(self._discover, clock)
        self._keys = _Remembered(self._read_keys, clock)

    async def address_for(self, key: Key) -> str:
        """Where a browser that keeps the key is sent.

        Raises:
            ProviderUnusable: The provider does not say where.
        """
        metadata = await self._metadata.get()
        address: str = prepare_grant_uri(
            metadata.authorize,
            self.settings.client_id,
            "code",
            redirect_uri=self._return,
            scope=SCOPE,
            state=state_of(key),
            nonce=_derived(key, "nonce"),
            code_challenge=create_s256_code_challenge(_derived(key, "verifier")),
            code_challenge_method="S256",
        )
        return address

    async def require_issuer(self, named: str | None) -> None:
        """Refuse an answer that another provider gave.

        Raises:
            TokenInvalid: It carries another address, or none where the provider's answers carry one.
        """
        if named is None and not (await self._metadata.get()).names_itself:
            return
        if named != self.settings.issuer:
            raise TokenInvalid("The answer does not come from the provider.")

    async def leaving_address(self, token: str | None, back_path: str) -> str | None:
        """Where a browser ends its session at the provider, which leads it back; None where that is offered nowhere.

        Args:
            token: The id token of the sign-in, where it is known.
            back_path: Path of ours to come back to.

        Raises:
            ProviderUnusable: The provider does not say.
        """
        leave = (await self._metadata.get()).leave
        if leave is None:
            return None
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self.settings.site + back_path}
        if token is not None:
            asked["id_token_hint"] = token
        return f"{leave}{'&' if '?' in leave else '?'}{urlencode(asked)}"

    async def vouching_for(self, key: Key, code: str, now: datetime) -> Vouching:
        """What the provider says about the person who came back with a code.

        Raises:
            ProviderUnusable: The provider does not answer.
            TokenInvalid: It refuses the code, or its answer proves nothing.
        """
        answer = await self._exchange(key, code)
        token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str) or not isinstance(access_token, str | None):
            raise TokenInvalid("The provider's answer holds no id token.")
        expected = Expected(self.settings.issuer, self.settings.client_id, _derived(key, "nonce"), access_token)
        keys = await self._keys.get()
        try:
            return Vouching(checked_claims(token, keys, expected, now), token)
        except KeyUnknown:
            return Vouching(checked_claims(token, await self._keys.get_anew(keys), expected, now), token)

    async def _exchange(self, key: Key, code: str) -> Mapping[str, object]:
        metadata, settings = await self._metadata.get(), self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return,
            "code_verifier": _derived(key, "verifier"),
        }
        auth = None
        if settings.secret and metadata.takes_basic:
            # RFC 6749, section 2.3.1: both halves are encoded as in a form.
            auth = httpx.BasicAuth(quote_plus(settings.client_id), quote_plus(settings.secret))
        else:
            form["client_id"] = settings.client_id
            if settings.secret:
                form["client_secret"] = settings.secret
        answer = await self._line.post(metadata.token, form, auth)
        if answer.status != 200:
            raise TokenInvalid(f"The provider refuses the code ({str(answer.fields.get('error'))[:60]!r}).")
        return answer.fields

    async def _discover(self) -> Metadata:
        issuer = self.settings.issuer
        answer = await self._line.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
        fields = answer.fields
        if answer.status != 200 or fields.get("issuer") != issuer:
            raise ProviderUnusable("The document at the provider's address is not about this issuer.")
        if "S256" not in _texts(fields, "code_challenge_methods_supported", "S256"):
            raise ProviderUnusable("The provider offers no PKCE with S256.")
        return Metadata(
            self._line.require_own(fields.get("authorization_endpoint")),
            self._line.require_own(fields.get("token_endpoint")),
            self._line.require_own(fields.get("jwks_uri")),
            "client_secret_basic" in _texts(fields, "token_endpoint_auth_methods_supported", "client_secret_basic"),
            fields.get("authorization_response_iss_parameter_supported") is True,
            self._own_or_none(fields.get("end_session_endpoint")),
        )

    def _own_or_none(self, url: object) -> str | None:
        """An address that is not needed for signing in, where it is usable."""
        try:
            return self._line.require_own(url)
        except ProviderUnusable:
            return None

    async def _read_keys(self) -> KeySet:
        answer = await self._line.get((await self._metadata.get()).keys)
        keys = answer.fields.get("keys")
        if answer.status != 200 or not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise ProviderUnusable("The provider publishes no keys.")
        try:
            return KeySet.import_key_set({"keys": keys})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderUnusable(
                f"The keys that the provider publishes are none ({type(error).__name__})."
            ) from error


def state_of(key: Key) -> str:
    """What the provider hands back, by which the browser that began is recognised."""
    return _derived(key, "state")


def _derived(key: Key, purpose: str) -> str:
    """256 bits for one purpose; none of them tells the others or the key."""
    digest = hashlib.sha256(f"{purpose} {key.secret}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _texts(fields: Mapping[str, object], name: str, otherwise: str) -> list[object]:
    value = fields.get(name, [otherwise])
    return value if isinstance(value, list) else []
