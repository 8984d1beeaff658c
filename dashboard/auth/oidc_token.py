"""Does an id token prove who somebody is?

Source: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; RFC 8725 on the choice of algorithms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from dashboard.auth.oidc_errors import KeyUnknown, TokenInvalid

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has. None at all, and those by a shared secret, prove nothing here."""

SKEW_S = 60
"""So far may the clocks of provider and program differ."""

MOST_AGE_S = 600
"""A token is asked for and used at once; an older one was made for something else."""

MOST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say.

    Attributes:
        issuer: Who made it.
        client_id: For whom.
        nonce: For which sign-in.
        access_token: What came with it; None for nothing.
    """

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None = None


def checked_claims(token: str, keys: KeySet, expected: Expected, now: datetime) -> Mapping[str, object]:
    """What a token says about a person, `sub` among it.

    Raises:
        KeyUnknown: It is signed with none of the keys.
        TokenInvalid: It proves nothing; the text says why.
    """
    try:
        decoded = jwt.decode(token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
        claims = CodeIDToken(decoded.claims, decoded.header, _options(expected), _parameters(expected))
        claims.validate(int(now.timestamp()), SKEW_S)
    except InvalidKeyIdError as error:
        raise KeyUnknown("The id token is signed with a key that the provider does not publish.") from error
    except (JoseError, ValueError, TypeError) as error:
        raise TokenInvalid(f"The id token is not valid ({type(error).__name__}: {str(error)[:120]!r}).") from error
    if claims["iat"] < now.timestamp() - MOST_AGE_S:
        raise TokenInvalid("The id token was made long before it was asked for.")
    if not 1 <= len(claims["sub"]) <= MOST_SUBJECT or "\0" in claims["sub"]:
        raise TokenInvalid("The id token names nobody.")
    return dict(claims)


def _options(expected: Expected) -> dict[str, dict[str, object]]:
    return {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
    }


def _parameters(expected: Expected) -> dict[str, object]:
    return {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
