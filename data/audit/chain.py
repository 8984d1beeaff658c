"""How are entries chained, so that none can be changed, taken out, put in or moved unnoticed? Values only, no I/O.

Each entry has a content hash. Each seal has a link: the hash of the link before it, its own number and times, and the
content hash. With a secret key the links are HMACs, which nobody can make anew who holds the database alone.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass

GENESIS = bytes(32)
"""The link before the first."""

_MARK = b"minqing audit chain 1"
_NUMBERS = struct.Struct(">qqqq")


@dataclass(frozen=True, slots=True)
class ChainKey:
    """The key of the links; `id` tells keys apart without giving anything away."""

    secret: bytes
    id: str

    def __repr__(self) -> str:
        return f"ChainKey({self.id})"


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain.

    Attributes:
        seq: Number in the chain, from 1 without gaps.
        sealed_us, entry_us: When it was sealed and when the entry was written, in microseconds since 1970 UTC.
        entry_id: Id of the entry.
        content: Hash of the entry, 32 bytes.
        key_id: Which key the link was made with; empty for none.
    """

    seq: int
    sealed_us: int
    entry_id: int
    entry_us: int
    content: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain, which a reader can note down elsewhere."""

    seq: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.link.hex()}"


def chain_key(secret: str | None) -> ChainKey | None:
    """The key derived from the program's secret; None without one."""
    if not secret:
        return None
    derived = hmac.digest(secret.encode(), _MARK, "sha256")
    return ChainKey(derived, hashlib.sha256(derived).hexdigest()[:16])


def content_hash(canonical: str) -> bytes:
    """Hash of an entry's canonical text.

    >>> content_hash("[1]").hex()[:8]
    '080a9ed4'
    """
    return hashlib.sha256(canonical.encode()).digest()


def link_of(previous: bytes, seal: Seal, key: ChainKey | None) -> bytes:
    """The link that a seal has to have after the link `previous`; 32 bytes."""
    numbers = _NUMBERS.pack(seal.seq, seal.sealed_us, seal.entry_id, seal.entry_us)
    message = _MARK + previous + numbers + seal.content + seal.key_id.encode()
    return hmac.digest(key.secret, message, "sha256") if key else hashlib.sha256(message).digest()
