"""Which scenes does a viewer's area have?

Words for levels become levels of the city; a scene for each unit becomes one scene for each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from data.reads.levels import Level
from data.reads.units import Unit
from data.wall.scene import BELOW, FINEST, Panel, Scene, Text


@dataclass(frozen=True, slots=True)
class CastScene:
    """A scene as it is shown.

    Attributes:
        unit: What it is about.
    """

    key: str
    title: Text
    dwell_s: int
    unit: Unit
    panels: tuple[Panel, ...]


def level_of(word: str, rank: int, levels: Sequence[Level]) -> str | None:
    """Key of the level that a word of the file means.

    Args:
        word: `finest`, `below-1` …, or a key; where there are fewer levels `below-3` means the finest.
        rank: Of the unit below which it is looked for.

    Returns:
        None where no such level is below.
    """
    below = [level.key for level in sorted(levels, key=lambda level: level.rank) if level.rank > rank]
    if not below:
        return None
    if word == FINEST:
        return below[-1]
    if word.startswith(BELOW):
        return below[min(int(word.removeprefix(BELOW)), len(below)) - 1]
    return word if word in below else None


def cast(
    scenes: Iterable[Scene], area: Unit, units_of: Mapping[str, Sequence[Unit]], levels: Sequence[Level]
) -> tuple[CastScene, ...]:
    """Scenes for an area.

    Args:
        area: The viewer's own area, the whole city or less.
        units_of: Units of the area by level, for the levels that scenes are for each unit of.

    Returns:
        In the order of the file; the units of a level in theirs.
    """
    return tuple(shown for scene in scenes for shown in _each(scene, area, units_of, levels) if shown.panels)


def _each(
    scene: Scene, area: Unit, units_of: Mapping[str, Sequence[Unit]], levels: Sequence[Level]
) -> Iterator[CastScene]:
    if scene.for_each is None:
        yield CastScene(scene.key, scene.title, scene.dwell_s, area, _panels(scene, area, levels))
        return
    for unit in units_of.get(level_of(scene.for_each, area.rank, levels) or "", ()):
        title = Text(scene.title.zh.replace("{unit}", unit.name), scene.title.en.replace("{unit}", _english(unit)))
        yield CastScene(f"{scene.key}-{unit.code}", title, scene.dwell_s, unit, _panels(scene, unit, levels))


def _panels(scene: Scene, unit: Unit, levels: Sequence[Level]) -> tuple[Panel, ...]:
    """Panels of a scene about a unit; a map without a level below has nothing to colour, and is left out."""
    named = [(panel, level_of(panel.level, unit.rank, levels) if panel.level else "") for panel in scene.panels]
    return tuple(replace(panel, level=level) for panel, level in named if level is not None)


def _english(unit: Unit) -> str:
    return unit.name_en or unit.name
