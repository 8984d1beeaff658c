"""How is the secret of a webhook kept, and how does it sign?

Stored it is sealed (AES-256-GCM) with a key that follows from MINQING_SECRET_KEY: who has the database alone can sign
nothing. It is shown once, when it is made.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.webhooks.errors import SecretKeyMissing, SecretUnreadable

PREFIX = "mqh_"
HEADER = "Minqing-Signature"
_NONCE_BYTES = 12


class SecretSeal:
    """Seals and opens secrets.

    Args:
        secret_key: MINQING_SECRET_KEY; None opens and seals nothing.
    """

    def __init__(self, secret_key: str | None) -> None:
        self._key = None if not secret_key else hmac.digest(secret_key.encode(), b"webhook secrets", hashlib.sha256)

    @property
    def is_usable(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    def seal(self, secret: str, name: str) -> bytes:
        """The secret as it is stored; it opens for the webhook of this name only.

        Raises:
            SecretKeyMissing: The program has no key.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret.encode(), name.encode())

    def open(self, sealed: bytes, name: str) -> str:
        """The secret.

        Raises:
            SecretKeyMissing: The program has no key.
            SecretUnreadable: It was sealed with another key, or for another webhook.
        """
        try:
            return self._cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable from error

    def _cipher(self) -> AESGCM:
        if self._key is None:
            raise SecretKeyMissing
        return AESGCM(self._key)


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def signature(secret: str, body: bytes, now: datetime) -> str:
    """The value of the header: the moment in seconds, and HMAC-SHA256 over the moment, a dot and the body.

    Args:
        secret: As it was shown, all of it.
        body: As it is sent.
        now: Aware; the receiver refuses what is old.
    """
    moment = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"
