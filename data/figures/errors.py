"""What can be wrong with figures or with a question about them?"""

from data.errors import DataError
from data.reads.errors import NothingFound, RequestRefused


class FiguresInvalid(DataError):
    """A definition in figures.yaml or league.yaml cannot be used."""

    def __init__(self, place: str, cause: str, remedy: str) -> None:
        super().__init__(f"{place}: {cause} {remedy}")
        self.place = place


class FigureUnknown(NothingFound):
    """There is no figure of that key."""

    def __init__(self, key: str, known: str) -> None:
        super().__init__("figure", f"There is no figure {key!r}.", f"Use any of: {known}.")
        self.key = key


class FigureQuestionInvalid(RequestRefused):
    """A part, grouping or moment of a question about figures cannot be used."""
