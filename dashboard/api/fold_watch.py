"""For how long have changes been waiting to be folded into the rollups?"""

from dataclasses import dataclass


@dataclass(slots=True)
class FoldWatch:
    """Remembers since when the same version of the rollups has had pending changes; one per process."""

    _version: int = -1
    _since_s: float | None = None

    def lag_s(self, version: int, pending: bool, now_s: float) -> float:
        """Seconds for which changes have been seen waiting at this version; 0 where none wait.

        Args:
            version: Version that the last fold reached.
            pending: Whether changes wait.
            now_s: A steady clock, seconds.
        """
        if not pending or version != self._version or self._since_s is None:
            self._version = version
            self._since_s = now_s if pending else None
            return 0.0
        return now_s - self._since_s
