"""Which facts make a computation in this package impossible?"""


class GeoError(ValueError):
    """Root of every error of this package; the text says what happened and what to do."""


class ShapeError(GeoError):
    """An array has not the shape that the function states."""

    def __init__(self, field: str, expected: str, found: tuple[int, ...]) -> None:
        super().__init__(f"{field} has shape {found}, but {expected} is needed: reshape it before the call.")
        self.field = field
        self.expected = expected
        self.found = found


class UnitIdError(GeoError):
    """Unit ids are not distinct positive integers."""

    def __init__(self, unit_id: int) -> None:
        super().__init__(
            f"Unit id {unit_id} is not a distinct positive integer: 0 stands for 'in no unit', "
            "and each unit of a level needs its own id."
        )
        self.unit_id = unit_id


class ParameterError(GeoError):
    """A parameter is outside the range in which the method is defined."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field} is {value!r}, but {allowed} is needed: choose another value.")
        self.field = field
        self.value = value


class CycleError(GeoError):
    """Units are their own ancestors, so the tree has no order."""

    def __init__(self, members: tuple[str, ...]) -> None:
        super().__init__(f"Units {', '.join(members)} are each other's ancestors: correct the parent of one of them.")
        self.members = members
