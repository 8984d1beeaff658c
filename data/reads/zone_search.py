"""Which zones match a typed text, and how well?"""

from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from data.reads.zones import ZoneRow

CODE, NAME, CODE_START, NAME_START, IN_NAME, SOUND_START, IN_SOUND = range(7)
"""How well, best first: the steps of the search for units (`unit_search.sql`)."""


@dataclass(frozen=True, slots=True)
class ZoneHit:
    """A zone that matches, and at which step."""

    step: int
    zone: ZoneRow


def match_zones(zones: tuple[ZoneRow, ...], query: str) -> tuple[ZoneHit, ...]:
    """The zones that match, best first.

    Args:
        query: Lower case, without outer blanks.
    """
    hits = [ZoneHit(step, zone) for zone in zones if (step := _step(zone, query)) is not None]
    return tuple(sorted(hits, key=lambda hit: (hit.step, hit.zone.code)))


def _step(zone: ZoneRow, query: str) -> int | None:
    code, name, english, packed = zone.code.lower(), zone.name.lower(), zone.name_en.lower(), query.replace(" ", "")
    pinyin, initials = _sounds(zone.name)
    tests = (
        (CODE, code == query),
        (NAME, name == query),
        (CODE_START, code.startswith(query)),
        (NAME_START, name.startswith(query)),
        (IN_NAME, query in name),
        (SOUND_START, english.startswith(query) or pinyin.startswith(packed) or initials.startswith(packed)),
        (IN_SOUND, query in english or packed in pinyin),
    )
    return next((step for step, is_met in tests if is_met), None)


@lru_cache(maxsize=4096)
def _sounds(name: str) -> tuple[str, str]:
    """Pinyin without blanks, and initials."""
    return (
        "".join(lazy_pinyin(name)).lower(),
        "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower(),
    )
