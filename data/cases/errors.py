"""What can go wrong with a case?"""

from data.errors import DataError


class LogBroken(DataError):
    """The events of a case do not follow each other."""

    def __init__(self, seq: int, found: str) -> None:
        super().__init__(f"The log of the case is broken at event {seq}: {found}. Restore the database from a backup.")
        self.seq = seq


class RulesInvalid(DataError):
    """The file with the rules of the flow has a wrong entry."""

    def __init__(self, place: str, cause: str, remedy: str) -> None:
        super().__init__(f"{place}: {cause} {remedy}")
        self.place = place
