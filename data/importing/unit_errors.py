"""What stops an import of units or of a whole city?"""

from data.importing.errors import ImportStopped


class CrsInvalid(ImportStopped):
    """A coordinate system was named that nobody knows."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The coordinate system {name!r} is not known. Use auto, wgs84, gcj02, bd09 or EPSG:<number>.")
        self.name = name


class CrsUndecided(ImportStopped):
    """The file does not say in which system its coordinates are, and they do not show it clearly."""

    def __init__(self, path: str, evidence: str) -> None:
        super().__init__(
            f"{path}: the coordinate system cannot be told from the file ({evidence}). "
            "Say it with crs: wgs84, gcj02, bd09 or EPSG:<number>; or import the level above first, then auto "
            "can compare with it."
        )
        self.path = path
        self.evidence = evidence


class LevelUnknown(ImportStopped):
    """A level key is not one of the city's levels."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no level {key!r}. The city's levels are: {', '.join(known) or 'none yet'}. "
            "Use one of these, or describe the levels in a city file and load that."
        )
        self.key = key


class LevelsInUse(ImportStopped):
    """Levels cannot be changed because units or incidents already stand on them."""

    def __init__(self, wanted: tuple[str, ...], present: tuple[str, ...]) -> None:
        super().__init__(
            f"The database already holds a city with the levels {', '.join(present)}; the levels "
            f"{', '.join(wanted)} do not fit. Load into an empty database (another MINQING_DATA_DIR or "
            "DATABASE_URL), or use the same levels."
        )
        self.wanted = wanted
        self.present = present


class CityDiffers(ImportStopped):
    """The database already holds another city."""

    def __init__(self, wanted: str, present: str) -> None:
        super().__init__(
            f"The database holds the city {present}, the file describes {wanted}. One database holds one city: "
            "choose an empty one with MINQING_DATA_DIR or DATABASE_URL."
        )
        self.wanted = wanted
        self.present = present


class ParentLevelEmpty(ImportStopped):
    """Units cannot be placed in the tree because the level above has none."""

    def __init__(self, level: str, parent_level: str) -> None:
        super().__init__(
            f"Units of level {level!r} need their parents, but level {parent_level!r} has no units. "
            f"Import {parent_level!r} first."
        )
        self.level = level
        self.parent_level = parent_level


class TimeZoneInUse(ImportStopped):
    """The time zone cannot be changed because figures by day are already counted in another one."""

    def __init__(self, wanted: str, present: str) -> None:
        super().__init__(
            f"The figures by day are counted in {present}; the file says {wanted}. "
            f"Use {present}, or load into an empty database."
        )
        self.wanted = wanted
        self.present = present
