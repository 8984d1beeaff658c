"""Which facts stop an import before a row is stored?"""

from data.errors import DataError


class ImportStopped(DataError):
    """Root of what stops an import; nothing of it has been stored."""


class FileUnreadable(ImportStopped):
    """A file cannot be read as the table that it should be."""

    def __init__(self, file: str, cause: str, remedy: str, line: int | None = None) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {cause} {remedy}")
        self.file = file
        self.line = line
        self.cause = cause
        self.remedy = remedy


class MappingInvalid(ImportStopped):
    """A mapping says something that the import cannot follow; names line, field, cause and remedy."""

    def __init__(self, file: str, line: int | None, field: str, cause: str, remedy: str) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}, field {field}: {cause} {remedy}")
        self.file = file
        self.line = line
        self.field = field
        self.cause = cause
        self.remedy = remedy


class ColumnMissing(ImportStopped):
    """The mapping names a column that the file has not."""

    def __init__(self, file: str, field: str, column: str, present: tuple[str, ...]) -> None:
        super().__init__(
            f"{file} has no column {column!r}, which the mapping names for {field}. "
            f"Its columns are: {', '.join(present)}. Correct the mapping."
        )
        self.file = file
        self.field = field
        self.column = column


class DatumUnclear(ImportStopped):
    """The figures do not tell which datum the coordinates are in."""

    def __init__(self, figures: str) -> None:
        super().__init__(
            f"The datum of the coordinates is not clear. {figures} "
            "Say which it is with --crs (wgs84, gcj02, bd09 or EPSG:number) or `datum:` in the mapping."
        )
        self.figures = figures


class TooManyClasses(ImportStopped):
    """The class column holds so many values that it is no class."""

    def __init__(self, found: int, limit: int) -> None:
        super().__init__(
            f"The class column would make {found} local classes, more than {limit}: it looks like free text. "
            "Name another column for `class` in the mapping."
        )
        self.found = found


class NoUnits(ImportStopped):
    """There are no units to place incidents in."""

    def __init__(self) -> None:
        super().__init__("The database has no units. Import the units of the city first: units import FILE --level L.")


class ExportInvalid(DataError):
    """An export was asked for in a form that does not exist."""
