"""What stops units from being zoned or checked?"""

from data.errors import DataError
from data.reads.errors import RequestRefused


class ZoneQuestionInvalid(RequestRefused):
    """A value of what is asked of the planner of zones cannot be used."""


class UnitFileInvalid(DataError):
    """A file of units, or what is asked of it, cannot be used; names field, cause and remedy."""

    def __init__(self, file: str, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{file}, field {field}: {cause} {remedy}")
        self.file = file
        self.field = field
        self.cause = cause
        self.remedy = remedy
