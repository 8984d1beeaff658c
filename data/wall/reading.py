"""How does a file become scenes?"""

from pathlib import Path

import yaml

from data.wall.errors import ScenesInvalid
from data.wall.fields import Entry, entry_of
from data.wall.panels import read_panel
from data.wall.scene import Ages, Alarms, Night, Panel, PanelKind, Place, Scene, Shift, Wall

FILE = Path(__file__).with_name("scenes.yaml")
"""What is shipped; `scenes.yaml` in the data folder goes before it."""

_FIELDS = frozenset({"dwell_s", "ages", "alarms", "shifts", "night", "scenes"})
_SCENE_FIELDS = frozenset({"key", "zh", "en", "dwell_s", "for_each", "class", "panels"})
_UNIT = "{unit}"
_MOST_SCENES, _MOST_PANELS, _MOST_SHIFTS = 60, 24, 12
_LEAST_DWELL_S, _MOST_DWELL_S = 5, 3_600


def read_wall(path: Path = FILE) -> Wall:
    """The scenes of a file.

    Raises:
        ScenesInvalid: The file cannot be read, or an entry cannot be used.
    """
    try:
        return parse_wall(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        cause = f"The file cannot be read ({type(error).__name__})."
        raise ScenesInvalid(path.name, 1, "file", cause, "Restore it as UTF-8 text.") from error


def parse_wall(text: str, file: str) -> Wall:
    """The scenes of a text.

    Args:
        file: Name that errors tell.

    Raises:
        ScenesInvalid: An entry cannot be used.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        cause = f"This is no YAML ({getattr(error, 'problem', None) or 'a character that it does not allow'})."
        raise ScenesInvalid(file, line, "file", cause, "Mind the indentation.") from None
    if node is None:
        raise ScenesInvalid(file, 1, "scenes", "The file is empty.", "Restore it.")
    top = entry_of(file, "", node)
    top.allow(_FIELDS)
    dwell_s, ages = top.whole("dwell_s", _LEAST_DWELL_S, _MOST_DWELL_S), read_ages(top.entry("ages"))
    scenes = tuple(_scene(entry, dwell_s, ages) for entry in top.entries("scenes", 1, _MOST_SCENES))
    _require_single_keys(top, scenes)
    night = _night(top.entry("night")) if top.has("night") else None
    return Wall(scenes, _alarms(top.entry("alarms")), _shifts(top), night)


def read_ages(entry: Entry) -> Ages:
    """How old data may be.

    Raises:
        ScenesInvalid: Lost comes no later than late.
    """
    entry.allow(frozenset({"late_s", "lost_s"}))
    ages = Ages(entry.whole("late_s", 2, 3_600), entry.whole("lost_s", 3, 86_400))
    if ages.lost_s <= ages.late_s:
        raise entry.refuse("lost_s", f"{ages.lost_s} is not more than late_s.", "Data are late before they are lost.")
    return ages


def _scene(entry: Entry, dwell_s: int, ages: Ages) -> Scene:
    entry.allow(_SCENE_FIELDS)
    title, for_each = entry.text(), entry.level("for_each") if entry.has("for_each") else None
    for name, words in (("zh", title.zh), ("en", title.en)):
        if (_UNIT in words) != (for_each is not None):
            raise entry.refuse(name, f"{_UNIT} belongs to scenes with for_each, and to each of them.", "Correct it.")
    classes = entry.words("class")
    panels = tuple(read_panel(one, classes, ages) for one in entry.entries("panels", 1, _MOST_PANELS))
    _require_one_map(entry, panels)
    stays = entry.whole("dwell_s", _LEAST_DWELL_S, _MOST_DWELL_S, dwell_s)
    return Scene(entry.key("key"), title, stays, panels, for_each)


def _require_one_map(entry: Entry, panels: tuple[Panel, ...]) -> None:
    maps = [panel for panel in panels if panel.kind is PanelKind.MAP]
    centre = [panel for panel in panels if panel.place is Place.CENTRE]
    if len(maps) > 1:
        raise entry.refuse("panels", "There are two maps.", "Leave one.")
    if maps and centre != maps:
        raise entry.refuse("panels", "The map shares its place.", "Let it stand alone at place: centre.")


def _require_single_keys(top: Entry, scenes: tuple[Scene, ...]) -> None:
    seen: set[str] = set()
    for scene in scenes:
        if scene.key in seen:
            raise top.refuse("scenes", f"The key {scene.key!r} stands there twice.", "Give each scene its own key.")
        seen.add(scene.key)


def _alarms(entry: Entry) -> Alarms:
    entry.allow(frozenset({"hold_s", "sound", "on_risk", "on_breach"}))
    hold_s = entry.whole("hold_s", 5, 600)
    return Alarms(hold_s, entry.flag("sound", True), entry.flag("on_risk", True), entry.flag("on_breach", True))


def _shifts(top: Entry) -> tuple[Shift, ...]:
    shifts = []
    for entry in top.entries("shifts", 1, _MOST_SHIFTS):
        entry.allow(frozenset({"from", "zh", "en"}))
        shifts.append(Shift(entry.moment("from"), entry.text()))
    starts = [shift.starts_at for shift in shifts]
    if starts != sorted(set(starts)):
        raise top.refuse("shifts", "The times do not ascend.", "Sort the shifts by their beginning, each once.")
    return tuple(shifts)


def _night(entry: Entry) -> Night:
    entry.allow(frozenset({"from", "to", "dimmed_by"}))
    return Night(entry.moment("from"), entry.moment("to"), entry.number("dimmed_by", 0, 0.8))
