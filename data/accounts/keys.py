"""What do session keys and tokens look like, and how are they compared?

A key has two halves: the selector finds the row and may be shown, the secret proves possession. Only the SHA-256 of
the secret is stored; 256 random bits need no slow hash. The secret is compared in constant time.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

TOKEN_PREFIX = "mq_"  # noqa: S105  # the form of a key, not a key
_FORM = re.compile(r"(?:mq_)?([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its holder has it; its text form never goes to a log or the database."""

    selector: str
    secret: str

    def __repr__(self) -> str:
        return f"Key({self.selector})"

    @property
    def text(self) -> str:
        """The whole key for a cookie or a header."""
        return f"{self.selector}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is stored of the secret: 32 bytes."""
        return hashlib.sha256(self.secret.encode()).digest()

    def matches(self, stored: bytes) -> bool:
        """Whether the stored digest is that of this key; takes equally long either way."""
        return hmac.compare_digest(self.digest, stored)


def new_key() -> Key:
    """A key with 256 random bits from the operating system."""
    return Key(secrets.token_hex(8), secrets.token_urlsafe(32))


def parse_key(text: str) -> Key | None:
    """The key behind a text, or None where it cannot be one."""
    found = _FORM.fullmatch(text)
    return Key(found[1], found[2]) if found else None
