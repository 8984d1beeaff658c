"""Which scenes does a viewer's area have? Scenes for each unit of a level become one scene per unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.reads.units import Unit
from data.wall.scene import Panel, Scene, Text


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


def cast(
    scenes: Iterable[Scene], area: Unit, units_of: Mapping[str, Sequence[Unit]], levels: frozenset[str]
) -> tuple[CastScene, ...]:
    """Scenes for an area.

    Args:
        area: The viewer's own area, the whole city or less.
        units_of: Units of the area, by the levels that scenes are for each of.
        levels: Levels below the area; a map of another level colours none, and is left out.

    Returns:
        In the order of the file; the units of a level in theirs.
    """
    shown: list[CastScene] = []
    for scene in scenes:
        panels = tuple(panel for panel in scene.panels if not panel.level or panel.level in levels)
        if not panels:
            continue
        if scene.for_each is None:
            shown.append(CastScene(scene.key, scene.title, scene.dwell_s, area, panels))
            continue
        for unit in units_of.get(scene.for_each, ()):
            key, title = f"{scene.key}-{unit.code}", _titled(scene.title, unit)
            shown.append(CastScene(key, title, scene.dwell_s, unit, panels))
    return tuple(shown)


def _titled(title: Text, unit: Unit) -> Text:
    return Text(title.zh.replace("{unit}", unit.name), title.en.replace("{unit}", unit.name_en or unit.name))
