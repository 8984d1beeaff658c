"""What can go wrong with the database and with data going in or out of it?"""


class DataError(Exception):
    """Root of the errors of this package; the text says what happened and what to do."""


class SettingInvalid(DataError):
    """An environment variable has a value that the program cannot use."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name}={value!r} is not usable. {remedy}")
        self.name = name


class DatabaseUnreachable(DataError):
    """The database does not answer."""


class DatabaseNewer(DataError):
    """The database was made by a newer program than this one."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"The database is at schema version {found}, this program knows versions up to {known}. "
            "Start the newer program, or point MINQING_DATA_DIR or DATABASE_URL at another database."
        )
        self.found = found
        self.known = known


class PostgisMissing(DataError):
    """The server has no PostGIS extension, or one that is too old."""


class ClusterFailed(DataError):
    """The private PostgreSQL cluster could not be made or started; `step` names where."""

    def __init__(self, step: str, cause: str, remedy: str) -> None:
        super().__init__(f"{step}: {cause} {remedy}")
        self.step = step
        self.cause = cause
        self.remedy = remedy


class CatalogInvalid(DataError):
    """A catalog file (classes, scenarios, sources, departments) has a wrong entry."""
