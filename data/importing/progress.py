"""To whom does a long import tell how far it is?"""

from typing import Protocol


class Progress(Protocol):
    """Listener of a long job; the command line draws a bar from it."""

    def step(self, name: str) -> None:
        """A new step begins."""

    def advance(self, done: int, total: int) -> None:
        """So many of so many parts of the step are done."""


class Unheard:
    """A listener that does nothing."""

    def step(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        """Nothing."""
