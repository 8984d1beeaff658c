"""What can be wrong with a question that a reader is asked?"""

from data.errors import DataError


class RequestRefused(DataError):
    """A value of the question cannot be used; `field` names it, `cause` and `remedy` are sentences."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class PeriodInvalid(RequestRefused):
    """The first or last day of a period cannot be used."""


class ClassUnknown(RequestRefused):
    """A term of the class filter is no class, group, family or scenario."""


class StatusUnknown(RequestRefused):
    """A term of the status filter is no status and no figure."""


class LevelUnknown(RequestRefused):
    """There is no such level in this city."""


class MetricUnknown(RequestRefused):
    """There is no such metric."""


class BreakdownUnknown(RequestRefused):
    """A summary cannot be broken down that way."""


class MomentUnavailable(RequestRefused):
    """The moment that was asked for is none, has not come, or shows nothing of what was asked for."""


class CursorInvalid(RequestRefused):
    """A page cursor was not made by this program."""


class BoxInvalid(RequestRefused):
    """A bounding box is not four usable numbers."""


class IdsInvalid(RequestRefused):
    """A list of incident ids is malformed or too long."""


class LimitInvalid(RequestRefused):
    """A page size is out of range."""


class SelectionInvalid(RequestRefused):
    """No units are chosen, or too many."""


class LevelsMixed(RequestRefused):
    """The chosen units are of several levels, so that their sum would count incidents twice."""


class TextUnusable(RequestRefused):
    """A text holds a character that no text in the database can hold."""


class NothingFound(RequestRefused):
    """The thing that the question names does not exist."""


class UnitUnknown(NothingFound):
    """No current unit has the code."""

    def __init__(self, code: str, level: str | None = None) -> None:
        where = f" on level {level!r}" if level else ""
        super().__init__(
            "unit",
            f"There is no current unit with the code {code!r}{where}.",
            "Look it up with /api/v1/units/search?q=, or leave the field empty for the whole city.",
        )
        self.code = code


class IncidentUnknown(NothingFound):
    """No incident has the id."""

    def __init__(self, incident_id: int) -> None:
        super().__init__("id", f"There is no incident {incident_id}.", "Take an id from /api/v1/incidents.")
        self.incident_id = incident_id


class CityEmpty(DataError):
    """The database holds no units yet."""

    def __init__(self) -> None:
        super().__init__("There are no units yet. Load a city (load CITY.yaml) or the demo city (demo), then retry.")


class FiguresDisagree(DataError):
    """Parts do not add up to their total, so the figure is withheld."""

    def __init__(self, unit_code: str, by: str, total: int, parts: int) -> None:
        super().__init__(
            f"Unit {unit_code}, by {by}: the parts make {parts}, the total is {total}. No incident is lost; "
            "the figures are withheld. Rebuild the rollups, then ask again."
        )
        self.unit_code = unit_code
        self.by = by
        self.total = total
        self.parts = parts
