"""What can be wrong with a file of scenes?"""

from data.errors import DataError


class ScenesInvalid(DataError):
    """An entry of the scenes cannot be used; the text names line, field, cause and remedy."""

    def __init__(self, file: str, line: int, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {cause} {remedy}")
        self.file = file
        self.line = line
        self.field = field
        self.cause = cause
        self.remedy = remedy
