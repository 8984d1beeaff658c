"""How large may photos be, and how many may a case have?"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

from data.attachments.errors import PhotoLimitsInvalid

FILE = Path(__file__).parents[1] / "catalog" / "attachments.yaml"
_RANGES = {
    "file_bytes": (10_000, 11_000_000),
    "pixels": (100_000, 100_000_000),
    "longest_edge_px": (320, 8_192),
    "thumbnail_px": (64, 1_024),
    "quality": (50, 95),
    "per_case": (1, 200),
}


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What data/catalog/attachments.yaml says.

    Attributes:
        file_bytes, pixels: Of a photo as it is sent.
        longest_edge_px, quality: Of what is kept.
        thumbnail_px: Longest edge of the small picture.
        per_case: Photos of one case.
    """

    file_bytes: int = 10_000_000
    pixels: int = 50_000_000
    longest_edge_px: int = 2_560
    thumbnail_px: int = 320
    quality: int = 85
    per_case: int = 20


@cache
def read_limits(path: Path = FILE) -> PhotoLimits:
    """The limits of a city.

    Raises:
        PhotoLimitsInvalid: An entry is missing, unknown, or out of range.
    """
    given = yaml.safe_load(path.read_text("utf-8"))
    names = {field.name for field in fields(PhotoLimits)}
    if not isinstance(given, dict) or given.keys() != names:
        raise PhotoLimitsInvalid("entries", given, f"State each of {', '.join(sorted(names))} once.")
    for name, (least, most) in _RANGES.items():
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise PhotoLimitsInvalid(name, value, f"Use a whole number from {least:,} to {most:,}.")
    return PhotoLimits(**given)
