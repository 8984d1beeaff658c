"""Is the secret key one that nobody guesses?"""

import math
from collections import Counter

from dashboard.errors import DashboardError
from data.accounts.demo import is_loopback

LEAST_BITS = 96


class SecretKeyWeak(DashboardError):
    """The secret key could be guessed, and others can reach the program."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"[secret] Refusing to listen on {host}: MINQING_SECRET_KEY is short or regular enough to be guessed. "
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))", or listen on 127.0.0.1.'
        )
        self.host = host


def refuse_weak_key(host: str, key: str | None) -> None:
    """Let a program listen where nobody else reaches it, or with a key that stands.

    A program without a key signs nothing with one, so there is nothing to guess.

    Raises:
        SecretKeyWeak: Others can reach the address, and the key has less than `LEAST_BITS` bits by its own characters.
    """
    if key is not None and not is_loopback(host) and bits_of(key) < LEAST_BITS:
        raise SecretKeyWeak(host)


def bits_of(key: str) -> float:
    """How many bits a key has at most, by how evenly its characters are spread.

    >>> bits_of("aaaaaaaaaaaaaaaa"), bits_of("abab")
    (0.0, 4.0)
    """
    shares = [count / len(key) for count in Counter(key).values()]
    return len(key) * sum(-share * math.log2(share) for share in shares) + 0.0
