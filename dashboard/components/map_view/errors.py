"""What can go wrong when a page describes a map?"""

from pathlib import Path

from dashboard.errors import DashboardError


class MapViewError(DashboardError):
    """Root of the errors of MapView."""


class MapDeclarationInvalid(MapViewError):
    """A source, layer, value list or command of the map cannot be used."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause}. {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class MapAssetsMissing(MapViewError):
    """The map library was not copied into vendor/."""

    def __init__(self, missing: tuple[Path, ...]) -> None:
        names = ", ".join(str(path) for path in missing)
        super().__init__(f"Map files are missing: {names}. Run `make setup`, which copies them from the npm packages.")
        self.missing = missing
