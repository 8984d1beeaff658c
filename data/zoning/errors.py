"""What stops a file of units from being zoned or checked?"""

from data.errors import DataError


class UnitFileInvalid(DataError):
    """A file of units, or what is asked of it, cannot be used; names field, cause and remedy."""

    def __init__(self, file: str, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{file}, field {field}: {cause} {remedy}")
        self.file = file
        self.field = field
        self.cause = cause
        self.remedy = remedy
