"""What can a group of walls be told to show, and what does it show at a moment?"""

from dataclasses import dataclass
from datetime import datetime

from data.privacy.masking import masked_text
from data.reads.errors import RequestRefused

FASTEST = 600
LONGEST_NAME = 40
MAIN = "main"
"""Name of the group of walls whose address names none."""

LEAD_S = 2.0
"""What is told counts so much later: by then all walls have heard of it, and they change together."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What walls show from a moment on.

    Attributes:
        scene: Key of the scene that stands first; None for the first one of the book.
        held: Whether it stays; else scenes follow one another.
        area: Address of the unit that scenes are about; empty for the walls' own area.
        as_of: The past moment that is shown first; None for now.
        speed: How fast the past goes by, 0 (stands still) to 600.
        incident_id: The case that the map looks at; None for none.
        follows: Whether walls go where the one who gave the order goes.
    """

    scene: str | None = None
    held: bool = False
    area: str = ""
    as_of: datetime | None = None
    speed: int = 0
    incident_id: int | None = None
    follows: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            RequestRefused: A speed without a past moment, or one out of range.
        """
        if not 0 <= self.speed <= FASTEST:
            raise RequestRefused("speed", f"{self.speed} is no speed.", f"Give 0 (stands still) to {FASTEST}.")
        if self.speed and self.as_of is None:
            raise RequestRefused("speed", "Only a past moment goes by at a speed.", "Give as_of too, or speed 0.")


def group_name(text: str) -> str:
    """The name of a group as it is kept, personal numbers masked; empty means the walls that name none.

    Raises:
        RequestRefused: It is too long, or holds what cannot be shown.
    """
    name = masked_text(text.strip()) or MAIN
    if len(name) > LONGEST_NAME or not name.isprintable():
        remedy = f"Give at most {LONGEST_NAME} characters, without line breaks."
        raise RequestRefused("group", f"{name[:LONGEST_NAME]!r} is no name of a group.", remedy)
    return name
