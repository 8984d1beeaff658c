"""What can go wrong between a request and the page?"""


class DashboardError(Exception):
    """Root of the errors of this package; the text says what happened and what to do."""


class StateInvalid(DashboardError):
    """A value of the address (query string) cannot be used."""

    def __init__(self, field: str, value: str, remedy: str) -> None:
        super().__init__(f"{field}={value!r} cannot be used. {remedy}")
        self.field = field
        self.value = value
        self.remedy = remedy


class LocaleKeyUnknown(DashboardError):
    """A sentence was asked for that no locale file has."""

    def __init__(self, key: str, lang: str) -> None:
        super().__init__(f"No text for key {key!r} in language {lang!r}. Add it to both files in dashboard/i18n.")
        self.key = key
        self.lang = lang
