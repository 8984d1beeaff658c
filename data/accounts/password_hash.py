"""How is a password kept, and how is one checked without telling whether the account exists?

Parameters: argon2id, 19 MiB, two passes, one lane, 16 bytes of salt, 32 bytes of hash.
Source: OWASP Password Storage Cheat Sheet, first argon2id choice; RFC 9106.
"""

import secrets
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
MAX_CHARACTERS = 256
"""Longer passwords are refused: hashing them costs the server more than it protects."""

_HASHER = PasswordHasher(
    time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=32, salt_len=16, type=Type.ID
)


def hash_password(password: str) -> str:
    """The hash in PHC form; takes about 0.1 s of a core, so not on the event loop."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    Without a hash an unrelated one is checked and the answer is False, so that a missing account takes as long.
    """
    try:
        return _HASHER.verify(stored or _stand_in(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _stand_in() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))
