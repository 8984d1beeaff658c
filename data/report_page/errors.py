"""What can be wrong with a code, or with what is asked about it?"""

from data.errors import DataError


class CodesRefused(DataError):
    """Codes cannot be made or revoked as asked; the text says what to do."""


class ChoicesInvalid(DataError):
    """The file with the choices of the report page has a wrong entry."""

    def __init__(self, found: object) -> None:
        super().__init__(
            f"data/catalog/report_page.yaml: {found!r} is no list of choices. Give each one class, zh and en."
        )
