"""Who may see which layer, and which incidents on it?

Every tile, overlay and description asks an `Access` before anything is read or served. Where accounts are known, the
application hands `TileApp` a function from the request to the account's access; without one everything is open.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

AsgiScope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What one reader may see.

    Attributes:
        key: Readers with equal rights share it, and with it cached tiles.
        permissions: Keys of the permissions held; None for all.
        hidden_class_ids: Incident classes that are on no map of this reader.
    """

    key: str = "everything"
    permissions: frozenset[str] | None = None
    hidden_class_ids: frozenset[int] = frozenset()

    def allows(self, permission: str) -> bool:
        """Whether the reader holds the permission."""
        return self.permissions is None or permission in self.permissions


EVERYTHING = Access()

AccessOf = Callable[[AsgiScope], Access]


def everything(_scope: AsgiScope) -> Access:
    """Access of a program without accounts."""
    return EVERYTHING
